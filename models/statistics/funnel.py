"""Funnel limits: how far a store of a given size may lie from the common rate by chance.

Source: Spiegelhalter 2005, Statistics in Medicine 24, 1185-1202, with its correction for overdispersion by winsorised
z-scores. Limits are exact binomial quantiles, not interpolated, so that a small store is never called out by chance
more often than the limit says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from models.statistics.intervals import normal_quantile

Floats = NDArray[np.float64]

WARNING = 0.95
ACTION = 0.998
_WINSORISED = 0.1
_ROUNDING = 1e-9


class FunnelPlace(StrEnum):
    FAR_ABOVE = "far_above"  # beyond the 99.8 % limit
    ABOVE = "above"  # beyond the 95 % limit
    WITHIN = "within"
    BELOW = "below"
    FAR_BELOW = "far_below"


@dataclass(frozen=True, slots=True)
class FunnelPoint:
    """``rate`` is ``None`` without contacts; ``warning`` and ``action`` are the 95 % and 99.8 % limits, [0, 1]."""

    name: str
    n: int
    rate: float | None
    warning: tuple[float, float]
    action: tuple[float, float]
    place: FunnelPlace


@dataclass(frozen=True, slots=True)
class Funnel:
    """``target``: the common share. ``overdispersion`` φ, at least 1: variance beyond chance, by which limits widen;
    1 where the excess is within chance. ``points`` in the order given.
    """

    target: float
    overdispersion: float
    points: tuple[FunnelPoint, ...]


def funnel(names: Sequence[str], k: ArrayLike, n: ArrayLike, *, target: float | None = None) -> Funnel:
    """Place of each unit, share ``k`` of ``n`` ``(units,)``, against ``target`` (the pooled share if left out).

    By chance alone at most 1 unit in 20 lies beyond the warning and 1 in 500 beyond the action limits. Raises
    ``ValueError`` for impossible counts, no contacts at all, or a target outside [0, 1].
    """
    cases, sizes = np.asarray(k, dtype=np.float64), np.asarray(n, dtype=np.float64)
    if cases.shape != (len(names),) or sizes.shape != cases.shape:
        raise ValueError("names, counts and contacts must be of one length")
    if (cases < 0).any() or (cases > sizes).any() or (np.r_[cases, sizes] % 1 != 0).any():
        raise ValueError("each count must be whole and lie between 0 and its contacts")
    if sizes.sum() == 0:
        raise ValueError("no unit has contacts: take a longer period")
    share = float(cases.sum() / sizes.sum()) if target is None else target
    if not 0 <= share <= 1:
        raise ValueError(f"the target is a share between 0 and 1: {target}")
    phi = overdispersion(cases, sizes, share)
    warning, action = (funnel_limits(sizes, share, level, phi).tolist() for level in (WARNING, ACTION))
    points = []
    for at, name in enumerate(names):
        rate = float(cases[at] / sizes[at]) if sizes[at] else None
        (low, high), (lowest, highest) = warning[at], action[at]
        near, far = (low, high), (lowest, highest)
        points.append(FunnelPoint(name, int(sizes[at]), rate, near, far, _place(rate, near, far)))
    return Funnel(share, phi, tuple(points))


def funnel_limits(sizes: ArrayLike, target: float, level: float, phi: float = 1.0) -> Floats:
    """Lower and upper limits ``(units, 2)`` of a share at each size, exact binomial, clipped to [0, 1].

    Limits are the binomial quantiles over the size: beyond them lies at most ``(1 - level) / 2`` on each side. With ``phi > 1`` each limit lies
    ``sqrt(phi)`` times as far from the target. No contacts leave [0, 1]. The curve of a chart is this at many sizes.
    """
    n = np.asarray(sizes, dtype=np.float64)
    normal_quantile(level)
    out = np.tile([0.0, 1.0], (len(n), 1))
    if not 0 < target < 1:
        out[n > 0] = target
        return out
    some = n > 0
    for column, p in enumerate(((1 - level) / 2, (1 + level) / 2)):
        r = stats.binom.ppf(p, n[some], target)
        out[some, column] = np.clip(target + np.sqrt(phi) * (r / n[some] - target), 0.0, 1.0)
    return out


def overdispersion(k: Floats, n: Floats, target: float) -> float:
    """Mean of squared z-scores, the outer tenth on each side pulled in; 1 unless it exceeds chance.

    It counts where it lies above ``1 + 2 sqrt(2 / units)``, two standard errors of a mean of squared z-scores; with
    fewer than 10 units it cannot be told and is 1.
    """
    some = n > 0
    if not 0 < target < 1 or some.sum() < 10:
        return 1.0
    z = (k[some] / n[some] - target) / np.sqrt(target * (1 - target) / n[some])
    low, high = np.quantile(z, [_WINSORISED, 1 - _WINSORISED])
    phi = float(np.mean(np.clip(z, low, high) ** 2))
    return phi if phi > 1 + 2 * np.sqrt(2 / some.sum()) else 1.0


def _place(rate: float | None, near: Sequence[float], far: Sequence[float]) -> FunnelPlace:
    if rate is None:
        return FunnelPlace.WITHIN
    if rate > far[1] + _ROUNDING:
        return FunnelPlace.FAR_ABOVE
    if rate < far[0] - _ROUNDING:
        return FunnelPlace.FAR_BELOW
    if rate > near[1] + _ROUNDING:
        return FunnelPlace.ABOVE
    return FunnelPlace.BELOW if rate < near[0] - _ROUNDING else FunnelPlace.WITHIN
