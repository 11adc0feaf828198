"""Margins to probabilities, and how far they can be believed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


class VectorScaling:
    """Vector scaling: ``softmax(scale * margins + shift)`` with one scale and shift per class.

    Guo et al. 2017, "On Calibration of Modern Neural Networks", section 4.2. Learned state: ``scale_`` and
    ``shift_``, both ``(n_classes,)``. With few rows only one common scale (temperature) is fitted.
    """

    name = "calibration.vector_scaling.v1"
    min_rows_per_class = 30

    def fit(self, margins: NDArray[np.float32], y: NDArray[np.int64]) -> VectorScaling:
        from scipy.optimize import minimize

        n, k = margins.shape
        z = margins.astype(np.float64)
        single = np.bincount(y, minlength=k).min() < self.min_rows_per_class
        onehot = np.zeros((n, k))
        onehot[np.arange(n), y] = 1

        def loss(w: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
            scale, shift = (np.full(k, w[0]), w[1:]) if single else (w[:k], w[k:])
            p = _softmax(z * scale + shift)
            penalty = 1e-4 * float(((scale - 4) ** 2).sum() + (shift**2).sum())
            value = -np.log(np.clip(p[np.arange(n), y], 1e-12, 1)).mean() + penalty
            error = (p - onehot) / n
            d_scale = (error * z).sum(axis=0) + 2e-4 * (scale - 4)
            d_shift = error.sum(axis=0) + 2e-4 * shift
            grad = np.concatenate([[d_scale.sum()] if single else d_scale, d_shift])
            return float(value), grad

        start = np.concatenate([np.full(1 if single else k, 4.0), np.zeros(k)])
        found = minimize(loss, start, jac=True, method="L-BFGS-B")
        self.scale_ = (np.full(k, found.x[0]) if single else found.x[:k]).astype(np.float32)
        self.shift_ = found.x[-k:].astype(np.float32)
        return self

    def transform(self, margins: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities, shape of ``margins``, rows summing to 1."""
        return _softmax(margins * self.scale_ + self.shift_).astype(np.float32)


def expected_calibration_error(
    probabilities: NDArray[np.float32], y: NDArray[np.int64], *, n_bins: int = 15
) -> float:
    """ECE of the top label in ``n_bins`` equal-width bins, in [0, 1] (Naeini et al. 2015; Guo et al. 2017)."""
    if not len(y):
        return 0.0
    confidence = probabilities.max(axis=1)
    correct = probabilities.argmax(axis=1) == y
    bins = np.minimum((confidence * n_bins).astype(int), n_bins - 1)
    gaps = [
        abs(correct[bins == b].mean() - confidence[bins == b].mean()) * (bins == b).sum()
        for b in range(n_bins)
        if (bins == b).any()
    ]
    return float(sum(gaps) / len(y))


def _softmax(z: NDArray[np.floating]) -> NDArray[np.floating]:
    z = z - z.max(axis=1, keepdims=True)
    e = np.exp(z)
    return np.asarray(e / e.sum(axis=1, keepdims=True))
