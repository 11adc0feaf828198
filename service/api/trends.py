"""``/v1/trends/{measure}``: series for dashboards, with counts, rates, intervals and signals."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse

from data.formats.writing import safe_cell
from models.core.errors import FieldError
from models.statistics.changes import rate_change
from models.statistics.intervals import wilson
from service.api.access import Reader
from service.api.state import ServiceState, State, in_thread
from service.database import trends
from service.database.records import Counts, Dimension, Grain, Series, SeriesFilter

router = APIRouter(prefix="/v1", tags=["trends"])

Measure = Literal["contacts", "negatives", "negative_rate"]
SIGNAL_P_VALUE = 0.01
MAX_DAYS = 3700
_COLUMNS = ("period", "value", "label", "n", "negative", "of", "rate", "low", "high", "per_1000", "signal")


@router.get("/trends/{measure}", response_model=None)
async def series(
    measure: Measure,
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
) -> Response:
    """``contacts``: all transcripts; ``negatives``: negative ones; ``negative_rate``: their share of the same
    line's transcripts. Rates carry Wilson 95 % intervals; ``signal`` compares with the period before
    (p < 0.01): ``up``, ``down`` or ``none``."""
    end = until or state.clock().astimezone(state.settings.zone).date() + timedelta(days=1)
    first = since or max(end, date(2, 1, 1)) - timedelta(days=365)
    if not timedelta() < end - first <= timedelta(days=MAX_DAYS):
        raise FieldError(
            field="from",
            reason=f"from 应早于 to，且相隔不超过 {MAX_DAYS} 天",
            reason_en=f"from must be before to, at most {MAX_DAYS} days",
        )
    wanted = SeriesFilter(channel=channel, category_id=category, product=product, region=region)
    found = await in_thread(_series, state, caller.tenant, by, first, end, grain, wanted)
    points = points_of(found, measure)
    if format_ == "csv":
        return Response(_csv(points), media_type="text/csv; charset=utf-8")
    body = {"measure": measure, "by": by, "grain": grain, "from": first.isoformat(), "to": end.isoformat()}
    return JSONResponse({**body, "periods": list(found.periods), "points": points})


def points_of(found: Series, measure: Measure) -> list[dict[str, Any]]:
    """One row per period and value, with the count the measure is about, its denominator and interval.

    ``contacts`` and ``negatives`` are shares of all transcripts of the period; ``negative_rate`` of the
    transcripts of the same value.
    """
    counts = {(point.period, point.value): point.counts for point in found.points}
    before = dict(zip(found.periods[1:], found.periods, strict=False))
    rows = []
    for point in found.points:
        k, n = _share(measure, point.counts, found.totals, point.period)
        interval = wilson(k, n)
        earlier = before.get(point.period)
        row = {
            "period": point.period,
            "value": point.value,
            "label": point.label,
            "n": point.counts.n,
            "negative": point.counts.negative,
            "of": n,
            "rate": round(k / n, 6) if n else None,
            "low": round(interval.low, 6),
            "high": round(interval.high, 6),
            "per_1000": round(1000 * k / n, 2) if n else None,
            "signal": "none",
        }
        if earlier is not None:
            k0, n0 = _share(measure, counts.get((earlier, point.value), Counts()), found.totals, earlier)
            row["signal"] = _signal(k0, n0, k, n)
        rows.append(row)
    return rows


def _share(measure: Measure, counts: Counts, totals: Mapping[str, Counts], period: str) -> tuple[int, int]:
    if measure == "negative_rate":
        return counts.negative, counts.n
    return (counts.n if measure == "contacts" else counts.negative), totals.get(period, Counts()).n


def _signal(k0: int, n0: int, k: int, n: int) -> str:
    if not n0 or not n:
        return "none"
    change = rate_change(k0, n0, k, n)
    if change.p_value >= SIGNAL_P_VALUE:
        return "none"
    return "up" if change.difference.estimate > 0 else "down"


def _csv(points: list[dict[str, Any]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, _COLUMNS)
    writer.writeheader()
    for point in points:
        writer.writerow({key: safe_cell(value) for key, value in point.items()})
    return "\ufeff" + out.getvalue()


def _series(
    state: ServiceState,
    tenant: str,
    by: Dimension,
    since: date,
    until: date,
    grain: Grain,
    wanted: SeriesFilter,
) -> Series:
    with state.database.read() as connection:
        return trends.series(connection, tenant, by, since, until, grain, wanted)
