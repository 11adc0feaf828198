"""Where the rate of a series of counts changed for good."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.statistics.series import Floats, Numbers, checked_series


@dataclass(frozen=True, slots=True)
class ChangePoint:
    """From point ``index`` on the rate is ``after``, no longer ``before``: events per unit of exposure.

    ``p_value`` is against no change between the change points on either side, from permutations, so at least
    ``1 / (n_permutations + 1)``.
    """

    index: int
    before: float
    after: float
    p_value: float


def find_change_points(
    counts: Numbers,
    exposures: Numbers,
    *,
    rate: float = 0.05,
    minimum_points: int = 3,
    n_permutations: int = 999,
    seed: int = 0,
) -> tuple[ChangePoint, ...]:
    """Lasting changes of a rate, in time order; none in a series without change with chance 1 - ``rate``.

    First the whole series: the largest Poisson likelihood ratio of one stretch, at least ``minimum_points``
    long and as far from the ends or touching them, against the rest (Olshen et al. 2004, Biostatistics 5,
    557-572), compared with that of permuted points, which keeps the spread between points, whatever it is.
    Only if that is rare, PELT (Killick et al. 2012, J. Am. Statist. Assoc. 107, 1590-1598;
    library ruptures) cuts the series at least cost, a cut costing the ratio that permutation exceeds with
    chance ``rate``. Each cut is then tested in the same way between its neighbours, and kept if rare. Points
    without exposure are passed over; permuted points take their exposure along. Deterministic by ``seed``.
    Fewer than ``2 minimum_points`` points have no change. Raises ``ValueError`` for impossible counts.
    """
    k, n = checked_series(counts, exposures)
    where = np.flatnonzero(n > 0)
    k, n = k[where], n[where]
    if len(k) < 2 * minimum_points or not k.sum():
        return ()
    orders = _orders(len(k), n_permutations, seed)
    chance = stretch_ratio(k[orders], n[orders], minimum_points)
    overall = _p_value(float(stretch_ratio(k, n, minimum_points)), chance)
    if overall > rate:
        return ()
    ratios = split_ratios(k, n, minimum_points)
    penalty = float(np.quantile(split_ratios(k[orders], n[orders], minimum_points).max(axis=1), 1 - rate))
    cuts = _cheapest_cuts(k, n, minimum_points, penalty) or [int(ratios.argmax())]
    found = _tested(k, n, cuts, minimum_points, n_permutations, seed)
    kept = [point for point in found if point.p_value <= rate]
    if not kept:
        cut = int(ratios.argmax())
        kept = [ChangePoint(cut, _rate(k[:cut], n[:cut]), _rate(k[cut:], n[cut:]), overall)]
    return tuple(
        ChangePoint(int(where[point.index]), point.before, point.after, point.p_value) for point in kept
    )


def phase_starts(changes: Sequence[ChangePoint]) -> tuple[int, ...]:
    """Starts of chart phases, 0 first, once these changes are accepted."""
    return (0, *sorted({change.index for change in changes} - {0}))


def split_ratios(counts: Floats, exposures: Floats, minimum_points: int) -> Floats:
    """Twice the log likelihood ratio of a change at each place, ``(…, n)``; 0 too near the ends.

    ``2 [K₁ ln(K₁/N₁) + K₂ ln(K₂/N₂) - K ln(K/N)]`` of events K and exposures N before, after and in all.
    """
    before_k, before_n = np.cumsum(counts, axis=-1), np.cumsum(exposures, axis=-1)
    total_k, total_n = before_k[..., -1:], before_n[..., -1:]
    ratios = np.zeros(counts.shape)
    gain = _entropy(before_k, before_n) + _entropy(total_k - before_k, total_n - before_n)
    gain -= _entropy(total_k, total_n)
    last = counts.shape[-1] - minimum_points
    ratios[..., minimum_points : last + 1] = 2 * gain[..., minimum_points - 1 : last]
    return np.maximum(ratios, 0.0)


def stretch_ratio(counts: Floats, exposures: Floats, minimum_points: int) -> Floats:
    """Largest ratio, as of ``split_ratios``, of one stretch against the rest; ``(…, n)`` to ``(…)``."""
    zero = np.zeros((*counts.shape[:-1], 1))
    sum_k = np.concatenate([zero, np.cumsum(counts, axis=-1)], axis=-1)
    sum_n = np.concatenate([zero, np.cumsum(exposures, axis=-1)], axis=-1)
    total_k, total_n, length = sum_k[..., -1:], sum_n[..., -1:], counts.shape[-1]
    best = np.zeros(counts.shape[:-1])
    for start in (0, *range(minimum_points, length - minimum_points + 1)):
        stops = [*range(start + minimum_points, length - minimum_points + 1), *([length] if start else [])]
        in_k, in_n = sum_k[..., stops] - sum_k[..., [start]], sum_n[..., stops] - sum_n[..., [start]]
        gain = _entropy(in_k, in_n) + _entropy(total_k - in_k, total_n - in_n)
        best = np.maximum(best, gain.max(axis=-1) - _entropy(total_k, total_n)[..., 0])
    return np.asarray(2 * best)


def _entropy(k: Floats, n: Floats) -> Floats:
    share = np.divide(k, n, out=np.ones(np.broadcast_shapes(k.shape, n.shape)), where=(k > 0) & (n > 0))
    return np.asarray(k * np.log(share))


def _orders(n_points: int, n_permutations: int, seed: int) -> NDArray[np.int64]:
    rng = np.random.default_rng(seed)
    return rng.permuted(np.tile(np.arange(n_points), (n_permutations, 1)), axis=1)


def _p_value(ratio: float, chance: Floats) -> float:
    return (1 + int(np.sum(chance >= ratio - 1e-9))) / (len(chance) + 1)


def _cheapest_cuts(k: Floats, n: Floats, minimum_points: int, penalty: float) -> list[int]:
    import ruptures

    signal = np.column_stack([k, n])
    search = ruptures.Pelt(custom_cost=_poisson_cost(minimum_points), min_size=minimum_points, jump=1)
    return [int(stop) for stop in search.fit(signal).predict(pen=penalty)[:-1]]


def _poisson_cost(minimum_points: int) -> Any:
    """Twice the negative Poisson log likelihood of a stretch, up to a constant, as ruptures wants it."""
    from ruptures.base import BaseCost

    class PoissonCost(BaseCost):  # type: ignore[misc]
        model = ""
        min_size = minimum_points

        def fit(self, signal: Floats) -> PoissonCost:
            self.signal = signal
            self.sums = np.concatenate([np.zeros((1, 2)), np.cumsum(signal, axis=0)])
            return self

        def error(self, start: int, end: int) -> float:
            k, n = self.sums[end] - self.sums[start]
            return float(-2 * k * np.log(k / n)) if k > 0 else 0.0

    return PoissonCost()


def _tested(
    k: Floats, n: Floats, cuts: Sequence[int], minimum_points: int, n_permutations: int, seed: int
) -> list[ChangePoint]:
    edges, found = [0, *cuts, len(k)], []
    for left, cut, right in zip(edges, edges[1:], edges[2:], strict=False):
        local_k, local_n = k[left:right], n[left:right]
        orders = _orders(right - left, n_permutations, seed)
        chance = split_ratios(local_k[orders], local_n[orders], minimum_points).max(axis=1)
        ratio = float(split_ratios(local_k, local_n, minimum_points)[cut - left])
        before, after = _rate(k[left:cut], n[left:cut]), _rate(k[cut:right], n[cut:right])
        found.append(ChangePoint(cut, before, after, _p_value(ratio, chance)))
    return found


def _rate(k: Floats, n: Floats) -> float:
    return float(k.sum() / n.sum())
