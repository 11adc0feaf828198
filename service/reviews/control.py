"""Control charts and columns of days as inline SVG.

What matters is told by shape as well as by colour: an alarm is a triangle, a pattern a ring.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from service.reviews.axes import Axis, Printer
from service.reviews.marks import (
    ACCENT,
    ACCENT_PALE,
    INK,
    MUTED,
    RULE,
    Frame,
    hline,
    linked,
    num,
    rect,
    svg,
    words,
)

BAND = "#f3f4f6"


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


def run_columns(values: Sequence[float], run: tuple[int, int], frame: Frame) -> str:
    """Small columns; those of places ``run``, both counted in, are strong."""
    peak, step = max(values, default=0), frame.width / max(len(values), 1)
    pieces = [hline(0, frame.width, frame.height - 0.5, RULE)]
    for at, value in enumerate(values):
        height = (frame.height - 2) * value / peak if peak else 0.0
        fill = ACCENT if run[0] <= at <= run[1] else ACCENT_PALE
        pieces.append(rect(at * step + 0.5, frame.height - 1 - height, step - 1, height, fill, ""))
    return svg(frame, pieces)
