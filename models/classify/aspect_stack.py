"""From margins to calibrated probabilities of (subject, polarity) pairs, and from these to labels.

A pair's probability is P(subject) * P(polarity | subject): a logistic and a softmax model over the margins of
the members, shared by all subjects but for one shift each (stacked generalisation, Wolpert 1992). They are
fitted on margins of held-out folds, so that they calibrate as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
_THRESHOLDS = np.round(np.arange(0.10, 0.61, 0.02), 2)
PENALTY = 1.0
"""Default L2 penalty on the weights, in rows."""
MIN_GIVEN = 30
"""With fewer right or wrong pairs, probabilities stay as they are."""


class AspectStack:
    """Learned state: ``subject_weights_`` (2 * d_subject + n_subjects, 2) and ``polarity_weights_``
    (d_polarity + n_subjects, 3), the last ``n_subjects`` rows being shifts; ``map_`` (2,), scale and shift of the
    log-odds of a pair; ``threshold_`` in [0, 1]."""

    def __init__(self, penalty: float = PENALTY) -> None:
        self.penalty = penalty

    def fit(self, subject: Floats, polarity: Floats, targets: NDArray[np.bool_]) -> AspectStack:
        """``subject`` (n, n_subjects, d_subject), ``polarity`` (n, n_subjects, d_polarity): margins of rows
        that their models did not see; ``targets`` (n, n_subjects, 3)."""
        named = targets.any(axis=2)
        self.subject_weights_ = fit_softmax(
            _flat(with_shifts(with_rivals(subject))), named.ravel().astype(int), 2
        )
        rows, subjects = np.nonzero(named)
        spoken = with_shifts(polarity)[rows, subjects]
        self.polarity_weights_ = fit_softmax(spoken, targets[rows, subjects].argmax(axis=1), 3, self.penalty)
        self.map_ = np.array([1.0, 0.0], dtype=np.float32)
        raw = self.transform(subject, polarity)
        self.map_ = fit_map(raw, targets, best_threshold(raw, targets))
        self.threshold_ = best_threshold(self.transform(subject, polarity), targets)
        return self

    def transform(self, subject: Floats, polarity: Floats) -> Floats:
        """Probabilities of all pairs, ``(n, n_subjects, 3)``."""
        named = softmax(with_shifts(with_rivals(subject)) @ self.subject_weights_)[:, :, 1:]
        raw = named * softmax(with_shifts(polarity) @ self.polarity_weights_)
        z = _logit(raw) * self.map_[0] + self.map_[1]
        return (1 / (1 + np.exp(-z))).astype(np.float32)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        return {
            "stack_subject": self.subject_weights_,
            "stack_polarity": self.polarity_weights_,
            "stack_map": self.map_,
            "stack_threshold": np.array([self.threshold_], dtype=np.float32),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> AspectStack:
        stack = cls()
        stack.subject_weights_ = arrays["stack_subject"]
        stack.polarity_weights_ = arrays["stack_polarity"]
        stack.map_ = arrays["stack_map"]
        stack.threshold_ = float(arrays["stack_threshold"][0])
        return stack


def fit_map(raw: Floats, targets: NDArray[np.bool_], threshold: float) -> NDArray[np.float32]:
    """Scale and shift of the log-odds, fitted on the pairs that are given (Platt 1999).

    The best of many pairs is right less often than its own probability says; the scale is positive.
    """
    given = decide(raw, threshold)
    right = targets[given]
    if right.sum() < MIN_GIVEN or (~right).sum() < MIN_GIVEN:
        return np.array([1.0, 0.0], dtype=np.float32)
    z = _logit(raw[given])
    weights = fit_softmax(np.stack([z, np.ones_like(z)], axis=1), right.astype(int), 2)
    scale, shift = weights[:, 1] - weights[:, 0]
    return np.array([max(scale, 0.1), shift], dtype=np.float32)


def decide(scores: Floats, threshold: float, *, min_labels: int = 0) -> NDArray[np.bool_]:
    """The pairs that are given, ``(n, n_subjects, 3)``: per subject the most probable polarity at most.

    A pair needs ``threshold``; the ``min_labels`` best subjects of a text need none.
    """
    best = scores.argmax(axis=2)
    strength = scores.max(axis=2)
    given = strength >= threshold
    if min_labels:
        order = np.argsort(-strength, axis=1, kind="stable")[:, :min_labels]
        np.put_along_axis(given, order, True, axis=1)
    decided = np.zeros(scores.shape, dtype=bool)
    np.put_along_axis(decided, best[:, :, None], given[:, :, None], axis=2)
    return decided


def best_threshold(scores: Floats, targets: NDArray[np.bool_]) -> float:
    """The threshold with the highest micro-F1 of pairs; of equal ones the middle.

    For calibrated scores it lies at half the F1 that is reached (Lipton et al. 2014, "Optimal thresholding of
    classifiers to maximize F1 measure"); the data decide all the same.
    """
    min_labels = int(targets.any(axis=(1, 2)).all()) if len(targets) else 0
    values = [micro_f1(decide(scores, t, min_labels=min_labels), targets) for t in _THRESHOLDS]
    tops = np.flatnonzero(np.array(values) >= max(values) - 1e-12)
    return float(_THRESHOLDS[tops[len(tops) // 2]])


def micro_f1(decided: NDArray[np.bool_], targets: NDArray[np.bool_]) -> float:
    """2 TP / (given + true) over all cells, in [0, 1]; 0 where there is nothing."""
    return float(2 * (decided & targets).sum() / max(decided.sum() + targets.sum(), 1))


def with_rivals(features: Floats) -> Floats:
    """The distance to the best other subject added to each feature: ``(n, n_subjects, 2 * d)``.

    A text names one subject more often than two, so that a subject is the less likely the clearer another is.
    """
    if features.shape[1] < 2:
        return np.concatenate([features, np.zeros_like(features)], axis=2)
    ordered = np.sort(features, axis=1)
    first, second = ordered[:, -1:], ordered[:, -2:-1]
    return np.concatenate([features, features - np.where(features == first, second, first)], axis=2)


def with_shifts(features: Floats) -> Floats:
    """One column per subject added, 1 for its own: ``(n, n_subjects, d + n_subjects)``."""
    n, n_subjects, _ = features.shape
    own = np.broadcast_to(np.eye(n_subjects, dtype=np.float32), (n, n_subjects, n_subjects))
    return np.concatenate([features, own], axis=2)


def softmax(z: NDArray[np.floating]) -> NDArray[np.floating]:
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return np.asarray(e / e.sum(axis=-1, keepdims=True))


def fit_softmax(features: Floats, y: NDArray[np.integer], n_classes: int, penalty: float = PENALTY) -> Floats:
    """Weights ``(d, n_classes)`` of a multinomial logistic regression without intercept, by L-BFGS."""
    from scipy.optimize import minimize

    x = np.asarray(features, dtype=np.float64)
    n, d = x.shape
    onehot = np.zeros((n, n_classes))
    onehot[np.arange(n), y] = 1

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        w = flat.reshape(d, n_classes)
        p = softmax(x @ w)
        value = -np.log(np.maximum(p[np.arange(n), y], 1e-12)).sum() + penalty * (w**2).sum() / 2
        return float(value) / max(n, 1), ((x.T @ (p - onehot) + penalty * w) / max(n, 1)).ravel()

    found = minimize(loss, np.zeros(d * n_classes), jac=True, method="L-BFGS-B", options={"maxiter": 300})
    return np.asarray(found.x.reshape(d, n_classes), dtype=np.float32)


def _logit(p: NDArray[np.floating]) -> NDArray[np.floating]:
    clipped = np.clip(np.asarray(p, dtype=np.float64), 1e-6, 1 - 1e-6)
    return np.asarray(np.log(clipped / (1 - clipped)))


def _flat(features: Floats) -> Floats:
    return features.reshape(-1, features.shape[2])
