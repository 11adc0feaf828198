"""Intervals for shares and rates."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy import stats


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and its two-sided interval. ``estimate`` is ``nan`` where nothing was observed."""

    estimate: float
    low: float
    high: float

    def scaled(self, factor: float) -> Interval:
        """The same interval per ``factor`` units, for example per 1,000 contacts."""
        return Interval(self.estimate * factor, self.low * factor, self.high * factor)


def wilson(k: int, n: int, confidence: float = 0.95) -> Interval:
    """Share ``k / n`` with the Wilson score interval, without continuity correction.

    With z the normal quantile: ``(2k + z² ± z sqrt(z² + 4k(n-k)/n)) / (2(n + z²))``. Nothing observed
    (``n = 0``) leaves [0, 1]. Source: Wilson 1927; Newcombe 1998, Statistics in Medicine 17, 857-872,
    method 3. Raises ``ValueError`` unless ``0 <= k <= n``.
    """
    check_counts(k, n)
    check_confidence(confidence)
    if n == 0:
        return Interval(math.nan, 0.0, 1.0)
    z2 = normal_quantile(confidence) ** 2
    spread = math.sqrt(z2 * (z2 + 4 * k * (n - k) / n))
    low = (2 * k + z2 - spread) / (2 * (n + z2)) if k else 0.0
    high = (2 * k + z2 + spread) / (2 * (n + z2)) if k < n else 1.0
    return Interval(k / n, low, high)


def poisson_exact(k: int, exposure: float, confidence: float = 0.95) -> Interval:
    """Rate ``k / exposure`` of a Poisson count with its exact (central) interval.

    ``[χ²(α/2; 2k) / 2, χ²(1-α/2; 2k+2) / 2] / exposure``. Source: Garwood 1936, Biometrika 28, 437-442.
    Raises ``ValueError`` for a negative count or exposure; no exposure leaves [0, ∞).
    """
    if k < 0 or exposure < 0:
        raise ValueError(f"a count and its exposure must not be negative: {k}, {exposure}")
    check_confidence(confidence)
    if exposure == 0:
        return Interval(math.nan, 0.0, math.inf)
    tail = (1 - confidence) / 2
    low = float(stats.chi2.ppf(tail, 2 * k)) / 2 if k else 0.0
    high = float(stats.chi2.ppf(1 - tail, 2 * k + 2)) / 2
    return Interval(k / exposure, low / exposure, high / exposure)


def normal_quantile(confidence: float) -> float:
    """The two-sided normal quantile: 1.95996… for 0.95."""
    check_confidence(confidence)
    return float(stats.norm.ppf(0.5 + confidence / 2))


def check_counts(k: int, n: int) -> None:
    if not 0 <= k <= n:
        raise ValueError(f"a count must lie between 0 and its total: {k} of {n}")


def check_confidence(confidence: float) -> None:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1: {confidence}")
