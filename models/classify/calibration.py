"""Margins to probabilities, and how far they can be believed."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

OBJECTIVES = ("accuracy", "macro_f1")
_STATE = ("scale", "shift", "prior", "confidence")
_MOST = 0.9999
_BISECTIONS = 30
_FEW_ROWS = 4
"""Up to so many rows plain numbers are bisected faster than arrays."""
_LEAST_SCALE = 0.01
"""A negative scale, fitted on margins that mean nothing, would turn decisions round."""
_PRIOR_STRENGTHS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)


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
        bounds = [(_LEAST_SCALE, None)] * (len(start) - k) + [(None, None)] * k
        found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds)
        self.scale_ = (np.full(k, found.x[0]) if single else found.x[:k]).astype(np.float32)
        self.shift_ = found.x[-k:].astype(np.float32)
        return self

    def transform(self, margins: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities, shape of ``margins``, rows summing to 1."""
        return _softmax(margins * self.scale_ + self.shift_).astype(np.float32)


class DecisionScaling:
    """Vector scaling that decides for a stated objective and is sure of its decisions as far as they hold.

    ``macro_f1`` moves the logits against the class frequencies (logit adjustment, Menon et al. 2021, "Long-tail
    learning via logit adjustment", section 4.1) by the strength that gives the best macro-F1 on the rows. How
    often a decision is right is then a logistic function (Platt 1999) of its odds before and after that move;
    each row is sharpened or flattened until its top probability says so, which moves no decision.

    Learned state: ``scale_``, ``shift_`` and ``prior_`` (n_classes,): what was taken off the logits;
    ``confidence_`` (3,): weights of the log-odds before and after, and a constant.
    """

    name = "calibration.decision_scaling.v1"

    def __init__(self, objective: str = "accuracy") -> None:
        if objective not in OBJECTIVES:
            raise ValueError(f"objective is one of {', '.join(OBJECTIVES)}, not {objective!r}")
        self.objective = objective

    def fit(self, margins: NDArray[np.float32], y: NDArray[np.int64]) -> DecisionScaling:
        """Fit on held-out ``margins`` (n, n_classes) and class numbers ``y`` (n,). Deterministic."""
        vector = VectorScaling().fit(margins, y)
        logits = margins * vector.scale_ + vector.shift_
        self.prior_ = np.zeros(margins.shape[1], dtype=np.float32)
        if self.objective == "macro_f1":
            strength, prior = prior_strength(logits, y)
            self.prior_ = (strength * prior).astype(np.float32)
        self.scale_, self.shift_ = vector.scale_, (vector.shift_ - self.prior_).astype(np.float32)
        adjusted = margins * self.scale_ + self.shift_
        self.confidence_ = _fit_confidence(self._odds(adjusted), adjusted.argmax(axis=1) == y)
        return self

    def transform(self, margins: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities, shape of ``margins``, rows summing to 1."""
        if not len(margins):
            return np.zeros(margins.shape, dtype=np.float32)
        adjusted = margins * self.scale_ + self.shift_
        least = 1 / margins.shape[1]
        top = _sigmoid(self._odds(adjusted) @ self.confidence_)
        return _with_top(adjusted, np.clip(top, least + 0.02 * (1 - least), _MOST)).astype(np.float32)

    def to_arrays(self) -> dict[str, NDArray[np.float32]]:
        """The learned state by name, float32."""
        return {name: getattr(self, f"{name}_") for name in _STATE}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.float32]]) -> DecisionScaling:
        """What ``to_arrays`` gave. Raises ``KeyError`` where something is missing."""
        scaling = cls()
        for name in _STATE:
            setattr(scaling, f"{name}_", arrays[name])
        return scaling

    def _odds(self, adjusted: NDArray[np.float32]) -> NDArray[np.float64]:
        """Log-odds of the decision before and after the move, and 1: shape ``(n, 3)``."""
        rows, decided = np.arange(len(adjusted)), adjusted.argmax(axis=1)
        before = _softmax(adjusted + self.prior_)[rows, decided]
        after = _softmax(adjusted)[rows, decided]
        return np.stack([_logit(before), _logit(after), np.ones(len(adjusted))], axis=1)


def expected_calibration_error(
    probabilities: NDArray[np.float32], y: NDArray[np.int64], *, n_bins: int = 15
) -> float:
    """ECE of the top label in ``n_bins`` equal-width bins, in [0, 1] (Naeini et al. 2015; Guo et al. 2017)."""
    return _gap(probabilities.max(axis=1), probabilities.argmax(axis=1) == y, n_bins)


def calibration_error_by_chance(
    probabilities: NDArray[np.float32], *, seed: int, n_bins: int = 15, n_draws: int = 200
) -> float:
    """The mean ECE that a perfectly calibrated model with these probabilities would show: its noise floor.

    Few rows make many bins uneven; a measured ECE means something only as far as it lies above this (Roelofs
    et al. 2022, "Mitigating Bias in Calibration Error Estimation"). In [0, 1].
    """
    confidence = probabilities.max(axis=1)
    rng = np.random.default_rng(seed)
    draws = [_gap(confidence, rng.random(len(confidence)) < confidence, n_bins) for _ in range(n_draws)]
    return float(np.mean(draws))


def _gap(confidence: NDArray[np.float32], correct: NDArray[np.bool_], n_bins: int) -> float:
    if not len(confidence):
        return 0.0
    bins = np.minimum((confidence * n_bins).astype(int), n_bins - 1)
    surplus = np.bincount(bins, correct - confidence.astype(np.float64), minlength=n_bins)
    return float(np.abs(surplus).sum() / len(confidence))


def prior_strength(logits: NDArray[np.floating], y: NDArray[np.int64]) -> tuple[float, NDArray[np.float64]]:
    """How much of the log class frequencies to take off ``logits`` (n, n_classes) for the best macro-F1.

    The strength, in [0, 1], and the log frequencies (n_classes,) about their mean (Menon et al. 2021, section 4.1).
    """
    counts = np.bincount(y, minlength=logits.shape[1])
    prior = np.log((counts + 1) / (len(y) + len(counts)))
    prior -= prior.mean()
    return _best_strength(logits, prior, y), prior


def temperature_of_decisions(logits: NDArray[np.floating], y: NDArray[np.int64]) -> float:
    """The factor on ``logits`` (n, n_classes) under which the top probability says best how often it is right."""
    from scipy.optimize import minimize_scalar

    correct = logits.argmax(axis=1) == y
    below = logits - logits.max(axis=1, keepdims=True)

    def loss(log_factor: float) -> float:
        top = np.clip(1 / np.exp(below * np.exp(log_factor)).sum(axis=1), 1e-9, 1 - 1e-9)
        return float(-np.where(correct, np.log(top), np.log1p(-top)).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-3.0, 3.0), method="bounded").x))


def _best_strength(logits: NDArray[np.floating], prior: NDArray[np.float64], y: NDArray[np.int64]) -> float:
    """The smallest strength whose macro-F1, averaged with its neighbours, is best: less noise than one point."""
    scores = [_macro_f1((logits - s * prior).argmax(axis=1), y, logits.shape[1]) for s in _PRIOR_STRENGTHS]
    padded = np.array([scores[0], *scores, scores[-1]])
    return _PRIOR_STRENGTHS[int((padded[:-2] + padded[1:-1] + padded[2:]).argmax())]


def _macro_f1(predicted: NDArray[np.int64], y: NDArray[np.int64], k: int) -> float:
    confusion = np.bincount(y * k + predicted, minlength=k * k).reshape(k, k)
    f1 = 2 * np.diag(confusion) / np.maximum(confusion.sum(axis=0) + confusion.sum(axis=1), 1)
    return float(f1[confusion.sum(axis=1) > 0].mean())


def _fit_confidence(odds: NDArray[np.float64], correct: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Weights (3,) under which ``sigmoid(odds @ weights)`` says best how often a decision is right."""
    from scipy.optimize import minimize

    start = np.array([0.5, 0.5, 0.0])

    def loss(w: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        p = np.clip(_sigmoid(odds @ w), 1e-9, 1 - 1e-9)
        value = -np.where(correct, np.log(p), np.log1p(-p)).mean() + 1e-3 * ((w - start) ** 2).sum()
        return float(value), odds.T @ (p - correct) / len(odds) + 2e-3 * (w - start)

    return minimize(loss, start, jac=True, method="L-BFGS-B").x.astype(np.float32)


def _with_top(logits: NDArray[np.float32], top: NDArray[np.float64]) -> NDArray[np.float64]:
    """``softmax(t * logits)`` with each row's ``t`` such that its largest value is ``top``, by bisection."""
    below = (logits - logits.max(axis=1, keepdims=True)).astype(np.float64)
    few = len(below) <= _FEW_ROWS
    exponents = (
        np.array(list(map(_exponent, below.tolist(), top.tolist()))) if few else _exponents(below, top)
    )
    return np.asarray(_softmax(below * np.exp(exponents)[:, None]))


def _exponents(below: NDArray[np.float64], top: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log of ``t`` of each row, (n,)."""
    low, high = np.full(len(below), -12.0), np.full(len(below), 12.0)
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        too_flat = 1 / np.exp(below * np.exp(middle)[:, None]).sum(axis=1) < top
        low, high = np.where(too_flat, middle, low), np.where(too_flat, high, middle)
    return high


def _exponent(below: list[float], top: float) -> float:
    """``_exponents`` of one row, by the same steps."""
    low, high = -12.0, 12.0
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        factor, total = math.exp(middle), 0.0
        for value in below:
            total += math.exp(value * factor)
        low, high = (middle, high) if 1 / total < top else (low, middle)
    return high


def _sigmoid(z: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-np.clip(z, -50, 50))))


def _logit(p: NDArray[np.floating]) -> NDArray[np.float64]:
    p = np.clip(p.astype(np.float64), 1e-6, 1 - 1e-6)
    return np.asarray(np.log(p) - np.log1p(-p))


def _softmax(z: NDArray[np.floating]) -> NDArray[np.floating]:
    z = z - z.max(axis=1, keepdims=True)
    e = np.exp(z)
    return np.asarray(e / e.sum(axis=1, keepdims=True))
