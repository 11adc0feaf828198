"""Changes of a rate between two periods, and how sure they are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from models.statistics.intervals import Interval, check_counts, normal_quantile, wilson


@dataclass(frozen=True, slots=True)
class RateChange:
    """Change from ``k1`` of ``n1`` (before) to ``k2`` of ``n2`` (now).

    ``difference`` is in shares, [-1, 1]; ``ratio`` now over before. ``p_value`` is two-sided, against no
    change; 1 where a period is empty.
    """

    k1: int
    n1: int
    k2: int
    n2: int
    difference: Interval
    ratio: Interval
    p_value: float


def rate_change(k1: int, n1: int, k2: int, n2: int, confidence: float = 0.95) -> RateChange:
    """Difference and ratio of two independent shares, with intervals and a test of no change.

    Difference: Newcombe's hybrid score interval. Ratio: log interval after adding ½ to each count where a
    count is 0. Test: Fisher's exact test where an expected count is below 5, else Pearson's chi-squared
    without correction (the usual rule; Cochran 1954, Biometrics 10, 417-451).
    Raises ``ValueError`` unless ``0 <= k <= n`` in both periods.
    """
    check_counts(k1, n1)
    check_counts(k2, n2)
    difference = newcombe_difference(k1, n1, k2, n2, confidence)
    ratio = log_ratio(k1, n1, k2, n2, confidence)
    return RateChange(k1, n1, k2, n2, difference, ratio, _p_value(k1, n1, k2, n2))


def newcombe_difference(k1: int, n1: int, k2: int, n2: int, confidence: float = 0.95) -> Interval:
    """``k2/n2 - k1/n1`` with the hybrid score interval.

    With Wilson limits l, u of each share p: ``d - sqrt((p2-l2)² + (u1-p1)²)`` to
    ``d + sqrt((u2-p2)² + (p1-l1)²)``. Source: Newcombe 1998, Statistics in Medicine 17, 873-890, method 10.
    """
    before, now = wilson(k1, n1, confidence), wilson(k2, n2, confidence)
    if n1 == 0 or n2 == 0:
        return Interval(math.nan, -1.0, 1.0)
    d = now.estimate - before.estimate
    low = d - math.hypot(now.estimate - now.low, before.high - before.estimate)
    high = d + math.hypot(now.high - now.estimate, before.estimate - before.low)
    return Interval(d, max(-1.0, low), min(1.0, high))


def log_ratio(k1: int, n1: int, k2: int, n2: int, confidence: float = 0.95) -> Interval:
    """``(k2/n2) / (k1/n1)`` with the log interval.

    Standard error of the log: ``sqrt(1/k2 - 1/n2 + 1/k1 - 1/n1)`` (Katz et al. 1978, Biometrics 34,
    469-474). With a count of 0 the interval is that of counts and totals plus ½ (Walter 1975, Biometrika 62,
    371-374), while the estimate stays the plain one: 0, or infinite, or ``nan`` for 0/0.
    """
    check_counts(k1, n1)
    check_counts(k2, n2)
    if n1 == 0 or n2 == 0:
        return Interval(math.nan, 0.0, math.inf)
    half = 0.5 if k1 == 0 or k2 == 0 else 0.0
    a, b, total_a, total_b = k2 + half, k1 + half, n2 + half, n1 + half
    centre = math.log(a / total_a) - math.log(b / total_b)
    error = math.sqrt(max(1 / a - 1 / total_a + 1 / b - 1 / total_b, 0.0))
    reach = normal_quantile(confidence) * error
    low, high = math.exp(centre - reach), math.exp(centre + reach)
    if k1 == 0:
        return Interval(math.inf if k2 else math.nan, low if k2 else 0.0, math.inf)
    return Interval((k2 / n2) / (k1 / n1), low if k2 else 0.0, high)


def benjamini_hochberg(p_values: Sequence[float]) -> NDArray[np.float64]:
    """Adjusted p-values, ``(n,)``, in the order given; below q means found at false discovery rate q.

    Source: Benjamini and Hochberg 1995, J. R. Statist. Soc. B 57, 289-300.
    """
    values = np.asarray(p_values, dtype=np.float64)
    if not len(values):
        return values
    return np.asarray(stats.false_discovery_control(values, method="bh"))


def _p_value(k1: int, n1: int, k2: int, n2: int) -> float:
    total, hits = n1 + n2, k1 + k2
    if n1 == 0 or n2 == 0 or hits in (0, total):
        return 1.0
    table = [[k1, n1 - k1], [k2, n2 - k2]]
    least_expected = min(n1, n2) * min(hits, total - hits) / total
    if least_expected < 5:
        return min(1.0, float(stats.fisher_exact(table).pvalue))
    return float(stats.chi2_contingency(table, correction=False).pvalue)
