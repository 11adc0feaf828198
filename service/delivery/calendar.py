"""When the monthly review is due. Pure: the time is passed in."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from models.core.month import Month


@dataclass(frozen=True, slots=True)
class DueRun:
    """``at`` is the instant in UTC, ``month`` the month that is reviewed then: the last complete one."""

    at: datetime
    month: Month


@dataclass(frozen=True, slots=True)
class Timetable:
    """Once a month on ``day`` (1 to 31) at ``hour`` (0 to 23) of ``zone``.

    A month without that day has its run on its last day, so none is skipped. An hour that summer time leaves out
    runs when the clock has passed it; an hour that comes twice runs the first time.
    """

    day: int
    hour: int
    zone: ZoneInfo

    def run_in(self, month: Month) -> DueRun:
        """The run that falls into ``month``."""
        day = min(self.day, monthrange(month.year, month.number)[1])
        local = datetime(month.year, month.number, day, self.hour, tzinfo=self.zone)
        return DueRun(local.astimezone(UTC), month.shifted(-1))

    def next_run(self, now: datetime) -> DueRun:
        """The first run after ``now``, an aware time."""
        month = Month.of(now, self.zone)
        run = self.run_in(month)
        return run if run.at > now else self.run_in(month.shifted(1))

    def last_run(self, now: datetime) -> DueRun:
        """The newest run that was due at ``now`` or before."""
        month = Month.of(now, self.zone)
        run = self.run_in(month)
        return run if run.at <= now else self.run_in(month.shifted(-1))

    def next_runs(self, now: datetime, n_runs: int) -> tuple[DueRun, ...]:
        runs: list[DueRun] = []
        for _ in range(n_runs):
            runs.append(self.next_run(runs[-1].at if runs else now))
        return tuple(runs)


def last_complete_month(now: datetime, zone: ZoneInfo) -> Month:
    return Month.of(now, zone).shifted(-1)
