"""What all charts are drawn with: palette, frame, words and simple shapes as SVG. All text is escaped here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

INK = "#1d2125"
MUTED = "#5f6872"
RULE = "#e4e6e9"
ACCENT = "#a5371f"
ACCENT_PALE = "#dcb3a8"
NEUTRAL = "#d3d8dd"
POSITIVE = "#8b9aa8"


@dataclass(frozen=True, slots=True)
class Frame:
    """Size of a chart and what a screen reader says of it. ``ident`` is unique in the page."""

    ident: str
    title: str
    desc: str
    width: int = 720
    height: int = 280


def svg(frame: Frame, pieces: Iterable[str]) -> str:
    ident = escape(frame.ident)
    return (
        f'<svg viewBox="0 0 {frame.width} {frame.height}" role="img" aria-labelledby="{ident}-t {ident}-d" '
        f'width="{frame.width}" height="{frame.height}" font-size="11.5">'
        f'<title id="{ident}-t">{escape(frame.title)}</title><desc id="{ident}-d">{escape(frame.desc)}</desc>'
        + "".join(pieces)
        + "</svg>"
    )


def ems(text: str) -> float:
    """In ems: a Chinese character is one, a Latin one about 0.58."""
    return sum(1.0 if ord(character) > 0x2E7F else 0.58 for character in text)


def words(
    x: float,
    y: float,
    text: str,
    *,
    anchor: str = "start",
    size: float = 11.5,
    fill: str = INK,
    weight: int = 400,
    halo: bool = False,
) -> str:
    outline = ' stroke="#fff" stroke-width="3" paint-order="stroke"' if halo else ""
    bold = f' font-weight="{weight}"' if weight != 400 else ""
    return (
        f'<text x="{num(x)}" y="{num(y)}" text-anchor="{anchor}" font-size="{num(size)}" fill="{fill}"{bold}{outline}>'
        f"{escape(text)}</text>"
    )


def rect(x: float, y: float, width: float, height: float, fill: str, hint: str) -> str:
    inside = f"<title>{escape(hint)}</title>" if hint else ""
    return (
        f'<rect x="{num(x)}" y="{num(y)}" width="{num(max(width, 0))}" height="{num(max(height, 0))}" '
        f'fill="{fill}">{inside}</rect>'
    )


def hline(left: float, right: float, y: float, stroke: str) -> str:
    return f'<path d="M{num(left)} {num(y)}H{num(right)}" stroke="{stroke}" fill="none"/>'


def linked(body: str, href: str) -> str:
    return f'<a href="{escape(href)}">{body}</a>' if href else body


def num(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
