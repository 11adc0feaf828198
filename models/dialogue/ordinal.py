"""A score to three ordered classes: two cuts for the label, two logistic curves for its probability."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
_N_DRAWS = 25
_GRID = 60


class OrdinalCuts:
    """Learned state: ``cuts_`` (2,), ``slopes_`` (2,), ``shifts_`` (2,).

    The cuts are those with the best macro-F1, meaned over bootstrap draws so that no single row moves them.
    ``P(class > k) = 1 / (1 + exp(-(slope_k * score + shift_k)))``.
    """

    name = "calibration.ordinal_cuts.v1"

    def fit(self, scores: Numbers, y: NDArray[np.int64], *, seed: int) -> OrdinalCuts:
        """Fit on held-out ``scores`` (n_rows,) and class numbers ``y`` in 0, 1, 2."""
        from sklearn.linear_model import LogisticRegression

        rng = np.random.default_rng(seed)
        draws = [rng.integers(0, len(y), len(y)) for _ in range(_N_DRAWS)]
        self.cuts_ = np.mean([_best_cuts(scores[draw], y[draw]) for draw in draws], axis=0)
        curves = [LogisticRegression(C=100.0).fit(scores[:, None], y > k) for k in range(2)]
        self.slopes_ = np.array([curve.coef_[0, 0] for curve in curves])
        self.shifts_ = np.array([curve.intercept_[0] for curve in curves])
        return self

    def probabilities(self, scores: Numbers) -> Numbers:
        """``(n_rows, 3)``, rows summing to 1."""
        above = 1 / (1 + np.exp(-(scores[:, None] * self.slopes_ + self.shifts_)))
        above[:, 1] = np.minimum(above[:, 0], above[:, 1])
        return np.column_stack([1 - above[:, 0], above[:, 0] - above[:, 1], above[:, 1]])

    def labels(self, scores: Numbers) -> NDArray[np.int64]:
        """Class numbers ``(n_rows,)``."""
        return np.digitize(scores, self.cuts_)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        return {"cuts": self.cuts_, "cut_slopes": self.slopes_, "cut_shifts": self.shifts_}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> OrdinalCuts:
        cuts = cls()
        cuts.cuts_, cuts.slopes_ = arrays["cuts"], arrays["cut_slopes"]
        cuts.shifts_ = arrays["cut_shifts"]
        return cuts


def macro_f1(y: NDArray[np.int64], found: NDArray[np.int64], n_classes: int = 3) -> float:
    """Mean F1 over the classes that stand in ``y``."""
    confusion = np.bincount(y * n_classes + found, minlength=n_classes**2).reshape(n_classes, n_classes)
    given = confusion.sum(axis=1)
    f1 = 2 * np.diag(confusion) / np.maximum(given + confusion.sum(axis=0), 1)
    return float(f1[given > 0].mean())


def _best_cuts(scores: Numbers, y: NDArray[np.int64]) -> tuple[float, float]:
    """The two quantiles of ``scores`` that, as cuts, have the best macro-F1 over all three classes."""
    grid = np.unique(np.quantile(scores, np.linspace(0.02, 0.98, _GRID)))
    if len(grid) < 2:
        return float(grid[0]), float(grid[0]) + 1e-6
    below = np.array([np.searchsorted(np.sort(scores[y == k]), grid) for k in range(3)])
    given, n_below = np.bincount(y, minlength=3), below.sum(axis=0)
    low, high = np.triu_indices(len(grid), k=1)
    hits = np.array([below[0, low], below[1, high] - below[1, low], given[2] - below[2, high]])
    found = np.array([n_below[low], n_below[high] - n_below[low], len(y) - n_below[high]])
    f1 = 2 * hits / np.maximum(found + given[:, None], 1)
    best = int(np.round(f1.mean(axis=0), 12).argmax())
    return float(grid[low[best]]), float(grid[high[best]])
