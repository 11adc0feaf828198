from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from models.core.errors import MonthError
from models.core.month import Month

SHANGHAI = ZoneInfo("Asia/Shanghai")


def test_a_month_is_read_and_written_the_same():
    assert str(Month.parse("2024-03")) == "2024-03"


@pytest.mark.parametrize("text", ["2024-13", "2024-3", "202403", "", "２０２４-03-01", "2024-03-01"])
def test_what_is_no_month_is_refused_with_a_way_out(text):
    with pytest.raises(MonthError) as caught:
        Month.parse(text)
    assert "2024-03" in caught.value.message("zh")


def test_the_zone_decides_the_month():
    late = datetime(2024, 2, 29, 16, 30, tzinfo=UTC)
    assert Month.of(late, SHANGHAI) == Month(2024, 3)
    assert Month.of(late, ZoneInfo("UTC")) == Month(2024, 2)


def test_a_month_is_half_open_and_shifts_over_years():
    start, end = Month(2024, 12).bounds(SHANGHAI)
    assert (start.isoformat(), end.isoformat()) == ("2024-12-01T00:00:00+08:00", "2025-01-01T00:00:00+08:00")
    assert Month(2024, 12).shifted(1) == Month(2025, 1)
    assert Month(2024, 1).shifted(-13) == Month(2022, 12)
