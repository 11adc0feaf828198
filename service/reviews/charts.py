"""Charts as inline SVG. They take words and numbers, draw, and know nothing of reviews.

Every chart has a ``<title>`` and ``<desc>`` for screen readers, carries its colours itself (so that it also
prints) and takes its font from the page. All text is escaped here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

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
    linked,
    num,
    rect,
    svg,
    words,
)

__all__ = ["ACCENT", "ACCENT_PALE", "INK", "MUTED", "NEUTRAL", "POSITIVE", "RULE", "Frame"]


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: ``value`` for its length, ``text`` as printed, ``line`` for a second series in [0, 1]."""

    label: str
    value: float
    text: str
    href: str = ""
    hint: str = ""
    line: float = 0.0
    line_text: str = ""
    strong: bool = True


@dataclass(frozen=True, slots=True)
class Stack:
    """One column of parts, bottom first: ``(value, hint, href)``; ``note`` stands above it."""

    label: str
    parts: tuple[tuple[float, str, str], ...]
    note: str = ""


def stacked_columns(stacks: Sequence[Stack], legend: Sequence[tuple[str, str]], frame: Frame) -> str:
    """Columns of parts, coloured as ``legend`` (``(name, colour)``, bottom first)."""
    left, right, top, bottom = 44, 8, 44, 30
    inner_height = frame.height - top - bottom
    scale = _Scale(max((sum(part[0] for part in stack.parts) for stack in stacks), default=0), inner_height)
    step = (frame.width - left - right) / max(len(stacks), 1)
    bar_width = min(step * 0.56, 76)
    pieces = [_legend(legend, left), _grid(scale, left, frame.width - right, top + inner_height)]
    for at, stack in enumerate(stacks):
        centre = left + step * (at + 0.5)
        base = float(top + inner_height)
        for (value, hint, href), (_, colour) in zip(stack.parts, legend, strict=True):
            height = scale.length(value)
            base -= height
            pieces.append(linked(rect(centre - bar_width / 2, base, bar_width, height, colour, hint), href))
        pieces.append(words(centre, base - 7, stack.note, anchor="middle", size=12, weight=600))
        pieces.append(words(centre, frame.height - 9, stack.label, anchor="middle", fill=MUTED))
    return svg(frame, pieces)


def pareto(bars: Sequence[Bar], frame: Frame, *, reach: float = 0.8) -> str:
    """Columns by size with the cumulative line on a second axis; labels wrap under their bars."""
    left, right, top, bottom = 44, 46, 22, 64
    inner_height = frame.height - top - bottom
    floor = top + inner_height
    scale = _Scale(max((bar.value for bar in bars), default=0), inner_height)
    step = (frame.width - left - right) / max(len(bars), 1)
    pieces = [_grid(scale, left, frame.width - right, floor)]
    pieces += [_share_axis(frame.width - right, floor, inner_height, left, reach)]
    points = []
    for at, bar in enumerate(bars):
        centre = left + step * (at + 0.5)
        height = scale.length(bar.value)
        colour = ACCENT if bar.strong else ACCENT_PALE
        body = rect(centre - step * 0.32, floor - height, step * 0.64, height, colour, bar.hint)
        pieces.append(linked(body, bar.href))
        pieces.append(linked(_bar_number(centre, floor, height, bar, step), bar.href))
        pieces += _wrapped(centre, floor + 17, bar.label, step)
        points.append((centre, floor - inner_height * bar.line, bar.line_text))
    pieces += [*_line(points), *_reached(bars, points)]
    return svg(frame, pieces)


def day_columns(bars: Sequence[Bar], frame: Frame) -> str:
    """Many thin columns; the largest one carries its number, pale ones are not ``strong``."""
    top, bottom = 20, 18
    inner_height = frame.height - top - bottom
    floor = top + inner_height
    peak = max((bar.value for bar in bars), default=0)
    step = frame.width / max(len(bars), 1)
    pieces = [hline(0, frame.width, floor, RULE)]
    told = False
    for at, bar in enumerate(bars):
        height = inner_height * bar.value / peak if peak else 0.0
        colour = ACCENT if bar.strong else ACCENT_PALE
        pieces.append(
            linked(rect(at * step + 1, floor - height, step - 2, height, colour, bar.hint), bar.href)
        )
        if bar.value == peak and peak and not told:
            told = True
            anchor = "start" if at < 3 else "end" if at > len(bars) - 4 else "middle"
            x = at * step + step / 2
            pieces.append(words(x, floor - height - 6, f"{bar.label} {bar.text}", anchor=anchor, weight=600))
    if bars:
        pieces.append(words(0, frame.height - 3, bars[0].label, fill=MUTED))
        pieces.append(words(frame.width, frame.height - 3, bars[-1].label, anchor="end", fill=MUTED))
    return svg(frame, pieces)


def interval_bar(value: float, interval: tuple[float, float], largest: float, frame: Frame) -> str:
    """A bar of ``value`` with its interval as a line over it; ``largest`` ends the scale."""
    middle = frame.height / 2
    ends = [frame.width * min(end, largest) / largest if largest > 0 else 0.0 for end in (value, *interval)]
    whisker = (
        f'<path d="M{num(ends[1])} {num(middle)}H{num(ends[2])}M{num(ends[1])} {num(middle - 3)}v6'
        f'M{num(ends[2])} {num(middle - 3)}v6" stroke="{INK}" fill="none"/>'
    )
    return svg(frame, [rect(0, middle - 5, ends[0], 10, ACCENT_PALE, ""), whisker])


def sparkline(values: Sequence[float], frame: Frame) -> str:
    """Small columns; the last one is strong."""
    peak, step = max(values, default=0), frame.width / max(len(values), 1)
    pieces = [hline(0, frame.width, frame.height - 0.5, RULE)]
    for at, value in enumerate(values):
        height = (frame.height - 2) * value / peak if peak else 0.0
        pieces.append(rect(at * step + 1.5, frame.height - 1 - height, step - 3, height, ACCENT, ""))
    return svg(frame, pieces)


@dataclass(frozen=True, slots=True)
class _Scale:
    """Zero to a round number at or above ``peak`` over ``pixels``."""

    peak: float
    pixels: float

    @property
    def tick(self) -> float:
        rough = max(self.peak, 1) / 4
        power = 10 ** math.floor(math.log10(rough)) if rough >= 1 else 1
        return next(
            power * nice for nice in (1, 2, 2.5, 5, 10) if power * nice >= rough and _whole(power * nice)
        )

    @property
    def top(self) -> float:
        return self.tick * math.ceil(max(self.peak, 1) / self.tick)

    def length(self, value: float) -> float:
        return self.pixels * value / self.top

    def ticks(self) -> list[float]:
        return [self.tick * at for at in range(round(self.top / self.tick) + 1)]


def _whole(value: float) -> bool:
    return float(value).is_integer()


def _grid(scale: _Scale, left: float, right: float, floor: float) -> str:
    pieces = []
    for tick in scale.ticks():
        y = floor - scale.length(tick)
        pieces.append(hline(left, right, y, RULE if tick else POSITIVE))
        pieces.append(words(left - 8, y + 4, f"{tick:,.0f}", anchor="end", fill=MUTED))
    return "".join(pieces)


def _share_axis(right: float, floor: float, height: float, left: float, reach: float) -> str:
    y = floor - height * reach
    dashed = (
        f'<path d="M{num(left)} {num(y)}H{num(right)}" stroke="{MUTED}" stroke-dasharray="2 4" fill="none"/>'
    )
    marks = [words(right + 8, floor - height * part + 4, f"{part:.0%}", fill=MUTED) for part in (0, reach, 1)]
    return dashed + "".join(marks)


def _line(points: Sequence[tuple[float, float, str]]) -> list[str]:
    if not points:
        return []
    path = "L".join(f"{num(x)} {num(y)}" for x, y, _ in points)
    pieces = [f'<path d="M{path}" stroke="{INK}" stroke-width="1.4" fill="none"/>']
    for x, y, text in points:
        hint = f"<title>{escape(text)}</title>" if text else ""
        pieces.append(
            f'<circle cx="{num(x)}" cy="{num(y)}" r="2.8" fill="#fff" stroke="{INK}">{hint}</circle>'
        )
    return pieces


def _reached(bars: Sequence[Bar], points: Sequence[tuple[float, float, str]]) -> list[str]:
    """The share that the strong bars reach, written at the last of them."""
    strong = [at for at, bar in enumerate(bars) if bar.strong]
    if not strong or strong[-1] == len(bars) - 1:
        return []
    x, y, _ = points[strong[-1]]
    text = f"{bars[strong[-1]].line:.1%}"
    return [words(x, y - 10, text, anchor="middle", size=12, weight=600, halo=True)]


def _bar_number(centre: float, floor: float, height: float, bar: Bar, step: float) -> str:
    """The bar's number: at its foot where it fits, so that the cumulative line never crosses it."""
    size = 11.5 if step > 36 else 10.5
    if height < 22:
        return words(centre, floor - height - 6, bar.text, anchor="middle", size=size)
    fill = "#fff" if bar.strong else INK
    return words(centre, floor - 7, bar.text, anchor="middle", size=size, fill=fill)


def _legend(legend: Sequence[tuple[str, str]], left: float) -> str:
    pieces, x = [], left
    for name, colour in legend:
        pieces.append(rect(x, 6, 11, 11, colour, "") + words(x + 17, 16, name, size=12))
        x += 17 + ems(name) * 12 + 22
    return "".join(pieces)


def _wrapped(x: float, y: float, label: str, step: float, *, size: float = 11.5) -> list[str]:
    """``label`` under its bar, in up to three lines of about equal length."""
    room = max(2.0, (step - 4) / size)
    n_lines = min(3, math.ceil(ems(label) / room))
    even = max(ems(label) / n_lines, 1.0) if n_lines else room
    lines: list[str] = []
    line = ""
    for character in label:
        if line and ems(line + character) > min(room, even + 0.5) and len(lines) < 2:
            lines.append(line)
            line = ""
        line += character
    if ems(line) > room + 0.5:
        line = line[: int(room)] + "…"
    lines.append(line)
    return [words(x, y + at * 15, text, anchor="middle", size=size) for at, text in enumerate(lines)]
