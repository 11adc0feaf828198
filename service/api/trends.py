"""``/v1/trends/{measure}``: series for dashboards, with counts, rates, intervals, limits and signals."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy import Connection

from data.formats.writing import safe_cell
from service.api.access import Reader
from service.api.answers import check_range, language_of, today_of
from service.api.mark_labels import mark_labels
from service.api.parameters import mark_filter
from service.api.state import ServiceState, State, in_thread
from service.api.trend_lines import line_bodies, stated_rates
from service.api.trend_points import Measure, Periods, Trend, judge, lines_of, months_of, periods_of, rows_of
from service.database import trends
from service.database.records import MARK_KINDS, Dimension, Grain, Series, SeriesFilter

router = APIRouter(prefix="/v1", tags=["trends"])

MAX_DAYS = 3700
_COLUMNS = (
    *("period", "value", "label", "n", "negative", "of", "rate", "low", "high", "per_1000", "signal"),
    *("charted", "centre", "lower_limit", "upper_limit", "expected", "p_value", "q_value"),
    *("alarm", "patterns", "phase", "is_partial"),
)


@router.get("/trends/{measure}", response_model=None)
async def series(
    measure: Measure,
    request: Request,
    state: State,
    caller: Reader,
    by: Annotated[Dimension, Query(description="What each line of the series stands for.")] = "all",
    since: Annotated[date | None, Query(alias="from", description="First local day.")] = None,
    until: Annotated[date | None, Query(alias="to", description="Local day after the last.")] = None,
    grain: Grain = "month",
    format_: Annotated[Literal["json", "csv"], Query(alias="format")] = "json",
    channel: str | None = None,
    category: str | None = None,
    product: str | None = None,
    region: str | None = None,
    store: str | None = None,
    mark: Annotated[str | None, Query(description="Only contacts with it: `kind` or `kind:value`.")] = None,
    forecast: Annotated[int, Query(ge=0, le=24, description="Periods to look ahead.")] = 0,
) -> Response:
    """``contacts``: all transcripts; ``negatives``: negative ones; ``negative_rate``: their share of the same
    line's transcripts. Rates carry Wilson 95 % intervals. Each point has control limits, its ``alarm``, rule
    ``patterns`` and ``signal`` (``up``, ``down`` or ``none``: against the line's own past, at a false discovery
    rate of 5 % over all lines of the period); each entry of ``series`` a ``verdict`` on its baseline, change
    points, season and forecast."""
    today = today_of(state)
    end = until or today + timedelta(days=1)
    first = since or max(end, date(2, 1, 1)) - timedelta(days=365)
    check_range(first, end, MAX_DAYS)
    wanted = SeriesFilter(channel, category, product, region, store, mark_filter(mark, state.settings.sector))
    language = language_of(request)
    asked = _Asked(caller.tenant, measure, by, first, end, grain, wanted, today, language)
    found, missing = await in_thread(_trend, state, asked)
    rows = rows_of(found)
    if format_ == "csv":
        return Response(_csv(rows), media_type="text/csv; charset=utf-8")
    body = {"measure": measure, "by": by, "grain": grain, "from": first.isoformat(), "to": end.isoformat()}
    return JSONResponse(
        {
            **body,
            "periods": list(found.periods.names),
            "months_without_root_causes": missing["root_causes"],
            "months_without_marks": missing["marks"],
            "rates_stated": stated_rates(grain, language),
            "series": await in_thread(line_bodies, found, forecast, language),
            "points": rows,
        }
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question to the series, checked."""

    tenant: str
    measure: Measure
    by: Dimension
    since: date
    until: date
    grain: Grain
    wanted: SeriesFilter
    today: date
    language: str


def _trend(state: ServiceState, asked: _Asked) -> tuple[Trend, dict[str, list[str]]]:
    """The judged lines, and the months of the range whose root causes or marks nobody looked for."""
    with state.database.read() as connection:
        found = trends.series(
            connection, asked.tenant, asked.by, asked.since, asked.until, asked.grain, asked.wanted
        )
        stored = trends.stored_days(connection, asked.tenant)
        missing = _missing(connection, asked, found)
    periods = periods_of(found, asked.grain, asked.since, asked.until, asked.today)
    found = _without(found, asked.grain, frozenset().union(*missing.values()))
    found = _named(found, mark_labels(state.settings.sector, asked.by, _values(found), asked.language))
    is_volume = asked.by == "all" and asked.measure == "contacts"
    days = _volume_days(found, periods, asked, stored) if is_volume else None
    lines = lines_of(found, asked.measure, periods, volume_days=days)
    return judge(asked.measure, periods, lines, is_volume=is_volume), missing


def _missing(connection: Connection, asked: _Asked, found: Series) -> dict[str, list[str]]:
    """Months of the range with contacts, of which what is asked for is not known."""
    months = {month for name in found.totals for month in months_of(name, asked.grain)}
    missing: dict[str, list[str]] = {"root_causes": [], "marks": []}
    if asked.by == "root_cause":
        missing["root_causes"] = sorted(months - trends.months_with_causes(connection, asked.tenant))
    if asked.by in MARK_KINDS or asked.wanted.mark is not None:
        missing["marks"] = sorted(months - trends.months_with_marks(connection, asked.tenant, months))
    return missing


def _values(series: Series) -> set[str]:
    return {point.value for point in series.points}


def _named(series: Series, labels: Mapping[str, str]) -> Series:
    if not labels:
        return series
    return replace(series, points=tuple(replace(one, label=labels[one.value]) for one in series.points))


def _without(series: Series, grain: Grain, months: frozenset[str]) -> Series:
    """Without periods that touch these months: nobody looked there, so there are no zeros."""
    if not months:
        return series
    kept = {name for name in series.periods if not months.intersection(months_of(name, grain))}
    return replace(
        series,
        points=tuple(point for point in series.points if point.period in kept),
        totals={period: counts for period, counts in series.totals.items() if period in kept},
    )


def _volume_days(
    series: Series, periods: Periods, asked: _Asked, stored: tuple[date, date] | None
) -> Sequence[int]:
    """Days of each period between the first and the last day that has any transcript."""
    if stored is None:
        return [0] * len(periods.names)
    since, until = max(asked.since, stored[0]), min(asked.until, stored[1] + timedelta(days=1))
    return periods_of(series, asked.grain, since, until, asked.today).days


def _csv(points: list[dict[str, Any]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, _COLUMNS)
    writer.writeheader()
    for point in points:
        row = point | {"patterns": " ".join(point["patterns"])}
        writer.writerow({key: safe_cell(value) for key, value in row.items()})
    return "\ufeff" + out.getvalue()
