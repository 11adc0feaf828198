"""Plots of judgements as inline SVG: control chart, forest, quadrants, funnel. They know nothing of reviews.

What matters is told by shape as well as by colour: an alarm is a triangle, a pattern a ring.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from service.reviews.marks import (
    ACCENT,
    ACCENT_PALE,
    INK,
    MUTED,
    NEUTRAL,
    RULE,
    Frame,
    ems,
    hline,
    linked,
    num,
    rect,
    svg,
    words,
)

BAND = "#f3f4f6"

Printer = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Dot:
    """A point in time. ``value`` ``None`` is a gap; ``alarm`` is ``rise``, ``fall`` or empty; ``ring`` marks a
    pattern. ``limits``: lower, centre, upper, or ``None`` where there are none: then the interval ``spread``
    is drawn."""

    label: str
    value: float | None
    limits: tuple[float, float, float] | None = None
    spread: tuple[float, float] | None = None
    phase: int = 0
    alarm: str = ""
    ring: bool = False
    hint: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Spread:
    """A row of a forest: two estimates with their intervals (the second may be missing) and words beside."""

    label: str
    first: tuple[float, float, float]
    second: tuple[float, float, float] | None
    text: str
    strong: bool = False
    hint: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Spot:
    """A point of a scatter, ``mark`` beside it; ``limits`` outer low, inner low, inner high, outer high."""

    x: float
    y: float
    mark: str = ""
    hint: str = ""
    strong: bool = False
    low: float | None = None
    high: float | None = None
    limits: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Axis:
    """Values ``low`` to ``high`` onto pixels ``start`` to ``end``."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        width = self.high - self.low or 1.0
        inside = min(max(value, self.low), self.high)
        return self.start + (self.end - self.start) * (inside - self.low) / width

    def ticks(self, most: int = 4) -> list[float]:
        step = _nice((self.high - self.low) / most)
        first = math.ceil(self.low / step - 1e-9)
        return [step * at for at in range(first, math.floor(self.high / step + 1e-9) + 1)]


def _nice(rough: float) -> float:
    if rough <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * nice for nice in (1, 2, 2.5, 5, 10) if power * nice >= rough * 0.999)


def control_chart(dots: Sequence[Dot], frame: Frame, printed: Printer) -> str:
    """Values in time with centre line and the limits of each point as a band."""
    left, right, top, bottom = 42, 12, 12, 22
    axis = _value_axis(dots, frame.height - bottom, top)
    step = (frame.width - left - right) / max(len(dots), 1)
    places = [left + step * (at + 0.5) for at in range(len(dots))]
    pieces = []
    for tick in axis.ticks(3):
        pieces.append(hline(left, frame.width - right, axis.at(tick), RULE))
        pieces.append(words(left - 6, axis.at(tick) + 4, printed(tick), anchor="end", size=10.5, fill=MUTED))
    pieces += [_band(dots, places, step, axis), *_phase_lines(dots, places, step, top, frame.height - bottom)]
    pieces.append(_track(dots, places, axis))
    pieces += [
        _dot(dot, x, axis, last=at == len(dots) - 1)
        for at, (dot, x) in enumerate(zip(dots, places, strict=True))
    ]
    pieces += _month_names(dots, places, frame.height - 5)
    return svg(frame, pieces)


def _value_axis(dots: Sequence[Dot], floor: float, top: float) -> Axis:
    values = [dot.value for dot in dots if dot.value is not None]
    values += [end for dot in dots for end in dot.limits or dot.spread or ()]
    low, high = min(values, default=0.0), max(values, default=1.0)
    reach = (high - low) or abs(high) * 0.2 or 1.0
    low = 0.0 if 0 <= low < 0.5 * high else low - 0.12 * reach
    return Axis(low, high + 0.12 * reach, floor, top)


def _band(dots: Sequence[Dot], places: Sequence[float], step: float, axis: Axis) -> str:
    """Limits drawn point by point, for each has its own."""
    pieces = []
    for dot, x in zip(dots, places, strict=True):
        if dot.limits is None:
            continue
        lower, centre, upper = (axis.at(value) for value in dot.limits)
        pieces.append(rect(x - step / 2, upper, step + 0.4, lower - upper, BAND, ""))
        ends = f"M{num(x - step / 2)} {num(upper)}h{num(step)}M{num(x - step / 2)} {num(lower)}h{num(step)}"
        pieces.append(
            f'<path d="{ends}" stroke="{MUTED}" stroke-width="0.8" stroke-dasharray="3 2" fill="none"/>'
        )
        pieces.append(hline(x - step / 2, x + step / 2, centre, MUTED))
    return "".join(pieces)


def _phase_lines(
    dots: Sequence[Dot], places: Sequence[float], step: float, top: float, floor: float
) -> list[str]:
    starts = [at for at in range(1, len(dots)) if dots[at].phase != dots[at - 1].phase]
    return [
        f'<path d="M{num(places[at] - step / 2)} {num(top)}V{num(floor)}" stroke="{INK}" '
        'stroke-width="0.8" stroke-dasharray="1 3" fill="none"/>'
        for at in starts
    ]


def _track(dots: Sequence[Dot], places: Sequence[float], axis: Axis) -> str:
    path, broken = "", True
    for dot, x in zip(dots, places, strict=True):
        if dot.value is None:
            broken = True
            continue
        path += f"{'M' if broken else 'L'}{num(x)} {num(axis.at(dot.value))}"
        broken = False
    return f'<path d="{path}" stroke="{INK}" stroke-width="1.2" fill="none"/>' if path else ""


def _dot(dot: Dot, x: float, axis: Axis, *, last: bool) -> str:
    if dot.value is None:
        return ""
    y, hint = axis.at(dot.value), f"<title>{escape(dot.hint)}</title>" if dot.hint else ""
    if dot.alarm:
        up = -1 if dot.alarm == "rise" else 1
        shape = f"M{num(x)} {num(y + 6.5 * up)}L{num(x + 5.5)} {num(y - 4 * up)}H{num(x - 5.5)}Z"
        return linked(f'<path d="{shape}" fill="{ACCENT}" stroke="#fff">{hint}</path>', dot.href)
    bar = ""
    if dot.spread and not dot.limits:
        ends = f"M{num(x)} {num(axis.at(dot.spread[0]))}V{num(axis.at(dot.spread[1]))}"
        bar = f'<path d="{ends}" stroke="{MUTED}" fill="none"/>'
    ring = f'<circle cx="{num(x)}" cy="{num(y)}" r="6" fill="none" stroke="{ACCENT}"/>' if dot.ring else ""
    body = f'<circle cx="{num(x)}" cy="{num(y)}" r="{3.4 if last else 2.2}" fill="{INK}">{hint}</circle>'
    return linked(bar + ring + body, dot.href)


def _month_names(dots: Sequence[Dot], places: Sequence[float], y: float) -> list[str]:
    if not dots:
        return []
    if len(dots) == 1:
        return [words(places[0], y, dots[0].label, anchor="middle", size=10.5, fill=MUTED)]
    ends = ((0, "start", -4.0), (len(dots) - 1, "end", 4.0))
    return [
        words(places[at] + shift, y, dots[at].label, anchor=anchor, size=10.5, fill=MUTED)
        for at, anchor, shift in ends
    ]


def forest(rows: Sequence[Spread], frame: Frame, printed: Printer, heads: tuple[str, str]) -> str:
    """Rows of intervals about zero: pale the first estimate, dark the second. ``heads`` name the two.

    On a narrow frame the names stand above their intervals.
    """
    narrow = frame.width < 500
    left, right = (8.0, 8.0) if narrow else (232.0, 140.0)
    height, top = (44.0 if narrow else 30.0), 34.0 if any(row.second for row in rows) else 8.0
    ends = [end for row in rows for spread in (row.first, row.second) if spread for end in spread]
    reach = max((abs(end) for end in ends), default=1.0) or 1.0
    axis = Axis(
        min(0.0, min(ends, default=0.0)) - 0.05 * reach,
        max(0.0, max(ends, default=0.0)) + 0.05 * reach,
        left,
        frame.width - right,
    )
    floor = top + height * len(rows)
    pieces = [_forest_legend(heads, left)] if any(row.second for row in rows) else []
    for tick in axis.ticks(3 if narrow else 5):
        x = axis.at(tick)
        colour = INK if tick == 0 else RULE
        pieces.append(f'<path d="M{num(x)} {num(top)}V{num(floor)}" stroke="{colour}" fill="none"/>')
        pieces.append(words(x, floor + 15, printed(tick), anchor="middle", size=10.5, fill=MUTED))
    for at, row in enumerate(rows):
        pieces.append(_forest_row(row, axis, top + height * at, height, frame.width, narrow=narrow))
    return svg(frame, pieces)


def _forest_legend(heads: tuple[str, str], left: float) -> str:
    first, second = heads
    at = left + 26 + ems(first) * 11.5 + 18
    return (
        _whisker(left, left + 20, left + 10, 12, strong=False, pale=True)
        + words(left + 26, 16, first)
        + _whisker(at, at + 20, at + 10, 12, strong=False, pale=False)
        + words(at + 26, 16, second)
    )


def _forest_row(row: Spread, axis: Axis, y: float, height: float, width: float, *, narrow: bool) -> str:
    middle = y + height - 13 if narrow else y + height / 2
    name_y = y + 15 if narrow else middle + 4
    room = (width - 90) / 12 if narrow else 18.0
    weight = 600 if row.strong else 400
    drawn = hline(0, width, y, RULE) + words(0, name_y, _cut(row.label, room), size=12, weight=weight)
    rising = row.strong and (row.second or row.first)[1] > 0
    colour = ACCENT if rising else INK if row.strong else MUTED
    drawn += words(width, name_y, row.text, anchor="end", size=12, fill=colour, weight=weight)
    pair = row.second is not None
    low, at, high = (axis.at(value) for value in row.first)
    drawn += _whisker(low, high, at, middle - 4 * pair, strong=rising and not pair, pale=pair)
    if row.second is not None:
        low, at, high = (axis.at(value) for value in row.second)
        drawn += _whisker(low, high, at, middle + 4, strong=rising, pale=False)
    hint = f"<title>{escape(row.hint)}</title>" if row.hint else ""
    return linked(f"<g>{hint}{drawn}</g>", row.href)


def _whisker(low: float, high: float, at: float, y: float, *, strong: bool, pale: bool) -> str:
    colour = MUTED if pale else ACCENT if strong else INK
    line = f'<path d="M{num(low)} {num(y)}H{num(high)}" stroke="{colour}" stroke-width="{1 if pale else 2}" fill="none"/>'
    if pale:
        return line + f'<circle cx="{num(at)}" cy="{num(y)}" r="3" fill="#fff" stroke="{colour}"/>'
    return line + rect(at - 3.5, y - 3.5, 7, 7, colour, "")


def _cut(text: str, room: float) -> str:
    if ems(text) <= room:
        return text
    kept = ""
    for character in text:
        if ems(kept + character) > room - 1:
            break
        kept += character
    return kept + "…"


def quadrants(
    spots: Sequence[Spot], frame: Frame, names: tuple[str, str], printers: tuple[Printer, Printer]
) -> str:
    """Marks by share (across) and effect (up). ``names`` and ``printers`` of the two axes."""
    left, right, top, bottom = 52, 14, 24, 40
    across = Axis(0.0, max((spot.x for spot in spots), default=1.0) * 1.12 or 1.0, left, frame.width - right)
    ends = [0.0, *(end for spot in spots for end in (spot.y, spot.low, spot.high) if end is not None)]
    reach = (max(ends) - min(ends)) or 1.0
    up = Axis(min(ends) - 0.06 * reach, max(ends) + 0.06 * reach, frame.height - bottom, top)
    pieces = _axes(across, up, frame, names, printers)
    pieces.append(hline(left, frame.width - right, up.at(0.0), INK))
    for spot in spots:
        x, y = across.at(spot.x), up.at(spot.y)
        colour = ACCENT if spot.strong else MUTED
        if spot.low is not None and spot.high is not None:
            line = f"M{num(x)} {num(up.at(spot.low))}V{num(up.at(spot.high))}"
            pieces.append(f'<path d="{line}" stroke="{NEUTRAL}" stroke-width="1.5" fill="none"/>')
        hint = f"<title>{escape(spot.hint)}</title>"
        pieces.append(
            f'<circle cx="{num(x)}" cy="{num(y)}" r="8.5" fill="{colour}" stroke="#fff">{hint}</circle>'
        )
        pieces.append(words(x, y + 4, spot.mark, anchor="middle", size=10.5, fill="#fff", weight=600))
    return svg(frame, pieces)


def funnel(
    spots: Sequence[Spot], target: float, frame: Frame, names: tuple[str, str], printed: Printer
) -> str:
    """Rates by size with the common rate and the limits that chance sets at each size."""
    left, right, top, bottom = 46, 14, 24, 40
    ordered = sorted(spots, key=lambda spot: spot.x)
    across = Axis(
        0.0, max((math.sqrt(spot.x) for spot in spots), default=1.0) * 1.04, left, frame.width - right
    )
    highest = max((max(spot.y, spot.limits[2] if spot.limits else 0.0) for spot in spots), default=1.0)
    up = Axis(0.0, min(1.0, highest * 1.08) or 1.0, frame.height - bottom, top)
    squares = Axis(0.0, across.high, across.start, across.end)
    sizes = sorted({_nice(across.high**2 * part) for part in (0.04, 0.25, 0.8)})
    pieces = [words(left, 13, names[1], size=11, fill=MUTED)]
    for tick in up.ticks(4):
        pieces.append(hline(left, frame.width - right, up.at(tick), RULE))
        pieces.append(words(left - 6, up.at(tick) + 4, printed(tick), anchor="end", size=10.5, fill=MUTED))
    for size in sizes:
        if size <= across.high**2:
            x = squares.at(math.sqrt(size))
            pieces.append(words(x, frame.height - 22, f"{size:,.0f}", anchor="middle", size=10.5, fill=MUTED))
    pieces.append(words(frame.width - right, frame.height - 5, names[0], anchor="end", size=11, fill=MUTED))
    for at, dash in ((0, "2 3"), (1, "5 3"), (2, "5 3"), (3, "2 3")):
        line = "L".join(
            f"{num(squares.at(math.sqrt(spot.x)))} {num(up.at(spot.limits[at]))}"
            for spot in ordered
            if spot.limits
        )
        if line:
            pieces.append(
                f'<path d="M{line}" stroke="{MUTED}" stroke-width="0.9" stroke-dasharray="{dash}" fill="none"/>'
            )
    pieces.append(hline(left, frame.width - right, up.at(target), INK))
    for spot in ordered:
        x, y = squares.at(math.sqrt(spot.x)), up.at(spot.y)
        fill, radius = (ACCENT, 4.2) if spot.strong else (ACCENT_PALE, 3.2)
        hint = f"<title>{escape(spot.hint)}</title>"
        pieces.append(
            f'<circle cx="{num(x)}" cy="{num(y)}" r="{radius}" fill="{fill}" stroke="#fff">{hint}</circle>'
        )
        if spot.mark:
            anchor = "end" if x > frame.width - 90 else "start"
            shift = -7 if anchor == "end" else 7
            pieces.append(words(x + shift, y + 4, spot.mark, anchor=anchor, size=10.5, halo=True))
    return svg(frame, pieces)


def _axes(
    across: Axis, up: Axis, frame: Frame, names: tuple[str, str], printers: tuple[Printer, Printer]
) -> list[str]:
    pieces = [words(across.start, 13, names[1], size=11, fill=MUTED)]
    for tick in up.ticks(4):
        pieces.append(hline(across.start, across.end, up.at(tick), RULE))
        text = printers[1](tick)
        pieces.append(words(across.start - 6, up.at(tick) + 4, text, anchor="end", size=10.5, fill=MUTED))
    for tick in across.ticks(4):
        text = printers[0](tick)
        pieces.append(words(across.at(tick), frame.height - 22, text, anchor="middle", size=10.5, fill=MUTED))
    pieces.append(words(across.end, frame.height - 5, names[0], anchor="end", size=11, fill=MUTED))
    return pieces


def run_columns(values: Sequence[float], run: tuple[int, int], frame: Frame) -> str:
    """Small columns; those of places ``run``, both counted in, are strong."""
    peak, step = max(values, default=0), frame.width / max(len(values), 1)
    pieces = [hline(0, frame.width, frame.height - 0.5, RULE)]
    for at, value in enumerate(values):
        height = (frame.height - 2) * value / peak if peak else 0.0
        fill = ACCENT if run[0] <= at <= run[1] else ACCENT_PALE
        pieces.append(rect(at * step + 0.5, frame.height - 1 - height, step - 1, height, fill, ""))
    return svg(frame, pieces)
