"""Times as people and tools write them; a naive time is read in the configured zone."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from models.core.errors import FieldError

_PATTERN = re.compile(
    r"(?P<year>\d{4})[-/.年](?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})日?"
    r"(?:[T\s]*(?:星期|周)[一二三四五六日天])?"
    r"(?:[T\s]*(?P<half>凌晨|早上|上午|中午|下午|傍晚|晚上)?\s*(?P<hour>\d{1,2})[:：时点](?P<minute>\d{1,2})?"
    r"(?:[:：分](?P<second>\d{1,2})(?:\.\d+)?)?[分秒]?\s*(?P<meridiem>[AaPp][Mm])?)?"
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:(\d{2})(?:(\d{2})(?:(\d{2})\d{0,3})?)?)?")
_COMPACT_YEARS = ("198", "199", "20")
_AFTERNOON = ("下午", "傍晚", "晚上", "中午")
_SECONDS = (3e8, 1e11)
_MILLISECONDS = (3e11, 1e14)
_SHEET_DAYS = (29_221, 73_051)
_SHEET_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - the zone is added where it is used
_FIRST_YEAR = 1980
FUTURE_TOLERANCE = timedelta(hours=24)


def parse_time(value: Any, zone: ZoneInfo, *, now: datetime, field: str = "occurred_at") -> datetime:
    """An aware time from text, a date, a spreadsheet value, or seconds or milliseconds since 1970.

    A number from 29,221 to 73,050 is a spreadsheet's day count (the years 1980 to 2099); digits that read as
    a compact time (``20240305``, ``20240305143000``) are one. Raises ``FieldError`` for what cannot be read
    and for a time more than a day after ``now``.
    """
    try:
        moment = _read(value, zone)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone)
        if moment.year < _FIRST_YEAR:
            raise ValueError("before the first call centre")
    except (ValueError, TypeError, OverflowError, OSError) as error:
        raise _unreadable(value, field) from error
    if moment > now + FUTURE_TOLERANCE:
        raise FieldError(
            field=field,
            reason=f"时间 {moment.isoformat()} 在将来，请检查时钟或时区",
            reason_en=f"{moment.isoformat()} is in the future; check the clock or the zone",
        )
    return moment


def _read(value: Any, zone: ZoneInfo) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=zone)
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        value = int(value)
    text = "" if value is None or isinstance(value, bool) else str(value).strip()
    if text.replace(".", "", 1).isdigit():
        return _from_digits(text, zone)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return _from_parts(text, zone)


def _from_number(value: float, zone: ZoneInfo) -> datetime | None:
    if _SECONDS[0] < value < _SECONDS[1]:
        return datetime.fromtimestamp(value, zone)
    if _MILLISECONDS[0] < value < _MILLISECONDS[1]:
        return datetime.fromtimestamp(value / 1000, zone)
    if _SHEET_DAYS[0] <= value < _SHEET_DAYS[1]:
        moment = _SHEET_EPOCH + timedelta(seconds=round(value * 86_400))
        return moment.replace(tzinfo=zone)
    return None


def _from_digits(text: str, zone: ZoneInfo) -> datetime:
    if text.startswith(_COMPACT_YEARS) and (found := _COMPACT.fullmatch(text)):
        year, *rest = (int(part) for part in found.groups() if part)
        try:
            return datetime(year, *rest, tzinfo=zone)  # type: ignore[arg-type, misc]
        except ValueError:
            pass
    moment = _from_number(float(text), zone)
    if moment is None:
        raise ValueError(text)
    return moment


def _from_parts(text: str, zone: ZoneInfo) -> datetime:
    found = _PATTERN.fullmatch(text)
    if not found:
        raise ValueError(text)
    hour = int(found["hour"] or 0)
    is_afternoon = found["half"] in _AFTERNOON or (found["meridiem"] or "").lower() == "pm"
    if is_afternoon and hour < (11 if found["half"] == "中午" else 12):
        hour += 12
    if hour == 12 and (found["half"] == "凌晨" or (found["meridiem"] or "").lower() == "am"):
        hour = 0
    day = (int(found["year"]), int(found["month"]), int(found["day"]))
    return datetime(*day, hour, int(found["minute"] or 0), int(found["second"] or 0), tzinfo=zone)


def _unreadable(value: Any, field: str) -> FieldError:
    shown = str(value)[:40]
    return FieldError(
        field=field,
        reason=f"时间「{shown}」无法识别，请写成 2024-03-05T14:30:00+08:00",
        reason_en=f"{shown!r} is not a time; write 2024-03-05T14:30:00+08:00",
    )
