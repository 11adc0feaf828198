"""Key indicators of the month as rows: gaps to targets, course, index, spread between stores."""

from __future__ import annotations

from models.indicators.consistency import StoreSpread, store_spread
from models.indicators.gaps import KeiIndex, KeiRow, kei_table
from models.indicators.registry import SYSTEMS, Indicator
from models.indicators.sums import Estimate
from models.indicators.tally import IndicatorTally
from models.indicators.trends import Trend
from models.review.figures import Figure, Unit, measured, rounded
from models.review.lived.rows import IndexRow, IndicatorRow, SpreadRow

MOST_SPREADS = 8
_UNITS: dict[str, Unit] = {"ratio": "ratio", "per_1000": "per_1000"}
_DIFFERENCES: dict[str, Unit] = {"ratio": "points", "per_1000": "per_1000_difference"}

Parts = tuple[tuple[IndicatorRow, ...], tuple[IndexRow, ...], tuple[SpreadRow, ...]]


def indicator_parts(tally: IndicatorTally, month: str) -> Parts:
    """Rows of indicators that have a figure, in the order of their gaps; index by system; the most uneven stores."""
    table = kei_table(tally, month)
    rows = tuple(_row(row) for row in table.rows if row.actual.value is not None)
    index = [_index("all", table.index, table.weighted_index)]
    index += [_index(system, table.systems[system], None) for system in SYSTEMS]
    return rows, tuple(row for row in index if row.points.value is not None), _spreads(tally, month)


def _row(row: KeiRow) -> IndicatorRow:
    unit, difference = _UNITS.get(row.unit, "mean"), _DIFFERENCES.get(row.unit, "mean")
    return IndicatorRow(
        id=row.indicator,
        zh=row.zh,
        en=row.en,
        system=row.system,
        unit=row.unit,
        owner=row.owner,
        weight=row.weight,
        version=row.version,
        actual=_figure(row.actual, unit),
        weighted=_figure(row.weighted, unit),
        standing=row.standing,
        last_verdict=row.versus_last.verdict,
        year_verdict=row.versus_year.verdict,
        target=None if row.target is None else Figure(row.target, unit),
        gap=None if row.gap is None else Figure(rounded(row.gap), difference),
        versus_last=_difference(row.versus_last, difference),
        versus_year=_difference(row.versus_year, difference),
    )


def _figure(found: Estimate, unit: Unit) -> Figure:
    interval = None
    if found.low is not None and found.high is not None:
        interval = (rounded(found.low), rounded(found.high))
    return Figure(
        None if found.value is None else rounded(found.value), unit, of=found.n, n=found.n, interval=interval
    )


def _difference(trend: Trend, unit: Unit) -> Figure | None:
    if trend.difference is None:
        return None
    interval = None
    if trend.low is not None and trend.high is not None:
        interval = (rounded(trend.low), rounded(trend.high))
    return Figure(rounded(trend.difference), unit, interval=interval)


def _index(system: str, plain: KeiIndex, weighted: KeiIndex | None) -> IndexRow:
    return IndexRow(system, _points(plain), _points(weighted), _point(plain.target))


def _points(index: KeiIndex | None) -> Figure:
    if index is None or index.value is None:
        return Figure(None, "mean")
    known = index.low is not None and index.high is not None
    interval = (rounded(index.low or 0.0), rounded(index.high or 0.0)) if known else None
    return Figure(rounded(index.value), "mean", interval=interval)


def _point(value: float | None) -> Figure:
    return Figure(None if value is None else rounded(value), "mean")


def _spreads(tally: IndicatorTally, month: str) -> tuple[SpreadRow, ...]:
    found = [(one, store_spread(tally, one.id, month)) for one in tally.registry.indicators if one.weight]
    told = [(one, spread) for one, spread in found if spread is not None]
    told.sort(key=lambda pair: (pair[1].p_value, pair[0].id))
    return tuple(_spread(one, spread) for one, spread in told[:MOST_SPREADS])


def _spread(one: Indicator, spread: StoreSpread) -> SpreadRow:
    units = sorted(spread.stores.units, key=lambda unit: unit.rank)
    return SpreadRow(
        indicator=one.id,
        zh=one.zh,
        en=one.en,
        unit=one.unit,
        between=measured(spread.between, _UNITS.get(one.unit, "mean")),
        p_value=rounded(spread.p_value),
        uneven=spread.uneven,
        worst=units[0].name,
        best=units[-1].name,
    )
