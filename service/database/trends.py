"""Series of counts for dashboards.

Answered from the rollup wherever it can: any dimension but root causes and marks, narrowed by channel at most.
Everything else counts the transcripts themselves; both ways give the same numbers, which a test holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any, get_args

import orjson
from sqlalchemy import Connection, Select, exists, func, select

from models.core.errors import FieldError
from service.database.cells import Stretch, count_rows, same_transcript
from service.database.records import MARK_KINDS, Counts, Dimension, Grain, Series, SeriesFilter, SeriesPoint
from service.database.schema import (
    daily_count,
    review,
    root_cause,
    root_cause_month,
    transcript,
    transcript_category,
    transcript_mark,
)

_FROM_ROWS = ("root_cause", *MARK_KINDS)
_OF_ALL = ("all", "channel", "sentiment")
_DIMENSION_NAMES: tuple[str, ...] = get_args(Dimension)


def series(
    connection: Connection,
    tenant: str,
    by: Dimension,
    since: date,
    until: date,
    grain: Grain,
    wanted: SeriesFilter | None = None,
) -> Series:
    """Transcripts by ``by`` and period, over the local days ``since`` (with) to ``until`` (without).

    A transcript with two categories counts once in each of them and once in the totals. ``by`` root cause
    counts the transcripts assigned in their own month. The value of transcripts without one is ``""``.
    Points come by period, the larger first.

    Raises:
        FieldError: ``by`` or ``grain`` is none of those known.
    """
    if by not in _DIMENSION_NAMES:
        raise FieldError(
            field="by", reason=f"只能是 {'、'.join(_DIMENSION_NAMES)}", reason_en="unknown dimension"
        )
    if grain not in get_args(Grain):
        raise FieldError(field="grain", reason="只能是 day、week 或 month", reason_en="day, week or month")
    wanted = wanted or SeriesFilter()
    days = (since.isoformat(), until.isoformat())
    counted = _folded(connection.execute(_query(tenant, by, days, grain, wanted)), grain)
    totals = _folded(connection.execute(_query(tenant, "all", days, grain, wanted)), grain)
    labels = _labels(connection, tenant, by, {value for _, value in counted})
    points = [
        SeriesPoint(period, value, labels.get(value, value), counts)
        for (period, value), counts in counted.items()
    ]
    points.sort(key=lambda point: (point.period, -point.counts.n, point.value))
    return Series(
        tuple(_periods(since, until, grain)),
        tuple(points),
        {period: counts for (period, _), counts in totals.items()},
    )


def stored_days(connection: Connection, tenant: str) -> tuple[date, date] | None:
    """First and last local day that has a transcript; ``None`` without any."""
    conditions = (daily_count.c.tenant == tenant, daily_count.c.dimension == "all", daily_count.c.n > 0)
    first, last = connection.execute(
        select(func.min(daily_count.c.day), func.max(daily_count.c.day)).where(*conditions)
    ).one()
    return None if first is None else (date.fromisoformat(first), date.fromisoformat(last))


def months_with_causes(connection: Connection, tenant: str) -> frozenset[str]:
    """Months whose root causes were looked for: in others no cause is not the same as none found."""
    months: set[str] = set()
    for table in (root_cause_month, review):
        months.update(connection.execute(select(table.c.month).where(table.c.tenant == tenant)).scalars())
    return frozenset(months)


def months_with_marks(connection: Connection, tenant: str, months: Iterable[str]) -> frozenset[str]:
    """Those of ``months`` in which any transcript has a mark: in others nobody looked for experience."""
    found = set()
    for month in months:
        marked = exists().where(
            transcript.c.tenant == tenant, transcript.c.month == month, same_transcript(transcript_mark)
        )
        if connection.execute(select(marked)).scalar():
            found.add(month)
    return frozenset(found)


def labels_of(connection: Connection, tenant: str, by: str, values: set[str]) -> dict[str, str]:
    """Names to show for ``values`` of ``by``; those without a name of their own stand for themselves."""
    return {value: value for value in values} | _labels(connection, tenant, by, values)


def _query(
    tenant: str, by: Dimension, days: tuple[str, str], grain: Grain, wanted: SeriesFilter
) -> Select[tuple[str, str, str, int]]:
    """Rows of (day or month, value, sentiment, count)."""
    if by not in _FROM_ROWS and wanted == SeriesFilter(channel=wanted.channel):
        return _from_rollup(tenant, by, days, grain, wanted.channel)
    return _from_rows(tenant, by, days, grain, wanted)


def _from_rollup(
    tenant: str, by: str, days: tuple[str, str], grain: Grain, channel: str | None
) -> Select[tuple[str, str, str, int]]:
    at = daily_count.c.month if grain == "month" else daily_count.c.day
    value = daily_count.c[by] if by in ("channel", "sentiment") else daily_count.c.value
    conditions = [
        daily_count.c.tenant == tenant,
        daily_count.c.dimension == ("all" if by in _OF_ALL else by),
        daily_count.c.day >= days[0],
        daily_count.c.day < days[1],
    ]
    if channel is not None:
        conditions.append(daily_count.c.channel == channel)
    keys = (at, value, daily_count.c.sentiment)
    return select(*keys, func.sum(daily_count.c.n)).where(*conditions).group_by(*keys)


def _from_rows(
    tenant: str, by: Dimension, days: tuple[str, str], grain: Grain, wanted: SeriesFilter
) -> Select[tuple[str, str, str, int]]:
    since, until = (date.fromisoformat(day) for day in days)
    at = transcript.c.month if grain == "month" else transcript.c.day
    return count_rows(Stretch(tenant, since, until, wanted), by, [at.label("at")])


def _folded(rows: Iterable[Any], grain: Grain) -> dict[tuple[str, str], Counts]:
    """Counts by period and value; days become their week, rows of zero vanish."""
    sums: dict[tuple[str, str], dict[str, int]] = {}
    for at, value, sentiment, n in rows:
        if n:
            period = _monday(date.fromisoformat(at)).isoformat() if grain == "week" else at
            held = sums.setdefault((period, value), {})
            held[sentiment] = held.get(sentiment, 0) + int(n)
    return {key: Counts(**held) for key, held in sums.items()}


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _periods(since: date, until: date, grain: Grain) -> Iterator[str]:
    seen = ""
    for n in range((until - since).days):
        day = since + timedelta(days=n)
        period = {"day": day, "week": _monday(day), "month": day}[grain].isoformat()
        period = period[:7] if grain == "month" else period
        if period != seen:
            yield period
        seen = period


def _labels(connection: Connection, tenant: str, by: str, values: set[str]) -> dict[str, str]:
    """Names to show: a category's path as it was written last, a root cause's name."""
    if by == "category":
        found = {}
        for value in values:
            query = (
                select(transcript_category.c.path)
                .where(transcript_category.c.tenant == tenant, transcript_category.c.category_id == value)
                .order_by(transcript_category.c.transcript_id.desc())
                .limit(1)
            )
            path = connection.execute(query).scalar()
            found[value] = "/".join(orjson.loads(path)) if path else value
        return found
    if by == "root_cause":
        rows = connection.execute(
            select(root_cause.c.id, root_cause.c.name).where(
                root_cause.c.tenant == tenant, root_cause.c.id.in_(values)
            )
        )
        return {row.id: row.name for row in rows}
    return {}
