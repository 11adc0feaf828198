"""Stores and service staff compared so that small ones are not ranked by luck."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.statistics.intervals import Interval, check_confidence
from models.statistics.priors import (
    draw_means,
    draw_rates,
    draw_shares,
    spread_p_value_of_means,
    spread_p_value_of_rates,
    spread_p_value_of_shares,
)

Floats = NDArray[np.float64]
Draws = tuple[Floats, Floats, Floats]

MIN_UNITS = 3
_MOST_DRAWS = 4000
_LEAST_DRAWS = 400
_NUMBERS = 8_000_000


@dataclass(frozen=True, slots=True)
class ShrunkUnit:
    """One store or person. ``raw`` is what was seen (``None`` without contacts), ``shrunk`` what it tells, with
    its credible interval. ``worse_than_mean``: chance, [0, 1], that its true value is worse than the units' mean;
    ``among_worst``: that it is truly among the worst ``n_worst`` units; ``rank``: expected rank, 1 the worst.
    """

    name: str
    size: float
    raw: float | None
    shrunk: Interval
    worse_than_mean: float
    among_worst: float
    rank: float


@dataclass(frozen=True, slots=True)
class Shrinkage:
    """``units``, likeliest among the worst first, then by shrunk value, then name.

    ``mean`` of the units' true values and ``between``, their standard deviation, with intervals. ``p_value``: test
    that all units are the same; where it is not small, ranks are mostly luck and ``among_worst`` stays near
    ``n_worst / n_units``.
    """

    units: tuple[ShrunkUnit, ...]
    mean: Interval
    between: Interval
    p_value: float
    n_worst: int


def shrink_shares(
    names: Sequence[str],
    k: ArrayLike,
    n: ArrayLike,
    *,
    worst_fraction: float = 0.1,
    high_is_worse: bool = True,
    confidence: float = 0.95,
    seed: int = 0,
) -> Shrinkage:
    """Units by share ``k`` of ``n`` contacts, each ``(units,)``: beta-binomial shrinkage (``priors.draw_shares``).

    ``n_worst`` is ``worst_fraction`` of the units, at least 1. Ranks by posterior draws (Laird and Louis 1989,
    J. Educational Statistics 14, 29-46; chance of being among the worst: Normand et al. 1997, J. American
    Statistical Association 92, 803-814). Deterministic by ``seed``, in any order of units. Raises ``ValueError``
    for fewer than 3 units with contacts or impossible counts.
    """
    cases, sizes = _check_units(names, k, n)
    if (cases > sizes).any():
        raise ValueError("a count is larger than its contacts: use shrink_rates for counts per exposure")
    p_value = spread_p_value_of_shares(cases, sizes)
    options = (worst_fraction, high_is_worse, confidence)
    return _from_counts(names, cases, sizes, draw_shares, p_value, options, seed)


def shrink_rates(
    names: Sequence[str],
    counts: ArrayLike,
    exposure: ArrayLike,
    *,
    worst_fraction: float = 0.1,
    high_is_worse: bool = True,
    confidence: float = 0.95,
    seed: int = 0,
) -> Shrinkage:
    """Units by ``counts`` per ``exposure`` (cars sold, days open), each ``(units,)``: gamma-Poisson shrinkage.

    As ``shrink_shares``; values are rates per unit of exposure.
    """
    cases, sizes = _check_units(names, counts, exposure)
    if ((sizes == 0) & (cases > 0)).any():
        raise ValueError("a unit without exposure has cases: give its exposure or leave it out")
    p_value = spread_p_value_of_rates(cases, sizes)
    options = (worst_fraction, high_is_worse, confidence)
    return _from_counts(names, cases, sizes, draw_rates, p_value, options, seed)


def _from_counts(
    names: Sequence[str],
    cases: Floats,
    sizes: Floats,
    draw: Callable[[Floats, Floats, int, np.random.Generator], Draws],
    p_value: float,
    options: tuple[float, bool, float],
    seed: int,
) -> Shrinkage:
    """Ranks from posterior draws of each unit's ratio, drawn in the order of names."""
    order = np.argsort(np.asarray(names))
    drawn = draw(cases[order], sizes[order], _n_draws(len(sizes)), np.random.default_rng(seed))
    return _ranked(names, order, _ratios(cases, sizes), sizes, drawn, p_value, *options)


def shrink_means(
    names: Sequence[str],
    means: ArrayLike,
    sizes: ArrayLike,
    deviation: float,
    *,
    worst_fraction: float = 0.1,
    high_is_worse: bool = False,
    confidence: float = 0.95,
    seed: int = 0,
) -> Shrinkage:
    """Units by mean score ``means`` of ``sizes`` contacts, each ``(units,)``: normal shrinkage of Efron and Morris.

    ``deviation`` is the standard deviation of single scores within a unit, pooled over units, in points. Low
    means are worse. Otherwise as ``shrink_shares``; every unit needs contacts.
    """
    values, n = np.asarray(means, dtype=np.float64), np.asarray(sizes, dtype=np.float64)
    _check_names(names, values, n)
    if not np.isfinite(values).all() or (n <= 0).any():
        raise ValueError("every unit needs a finite mean and contacts: leave those without out")
    if not (math.isfinite(deviation) and deviation > 0):
        raise ValueError(f"the standard deviation of single scores must be positive: {deviation}")
    errors = deviation / np.sqrt(n)
    order = np.argsort(np.asarray(names))
    drawn = draw_means(values[order], errors[order], _n_draws(len(n)), np.random.default_rng(seed))
    p_value = spread_p_value_of_means(values, errors)
    return _ranked(
        names, order, values.tolist(), n, drawn, p_value, worst_fraction, high_is_worse, confidence
    )


def _ranked(
    names: Sequence[str],
    order: NDArray[np.int64],
    raw: Sequence[float | None],
    sizes: Floats,
    drawn: Draws,
    p_value: float,
    worst_fraction: float,
    high_is_worse: bool,
    confidence: float,
) -> Shrinkage:
    check_confidence(confidence)
    if not 0 < worst_fraction < 1:
        raise ValueError(f"the worst fraction must lie between 0 and 1: {worst_fraction}")
    values, mean, between = drawn
    n_worst = max(1, round(worst_fraction * len(names)))
    sign = -1.0 if high_is_worse else 1.0
    ranks = np.argsort(np.argsort(sign * values, axis=1), axis=1) + 1
    worse = (sign * values < sign * mean[:, None]).mean(axis=0)
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    limits = np.quantile(values, tails, axis=0)
    units = [
        ShrunkUnit(
            name=names[unit],
            size=float(sizes[unit]),
            raw=raw[unit],
            shrunk=Interval(float(values[:, at].mean()), float(limits[0, at]), float(limits[1, at])),
            worse_than_mean=float(worse[at]),
            among_worst=float((ranks[:, at] <= n_worst).mean()),
            rank=float(ranks[:, at].mean()),
        )
        for at, unit in enumerate(order)
    ]
    units.sort(key=lambda unit: (-unit.among_worst, sign * unit.shrunk.estimate, unit.name))
    return Shrinkage(tuple(units), _summary(mean, tails), _summary(between, tails), p_value, n_worst)


def _summary(drawn: Floats, tails: Sequence[float]) -> Interval:
    low, high = np.quantile(drawn, tails)
    return Interval(float(np.median(drawn)), float(low), float(high))


def _n_draws(n_units: int) -> int:
    return int(np.clip(_NUMBERS // n_units, _LEAST_DRAWS, _MOST_DRAWS))


def _ratios(cases: Floats, sizes: Floats) -> list[float | None]:
    return [float(k / n) if n > 0 else None for k, n in zip(cases, sizes, strict=True)]


def _check_units(names: Sequence[str], k: ArrayLike, n: ArrayLike) -> tuple[Floats, Floats]:
    cases, sizes = np.asarray(k, dtype=np.float64), np.asarray(n, dtype=np.float64)
    _check_names(names, cases, sizes)
    finite = np.isfinite(cases).all() and np.isfinite(sizes).all()
    if not finite or (cases < 0).any() or (sizes < 0).any() or (cases != np.round(cases)).any():
        raise ValueError("counts must be whole and not negative, contacts not negative")
    if int((sizes > 0).sum()) < MIN_UNITS:
        raise ValueError(f"fewer than {MIN_UNITS} units with contacts: compare them directly instead")
    return cases, sizes


def _check_names(names: Sequence[str], values: Floats, sizes: Floats) -> None:
    if values.shape != (len(names),) or sizes.shape != values.shape or len(set(names)) != len(names):
        raise ValueError("names must be distinct, with one value and one size each")
    if len(names) < MIN_UNITS:
        raise ValueError(f"fewer than {MIN_UNITS} units: compare them directly instead")
