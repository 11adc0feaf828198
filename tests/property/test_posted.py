"""Whatever JSON is posted: it is read or refused by name, never a crash; the batch equals one by one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from data.formats.transcripts import FIELDS, ReadingRules, content_bytes
from models.core.errors import InputError, LimitError, StorageError
from service.api.bodies import parse_json
from service.ingest.posted import each_result, read_posted

RULES = ReadingRules(ZoneInfo("Asia/Shanghai"), datetime(2024, 5, 1, tzinfo=UTC), max_chars=200)
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
ANY = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
TURN = st.fixed_dictionaries(
    {"speaker": st.sampled_from(["customer", "agent", "系统"]) | ANY, "text": st.text(max_size=20) | ANY},
    optional={"start_ms": ANY},
)
BODY = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(FIELDS, ANY) | {"turns": st.lists(TURN, max_size=3) | ANY, "text": ANY}
)


@given(BODY | ANY)
def test_any_json_is_read_or_refused_by_name(body: Any) -> None:
    try:
        posted = read_posted(body, tenant="t", rules=RULES)
    except (InputError, LimitError) as error:
        assert error.message("zh") and error.message("en")
    else:
        assert content_bytes(posted.transcript)
        assert all("\0" not in turn.text for turn in posted.transcript.turns)


@given(st.binary(max_size=60))
def test_any_bytes_are_json_or_refused(body: bytes) -> None:
    try:
        parse_json(body)
    except InputError as error:
        assert error.values["field"] == "body"


@given(st.lists(st.integers(0, 9), max_size=20), st.sets(st.integers(0, 9), max_size=3))
def test_what_fails_in_a_batch_is_what_fails_alone(items: list[int], bad: set[int]) -> None:
    def work(some: Sequence[int]) -> list[int | Exception]:
        if bad & set(some):
            raise ValueError
        return [item * 2 for item in some]

    results = each_result(work, items)
    assert [isinstance(result, ValueError) for result in results] == [item in bad for item in items]
    assert [r for r in results if not isinstance(r, Exception)] == [i * 2 for i in items if i not in bad]


def test_an_unavailable_storage_is_asked_once_for_the_whole_batch() -> None:
    calls: list[int] = []

    def work(some: Sequence[int]) -> list[int | Exception]:
        calls.append(len(some))
        raise StorageError(reason="占用", reason_en="locked")

    results = each_result(work, [1, 2, 3])
    assert [type(result) for result in results] == [StorageError] * 3
    assert calls == [3]
