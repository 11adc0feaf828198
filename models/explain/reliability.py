"""How far stated probabilities come true: a table and a figure for the model card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.statistics.intervals import wilson

_SIZE, _LEFT, _TOP, _BOTTOM = 240, 44, 14, 40


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Rows whose top probability lies in ``[low, high)``, the last bin with 1; interval: Wilson, 95 %."""

    low: float
    high: float
    n: int
    confidence: float
    accuracy: float
    accuracy_low: float
    accuracy_high: float


def reliability_table(
    probabilities: NDArray[np.floating[Any]], y: NDArray[np.int64], *, n_bins: int = 15
) -> tuple[ReliabilityBin, ...]:
    """Bins of equal width over the top probability, empty ones left out.

    Their gaps ``|accuracy - confidence|`` weighted by ``n`` sum to the expected calibration error of
    ``models.classify.calibration`` (Guo et al. 2017). ``y`` are class numbers ``(n,)``.
    """
    if not len(y):
        return ()
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == y
    number = np.minimum((confidence * n_bins).astype(int), n_bins - 1)
    bins = []
    for at in range(n_bins):
        rows = number == at
        n, k = int(rows.sum()), int(right[rows].sum())
        if n:
            interval = wilson(k, n)
            mean = float(confidence[rows].mean())
            bins.append(
                ReliabilityBin(at / n_bins, (at + 1) / n_bins, n, mean, k / n, interval.low, interval.high)
            )
    return tuple(bins)


def reliability_markdown(bins: Sequence[ReliabilityBin]) -> str:
    """The table for a model card."""
    head = "| stated | rows | mean stated | came true | 95 % interval |\n|---|---|---|---|---|\n"
    return head + "\n".join(
        f"| {b.low:.2f}-{b.high:.2f} | {b.n} | {b.confidence:.3f} | {b.accuracy:.3f} "
        f"| {b.accuracy_low:.3f}-{b.accuracy_high:.3f} |"
        for b in bins
    )


def reliability_svg(bins: Sequence[ReliabilityBin], *, title: str = "可靠性：给出的概率与实际正确率") -> str:
    """A square figure without scripts or outer references: dots with intervals against the diagonal.

    A dot's area grows with the rows of its bin. Readable as text through ``title`` and ``desc``.
    """
    total = sum(b.n for b in bins) or 1
    gap = sum(b.n * abs(b.accuracy - b.confidence) for b in bins) / total
    marks = "".join(_mark(b, total) for b in bins)
    width, height = _LEFT + _SIZE + 16, _TOP + _SIZE + _BOTTOM
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" role="img" font-family="sans-serif" font-size="11">'
        f"<title>{_escaped(title)}</title><desc>ECE {gap:.4f}, n {sum(b.n for b in bins)}</desc>"
        f"{_frame()}{marks}"
        f'<text x="{_LEFT + 6}" y="{_TOP + 14}" fill="#333">ECE {gap:.3f}</text>'
        f'<text x="{_LEFT + _SIZE / 2}" y="{height - 6}" text-anchor="middle" fill="#333">给出的概率</text>'
        f'<text transform="translate(12 {_TOP + _SIZE / 2}) rotate(-90)" text-anchor="middle" fill="#333">'
        "实际正确率</text></svg>"
    )


def _frame() -> str:
    x0, y0, x1, y1 = _x(0), _y(0), _x(1), _y(1)
    ticks = "".join(
        f'<text x="{_x(v):.0f}" y="{y0 + 14:.0f}" text-anchor="middle" fill="#555">{v:g}</text>'
        f'<text x="{x0 - 5:.0f}" y="{_y(v) + 4:.0f}" text-anchor="end" fill="#555">{v:g}</text>'
        for v in (0, 0.5, 1)
    )
    return (
        f'<rect x="{x0:.0f}" y="{y1:.0f}" width="{_SIZE}" height="{_SIZE}" fill="none" stroke="#999"/>'
        f'<line x1="{x0:.0f}" y1="{y0:.0f}" x2="{x1:.0f}" y2="{y1:.0f}" stroke="#999" stroke-dasharray="4 3"/>'
        f"{ticks}"
    )


def _mark(b: ReliabilityBin, total: int) -> str:
    x, radius = _x(b.confidence), 2 + 9 * float(np.sqrt(b.n / total))
    return (
        f'<line x1="{x:.1f}" y1="{_y(b.accuracy_low):.1f}" x2="{x:.1f}" y2="{_y(b.accuracy_high):.1f}" '
        'stroke="#1f5fa8"/>'
        f'<circle cx="{x:.1f}" cy="{_y(b.accuracy):.1f}" r="{radius:.1f}" fill="#1f5fa8" fill-opacity="0.6"/>'
    )


def _x(value: float) -> float:
    return _LEFT + value * _SIZE


def _y(value: float) -> float:
    return _TOP + (1 - value) * _SIZE


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
