"""Whether an indicator moved between two months, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from scipy import stats

from models.indicators.plain import to_plain
from models.indicators.registry import Indicator
from models.indicators.sums import Law, RatioSums, effective_counts
from models.statistics.changes import benjamini_hochberg, newcombe_difference, rate_change
from models.statistics.intervals import Interval

Movement = Literal["better", "worse", "same", "small", "no_previous"]

MIN_COUNT = 10
"""Fewer hits than this in both months together: shown and not judged."""

MIN_TOTAL = 30
"""A month with fewer transcripts than this is not compared."""

FALSE_DISCOVERY_RATE = 0.05


@dataclass(frozen=True, slots=True)
class Trend:
    """Against an earlier month: ``difference`` in the unit of the indicator with a 95 % interval.

    ``q_value`` is after Benjamini-Hochberg over all comparisons of one table; the verdict reads it.
    """

    verdict: Movement
    before: float | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    q_value: float | None = None

    def to_dict(self) -> dict[str, Any]:
        return dict(to_plain(self))


def compare(indicator: Indicator, before: RatioSums, now: RatioSums) -> Trend:
    """One comparison, not yet judged beside others: ``verdict`` is ``same`` where it may be judged at all."""
    if before.ratio is None or now.ratio is None:
        return Trend("no_previous", before=None if before.ratio is None else before.ratio * indicator.factor)
    law, factor = indicator.formula.law, indicator.factor
    found, p_value = _difference(law, before, now)
    verdict: Movement = "small" if is_small(law, before, now) else "same"
    return Trend(
        verdict,
        before.ratio * factor,
        found.estimate * factor,
        found.low * factor if math.isfinite(found.low) else None,
        found.high * factor if math.isfinite(found.high) else None,
        p_value,
    )


def is_small(law: Law, before: RatioSums, now: RatioSums) -> bool:
    """Whether there is too little to judge by."""
    if min(before.n, now.n) < MIN_TOTAL:
        return True
    if law != "share":
        return False
    hits = sum(min(k, n - k) for k, n in (effective_counts(before), effective_counts(now)))
    return hits < MIN_COUNT


def judged(trends: Sequence[Trend], indicators: Sequence[Indicator]) -> list[Trend]:
    """The same comparisons with q-values over all that may be judged, and their verdicts."""
    open_ = [at for at, trend in enumerate(trends) if trend.verdict == "same" and trend.p_value is not None]
    q_values = benjamini_hochberg([trends[at].p_value or 0.0 for at in open_])
    found = list(trends)
    for at, q_value in zip(open_, q_values, strict=True):
        trend = replace(trends[at], q_value=float(q_value))
        found[at] = replace(trend, verdict=_verdict(trend, indicators[at]))
    return found


def _verdict(trend: Trend, indicator: Indicator) -> Movement:
    if trend.q_value is None or trend.q_value > FALSE_DISCOVERY_RATE or not trend.difference:
        return "same"
    return "better" if (trend.difference > 0) == (indicator.direction == "higher") else "worse"


def _difference(law: Law, before: RatioSums, now: RatioSums) -> tuple[Interval, float]:
    if law == "share":
        return _of_shares(before, now)
    return _of_means(before, now)


def _of_shares(before: RatioSums, now: RatioSums) -> tuple[Interval, float]:
    counts = [*effective_counts(before), *effective_counts(now)]
    if all(abs(count - round(count)) < 1e-6 for count in counts):
        k1, n1, k2, n2 = (round(count) for count in counts)
        change = rate_change(k1, n1, k2, n2)
        return change.difference, change.p_value
    k1, n1, k2, n2 = counts  # type: ignore[assignment]
    found = newcombe_difference(min(k1, n1), n1, min(k2, n2), n2)
    pooled = (k1 + k2) / (n1 + n2)
    error = math.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2))
    return found, float(2 * stats.norm.sf(abs(found.estimate) / error)) if error > 0 else 1.0


def _of_means(before: RatioSums, now: RatioSums) -> tuple[Interval, float]:
    """Welch 1947, Biometrika 34, 28-35."""
    difference = now.a / now.b - before.a / before.b
    variances = [one.variance * one.n / (one.n - 1) if one.n > 1 else math.inf for one in (before, now)]
    total = sum(variances)
    if not math.isfinite(total) or total <= 0:
        return Interval(difference, -math.inf, math.inf), 1.0
    df = total**2 / sum(v * v / (one.n - 1) for v, one in zip(variances, (before, now), strict=True))
    reach = float(stats.t.ppf(0.975, df)) * math.sqrt(total)
    p_value = float(2 * stats.t.sf(abs(difference) / math.sqrt(total), df))
    return Interval(difference, difference - reach, difference + reach), p_value
