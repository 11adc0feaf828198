"""Scatter plots as inline SVG: share against effect, and a funnel of rates by size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from service.reviews.axes import Axis, Printer
from service.reviews.marks import (
    ACCENT,
    ACCENT_PALE,
    INK,
    MUTED,
    NEUTRAL,
    RULE,
    Frame,
    hline,
    num,
    svg,
    words,
)


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
class Fields:
    """Where ``x`` and ``y`` part the field below zero, and the names of its four parts: upper left, upper right,
    lower left, lower right."""

    x: float
    y: float
    names: tuple[str, str, str, str]


def quadrants(
    spots: Sequence[Spot],
    frame: Frame,
    names: tuple[str, str],
    printers: tuple[Printer, Printer],
    fields: Fields | None = None,
) -> str:
    """Marks by share (across) and effect (up). ``names`` and ``printers`` of the two axes."""
    left, right, top, bottom = 52, 14, 24, 40
    across = Axis(0.0, max((spot.x for spot in spots), default=1.0) * 1.12 or 1.0, left, frame.width - right)
    ends = [0.0, *(end for spot in spots for end in (spot.y, spot.low, spot.high) if end is not None)]
    reach = (max(ends) - min(ends)) or 1.0
    up = Axis(min(ends) - 0.06 * reach, max(ends) + 0.06 * reach, frame.height - bottom, top)
    pieces = _axes(across, up, frame, names, printers)
    pieces.append(hline(left, frame.width - right, up.at(0.0), INK))
    if fields is not None:
        pieces.append(_cross(fields, across, up))
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


def _cross(fields: Fields, across: Axis, up: Axis) -> str:
    x, y = across.at(fields.x), up.at(fields.y)
    lines = f"M{num(x)} {num(up.at(0.0))}V{num(up.start)}M{num(across.start)} {num(y)}H{num(across.end)}"
    drawn = f'<path d="{lines}" stroke="{MUTED}" stroke-width="0.8" stroke-dasharray="2 3" fill="none"/>'
    left, right = across.start + 4, across.end - 4
    above, below = up.at(0.0) + 14, up.start - 5
    places = ((left, above, "start"), (right, above, "end"), (left, below, "start"), (right, below, "end"))
    for (at, height, anchor), name in zip(places, fields.names, strict=True):
        drawn += words(at, height, name, anchor=anchor, size=11, fill=MUTED)
    return drawn


def funnel(
    spots: Sequence[Spot], target: float, frame: Frame, names: tuple[str, str], printed: Printer
) -> str:
    """Rates by size with the common rate and the limits that chance sets at each size."""
    left, right, top, bottom = 46, 14, 24, 40
    ordered = sorted(spots, key=lambda spot: spot.x)
    roots = [math.sqrt(spot.x) for spot in ordered]
    across = _spread_axis(roots, 0.0, math.inf, left, frame.width - right)
    heights = [target, *(y for spot in spots for y in (spot.y, *(spot.limits or ())))]
    up = _spread_axis(heights, 0.0, 1.0, frame.height - bottom, top)
    sizes = Axis(across.low**2, across.high**2, 0, 1).ticks(4)
    pieces = [words(left, 13, names[1], size=11, fill=MUTED)]
    for tick in up.ticks(4):
        pieces.append(hline(left, frame.width - right, up.at(tick), RULE))
        pieces.append(words(left - 6, up.at(tick) + 4, printed(tick), anchor="end", size=10.5, fill=MUTED))
    for size in sizes:
        if size <= across.high**2:
            x = across.at(math.sqrt(size))
            pieces.append(words(x, frame.height - 22, f"{size:,.0f}", anchor="middle", size=10.5, fill=MUTED))
    pieces.append(words(frame.width - right, frame.height - 5, names[0], anchor="end", size=11, fill=MUTED))
    for at, dash in ((0, "2 3"), (1, "5 3"), (2, "5 3"), (3, "2 3")):
        line = "L".join(
            f"{num(across.at(math.sqrt(spot.x)))} {num(up.at(spot.limits[at]))}"
            for spot in ordered
            if spot.limits
        )
        if line:
            pieces.append(
                f'<path d="M{line}" stroke="{MUTED}" stroke-width="0.9" stroke-dasharray="{dash}" fill="none"/>'
            )
    pieces.append(hline(left, frame.width - right, up.at(target), INK))
    for spot in ordered:
        x, y = across.at(math.sqrt(spot.x)), up.at(spot.y)
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


def _spread_axis(values: Sequence[float], least: float, most: float, start: float, end: float) -> Axis:
    """From a little below the smallest to a little above the largest, at least a fifth of the largest wide."""
    low, high = min(values, default=0.0), max(values, default=1.0)
    room = max(high - low, 0.2 * high, 1e-9) * 0.12
    middle = max(0.2 * high - (high - low), 0.0) / 2
    return Axis(max(least, low - middle - room), min(most, high + middle + room), start, end)


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
