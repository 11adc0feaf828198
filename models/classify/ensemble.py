"""``classifier.ensemble.v1``: the weighted vote of several classifiers.

Log-linear pooling (Genest and Zidek 1986, "Combining Probability Distributions"): the members'
log-probabilities are added with one weight each and one shift per class, fitted on rows that no member has
seen, which calibrates the vote as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.classify.calibration import prior_strength, temperature_of_decisions
from models.classify.protocol import Classifier
from models.core.errors import InputError

_FLOOR = 1e-6
_PENALTY = 1e-3
"""On the weights, toward an equal vote, and on the shifts, toward none."""
_MIN_ROWS_PER_CLASS = 20
"""Below it a class's shift would be noise: then the vote has weights alone."""


class EnsembleClassifier:
    """``members`` by name; all have the same classes.

    Learned state: ``weights_`` (n_members,), in the order of ``members``, and ``shift_`` (n_classes,).
    """

    name = "classifier.ensemble.v1"

    def __init__(self, members: Mapping[str, Classifier]) -> None:
        self.members = dict(members)
        first = next(iter(self.members.values()))
        if any(member.classes_ != first.classes_ for member in self.members.values()):
            raise InputError(
                reason="各成员模型的类别不一致",
                reason_en="the members of an ensemble differ in their classes",
            )
        self.classes_ = first.classes_

    def fit_weights(
        self,
        held_out: Mapping[str, NDArray[np.float32]],
        y: NDArray[np.int64],
        *,
        objective: str = "accuracy",
    ) -> EnsembleClassifier:
        """Fit on the members' probabilities ``(n, n_classes)`` of rows that they did not learn from.

        Class numbers ``y`` (n,). For ``macro_f1`` the shifts are moved against the class frequencies afterwards
        (see ``DecisionScaling``), and one factor on all makes the decisions as sure as they are right. With few
        rows of a class nothing is shifted: the members decide for what they were fitted for. Deterministic.
        """
        from scipy.optimize import minimize

        logs = np.stack([_log(held_out[name]) for name in self.members]).astype(np.float64)
        n_members, n, k = logs.shape
        onehot = np.eye(k)[y]
        can_shift = bool(np.bincount(y, minlength=k).min() >= _MIN_ROWS_PER_CLASS)

        def loss(w: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
            a, b = w[:n_members], w[n_members:]
            p = _softmax(np.tensordot(a, logs, axes=1) + b)
            off = a - 1 / n_members
            value = -np.log(np.clip(p[np.arange(n), y], 1e-12, 1)).mean() + _PENALTY * (off @ off + b @ b)
            error = (p - onehot) / n
            slope = np.tensordot(logs, error, axes=([1, 2], [0, 1])) + 2 * _PENALTY * off
            return float(value), np.concatenate([slope, error.sum(axis=0) + 2 * _PENALTY * b])

        start = np.concatenate([np.full(n_members, 1 / n_members), np.zeros(k)])
        bounds = [(0.0, None)] * n_members + [(None, None) if can_shift else (0.0, 0.0)] * k
        found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
        self.weights_ = found[:n_members].astype(np.float32)
        self.shift_ = found[n_members:].astype(np.float32)
        if can_shift and objective == "macro_f1":
            self._decide_for_macro_f1(logs, y)
        return self

    def _decide_for_macro_f1(self, logs: NDArray[np.float64], y: NDArray[np.int64]) -> None:
        """Shifts and weights of the vote over the members' log-probabilities (n_members, n, n_classes)."""
        pooled = np.tensordot(self.weights_, logs, axes=1) + self.shift_
        strength, prior = prior_strength(pooled, y)
        factor = temperature_of_decisions(pooled - strength * prior, y)
        self.shift_ = (factor * (self.shift_ - strength * prior)).astype(np.float32)
        self.weights_ = (factor * self.weights_).astype(np.float32)

    def fit(self, texts: Sequence[str], labels: Sequence[str]) -> EnsembleClassifier:
        """Members are fitted by themselves; this fits the vote on rows that none of them has seen."""
        y = np.array([self.classes_.index(label) for label in labels])
        return self.fit_weights({name: m.predict_proba(texts) for name, m in self.members.items()}, y)

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Calibrated probabilities, shape ``(n_texts, n_classes)``, rows summing to 1."""
        if not texts:
            return np.zeros((0, len(self.classes_)), dtype=np.float32)
        return self.combined({name: member.predict_proba(texts) for name, member in self.members.items()})

    def combined(self, probabilities: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float32]:
        """The vote over the members' probabilities, each ``(n_texts, n_classes)``."""
        logs = np.stack([_log(probabilities[name]) for name in self.members])
        return _softmax(np.tensordot(self.weights_, logs, axes=1) + self.shift_).astype(np.float32)

    def to_files(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """Arrays of a member carry its name and a dot in front."""
        members: dict[str, Any] = {}
        arrays: dict[str, NDArray[Any]] = {"weights": self.weights_, "shift": self.shift_}
        for name, member in self.members.items():
            meta, own = member.to_files()
            members[name] = {"component": member.name, **meta}
            arrays |= {f"{name}.{key}": value for key, value in own.items()}
        return {"classes": list(self.classes_), "parameters": {"members": members}}, arrays

    @classmethod
    def from_files(
        cls,
        meta: Mapping[str, Any],
        arrays: Mapping[str, NDArray[Any]],
        *,
        members: Mapping[str, Classifier],
    ) -> EnsembleClassifier:
        model = cls(members)
        model.weights_, model.shift_ = arrays["weights"], arrays["shift"]
        return model


def _log(probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(np.log(np.clip(probabilities, _FLOOR, 1.0)))


def _softmax(z: NDArray[np.floating]) -> NDArray[np.floating]:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True))
