"""Ids, cursors and search tokens: the values of the database that need no database."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest

from models.core.errors import CursorError
from service.database.cursor import decode_cursor, encode_cursor
from service.database.ids import time_ordered_id
from service.database.search import search_tokens


def test_ids_increase_and_never_repeat() -> None:
    ids = [time_ordered_id() for _ in range(20_000)]
    assert ids == sorted(set(ids))


def test_an_id_is_a_uuid_of_version_7_with_its_time() -> None:
    made = uuid.UUID(time_ordered_id(now_ms=1_709_602_200_123))
    assert (made.version, made.variant, made.int >> 80) == (7, uuid.RFC_4122, 1_709_602_200_123)
    assert time_ordered_id(now_ms=1) < time_ordered_id(now_ms=2)


def test_a_cursor_gives_back_its_place() -> None:
    place = (datetime(2024, 3, 5, 1, 30, 0, 123456, tzinfo=UTC), "01a2")
    assert decode_cursor(encode_cursor(*place)) == place


@pytest.mark.parametrize(
    "cursor", ["", "a", "!!!!", "WyIyMDI0LTAzLTA1IiwiYSJd", "WzEsMl0", "e30", "\ud800", "\x00"]
)
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(CursorError):
        decode_cursor(cursor)


def test_tokens_are_letters_and_digits_in_lower_case() -> None:
    assert search_tokens("iPhone 19-9 _4S_ 退款，了 O'Neil \\ a:b ②") == [
        "iphone", "19", "9", "4s", "退款", "了", "o", "neil", "a", "b", "②",
    ]  # fmt: skip
    assert search_tokens(" ，！'\"\n") == []
    assert len(search_tokens("长" * 500)[0]) == 100
