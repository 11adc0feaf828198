"""The service's path to the records behind a number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from models.core.month import Month


@dataclass(frozen=True, slots=True)
class Queries:
    """Queries over one month; times carry their offset, ranges are half-open."""

    month: Month
    zone: ZoneInfo

    def transcripts(self, *, first: date | None = None, last: date | None = None, **where: str) -> str:
        """Transcripts of the month, or of the local days ``first`` to ``last`` (both included).

        ``where`` are the search's own fields: ``channel``, ``category``, ``sentiment``, ``root_cause``.
        """
        begin, end = self.month.bounds(self.zone)
        if first is not None:
            begin = self._midnight(first)
        if last is not None:
            end = self._midnight(last + timedelta(days=1))
        fields = {"from": begin.isoformat(), "to": end.isoformat(), **where}
        return "/v1/transcripts?" + urlencode(fields)

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), tzinfo=self.zone)
