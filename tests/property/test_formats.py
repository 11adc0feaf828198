"""Files and rows of any content: what is good is read whole, what is bad is an error of this project."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from data.formats.rows import Row
from data.formats.tables import read_rows
from data.formats.times import parse_time
from data.formats.transcripts import FIELDS, ReadingRules, content_bytes, transcript_from
from models.core.errors import FieldError, FileFormatError, VocError

NOW = datetime(2026, 11, 1, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
RULES = ReadingRules(ZONE, NOW, max_chars=500)

texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0\ufeff"), max_size=40)
plain_texts = st.text("空调不制冷abc，。 ", min_size=1, max_size=12).filter(str.strip)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats()
    | st.text(st.characters(), max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)
turns = st.lists(
    st.fixed_dictionaries(
        {"text": json_values | texts},
        optional={
            "speaker": st.sampled_from(["customer", "agent", "谁"]) | json_values,
            "start_ms": json_values,
        },
    ),
    max_size=4,
)


def rows_of(content: bytes, name: str) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        return list(read_rows(path))


@given(st.lists(st.tuples(texts, texts), max_size=8), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
@settings(deadline=None)
def test_what_a_csv_writer_wrote_is_read_back(pairs: list[tuple[str, str]], encoding: str) -> None:
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(["编号", "内容"])
    writer.writerows(pairs)
    rows = rows_of(file.getvalue().encode(encoding), "a.csv")
    read = [tuple(row.values.values()) if row.values else None for row in rows]
    assert read == [pair for pair in pairs if any(pair)]


@given(st.lists(plain_texts, min_size=1, max_size=30), st.data())
@settings(deadline=None)
def test_a_stray_quote_at_the_start_of_a_text_costs_at_most_its_row(
    said: list[str], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(said) - 1))
    lines = [f'{i},"{text}' if i == at else f"{i},{text}" for i, text in enumerate(said)]
    rows = rows_of(("id,text\n" + "\n".join(lines) + "\n").encode(), "a.csv")
    good = {row.line - 2: row.values["text"] for row in rows if row.values is not None}
    assert {i: text for i, text in enumerate(said) if i != at} == {i: t for i, t in good.items() if i != at}
    assert [row.line for row in rows] == [i + 2 for i in range(len(said))]


@given(
    st.binary(max_size=300),
    st.sampled_from(["a.csv", "a.tsv", "a.jsonl", "a.json", "a.txt", "a.xlsx", "a.parquet"]),
)
@settings(max_examples=300, deadline=None)
def test_any_bytes_give_rows_or_an_unreadable_file(content: bytes, name: str) -> None:
    try:
        rows = rows_of(content, name)
    except FileFormatError:
        return
    numbers = [row.line for row in rows]
    assert numbers == sorted(set(numbers))
    assert all((row.values is None) == (row.error is not None) for row in rows)


@given(st.lists(st.dictionaries(st.text(max_size=5), json_values, max_size=4), max_size=5))
@settings(deadline=None)
def test_json_lines_are_read_back_but_for_half_surrogates(objects: list[dict[str, Any]]) -> None:
    objects = json.loads(json.dumps(objects).replace("NaN", "0").replace("Infinity", "0"))
    rows = rows_of("\n".join(json.dumps(item) for item in objects).encode() + b"\n", "a.jsonl")
    if not objects:
        return
    assert len(rows) == len(objects)
    for row, item in zip(rows, objects, strict=True):
        if row.values is not None and "\\ud" not in json.dumps(item):
            assert row.values == json.loads(json.dumps(item))


@given(
    st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, json_values) | {"turns": turns | json_values})
)
@settings(max_examples=300, deadline=None)
def test_any_body_is_a_transcript_or_an_error_that_says_why(body: dict[str, Any]) -> None:
    try:
        found = transcript_from(body, RULES)
    except VocError as error:
        assert error.message("zh")
        assert "?" not in error.message("en").split(":")[0]
        return
    assert found.text.strip()
    assert found.occurred_at.tzinfo is not None
    assert sum(len(turn.text) for turn in found.turns) <= 500
    found.text.encode("utf-8")
    assert content_bytes(found) == content_bytes(transcript_from(body, RULES))


@given(st.text(max_size=30) | st.integers() | st.floats() | st.datetimes() | st.dates())
@settings(max_examples=300, deadline=None)
def test_any_value_is_a_time_that_can_be_stored_or_refused(value: Any) -> None:
    try:
        moment = parse_time(value, ZONE, now=NOW)
    except FieldError:
        return
    assert 1979 <= moment.astimezone(UTC).year <= NOW.year
