"""Times as people and tools write them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from data.formats.times import parse_time
from models.core.errors import FieldError

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2019/2/28 11:25:05", "2019-02-28T11:25:05+08:00"),
        ("2024-04-29", "2024-04-29T00:00:00+08:00"),
        ("2024.4.29", "2024-04-29T00:00:00+08:00"),
        ("2024年4月29日", "2024-04-29T00:00:00+08:00"),
        ("2024年4月29日 星期一 下午2点30分", "2024-04-29T14:30:00+08:00"),
        ("2024/4/29 下午2:30", "2024-04-29T14:30:00+08:00"),
        ("2024-4-29 2:30:05 PM", "2024-04-29T14:30:05+08:00"),
        ("2024-4-29 12:30 AM", "2024-04-29T00:30:00+08:00"),
        ("2024-4-29 中午12:10", "2024-04-29T12:10:00+08:00"),
        ("2024-04-29T06:30:00Z", "2024-04-29T14:30:00+08:00"),
        ("2024-04-29 14:30:00.123", "2024-04-29T14:30:00.123000+08:00"),
        ("2024-04-29T14:30:00+0900", "2024-04-29T13:30:00+08:00"),
        ("20240429", "2024-04-29T00:00:00+08:00"),
        ("20240429143005", "2024-04-29T14:30:05+08:00"),
        ("2024042914", "2024-04-29T14:00:00+08:00"),
        (20240429, "2024-04-29T00:00:00+08:00"),
        (1714372205, "2024-04-29T14:30:05+08:00"),
        ("1714372205", "2024-04-29T14:30:05+08:00"),
        ("1714372205.5", "2024-04-29T14:30:05.500000+08:00"),
        (1714372205000, "2024-04-29T14:30:05+08:00"),
        ("1714372205000", "2024-04-29T14:30:05+08:00"),
        (45411.0, "2024-04-29T00:00:00+08:00"),
        (45411.604224537034, "2024-04-29T14:30:05+08:00"),
        ("45411.5", "2024-04-29T12:00:00+08:00"),
        (date(2024, 4, 29), "2024-04-29T00:00:00+08:00"),
        (datetime(2024, 4, 29, 14), "2024-04-29T14:00:00+08:00"),
        (" 2024-04-29 ", "2024-04-29T00:00:00+08:00"),
    ],
)
def test_a_time_is_read(value: Any, expected: str) -> None:
    assert parse_time(value, ZONE, now=NOW).astimezone(ZONE) == datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    "value",
    [
        "明天", "", None, True, [], {}, "2024-13-01", "2024-02-30", "03/05/2024", "13800138000999999", "0001-01-01",
        "9999-99-99", float("nan"), float("inf"), -1, 7, "1970-01-01", "2024-04-29 25:00",
    ],
)  # fmt: skip
def test_what_is_no_time_is_refused_with_the_way_to_write_it(value: Any) -> None:
    with pytest.raises(FieldError) as caught:
        parse_time(value, ZONE, now=NOW)
    assert "2024-03-05T14:30:00+08:00" in caught.value.message("zh")


def test_the_future_is_refused_beyond_a_day() -> None:
    assert parse_time("2026-11-01T20:00:00Z", ZONE, now=NOW).day == 1
    for value in ("2026-11-03", "9999-12-31T23:59:59-12:00", 4102444800):
        with pytest.raises(FieldError, match="future"):
            parse_time(value, ZONE, now=NOW)


def test_a_naive_time_is_read_in_the_zone() -> None:
    assert parse_time("2024-01-01 08:00", ZoneInfo("Asia/Tokyo"), now=NOW).astimezone(UTC).hour == 23
