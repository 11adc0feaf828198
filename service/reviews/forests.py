"""Forest plots as inline SVG: estimates with their intervals about zero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from service.reviews.axes import Axis, Printer
from service.reviews.marks import (
    ACCENT,
    INK,
    MUTED,
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
