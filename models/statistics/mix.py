"""Change of a rate between two months that the mix of channels, products and regions does not explain."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from models.statistics.changes import RateChange, benjamini_hochberg, log_ratio, rate_change
from models.statistics.intervals import Interval, check_confidence, normal_quantile

Floats = NDArray[np.float64]

_PRIOR_CONTACTS = 2.0
_LEAST_EXPECTED = 5.0


@dataclass(frozen=True, slots=True)
class AdjustedChange:
    """The crude difference taken apart: ``rate + mix + entered + left`` is its estimate, exactly.

    All in shares of contacts, [-1, 1]. ``rate``: change within strata at the average mix of both months.
    ``mix``: what the other mix of the same strata makes. ``entered`` and ``left``: what strata make that only
    one month has. ``standardised_before`` and ``standardised_now``: the rates at the average mix. ``ratio``:
    Mantel-Haenszel, now over before; infinite where only now has cases, ``None`` where neither month has. ``uneven_p_value``: whether the change differs between strata (Woolf);
    ``None`` with fewer than two strata that are large enough to say.
    """

    rate: Interval
    mix: Interval
    entered: float
    left: float
    standardised_before: Interval
    standardised_now: Interval
    ratio: Interval | None
    uneven_p_value: float | None
    n_strata: int


@dataclass(frozen=True, slots=True)
class MixChange:
    """``crude`` as without strata; ``adjusted`` is ``None`` where no stratum is in both months.

    ``p_value``: two-sided, Mantel-Haenszel, of no change within strata; 1 where ``adjusted`` is ``None``.
    ``n_unmatched_before`` and ``n_unmatched_now`` count the contacts of strata that one month lacks.
    """

    crude: RateChange
    adjusted: AdjustedChange | None
    p_value: float
    n_unmatched_before: int
    n_unmatched_now: int


@dataclass(frozen=True, slots=True)
class MonthCounts:
    """``contacts`` per stratum, and per cause the contacts of each stratum that speak of it (0 left out)."""

    contacts: Mapping[Hashable, int]
    causes: Mapping[str, Mapping[Hashable, int]]


@dataclass(frozen=True, slots=True)
class CauseChange:
    """``q_value`` is the p-value adjusted over all causes compared (Benjamini-Hochberg)."""

    cause: str
    change: MixChange
    q_value: float


def compare_months(
    before: MonthCounts, now: MonthCounts, confidence: float = 0.95
) -> tuple[CauseChange, ...]:
    """Mix-adjusted change of every cause of either month, by name, with p-values adjusted over all of them.

    A cause or a stratum that a month lacks counts 0 there. Raises ``ValueError`` for a cause counted in more
    contacts than its stratum has.
    """
    strata = sorted({*before.contacts, *now.contacts}, key=str)
    for month in (before, now):
        unknown = {s for counts in month.causes.values() for s in counts} - set(month.contacts)
        if unknown:
            raise ValueError(f"causes are counted in strata without contacts: {sorted(map(str, unknown))}")
    names = sorted({*before.causes, *now.causes})
    totals = [[month.contacts.get(stratum, 0) for stratum in strata] for month in (before, now)]
    changes = []
    for name in names:
        counts = [[month.causes.get(name, {}).get(s, 0) for s in strata] for month in (before, now)]
        changes.append(mix_adjusted_change(counts[0], totals[0], counts[1], totals[1], confidence))
    adjusted = benjamini_hochberg([change.p_value for change in changes])
    return tuple(
        CauseChange(name, change, float(q)) for name, change, q in zip(names, changes, adjusted, strict=True)
    )


def mix_adjusted_change(
    k1: ArrayLike, n1: ArrayLike, k2: ArrayLike, n2: ArrayLike, confidence: float = 0.95
) -> MixChange:
    """Change from ``k1`` of ``n1`` contacts (before) to ``k2`` of ``n2`` (now), each ``(n_strata,)``.

    Decomposition: Kitagawa 1955, J. American Statistical Association 50, 1168-1194, on strata that both months
    have, ``Σ (w1+w2)/2 (p2-p1)`` and ``Σ (w2-w1) (p1+p2)/2``; the rate part is direct standardisation to the
    average mix. Its interval joins the Wilson limits of both standardised rates, at their effective numbers of
    contacts, by Newcombe's hybrid (Newcombe 1998, method 10; Zou and Donner 2008, Statistics in Medicine 27,
    1693-1702); with one stratum it is ``changes.newcombe_difference``. The mix is taken as fixed.
    Test: Mantel and Haenszel 1959, JNCI 22, 719-748, without continuity correction; the exact conditional test
    where fewer than 5 contacts are expected beyond the least or below the most possible (Mantel and Fleiss 1980,
    American J. Epidemiology 112, 129-134). Raises ``ValueError`` unless ``0 <= k <= n`` in every stratum.
    """
    check_confidence(confidence)
    counts = _check_strata(k1, n1, k2, n2)
    crude = rate_change(*_totals(counts), confidence)
    both = (counts[1] > 0) & (counts[3] > 0)
    unmatched = [int(counts[column][~both].sum()) for column in (1, 3)]
    if not both.any():
        return MixChange(crude, None, 1.0, *unmatched)
    matched = counts[:, both]
    return MixChange(crude, _take_apart(crude, matched, confidence), _p_value(matched), *unmatched)


def _check_strata(*columns: ArrayLike) -> Floats:
    counts = [np.asarray(column, dtype=np.float64) for column in columns]
    if any(column.ndim != 1 or column.shape != counts[0].shape for column in counts):
        raise ValueError("counts and contacts must be (n_strata,), the same strata in both months")
    table = np.stack(counts)
    k1, n1, k2, n2 = table
    if not np.isfinite(table).all() or (table < 0).any() or (k1 > n1).any() or (k2 > n2).any():
        raise ValueError("in every stratum the count must lie between 0 and its contacts")
    if (table != np.round(table)).any():
        raise ValueError("counts must be whole numbers of contacts")
    return table


def _totals(counts: Floats) -> tuple[int, int, int, int]:
    k1, n1, k2, n2 = (int(total) for total in counts.sum(axis=1))
    return k1, n1, k2, n2


def _take_apart(crude: RateChange, matched: Floats, confidence: float) -> AdjustedChange:
    k1, n1, k2, n2 = matched
    w1, w2, p1, p2 = n1 / n1.sum(), n2 / n2.sum(), k1 / n1, k2 / n2
    before = _standardised(k1, n1, (w1 + w2) / 2, confidence)
    now = _standardised(k2, n2, (w1 + w2) / 2, confidence)
    difference = now.estimate - before.estimate
    rate = Interval(
        difference,
        max(-1.0, difference - math.hypot(now.estimate - now.low, before.high - before.estimate)),
        min(1.0, difference + math.hypot(now.high - now.estimate, before.estimate - before.low)),
    )
    return AdjustedChange(
        rate=rate,
        mix=_mix_part(matched, confidence),
        entered=crude.k2 / crude.n2 - float(w2 @ p2),
        left=float(w1 @ p1) - crude.k1 / crude.n1,
        standardised_before=before,
        standardised_now=now,
        ratio=_mantel_haenszel_ratio(matched, confidence),
        uneven_p_value=_uneven(matched),
        n_strata=matched.shape[1],
    )


def _standardised(k: Floats, n: Floats, weights: Floats, confidence: float) -> Interval:
    """``Σ w k/n`` with the Wilson interval at the number of contacts that would give the same variance.

    In the variance the rate of a stratum is drawn to the common one as by two contacts, so that a stratum of
    one contact does not look certain. Source of the effective number: Korn and Graubard 1998, Survey
    Methodology 24, 193-201; Wilson form: Dean and Pagano 2015, J. Survey Statistics and Methodology 3, 484-503.
    """
    rate = float(weights @ (k / n))
    steady = (k + _PRIOR_CONTACTS * rate) / (n + _PRIOR_CONTACTS)
    variance = float(np.sum(weights**2 * steady * (1 - steady) / n))
    kish = 1.0 / float(np.sum(weights**2 / n))
    size = rate * (1 - rate) / variance if 0 < rate < 1 and variance > 0 else kish
    z = normal_quantile(confidence)
    centre = (rate + z * z / (2 * size)) / (1 + z * z / size)
    reach = z / (1 + z * z / size) * math.sqrt(rate * (1 - rate) / size + z * z / (4 * size * size))
    return Interval(rate, max(0.0, min(rate, centre - reach)), min(1.0, max(rate, centre + reach)))


def _mix_part(matched: Floats, confidence: float) -> Interval:
    """``Σ (w2-w1) (p1+p2)/2`` by the delta method, mix and rates both random."""
    k1, n1, k2, n2 = matched
    w1, w2, p1, p2 = n1 / n1.sum(), n2 / n2.sum(), k1 / n1, k2 / n2
    mean = (p1 + p2) / 2
    estimate = float((w2 - w1) @ mean)
    of_mix = sum(float(w @ mean**2 - (w @ mean) ** 2) / n.sum() for w, n in ((w1, n1), (w2, n2)))
    of_rates = float(np.sum((w2 - w1) ** 2 / 4 * (p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2)))
    reach = normal_quantile(confidence) * math.sqrt(max(0.0, of_mix + of_rates))
    return Interval(estimate, max(-1.0, estimate - reach), min(1.0, estimate + reach))


def _mantel_haenszel_ratio(matched: Floats, confidence: float) -> Interval | None:
    """Common ratio of rates. Error of the log: Greenland and Robins 1985, Biometrics 41, 55-68.

    Where a month has no case, or every contact is one, the log interval of the totals.
    """
    k1, n1, k2, n2 = matched
    if k1.sum() + k2.sum() == 0:
        return None
    both = n1 + n2
    above, below = float(np.sum(k2 * n1 / both)), float(np.sum(k1 * n2 / both))
    spread = float(np.sum((n1 * n2 * (k1 + k2) - k1 * k2 * both) / both**2))
    if above == 0 or below == 0 or spread <= 0:
        return log_ratio(*_totals(matched), confidence)
    reach = normal_quantile(confidence) * math.sqrt(spread / (above * below))
    ratio = above / below
    return Interval(ratio, ratio * math.exp(-reach), ratio * math.exp(reach))


def _uneven(matched: Floats) -> float | None:
    """Woolf's test that the odds ratio is the same in all strata, ½ added where a cell is 0.

    Source: Woolf 1955, Annals of Human Genetics 19, 251-253. Strata with an expected count below 5 are left out.
    """
    k1, n1, k2, n2 = matched
    cases, total = k1 + k2, n1 + n2
    large = np.minimum(n1, n2) * np.minimum(cases, total - cases) / total >= _LEAST_EXPECTED
    if large.sum() < 2:
        return None
    cells = np.stack([k2, n2 - k2, k1, n1 - k1])[:, large]
    cells = cells + 0.5 * (cells == 0).any()
    logs = np.log(cells[0] * cells[3] / (cells[1] * cells[2]))
    weights = 1 / (1 / cells).sum(axis=0)
    q = float(np.sum(weights * (logs - weights @ logs / weights.sum()) ** 2))
    return float(stats.chi2.sf(q, int(large.sum()) - 1))


def _p_value(matched: Floats) -> float:
    k1, n1, k2, n2 = matched
    cases, total = k1 + k2, n1 + n2
    expected = n2 * cases / total
    least, most = np.maximum(0, cases - n1).sum(), np.minimum(cases, n2).sum()
    if least == most:
        return 1.0
    if min(expected.sum() - least, most - expected.sum()) < _LEAST_EXPECTED:
        return _exact_p_value(matched)
    informative = total > 1
    variance = (n1 * n2 * cases * (total - cases))[informative] / (total**2 * (total - 1))[informative]
    return float(stats.chi2.sf((k2.sum() - expected.sum()) ** 2 / variance.sum(), 1))


def _exact_p_value(matched: Floats) -> float:
    """Sum of the chances of all totals no likelier than the one seen, the margins of each stratum fixed."""
    least, chances = 0, []
    for k1, n1, k2, n2 in matched.T.astype(np.int64).tolist():
        cases = k1 + k2
        low, high = max(0, cases - n1), min(cases, n2)
        least += low
        if high > low:
            chances.append(stats.hypergeom.pmf(np.arange(low, high + 1), n1 + n2, cases, n2))
    joined = reduce(np.convolve, chances)
    seen = joined[int(matched[2].sum()) - least]
    return min(1.0, float(joined[joined <= seen * (1 + 1e-7)].sum()))
