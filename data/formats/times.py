"""Times as people and tools write them; a naive time is read in the configured zone."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from models.core.errors import FieldError

_PATTERN = re.compile(
    r"\s*(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
    r"(?:[T\s]*(上午|下午|晚上|中午)?\s*(\d{1,2})[:时点](\d{1,2})(?:[:分](\d{1,2})(?:\.\d+)?)?分?秒?)?\s*"
)
_COMPACT = re.compile(r"\s*(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2}))?\d{0,3}\s*")
FUTURE_TOLERANCE = timedelta(hours=24)


def parse_time(value: Any, zone: ZoneInfo, *, now: datetime, field: str = "occurred_at") -> datetime:
    """An aware time from text, a date, a spreadsheet value or seconds since 1970.

    Raises ``FieldError`` for what cannot be read and for a time more than a day after ``now``.
    """
    moment = _read(value, zone, field)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    if moment > now + FUTURE_TOLERANCE:
        raise FieldError(
            field=field,
            reason=f"时间 {moment.isoformat()} 在将来，请检查时钟或时区",
            reason_en=f"{moment.isoformat()} is in the future; check the clock or the zone",
        )
    if moment.year < 1980:
        raise _unreadable(value, field)
    return moment


def _read(value: Any, zone: ZoneInfo, field: str) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=zone)
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 3e8 < value < 1e11:
        return datetime.fromtimestamp(value, zone)
    text = str(value or "").strip()
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    try:
        return _from_parts(text, zone)
    except (ValueError, TypeError) as error:
        raise _unreadable(value, field) from error


def _from_parts(text: str, zone: ZoneInfo) -> datetime:
    if found := _PATTERN.fullmatch(text):
        year, month, day, half, hour, minute, second = found.groups()
        hours = int(hour or 0)
        if half in ("下午", "晚上") and hours < 12:
            hours += 12
        return datetime(
            int(year), int(month), int(day), hours, int(minute or 0), int(second or 0), tzinfo=zone
        )
    if found := _COMPACT.fullmatch(text):
        parts = [int(part) for part in found.groups() if part]
        return datetime(parts[0], *parts[1:], tzinfo=zone)  # type: ignore[misc, arg-type]
    raise ValueError(text)


def _unreadable(value: Any, field: str) -> FieldError:
    shown = str(value)[:40]
    return FieldError(
        field=field,
        reason=f"时间「{shown}」无法识别，请写成 2024-03-05T14:30:00+08:00",
        reason_en=f"{shown!r} is not a time; write 2024-03-05T14:30:00+08:00",
    )
