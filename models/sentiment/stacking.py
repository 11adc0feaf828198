"""Two small logistic regressions over the base model and the composition: neutral or not, good or bad.

Two-way data (reviews are good or bad) say nothing about neutral, so the two questions are fitted apart: P(neutral)
on rows of sources that have neutral rows, P(positive | not neutral) on all others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class LogisticWeights:
    """``coef`` of shape ``(n_features,)`` and the intercept."""

    coef: NDArray[np.float64]
    intercept: float

    def probability(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """P(yes), shape ``(n_rows,)``."""
        return np.asarray(1 / (1 + np.exp(-(features @ self.coef + self.intercept))))


def fit_logistic(
    features: NDArray[np.float64],
    yes: NDArray[np.bool_],
    weights: NDArray[np.float64],
    *,
    penalty: float,
) -> LogisticWeights:
    """Weighted logistic regression with an L2 penalty on the coefficients, by L-BFGS; deterministic."""
    from scipy.optimize import minimize

    y = yes.astype(np.float64)
    share = weights / weights.sum()

    def loss(w: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        z = features @ w[:-1] + w[-1]
        value = (share * (np.logaddexp(0, z) - y * z)).sum() + penalty * (w[:-1] ** 2).sum() / 2
        error = share * (1 / (1 + np.exp(-z)) - y)
        return float(value), np.append(features.T @ error + penalty * w[:-1], error.sum())

    found = minimize(loss, np.zeros(features.shape[1] + 1), jac=True, method="L-BFGS-B")
    return LogisticWeights(found.x[:-1], float(found.x[-1]))


def joined(p_neutral: NDArray[np.float64], p_good: NDArray[np.float64]) -> NDArray[np.float32]:
    """Columns negative, neutral, positive; rows sum to 1."""
    polar = 1 - p_neutral
    return np.stack([polar * (1 - p_good), p_neutral, polar * p_good], axis=1).astype(np.float32)
