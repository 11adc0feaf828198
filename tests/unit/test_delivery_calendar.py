"""When the next review is due, over month ends and changes of the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from models.core.month import Month
from service.delivery.calendar import Timetable, last_complete_month
from service.delivery.running import RETRY_AFTER, keep_running

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")


def test_the_run_reviews_the_month_before_at_the_local_hour() -> None:
    run = Timetable(1, 8, SHANGHAI).next_run(datetime(2024, 3, 15, tzinfo=UTC))
    assert (run.at, run.month) == (datetime(2024, 4, 1, 0, tzinfo=UTC), Month(2024, 3))


def test_a_day_that_a_month_lacks_is_its_last_day_and_no_month_is_skipped() -> None:
    runs = Timetable(31, 8, SHANGHAI).next_runs(datetime(2024, 1, 31, 12, tzinfo=UTC), 5)
    local = [run.at.astimezone(SHANGHAI) for run in runs]
    assert [(at.month, at.day) for at in local] == [(2, 29), (3, 31), (4, 30), (5, 31), (6, 30)]
    assert [str(run.month) for run in runs] == ["2024-01", "2024-02", "2024-03", "2024-04", "2024-05"]


def test_at_its_very_moment_a_run_is_the_last_one_and_no_longer_the_next() -> None:
    table, at = Timetable(1, 8, SHANGHAI), datetime(2024, 4, 1, 0, tzinfo=UTC)
    assert table.last_run(at).at == at
    assert table.next_run(at).at == datetime(2024, 5, 1, 0, tzinfo=UTC)
    assert table.last_run(at - timedelta(seconds=1)).month == Month(2024, 2)


def test_an_hour_that_summer_time_leaves_out_runs_an_hour_later_by_the_clock() -> None:
    run = Timetable(31, 2, BERLIN).run_in(Month(2024, 3))  # 02:00 to 03:00 does not exist that day
    assert run.at == datetime(2024, 3, 31, 1, tzinfo=UTC)
    assert run.at.astimezone(BERLIN).hour == 3


def test_an_hour_that_comes_twice_runs_once_the_first_time() -> None:
    table = Timetable(27, 2, BERLIN)
    run = table.run_in(Month(2024, 10))
    assert run.at == datetime(2024, 10, 27, 0, tzinfo=UTC)
    assert table.next_run(run.at + timedelta(minutes=1)).month == Month(2024, 10)


@pytest.mark.parametrize("day", [1, 15, 29, 30, 31])
@pytest.mark.parametrize("hour", [0, 2, 3, 23])
def test_every_month_of_ten_years_has_one_run(day: int, hour: int) -> None:
    for zone in (SHANGHAI, BERLIN, ZoneInfo("America/St_Johns")):
        runs = Timetable(day, hour, zone).next_runs(datetime(2020, 1, 1, tzinfo=UTC), 120)
        months = [run.month for run in runs]
        assert months == [months[0].shifted(n) for n in range(120)]
        assert all(Timetable(day, hour, zone).last_run(run.at) == run for run in runs)


def test_the_last_complete_month_is_of_the_zone() -> None:
    late = datetime(2024, 3, 31, 16, 30, tzinfo=UTC)  # April in Shanghai
    assert last_complete_month(late, SHANGHAI) == Month(2024, 3)
    assert last_complete_month(late, ZoneInfo("UTC")) == Month(2024, 2)


class _Clock:
    """A clock that moves only while somebody waits; it ends after ``end``."""

    def __init__(self, now: datetime, end: datetime) -> None:
        self.now, self.end = now, end

    def __call__(self) -> datetime:
        return self.now

    def wait(self, seconds: float) -> bool:
        self.now += timedelta(seconds=max(seconds, 1.0))
        return self.now >= self.end


def test_a_running_schedule_sends_each_month_once_at_its_hour() -> None:
    clock, sent = _Clock(datetime(2024, 3, 30, tzinfo=UTC), datetime(2024, 6, 2, tzinfo=UTC)), []

    def send(month: Month) -> bool:
        sent.append((str(month), clock.now.date().isoformat()))
        return True

    keep_running(Timetable(1, 8, SHANGHAI), send, pending=None, clock=clock, wait=clock.wait)
    assert sent == [("2024-03", "2024-04-01"), ("2024-04", "2024-05-01"), ("2024-05", "2024-06-01")]


def test_what_failed_is_tried_again_every_hour_until_it_is_done() -> None:
    clock, tries = _Clock(datetime(2024, 3, 10, tzinfo=UTC), datetime(2024, 3, 11, tzinfo=UTC)), []

    def send(month: Month) -> bool:
        tries.append(clock.now)
        return len(tries) == 3

    pending = Month(2024, 2)
    keep_running(Timetable(1, 8, SHANGHAI), send, pending=pending, clock=clock, wait=clock.wait)
    assert len(tries) == 3
    assert all(RETRY_AFTER <= b - a < RETRY_AFTER * 1.1 for a, b in pairwise(tries))


def test_after_a_long_sleep_the_newest_run_is_made_up() -> None:
    clock, sent = _Clock(datetime(2024, 3, 30, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC)), []

    def oversleep(seconds: float) -> bool:
        clock.now += timedelta(days=50)
        return len(sent) > 0

    keep_running(
        Timetable(1, 8, SHANGHAI),
        lambda month: not sent.append(str(month)),
        pending=None,
        clock=clock,
        wait=oversleep,
    )
    assert sent == ["2024-04"]
