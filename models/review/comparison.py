"""When a change may be judged, and what repeats of one text are worth. The formulas: ``models.statistics``."""

from __future__ import annotations

from models.statistics.changes import RateChange, rate_change
from models.statistics.intervals import wilson

MIN_COUNT = 10
"""Fewer cases than this in both months together: the change is shown and not judged."""

MIN_TOTAL = 30
"""A month with fewer transcripts than this is not compared."""

FALSE_DISCOVERY_RATE = 0.05


def rate_interval(k: int, n: int, *, n_voices: int | None = None) -> tuple[float, float]:
    """95 % Wilson interval of ``k`` of ``n``, always around ``k / n``; ``n`` > 0.

    Where ``k`` transcripts are only ``n_voices`` voices, both counts shrink by the same factor: repeats of
    one text say nothing new, so the interval widens and the rate stays.
    """
    found = wilson(*shrunk(k, n, n_voices))
    return min(found.low, k / n), max(found.high, k / n)


def shrunk(k: int, n: int, n_voices: int | None) -> tuple[int, int]:
    """The counts that ``k`` of ``n`` are worth where the ``k`` are only ``n_voices`` voices."""
    if not n_voices or n_voices >= k:
        return k, n
    return n_voices, max(n_voices, round(n * n_voices / k))


def rate_difference(k1: int, n1: int, k0: int, n0: int) -> RateChange:
    """``k1 / n1`` of this month less ``k0 / n0`` of last month; both totals > 0."""
    return rate_change(k0, n0, k1, n1)


def is_small(k1: int, n1: int, k0: int, n0: int) -> bool:
    """Whether counts are too small to judge a change by (see ``MIN_COUNT`` and ``MIN_TOTAL``)."""
    return k1 + k0 < MIN_COUNT or min(n1, n0) < MIN_TOTAL
