"""How much of the trouble few causes, customers or stores make, and how much of that is luck."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from models.statistics.intervals import Interval, check_confidence, normal_quantile

Floats = NDArray[np.float64]

N_RESAMPLES = 500
_NUMBERS_AT_ONCE = 4_000_000


@dataclass(frozen=True, slots=True)
class Concentration:
    """``top_share``: share of all complaints made by the ``top_fraction`` of units with most, [0, 1].

    ``top_share_by_chance``: what it would be, on average, were every unit equally likely (or in proportion to
    its exposure); ``p_value``: one-sided, the chance of a top share at least as large then. ``gini`` in [0, 1],
    0 where all have the same, corrected for few units. Intervals by bootstrap of the units; with fewer than 3
    units they are [0, 1].
    """

    n_units: int
    total: int
    top_fraction: float
    top_share: Interval
    top_share_by_chance: float
    p_value: float
    gini: Interval


def concentration(
    counts: ArrayLike,
    *,
    exposure: ArrayLike | None = None,
    top_fraction: float = 0.2,
    confidence: float = 0.95,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
) -> Concentration:
    """Concentration of ``counts`` ``(n_units,)``, whole complaints per unit, units without any included.

    ``exposure`` ``(n_units,)``: contacts or sales per unit, for what chance alone would give; equal where left
    out. Chance: ``n_resamples`` multinomial draws of the same total. Intervals: percentiles of ``n_resamples``
    bootstrap samples of units on the logit scale, less the bootstrap bias and widened by t for few units (Efron and
    Tibshirani 1993, An Introduction to the Bootstrap, chapters 10 and 13); where few units have very much they hold
    the truth nearer 90 % than 95 % of the time. Deterministic by ``seed``, in any order of units.
    Raises ``ValueError`` for no units, no complaint, negative or broken counts, or a fraction outside (0, 1).
    """
    check_confidence(confidence)
    values = _check_counts(counts)
    if not 0 < top_fraction < 1:
        raise ValueError(f"the top fraction must lie between 0 and 1: {top_fraction}")
    chances = _check_exposure(values, exposure)
    order = np.lexsort((chances, values))
    values, chances = values[order], chances[order]
    rng = np.random.default_rng(seed)

    def top(table: Floats) -> Floats:
        return _top_shares(table, top_fraction)

    drawn = _resampled(values, n_resamples, rng, (top, _ginis))
    lucky = _by_chance(int(values.sum()), chances, n_resamples, rng, top)
    share, index = float(top(values[None])[0]), float(_ginis(values[None])[0])
    return Concentration(
        n_units=len(values),
        total=int(values.sum()),
        top_fraction=top_fraction,
        top_share=_bias_corrected(share, drawn[0], len(values), confidence),
        top_share_by_chance=float(lucky.mean()),
        p_value=float((np.sum(lucky >= share - 1e-12) + 1) / (len(lucky) + 1)),
        gini=_bias_corrected(index, drawn[1], len(values), confidence),
    )


def gini(counts: ArrayLike) -> float:
    """Gini's index of ``counts`` ``(n_units,)``, [0, 1]: ``Σ (2i-n-1) x_(i) / (n Σx) · n/(n-1)``.

    Source of the correction ``n / (n-1)``: Deltas 2003, Review of Economics and Statistics 85, 226-234; with it
    one unit that has everything gives 1. A single unit gives 0. Raises ``ValueError`` as ``concentration``.
    """
    return float(_ginis(_check_counts(counts)[None])[0])


def top_share(counts: ArrayLike, top_fraction: float = 0.2) -> float:
    """Share of the total that the ``top_fraction`` of units with most make, read off the Lorenz curve.

    Where the fraction is no whole number of units, the next unit counts in part: 20 % of 7 units are 1.4 units.
    """
    return float(_top_shares(_check_counts(counts)[None], top_fraction)[0])


def lorenz(counts: ArrayLike) -> tuple[Floats, Floats]:
    """Lorenz curve: share of units ``(n + 1,)``, fewest complaints first, and share of the total they make.

    Source: Lorenz 1905, Publications of the American Statistical Association 9, 209-219.
    """
    values = np.sort(_check_counts(counts))
    units = np.arange(len(values) + 1) / len(values)
    return units, np.r_[0.0, np.cumsum(values) / values.sum()]


def _check_counts(counts: ArrayLike) -> Floats:
    values = np.asarray(counts, dtype=np.float64)
    if values.ndim != 1 or len(values) == 0:
        raise ValueError("concentration needs the counts of at least one unit, (n_units,)")
    if not np.isfinite(values).all() or (values < 0).any() or (values != np.round(values)).any():
        raise ValueError("counts must be whole and not negative")
    if values.sum() == 0:
        raise ValueError("nothing was counted, so nothing is concentrated: leave the table out")
    return values


def _check_exposure(values: Floats, exposure: ArrayLike | None) -> Floats:
    if exposure is None:
        return np.full(len(values), 1 / len(values))
    weights = np.asarray(exposure, dtype=np.float64)
    if weights.shape != values.shape or not np.isfinite(weights).all() or (weights < 0).any():
        raise ValueError("exposure must be (n_units,), finite and not negative")
    if ((weights == 0) & (values > 0)).any() or weights.sum() == 0:
        raise ValueError("a unit without exposure has complaints: give its contacts or leave it out")
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def _top_shares(table: Floats, fraction: float) -> Floats:
    """``(b,)`` top shares of the rows of ``table`` ``(b, n)``; ``fraction`` where a row is all 0."""
    n = table.shape[1]
    ordered = -np.sort(-table, axis=1)
    units = fraction * n
    whole = math.floor(units + 1e-9)
    made = ordered[:, :whole].sum(axis=1)
    if whole < n:
        made = made + (units - whole) * ordered[:, whole]
    totals = table.sum(axis=1)
    return np.divide(made, totals, out=np.full(len(table), fraction), where=totals > 0)


def _ginis(table: Floats) -> Floats:
    n = table.shape[1]
    if n == 1:
        return np.zeros(len(table))
    ranks = 2 * np.arange(1, n + 1) - n - 1
    totals = table.sum(axis=1)
    above = np.sort(table, axis=1) @ ranks.astype(np.float64)
    return np.divide(above, (n - 1) * totals, out=np.zeros(len(table)), where=totals > 0)


def _resampled(
    values: Floats,
    n_resamples: int,
    rng: np.random.Generator,
    measures: tuple[Callable[[Floats], Floats], ...],
) -> list[Floats]:
    step = max(1, _NUMBERS_AT_ONCE // len(values))
    parts: list[list[Floats]] = [[] for _ in measures]
    for first in range(0, n_resamples, step):
        size = (min(step, n_resamples - first), len(values))
        sample = values[rng.integers(0, len(values), size=size)]
        for part, measure in zip(parts, measures, strict=True):
            part.append(measure(sample))
    return [np.concatenate(part) for part in parts]


def _by_chance(
    total: int, chances: Floats, n_draws: int, rng: np.random.Generator, measure: Callable[[Floats], Floats]
) -> Floats:
    step = max(1, _NUMBERS_AT_ONCE // len(chances))
    out = []
    for first in range(0, n_draws, step):
        drawn = rng.multinomial(total, chances, size=min(step, n_draws - first))
        out.append(measure(drawn.astype(np.float64)))
    return np.concatenate(out)


def _bias_corrected(estimate: float, drawn: Floats, n_units: int, confidence: float) -> Interval:
    """Percentiles on the logit scale, less the bootstrap bias, widened by t for few units."""
    if n_units < 3:
        return Interval(estimate, 0.0, 1.0)
    if not 0 < estimate < 1:
        return Interval(estimate, min(estimate, float(drawn.min())), max(estimate, float(drawn.max())))
    logits = _logit(np.clip(drawn, 1e-6, 1 - 1e-6))
    middle = float(np.median(logits))
    centre = 2 * float(_logit(np.asarray([estimate]))[0]) - middle
    tails = np.quantile(logits, [(1 - confidence) / 2, (1 + confidence) / 2]) - middle
    t_value = float(stats.t.ppf(0.5 + confidence / 2, n_units - 1))
    wider = t_value / normal_quantile(confidence) * math.sqrt(n_units / (n_units - 1))
    low, high = (1 / (1 + math.exp(-(centre + wider * float(tail)))) for tail in tails)
    return Interval(estimate, min(low, estimate), max(high, estimate))


def _logit(values: Floats) -> Floats:
    return np.asarray(np.log(values / (1 - values)), dtype=np.float64)
