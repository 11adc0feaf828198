"""Shapes that several answers share: language, intervals, rounded numbers."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Any

from fastapi import Request

from models.core.errors import FieldError, NotFoundError
from models.core.month import Month
from models.statistics.intervals import Interval
from service.api.state import ServiceState, state_of
from service.errors import wanted_language


def language_of(request: Request) -> str:
    """``en`` or ``zh``: what ``Accept-Language`` begins with, else the service's own language."""
    return wanted_language(request, state_of(request).settings.language)


def number(value: float | None, digits: int = 6) -> float | None:
    """Rounded; ``None`` stands for what is unknown or infinite, which JSON cannot say."""
    if value is None or not math.isfinite(value):
        return None
    return round(float(value), digits)


def interval_body(interval: Interval | None, digits: int = 6) -> dict[str, Any] | None:
    if interval is None:
        return None
    return {
        "estimate": number(interval.estimate, digits),
        "low": number(interval.low, digits),
        "high": number(interval.high, digits),
    }


def today_of(state: ServiceState) -> date:
    return state.clock().astimezone(state.settings.zone).date()


def refuse_future(field: str, day: date, today: date) -> None:
    """Raises ``FieldError`` for a day that has not come yet."""
    if day > today:
        raise FieldError(
            field=field,
            reason=f"{day} 还没有到，今天是 {today}",
            reason_en=f"{day} has not come yet, today is {today}",
        )


def days_of_month(month: Month) -> tuple[date, date]:
    """First day, and the day after the last."""
    after = month.shifted(1)
    return date(month.year, month.number, 1), date(after.year, after.number, 1)


def check_range(since: date, until: date, max_days: int) -> None:
    """Raises ``FieldError`` unless ``since`` lies before ``until``, at most ``max_days`` apart."""
    if not timedelta() < until - since <= timedelta(days=max_days):
        raise FieldError(
            field="from",
            reason=f"from 应早于 to，且相隔不超过 {max_days} 天",
            reason_en=f"from must be before to, at most {max_days} days",
        )


def require_contacts(n: int, what: str, what_en: str, key: str) -> None:
    """Raises ``NotFoundError`` where there is nothing to count."""
    if n == 0:
        raise NotFoundError(what=what, what_en=what_en, key=key)
