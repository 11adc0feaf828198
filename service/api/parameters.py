"""Query parameters that several routes read."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from data.formats.times import parse_time
from models.text.segment import Segmenter

_FAR = timedelta(days=36_500)


def moment_of(name: str, value: str | None, zone: ZoneInfo, now: datetime) -> datetime | None:
    """A time or a day of a query; the future is allowed here. Raises ``FieldError``."""
    if not value:
        return None
    return parse_time(value.replace(" ", "+") if "T" in value else value, zone, now=now + _FAR, field=name)


def search_phrases(segmenter: Segmenter, query: str | None) -> tuple[str, ...]:
    """What to look for: each blank-separated part as the segmenter cuts it, in order."""
    phrases = []
    for part in (query or "").split():
        words = [word for word in segmenter.words(part) if word.strip()]
        if words:
            phrases.append(" ".join(words))
    return tuple(phrases)
