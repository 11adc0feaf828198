"""The charts of a report as inline SVG, in one width."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from models.review.figures import Figure, Unit
from models.review.report import Cell, Chart
from models.review.wording import figure_text
from service.reviews import charts
from service.reviews.axes import Axis
from service.reviews.charts import Bar, Stack
from service.reviews.control import Dot, control_chart
from service.reviews.marks import (
    ACCENT,
    ACCENT_PALE,
    INK,
    MUTED,
    NEUTRAL,
    POSITIVE,
    RULE,
    Frame,
    ems,
    hline,
    num,
    rect,
    svg,
    words,
)

WIDTH = 680
SLIM, SLIM_COLUMNS = 500, 6
MANY = 16
"""From so many columns on they are drawn thin, with the first and last named."""

TONES: Mapping[str, str] = {
    "accent": ACCENT,
    "pale": ACCENT_PALE,
    "neutral": NEUTRAL,
    "positive": POSITIVE,
    "ink": INK,
}
_NAME_EMS = 15.0
_TOLD = 205.0


def chart_svg(chart: Chart, ident: str, width: int = WIDTH) -> str:
    """The drawing; ``ident`` is unique in the page. Every category stands in its description."""
    height = _HEIGHTS[chart.kind](chart)
    if width < SLIM and _is_rows(chart):
        height += 18 * len(chart.categories)
    return _DRAWERS[chart.kind](chart, Frame(ident, chart.title, _description(chart), width, height))


def narrowed(chart: Chart) -> Chart:
    """What a narrow drawing has room for: the first columns of a pareto."""
    if chart.kind != "pareto":
        return chart
    series = tuple(replace(one, cells=one.cells[:SLIM_COLUMNS]) for one in chart.series)
    return replace(chart, categories=chart.categories[:SLIM_COLUMNS], series=series)


def _is_rows(chart: Chart) -> bool:
    thin = len(chart.series) == 1 and len(chart.categories) >= MANY
    return chart.kind == "interval" or (chart.kind == "bar" and not thin)


def printed(unit: Unit) -> Callable[[float], str]:
    """Axis numbers of a unit, as short as they are exact and without its words."""
    return lambda value: (
        figure_text(Figure(value, unit)).partition(" ")[0].replace(".0%", "%").removesuffix(".0")
    )


def _description(chart: Chart) -> str:
    told = []
    for at, name in enumerate(chart.categories):
        cells = (series.cells[at] for series in chart.series)
        told.append(f"{name} " + " ".join(cell.text for cell in cells if cell))
    return "；".join(told)


def _value(cell: Cell | None) -> float:
    return float(cell.value or 0) if cell else 0.0


def _stacked(chart: Chart, frame: Frame) -> str:
    stacks = [
        Stack(
            name,
            tuple((_value(series.cells[at]), series.name, "") for series in chart.series),
            note="",
        )
        for at, name in enumerate(chart.categories)
    ]
    legend = tuple((series.name, TONES[series.tone]) for series in chart.series)
    return charts.stacked_columns(stacks, legend, frame)


def _pareto(chart: Chart, frame: Frame) -> str:
    columns, line = chart.series
    bars = []
    for at, name in enumerate(chart.categories):
        cell, share = columns.cells[at], line.cells[at]
        text, strong = (cell.text, cell.strong) if cell else ("", False)
        bars.append(Bar(name, _value(cell), text, line=_value(share), strong=strong))
    return charts.pareto(bars, frame)


def _bars(chart: Chart, frame: Frame) -> str:
    if len(chart.series) == 1 and len(chart.categories) >= MANY:
        cells = chart.series[0].cells
        bars = [
            Bar(name, _value(cell), cell.text if cell else "", strong=bool(cell and cell.strong))
            for name, cell in zip(chart.categories, cells, strict=True)
        ]
        return charts.day_columns(bars, frame)
    return _rows_of_bars(chart, frame)


def _rows_of_bars(chart: Chart, frame: Frame) -> str:
    """A row a category, its name at the left, its number behind the bar."""
    values = [_value(cell) for series in chart.series for cell in series.cells]
    slim = frame.width < SLIM
    axis = Axis(min(0.0, *values), max(0.0, *values) or 1.0, 0.0 if slim else 200.0, frame.width - 70.0)
    top = 24.0 if len(chart.series) > 1 else 6.0
    height = (frame.height - top) / max(len(chart.categories), 1)
    above = 18.0 if slim else 0.0
    thick = min(16.0, (height - 6 - above) / len(chart.series))
    pieces = [_legend(chart)] if len(chart.series) > 1 else []
    for at, name in enumerate(chart.categories):
        y = top + height * at
        if slim:
            pieces.append(words(0, y + 14, cut(name, frame.width / 12), size=12))
        else:
            pieces.append(words(190, y + height / 2 + 4, cut(name, _NAME_EMS), anchor="end", size=12))
        for place, series in enumerate(chart.series):
            cell = series.cells[at]
            x, zero = axis.at(_value(cell)), axis.at(0.0)
            up = y + above + (height - above - thick * len(chart.series)) / 2 + thick * place
            colour = TONES[series.tone]
            pieces.append(rect(min(x, zero), up, abs(x - zero), thick - 1, colour, ""))
            text = cell.text if cell else ""
            pieces.append(words(max(x, zero) + 6, up + thick / 2 + 4, text, size=11.5))
    return svg(frame, pieces)


def _lines(chart: Chart, frame: Frame) -> str:
    left, right, top, bottom = 52.0, 14.0, 30.0, 26.0
    values = [
        cell.value for series in chart.series for cell in series.cells if cell and cell.value is not None
    ]
    low, high = min(0.0, *values, 0.0), max(*values, 0.0) if values else 1.0
    axis = Axis(low, high or 1.0, frame.height - bottom, top)
    step = (frame.width - left - right) / max(len(chart.categories), 1)
    places = [left + step * (at + 0.5) for at in range(len(chart.categories))]
    told, pieces = printed(chart.unit), [_legend(chart)]
    for tick in axis.ticks(4):
        pieces.append(hline(left, frame.width - right, axis.at(tick), RULE if tick else POSITIVE))
        pieces.append(words(left - 6, axis.at(tick) + 4, told(tick), anchor="end", size=10.5, fill=MUTED))
    for series in chart.series:
        pieces += _track(series.cells, places, axis, TONES[series.tone])
    every = max(1, round(70 / step)) if step else 1
    for at in range(0, len(places), every):
        room = step * every / 11
        label = cut(chart.categories[at], room)
        pieces.append(words(places[at], frame.height - 8, label, anchor="middle", size=10.5, fill=MUTED))
    return svg(frame, pieces)


def _track(cells: Sequence[Cell | None], places: Sequence[float], axis: Axis, colour: str) -> list[str]:
    path, broken, dots = "", True, []
    for cell, x in zip(cells, places, strict=True):
        if cell is None or cell.value is None:
            broken = True
            continue
        y = axis.at(cell.value)
        path += f"{'M' if broken else 'L'}{num(x)} {num(y)}"
        broken = False
        dots.append(f'<circle cx="{num(x)}" cy="{num(y)}" r="{4 if cell.strong else 2.4}" fill="{colour}"/>')
    return [f'<path d="{path}" stroke="{colour}" stroke-width="1.5" fill="none"/>', *dots] if path else []


def _control(chart: Chart, frame: Frame) -> str:
    limits = chart.limits or (None,) * len(chart.categories)
    dots = []
    for name, cell, limit in zip(chart.categories, chart.series[0].cells, limits, strict=True):
        ends = (limit.lower, limit.centre, limit.upper) if limit else None
        alarm = ""
        if cell and cell.strong:
            alarm = "rise" if limit is None or _value(cell) >= limit.centre else "fall"
        spread = cell.figure.interval if cell and cell.figure else None
        dots.append(Dot(name, cell.value if cell else None, ends, spread, alarm=alarm))
    return control_chart(dots, frame, printed(chart.unit))


def _intervals(chart: Chart, frame: Frame) -> str:
    """A row a category: name, estimate with its interval, the same in words. An upright marks
    the common rate, or a short one the limit of each row."""
    cells = chart.series[0].cells
    slim = frame.width < SLIM
    left, right = (8.0, 8.0) if slim else (190.0, _TOLD + 12)
    top, floor = 4.0, frame.height - 20.0
    centres = [limit.centre for limit in chart.limits if limit]
    ends = [end for cell in cells for end in _ends(cell)] + centres
    if not centres:
        ends.append(0.0)
    axis = _wide_axis(ends, left, frame.width - right)
    told, pieces = printed(chart.unit), []
    for tick in axis.ticks(5):
        x, colour = axis.at(tick), POSITIVE if abs(tick) < 1e-12 else RULE
        pieces.append(f'<path d="M{num(x)} {num(top)}V{num(floor)}" stroke="{colour}" fill="none"/>')
        pieces.append(words(x, frame.height - 5, told(tick), anchor="middle", size=10.5, fill=MUTED))
    common = centres[0] if len(set(centres)) == 1 else None
    if common is not None:
        x = axis.at(common)
        pieces.append(f'<path d="M{num(x)} {num(top)}V{num(floor)}" stroke="{INK}" fill="none"/>')
    height = (floor - top) / max(len(cells), 1)
    for at, (name, cell) in enumerate(zip(chart.categories, cells, strict=True)):
        y = top + height * (at + 0.5)
        pieces += _interval_row(name, cell, axis, y, frame.width)
        limit = chart.limits[at] if common is None and chart.limits else None
        if limit is not None:
            at_x, low = num(axis.at(limit.centre)), y + (11 if slim else 0)
            pieces.append(
                f'<path d="M{at_x} {num(low - 7)}V{num(low + 7)}" stroke="{INK}" stroke-width="2" fill="none"/>'
            )
    return svg(frame, pieces)


def _interval_row(name: str, cell: Cell | None, axis: Axis, y: float, width: float) -> list[str]:
    slim = width < SLIM
    told_y, y = (y - 5, y + 11) if slim else (y + 4, y)
    pieces = [words(0, told_y, cut(name, (width - _TOLD) / 12 if slim else _NAME_EMS), size=12)]
    if cell is None or cell.value is None:
        return pieces
    colour = ACCENT if cell.strong else INK
    low, high = (axis.at(end) for end in _ends(cell))
    pieces.append(
        f'<path d="M{num(low)} {num(y)}H{num(high)}" stroke="{colour}" stroke-width="1.6" fill="none"/>'
    )
    pieces.append(rect(axis.at(cell.value) - 3.5, y - 3.5, 7, 7, colour, ""))
    number, _, unit = cell.text.partition(" ")  # the title says the unit
    text = f"{number} {cell.sub.replace(' ' + unit, '') if unit else cell.sub}".strip()
    pieces.append(words(width, told_y, cut(text, _TOLD / 10.5), anchor="end", size=10.5, fill=colour))
    return pieces


def _ends(cell: Cell | None) -> tuple[float, float]:
    if cell is None or cell.value is None:
        return 0.0, 0.0
    return (cell.figure.interval if cell.figure else None) or (cell.value, cell.value)


def _wide_axis(ends: Sequence[float], left: float, right: float) -> Axis:
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    room = ((high - low) or 1.0) * 0.04
    return Axis(low - room if low else 0.0, high + room, left, right)


def _legend(chart: Chart) -> str:
    pieces, x = [], 0.0
    for series in chart.series:
        pieces.append(rect(x, 4, 11, 11, TONES[series.tone], "") + words(x + 17, 14, series.name, size=12))
        x += 17 + ems(series.name) * 12 + 22
    return "".join(pieces)


def cut(text: str, room: float) -> str:
    """``text`` in at most ``room`` ems, with an ellipsis where it is longer."""
    if ems(text) <= room:
        return text
    kept = ""
    for character in text:
        if ems(kept + character) > room - 1:
            break
        kept += character
    return kept + "…"


_DRAWERS: Mapping[str, Callable[[Chart, Frame], str]] = {
    "bar": _bars,
    "line": _lines,
    "stacked": _stacked,
    "pareto": _pareto,
    "control": _control,
    "interval": _intervals,
}


def _bar_height(chart: Chart) -> int:
    if len(chart.series) == 1 and len(chart.categories) >= MANY:
        return 110
    return 30 + len(chart.categories) * max(
        22, (11 if len(chart.categories) >= MANY else 14) * len(chart.series) + 8
    )


_HEIGHTS: Mapping[str, Callable[[Chart], int]] = {
    "bar": _bar_height,
    "line": lambda chart: 230,
    "stacked": lambda chart: 250,
    "pareto": lambda chart: 300,
    "control": lambda chart: 165,
    "interval": lambda chart: 26 + 22 * len(chart.categories),
}
