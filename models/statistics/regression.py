"""Least squares with errors that hold for unequal spread and for several contacts of one customer."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from models.statistics.intervals import Interval, check_confidence

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

_CLUSTERS_AT_ONCE = 2000


@dataclass(frozen=True, slots=True, eq=False)
class LinearFit:
    """``score ≈ intercept + x @ coefficients``.

    ``coefficients`` is ``(p,)`` in points of the score, ``covariance`` ``(p, p)`` the robust one, ``df`` the
    degrees of freedom of t, ``r2`` the explained share of the variance in [0, 1].
    """

    intercept: float
    coefficients: Floats
    covariance: Floats
    df: float
    r2: float
    n: int

    def combination(self, weights: Floats, confidence: float = 0.95) -> Interval:
        """``weights @ coefficients`` with its t interval; ``weights`` is ``(p,)``."""
        check_confidence(confidence)
        estimate = float(weights @ self.coefficients)
        error = math.sqrt(max(float(weights @ self.covariance @ weights), 0.0))
        reach = float(stats.t.ppf(0.5 + confidence / 2, self.df)) * error
        return Interval(estimate, estimate - reach, estimate + reach)

    def coefficient(self, index: int, confidence: float = 0.95) -> Interval:
        """Coefficient ``index`` with its t interval."""
        return self.combination(np.eye(len(self.coefficients))[index], confidence)

    def p_values(self) -> Floats:
        """Two-sided p-values ``(p,)`` of each coefficient against 0; 1 where it has no error."""
        errors = np.sqrt(np.diagonal(self.covariance))
        ratio = np.divide(self.coefficients, errors, out=np.zeros_like(errors), where=errors > 0)
        return np.asarray(2 * stats.t.sf(np.abs(ratio), self.df), dtype=np.float64)


def fit_linear(x: Floats, y: Floats, groups: Codes | None = None) -> LinearFit:
    """Ordinary least squares of ``y`` ``(n,)`` on ``x`` ``(n, p)`` and an intercept.

    Errors: HC3 (MacKinnon and White 1985, Journal of Econometrics 29, 305-325, the jackknife form
    ``e² / (1 - h)²``; Long and Ervin 2000, The American Statistician 54, 217-224) with ``n - p - 1`` degrees of
    freedom. With ``groups`` ``(n,)``, the code of each row's customer: the cluster jackknife CV3 (Bell and
    McCaffrey 2002, Survey Methodology 28, 169-181; MacKinnon, Nielsen and Webb 2023, Journal of Econometrics
    232, 272-299) with (number of customers - 1) degrees of freedom.
    Raises ``ValueError`` for too few rows or customers, constant scores, values that are not finite, and
    columns that depend on each other.
    """
    check_rows(x, y, groups)
    design = np.column_stack([np.ones(len(y)), x])
    gram = design.T @ design
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise ValueError("columns depend on each other: drop the collinear or constant ones first")
    beta = np.linalg.solve(gram, design.T @ y)
    residuals = y - design @ beta
    if groups is None:
        covariance, df = _hc3(design, gram, residuals), float(len(y) - design.shape[1])
    else:
        covariance, df = _cluster_jackknife(design, gram, residuals, groups)
    spread = float(np.sum((y - y.mean()) ** 2))
    r2 = min(1.0, max(0.0, 1.0 - float(residuals @ residuals) / spread))
    return LinearFit(float(beta[0]), beta[1:], covariance[1:, 1:], df, r2, len(y))


def check_rows(x: Floats, y: Floats, groups: Codes | None) -> None:
    """Raise ``ValueError``, saying what to do, where a regression is impossible."""
    if x.ndim != 2 or y.shape != (len(x),) or (groups is not None and groups.shape != y.shape):
        raise ValueError("presence must be (n, p), scores and groups (n,): one row per transcript")
    if x.shape[1] == 0:
        raise ValueError("no driver is left to explain the score: give at least one that varies")
    if len(y) < x.shape[1] + 3:
        raise ValueError(f"{len(y)} rows are too few for {x.shape[1]} drivers: take a longer period")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError("presence and scores must be finite: leave rows without a score out")
    if float(np.ptp(y)) == 0.0:
        raise ValueError("all scores are equal, so there is nothing to explain: take a wider selection")
    if groups is not None and len(np.unique(groups)) < 3:
        raise ValueError("fewer than 3 customers: leave groups out or take a wider selection")


def _hc3(design: Floats, gram: Floats, residuals: Floats) -> Floats:
    inverse = np.linalg.inv(gram)
    leverage = np.einsum("ij,jk,ik->i", design, inverse, design)
    if leverage.max() > 1 - 1e-9:
        raise ValueError("a driver rests on one row alone: drop drivers that are present in few rows")
    weighted = design * (residuals / (1.0 - leverage))[:, None]
    return np.asarray(inverse @ (weighted.T @ weighted) @ inverse, dtype=np.float64)


def _cluster_jackknife(
    design: Floats, gram: Floats, residuals: Floats, groups: Codes
) -> tuple[Floats, float]:
    order = np.argsort(groups, kind="stable")
    rows, errors = design[order], residuals[order]
    starts = np.flatnonzero(np.r_[True, np.diff(groups[order]) != 0])
    bounds = np.r_[starts, len(order)]
    n_clusters, width = len(starts), design.shape[1]
    total = np.zeros((width, width))
    for first in range(0, n_clusters, _CLUSTERS_AT_ONCE):
        last = min(first + _CLUSTERS_AT_ONCE, n_clusters)
        part = slice(bounds[first], bounds[last])
        cuts = starts[first:last] - bounds[first]
        outer = np.einsum("ij,ik->ijk", rows[part], rows[part])
        left = gram - np.add.reduceat(outer, cuts)
        score = np.add.reduceat(rows[part] * errors[part, None], cuts)
        total += _outer_shifts(left, score)
    return total * (n_clusters - 1) / n_clusters, float(n_clusters - 1)


def _outer_shifts(left: Floats, score: Floats) -> Floats:
    """Sum over clusters of d dᵀ, d being the shift of the coefficients when the cluster is left out."""
    scale = np.sqrt(np.einsum("gii->gi", left))
    scaled = left / np.maximum(scale[:, :, None] * scale[:, None, :], 1e-300)
    if scale.min() <= 0 or float(np.linalg.eigvalsh(scaled)[:, 0].min()) < 1e-9:
        raise ValueError("a driver rests on one customer alone: drop drivers that few customers speak of")
    shift = np.linalg.solve(left, score[:, :, None])[:, :, 0]
    return np.asarray(shift.T @ shift, dtype=np.float64)
