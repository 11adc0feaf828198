"""The service's path to the records behind a number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import quote as percent_encoded
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from models.core.month import Month


@dataclass(frozen=True, slots=True)
class Queries:
    """Queries over one month; times carry their offset, ranges are half-open.

    ``where`` are the search's own fields: ``channel``, ``category``, ``sentiment``, ``root_cause``,
    ``product``, ``region``, ``mark`` (as ``mark_field`` writes it).
    """

    month: Month
    zone: ZoneInfo

    def transcripts(self, **where: str) -> str:
        """Transcripts of the month."""
        return _query(*self.month.bounds(self.zone), where)

    def days(self, first: date, last: date, **where: str) -> str:
        """Transcripts of the local days ``first`` to ``last``, both included."""
        return _query(self._midnight(first), self._midnight(last + timedelta(days=1)), where)

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), tzinfo=self.zone)


def mark_field(kind: str, value: str = "", answer: str = "") -> str:
    """The field ``mark`` of the search: ``step:washing``, ``survey:waiting.dissatisfied``, ``churn`` for any of it."""
    return ":".join(part for part in (kind, f"{value}.{answer}" if answer else value) if part)


def transcript_path(transcript_id: str) -> str:
    """The service's path to one transcript."""
    return "/v1/transcripts/" + percent_encoded(transcript_id, safe="")


def _query(begin: datetime, end: datetime, where: dict[str, str]) -> str:
    return "/v1/transcripts?" + urlencode({"from": begin.isoformat(), "to": end.isoformat(), **where})
