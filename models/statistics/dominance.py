"""How much of the explained variance each driver makes: LMG shares, which are Shapley values of R².

The general dominance statistic (Budescu 1993, Psychological Bulletin 114, 542-551; Azen and Budescu 2003,
Psychological Methods 8, 129-148) is the same number as LMG (Lindeman, Merenda and Gold 1980; Grömping 2006,
Journal of Statistical Software 17(1)) and as the Shapley value of R² (Lipovetsky and Conklin 2001, Applied
Stochastic Models in Business and Industry 17, 319-330); so one computation serves all three.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

EXACT_UP_TO = 12
_TINY = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Dominance:
    """Parts of R² per driver, in the order of the columns.

    ``parts`` ``(p,)`` sum to ``r2``; ``shares`` ``(p,)`` sum to 1 (all 0 where nothing is explained).
    ``conditional`` ``(p, p)``: row s is the mean gain of each driver over models with s others, whose mean over
    rows is ``parts``; ``None`` where permutations were sampled. ``sampling_errors`` ``(p,)`` is the standard
    error of ``parts`` from that sampling alone, 0 where exact.
    """

    r2: float
    parts: Floats
    shares: Floats
    conditional: Floats | None
    sampling_errors: Floats

    @property
    def exact(self) -> bool:
        return self.conditional is not None


def dominance(gram: Floats, *, n_permutations: int = 1000, seed: int = 0) -> Dominance:
    """Parts of R² from the centred cross products ``(p + 1, p + 1)``, the score being last.

    A covariance or a correlation matrix serves as well. Exact over all ``2^p`` models up to 12 drivers; above,
    ``n_permutations`` random orders, each with its reverse (antithetic), fixed by ``seed``.
    Raises ``ValueError`` where the score does not vary or there is no driver.
    """
    _check_gram(gram)
    p = len(gram) - 1
    if p <= EXACT_UP_TO:
        table = _conditional(gram[None])[0]
        parts, errors, conditional = table.mean(axis=0), np.zeros(p), table
    else:
        drawn = _sampled(gram[None], random_orders(p, n_permutations, seed))[:, 0]
        pairs = (drawn[0::2] + drawn[1::2]) / 2
        parts = pairs.mean(axis=0)
        errors, conditional = pairs.std(axis=0, ddof=1) / np.sqrt(len(pairs)), None
    return Dominance(float(parts.sum()), parts, shares_of(parts[None])[0], conditional, errors)


def parts_of_many(grams: Floats, *, n_permutations: int = 100, seed: int = 0) -> Floats:
    """Parts of R² ``(b, p)`` for a stack of cross products ``(b, p + 1, p + 1)``, as of resampled rows."""
    p = grams.shape[1] - 1
    if p <= EXACT_UP_TO:
        return np.asarray(_conditional(grams).mean(axis=1), dtype=np.float64)
    total = np.zeros((len(grams), p))
    orders = random_orders(p, n_permutations, seed)
    for order in orders:
        total += _sampled(grams, order[None])[0]
    return total / len(orders)


def shares_of(parts: Floats) -> Floats:
    """Rows of ``parts`` ``(b, p)`` divided by their sums; rows that explain nothing stay 0."""
    totals = parts.sum(axis=1, keepdims=True)
    return np.divide(parts, totals, out=np.zeros_like(parts), where=totals > _TINY)


def random_orders(p: int, n: int, seed: int) -> NDArray[np.int64]:
    """``(n, p)`` orders of the drivers, every second the reverse of the one before; at least 4."""
    rng = np.random.default_rng(seed)
    half = [rng.permutation(p) for _ in range(max(2, (n + 1) // 2))]
    return np.asarray([order for one in half for order in (one, one[::-1])], dtype=np.int64)


def _conditional(grams: Floats) -> Floats:
    """``(b, p, p)``: mean gain in R² by number of drivers already in (rows) and driver (columns)."""
    b, p = len(grams), grams.shape[1] - 1
    r2 = all_r2(grams)
    sizes = np.asarray([mask.bit_count() for mask in range(1 << p)])
    masks = np.arange(1 << p)
    table = np.zeros((b, p, p))
    for driver in range(p):
        without = masks[(masks >> driver) & 1 == 0]
        gains = r2[without | (1 << driver)] - r2[without]
        for size in range(p):
            chosen = gains[sizes[without] == size]
            table[:, size, driver] = chosen.sum(axis=0) / comb(p - 1, size)
    return table


def all_r2(grams: Floats) -> Floats:
    """R² ``(2^p, b)`` of every model; bit j of the row number says that driver j is in the model.

    Each model is reached once from the one without its last driver, by a Schur complement of what remains.
    """
    b, p = len(grams), grams.shape[1] - 1
    total = grams[:, p, p]
    diagonal = np.einsum("bii->bi", grams)[:, :p]
    out = np.zeros((1 << p, b))
    waiting: list[tuple[int, int, Floats]] = [(0, 0, grams)]
    while waiting:
        mask, start, rest = waiting.pop()
        for driver in range(start, p):
            at = driver - start
            reduced = _eliminate(rest[:, at:, at:], diagonal[:, driver])
            bigger = mask | (1 << driver)
            unexplained = np.divide(reduced[:, -1, -1], total, out=np.ones(b), where=total > 0)
            out[bigger] = np.clip(1.0 - unexplained, 0.0, 1.0)
            waiting.append((bigger, driver + 1, reduced))
    return out


def _eliminate(rest: Floats, scale: Floats) -> Floats:
    """The cross products after the first column's part is taken out; a dependent column takes out nothing."""
    pivot = rest[:, 0, 0]
    usable = pivot > _TINY * np.maximum(scale, 1e-300)
    column = rest[:, 1:, 0]
    factor = np.divide(column, pivot[:, None], out=np.zeros_like(column), where=usable[:, None])
    return np.asarray(rest[:, 1:, 1:] - factor[:, :, None] * column[:, None, :], dtype=np.float64)


def _sampled(grams: Floats, orders: NDArray[np.int64]) -> Floats:
    """``(n_orders, b, p)`` gains in R² along each order: squares of the score's row of a Cholesky factor."""
    p = grams.shape[1] - 1
    scale = np.sqrt(np.maximum(np.einsum("bii->bi", grams), 1e-300))
    correlations = grams / (scale[:, :, None] * scale[:, None, :])
    correlations = correlations + _TINY * np.eye(p + 1)
    out = np.zeros((len(orders), len(grams), p))
    for row, order in enumerate(orders):
        index = np.r_[order, p]
        factor = np.linalg.cholesky(correlations[:, index[:, None], index])
        out[row][:, order] = factor[:, -1, :p] ** 2
    return out


def _check_gram(gram: Floats) -> None:
    if gram.ndim != 2 or gram.shape[0] != gram.shape[1] or len(gram) < 2:
        raise ValueError("cross products must be (p + 1, p + 1) with at least one driver, the score last")
    if not np.isfinite(gram).all():
        raise ValueError("cross products must be finite: leave rows without a score out")
    if gram[-1, -1] <= 0:
        raise ValueError("all scores are equal, so there is nothing to explain: take a wider selection")
