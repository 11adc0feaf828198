"""Intervals, and what may be said of a change: small counts and many comparisons are kept honest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

MIN_COUNT = 10
"""Fewer cases than this in both months together: the change is shown and not judged."""

MIN_TOTAL = 30
"""A month with fewer transcripts than this is not compared."""

FALSE_DISCOVERY_RATE = 0.05


class RateDifference(NamedTuple):
    """Rate of this month minus rate of last month, in [-1, 1], with a 95 % interval and a p-value."""

    value: float
    low: float
    high: float
    p_value: float


def rate_interval(k: int, n: int, *, n_voices: int | None = None) -> tuple[float, float]:
    """95 % Wilson interval of ``k`` of ``n``, always around ``k / n``; ``n`` > 0.

    Where ``k`` transcripts are only ``n_voices`` voices, both counts shrink by the same factor: repeats of
    one text say nothing new, so the interval widens and the rate stays.
    """
    low, high = _wilson(*shrunk(k, n, n_voices))
    return max(0.0, min(low, k / n)), min(1.0, max(high, k / n))


def shrunk(k: int, n: int, n_voices: int | None) -> tuple[int, int]:
    """The counts that ``k`` of ``n`` are worth where the ``k`` are only ``n_voices`` voices."""
    if not n_voices or n_voices >= k:
        return k, n
    return n_voices, max(n_voices, round(n * n_voices / k))


def rate_difference(k1: int, n1: int, k0: int, n0: int) -> RateDifference:
    """``k1 / n1`` of this month against ``k0 / n0`` of last month; both totals > 0."""
    low1, high1 = _wilson(k1, n1)
    low0, high0 = _wilson(k0, n0)
    p1, p0 = k1 / n1, k0 / n0
    low = p1 - p0 - math.hypot(p1 - low1, high0 - p0)
    high = p1 - p0 + math.hypot(high1 - p1, p0 - low0)
    pooled = (k1 + k0) / (n1 + n0)
    spread = math.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n0))
    p_value = math.erfc(abs(p1 - p0) / spread / math.sqrt(2)) if spread > 0 else 1.0
    return RateDifference(p1 - p0, low, high, p_value)


def is_small(k1: int, n1: int, k0: int, n0: int) -> bool:
    """Whether counts are too small to judge a change by (see ``MIN_COUNT`` and ``MIN_TOTAL``)."""
    return k1 + k0 < MIN_COUNT or min(n1, n0) < MIN_TOTAL


def adjusted(p_values: Sequence[float]) -> list[float]:
    """Benjamini-Hochberg q-values (1995), in the order given."""
    order = sorted(range(len(p_values)), key=lambda at: p_values[at], reverse=True)
    q_values, least = [1.0] * len(p_values), 1.0
    for place, at in enumerate(order):
        least = min(least, p_values[at] * len(p_values) / (len(p_values) - place))
        q_values[at] = least
    return q_values


def _wilson(k: int, n: int) -> tuple[float, float]:
    z = 1.959963984540054
    p = k / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return centre - half, centre + half


def n_vital(counts: Sequence[int], *, reach: float = 0.8) -> int:
    """How many of ``counts`` (largest first) it takes to reach ``reach`` of their sum."""
    reached, total = 0, sum(counts)
    for at, k in enumerate(counts):
        reached += k
        if reached >= reach * total:
            return at + 1
    return len(counts)
