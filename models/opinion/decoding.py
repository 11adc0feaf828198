"""From scored pairs of spans to the opinions of a text."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class PairScores:
    """The pairs of one text. ``spans`` is ``(n, 4)``: aspect start and end, opinion start and end, half-open code
    points, an aspect that is not written being ``(-1, -1)``; ``probabilities`` is ``(n, 3)`` over the polarities, what
    is missing to 1 being "no triplet".
    """

    spans: Ints
    probabilities: Floats


def choose(pairs: PairScores, *, least: float) -> list[tuple[int, int, float]]:
    """``(number of the pair, polarity column, probability)`` of the pairs to report, in the order of the text.

    The likeliest pairs above ``least`` that do not clash: of two pairs with overlapping opinions and with the
    same, overlapping or unwritten aspects the likelier one stays.
    """
    best = pairs.probabilities.argmax(axis=1)
    p = pairs.probabilities[np.arange(len(best)), best]
    likely = np.flatnonzero(p >= least)
    spans = pairs.spans
    order = sorted(likely.tolist(), key=lambda i: (-float(p[i]), *spans[i].tolist()))
    kept: list[int] = []
    for i in order:
        if not any(_clash(spans[i], spans[j]) for j in kept):
            kept.append(i)
    kept.sort(key=lambda i: (int(spans[i, 2]), int(spans[i, 3]), int(spans[i, 0]), int(spans[i, 1])))
    return [(i, int(best[i]), float(p[i])) for i in kept]


def _clash(a: Ints, b: Ints) -> bool:
    if not (a[2] < b[3] and b[2] < a[3]):
        return False
    if a[0] < 0 or b[0] < 0:
        return True
    return bool(a[0] < b[1] and b[0] < a[1])
