"""What the native charts of a report show: series, names, formats and axes, before any program draws them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from models.review.figures import Unit
from models.review.report import Cell, Chart, Series
from service.reviews.axes import nice_step
from service.reviews.office import ACCENT, INK, MUTED, clean
from service.reviews.report_charts import MANY, cut

TONES: Mapping[str, str] = {
    "accent": ACCENT,
    "pale": "DCB3A8",
    "neutral": "D3D8DD",
    "positive": "8B9AA8",
    "ink": INK,
}
NUMBER_FORMATS: Mapping[Unit, str] = {
    "count": "#,##0",
    "per_day": "#,##0.0",
    "ratio": "0.0%",
    "per_1000": "#,##0.0",
    "points": "+0.0%;-0.0%;0.0%",
    "per_1000_difference": "+0.0;-0.0;0.0",
    "relative": "+0.0%;-0.0%;0.0%",
    "polarity": "+0.00;-0.00;0.00",
    "mean": "#,##0.00",
    "score": "+0.00;-0.00;0.00",
}
AXIS_FORMATS: Mapping[Unit, str] = {
    "ratio": "0%",
    "points": "+0%;-0%;0%",
    "relative": "+0%;-0%;0%",
    "per_1000_difference": "+0;-0;0",
    "score": "+0.0;-0.0;0.0",
    "polarity": "+0.0;-0.0;0.0",
}
_ROW_EMS, _COLUMN_EMS = 18.0, 14.0


@dataclass(frozen=True, slots=True)
class Line:
    """One series of a native chart, unrounded."""

    name: str
    values: tuple[float | None, ...]
    colour: str
    unit: Unit
    dashed: bool = False


def lines_of(chart: Chart, words: tuple[str, str, str]) -> list[Line]:
    """The series, and for control charts their limits, named by ``words``: centre, upper, lower."""
    made = [
        Line(clean(series.name), _values(series), TONES[series.tone], _unit(series, chart))
        for series in chart.series
    ]
    if chart.kind == "control" and any(chart.limits):
        for name, field in zip(words, ("centre", "upper", "lower"), strict=True):
            values = tuple(getattr(limit, field) if limit else None for limit in chart.limits)
            made.append(Line(name, values, MUTED, chart.unit, dashed=field != "centre"))
    return made


def names_of(chart: Chart) -> list[str]:
    """The categories, cut to what an axis has room for."""
    room = _ROW_EMS if is_rows(chart) else _COLUMN_EMS
    return [cut(clean(name), room) for name in chart.categories]


def axis_ends(chart: Chart) -> tuple[float, float, float] | None:
    """Lower end, upper end and step of the value axis, where those that programs choose would cut intervals or
    flatten a line."""
    cells = [cell for cell in chart.series[0].cells if cell and cell.value is not None]
    if chart.kind == "interval":
        ends = [0.0, *(end for cell in cells for end in ends_of(cell))]
    elif chart.kind == "control":
        ends = [cell.value or 0.0 for cell in cells]
        ends += [end for limit in chart.limits if limit for end in (limit.lower, limit.upper)]
    else:
        return None
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    if 0 <= low < 0.5 * high:
        low = 0.0
    step = nice_step(((high - low) or 1.0) / 5)
    floor, top = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return floor * step, max(top, floor + 1) * step, step


def _values(series: Series) -> tuple[float | None, ...]:
    return tuple(cell.value if cell else None for cell in series.cells)


def _unit(series: Series, chart: Chart) -> Unit:
    figures = (cell.figure for cell in series.cells if cell and cell.figure)
    return next((figure.unit for figure in figures), chart.unit)


def is_rows(chart: Chart) -> bool:
    return chart.kind == "interval" or (chart.kind == "bar" and len(chart.categories) < MANY)


def is_thin(chart: Chart) -> bool:
    return chart.kind == "bar" and len(chart.categories) >= MANY


def ends_of(cell: Cell | None) -> tuple[float, float, float]:
    if cell is None or cell.value is None:
        return 0.0, 0.0, 0.0
    low, high = (cell.figure.interval if cell.figure else None) or (cell.value, cell.value)
    return low, cell.value, high
