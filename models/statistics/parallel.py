"""Signs before an action that treated and control were already growing apart."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from models.statistics.intervals import Interval, normal_quantile

Floats = NDArray[np.float64]


class TrendVerdict(StrEnum):
    DIFFERENT = "different"  # the groups moved apart before the action: do not trust the effect
    NO_DIFFERENCE_SEEN = "no_difference_seen"  # which is no proof: see the slope's interval
    TOO_FEW = "too_few"  # fewer than 3 periods before the action


@dataclass(frozen=True, slots=True)
class PreTrend:
    """``slope``: by how much treated less control changes per period, in shares or points; ``None`` with fewer than
    2 periods. Times the periods between the middle of before and of after, it is what the effect may owe to trend.
    ``p_value``: joint test that the difference is the same in all periods, 1 with fewer than 2.
    """

    verdict: TrendVerdict
    n_periods: int
    slope: Interval | None
    p_value: float


def pre_trend(
    treated_k: ArrayLike,
    treated_n: ArrayLike,
    control_k: ArrayLike,
    control_n: ArrayLike,
    *,
    alpha: float = 0.05,
    confidence: float = 0.95,
) -> PreTrend:
    """Check of parallel shares in the periods before the action, each argument ``(periods,)``, in time order.

    Periods in which a group has no contacts are left out. Variances use ``(k + ½) / (n + 1)``. Contacts are taken as
    independent; for stores that differ use ``pre_trend_of_differences`` with errors by store.
    Raises ``ValueError`` unless ``0 <= k <= n``.
    """
    table = [np.asarray(c, dtype=np.float64) for c in (treated_k, treated_n, control_k, control_n)]
    if any(column.ndim != 1 or column.shape != table[0].shape for column in table):
        raise ValueError("counts and contacts must be (periods,), the same periods in both groups")
    k1, n1, k2, n2 = table
    if (k1 < 0).any() or (k2 < 0).any() or (k1 > n1).any() or (k2 > n2).any():
        raise ValueError("in every period the count must lie between 0 and its contacts")
    some = np.flatnonzero((n1 > 0) & (n2 > 0))
    variance = sum(
        (k[some] + 0.5) * (n[some] - k[some] + 0.5) / (n[some] + 1) ** 2 / n[some]
        for k, n in ((k1, n1), (k2, n2))
    )
    differences = k1[some] / n1[some] - k2[some] / n2[some]
    return _judge(some.astype(np.float64), differences, np.asarray(variance), alpha, confidence)


def pre_trend_of_differences(
    differences: ArrayLike, errors: ArrayLike, *, alpha: float = 0.05, confidence: float = 0.95
) -> PreTrend:
    """As ``pre_trend`` from treated less control per period ``(periods,)`` and the standard errors, positive."""
    values, spread = np.asarray(differences, dtype=np.float64), np.asarray(errors, dtype=np.float64)
    if values.ndim != 1 or spread.shape != values.shape:
        raise ValueError("differences and errors must be (periods,)")
    if not (np.isfinite(values).all() and np.isfinite(spread).all()) or (spread <= 0).any():
        raise ValueError("differences must be finite and errors positive: leave empty periods out")
    return _judge(np.arange(len(values), dtype=np.float64), values, spread**2, alpha, confidence)


def _judge(times: Floats, values: Floats, variances: Floats, alpha: float, confidence: float) -> PreTrend:
    """Weighted slope, and Cochran's Q with one degree of freedom less than periods.

    A pass is weak evidence: Roth 2022, American Economic Review: Insights 4, 305-322. So the slope's interval is told.
    """
    z = normal_quantile(confidence)
    if len(values) < 2:
        return PreTrend(TrendVerdict.TOO_FEW, len(values), None, 1.0)
    weights = 1 / variances
    centred = times - weights @ times / weights.sum()
    precision = float(weights @ centred**2)
    slope = float(weights @ (centred * values)) / precision
    reach = z / math.sqrt(precision)
    q = float(weights @ (values - weights @ values / weights.sum()) ** 2)
    p_joint = float(stats.chi2.sf(q, len(values) - 1))
    p_slope = float(2 * stats.norm.sf(abs(slope) * math.sqrt(precision)))
    different = min(1.0, 2 * min(p_joint, p_slope)) < alpha
    verdict = TrendVerdict.DIFFERENT if different else TrendVerdict.NO_DIFFERENCE_SEEN
    if len(values) < 3 and not different:
        verdict = TrendVerdict.TOO_FEW
    return PreTrend(verdict, len(values), Interval(slope, slope - reach, slope + reach), p_joint)
