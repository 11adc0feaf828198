"""A month in a named time zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from models.core.errors import MonthError

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month, half-open: from its first instant to the first instant of the next."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> Month:
        """Read ``2024-03``. Raises ``MonthError``."""
        found = _MONTH.fullmatch(text.strip())
        if not found:
            raise MonthError(month=text)
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, moment: datetime, zone: ZoneInfo) -> Month:
        local = moment.astimezone(zone)
        return cls(local.year, local.month)

    def shifted(self, n_months: int) -> Month:
        at = self.year * 12 + self.number - 1 + n_months
        return Month(at // 12, at % 12 + 1)

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """First instant of this month and of the next, in ``zone``."""
        after = self.shifted(1)
        return (
            datetime(self.year, self.number, 1, tzinfo=zone),
            datetime(after.year, after.number, 1, tzinfo=zone),
        )

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"
