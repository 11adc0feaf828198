"""Parts of R² of resampled rows or customers, from sums of products per unit, so that no row is copied."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.statistics.dominance import Dominance, parts_of_many
from models.statistics.regression import Codes, Floats

_WEIGHTS_AT_ONCE = 4_000_000


def centred_products(x: Floats, y: Floats) -> Floats:
    """Cross products ``(p + 1, p + 1)`` of the columns of ``x`` ``(n, p)`` and, last, ``y`` ``(n,)``, less their means."""
    table = np.column_stack([x, y])
    centred = table - table.mean(axis=0)
    return np.asarray(centred.T @ centred, dtype=np.float64)


def bootstrap_parts(x: Floats, y: Floats, codes: Codes | None, n_bootstrap: int, seed: int) -> Floats:
    """Parts of R² ``(n_bootstrap, p)`` of resampled rows, or of resampled customers where ``codes`` ``(n,)`` names them.

    Raises ``ValueError`` for fewer than 50 resamples.
    """
    if n_bootstrap < 50:
        raise ValueError(f"{n_bootstrap} resamples give no interval: use 200 or more")
    table = np.column_stack([np.ones(len(y)), x - x.mean(axis=0), y - y.mean()])
    rows, columns = np.triu_indices(table.shape[1])
    n_units = len(y) if codes is None else int(codes.max()) + 1
    members = np.arange(len(y)) if codes is None else codes
    sums = np.zeros((n_units, len(rows)))
    for at, (i, j) in enumerate(zip(rows, columns, strict=True)):
        sums[:, at] = np.bincount(members, table[:, i] * table[:, j], minlength=n_units)
    rng = np.random.default_rng(seed)
    step = max(1, min(n_bootstrap, _WEIGHTS_AT_ONCE // n_units))
    out = []
    for first in range(0, n_bootstrap, step):
        size = min(step, n_bootstrap - first)
        weights = rng.multinomial(n_units, np.full(n_units, 1 / n_units), size=size).astype(np.float64)
        grams = _unpack(weights @ sums, rows, columns, table.shape[1])
        out.append(parts_of_many(grams, seed=seed))
    return np.concatenate(out)


def _unpack(sums: Floats, rows: NDArray[np.int64], columns: NDArray[np.int64], width: int) -> Floats:
    """Centred cross products ``(b, p + 1, p + 1)`` from sums of products that include the constant."""
    full = np.zeros((len(sums), width, width))
    full[:, rows, columns] = sums
    full[:, columns, rows] = sums
    first = full[:, 0, 1:]
    return np.asarray(
        full[:, 1:, 1:] - first[:, :, None] * first[:, None, :] / full[:, :1, :1], dtype=np.float64
    )


def less_bias(parts: Dominance, same_orders: Floats, drawn: Floats) -> tuple[Floats, Floats]:
    """Parts less their bootstrap bias, and resampled parts less twice it: once theirs and once the sample's own."""
    bias = drawn.mean(axis=0) - same_orders
    return np.maximum(parts.parts - bias, 0.0), np.maximum(drawn - 2 * bias, 0.0)
