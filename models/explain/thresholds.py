"""Thresholds per class for a stated precision; below them a classifier says 未明."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.statistics.intervals import wilson

UNCLEAR = "未明"
MIN_ROWS = 10
"""A class predicted for fewer held-out rows takes the threshold of all classes together."""


@dataclass(frozen=True, slots=True)
class ClassThreshold:
    """``precision`` and its lower bound, of ``n`` held-out rows at or above ``threshold``.

    ``threshold`` above 1: the precision is not reached at any score, the class is never given. ``is_own`` is
    false where too few rows were predicted as the class and the threshold is the common one.
    """

    label: str
    threshold: float
    n: int
    precision: float
    precision_low: float
    is_own: bool


@dataclass(frozen=True, slots=True)
class Thresholds:
    """``wanted``: the stated precision. ``coverage``: share of held-out rows that keep their label.

    ``bound`` says what is held against ``wanted``: ``estimate`` or ``wilson`` (lower, one-sided 95 %).
    """

    wanted: float
    bound: str
    coverage: float
    precision: float
    classes: tuple[ClassThreshold, ...]

    def labels(self, probabilities: NDArray[np.floating[Any]], *, unclear: str = UNCLEAR) -> list[str]:
        """The best class of each row where its probability reaches the threshold, else ``unclear``."""
        chosen, scores = probabilities.argmax(axis=1), probabilities.max(axis=1)
        return [
            self.classes[c].label if score >= self.classes[c].threshold else unclear
            for c, score in zip(chosen.tolist(), scores.tolist(), strict=True)
        ]

    def to_dict(self) -> dict[str, Any]:
        return {
            "wanted": self.wanted,
            "bound": self.bound,
            "coverage": round(self.coverage, 4),
            "precision": round(self.precision, 4),
            "classes": {
                c.label: {
                    "threshold": c.threshold,
                    "n": c.n,
                    "precision": round(c.precision, 4),
                    "precision_low": round(c.precision_low, 4),
                    "is_own": c.is_own,
                }
                for c in self.classes
            },
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Thresholds:
        classes = tuple(ClassThreshold(label, **fields) for label, fields in values["classes"].items())
        return cls(values["wanted"], values["bound"], values["coverage"], values["precision"], classes)


def choose_thresholds(
    probabilities: NDArray[np.floating[Any]],
    y: NDArray[np.int64],
    classes: Sequence[str],
    *,
    precision: float = 0.9,
    bound: str = "wilson",
) -> Thresholds:
    """The lowest threshold per class at which the rows it is given to are right often enough.

    ``probabilities`` ``(n, n_classes)`` must be of rows the model did not learn from (held-out folds); ``y``
    ``(n,)`` are class numbers, -1 for rows that belong to no class. ``bound="wilson"`` asks that the lower end
    of the one-sided 95 % Wilson interval reaches ``precision``, so the promise holds beyond chance;
    ``"estimate"`` asks it of the plain share. Raises ``ValueError`` for a precision outside (0, 1).
    """
    if not 0.0 < precision < 1.0 or bound not in ("wilson", "estimate"):
        raise ValueError(f"precision in (0, 1) and bound wilson or estimate: {precision}, {bound}")
    chosen, scores = probabilities.argmax(axis=1), probabilities.max(axis=1)
    right = chosen == y
    common = _lowest(scores, right, precision, bound)
    found = []
    for number, label in enumerate(classes):
        rows = chosen == number
        is_own = int(rows.sum()) >= MIN_ROWS
        threshold = _lowest(scores[rows], right[rows], precision, bound) if is_own else common
        kept = rows & (scores >= threshold)
        found.append(_described(label, threshold, right[kept], is_own=is_own))
    limits = np.array([c.threshold for c in found])
    kept = scores >= limits[chosen] if len(scores) else np.zeros(0, dtype=bool)
    return Thresholds(
        wanted=precision,
        bound=bound,
        coverage=float(kept.mean()) if len(kept) else 0.0,
        precision=float(right[kept].mean()) if kept.any() else 0.0,
        classes=tuple(found),
    )


NEVER = 1.01


def _lowest(
    scores: NDArray[np.floating[Any]], right: NDArray[np.bool_], precision: float, bound: str
) -> float:
    """The lowest score at or above which ``right`` is often enough; equal scores stay together."""
    order = np.argsort(-scores, kind="stable")
    ranked, n_right = scores[order], np.cumsum(right[order].astype(np.int64))
    n = np.arange(1, len(ranked) + 1)
    reached = _low(n_right, n) if bound == "wilson" else n_right / n
    last_of_equal = np.append(ranked[1:] != ranked[:-1], True) if len(ranked) else np.zeros(0, dtype=bool)
    good = np.flatnonzero((reached >= precision) & last_of_equal)
    return float(ranked[good[-1]]) if len(good) else NEVER


def _low(k: NDArray[np.int64], n: NDArray[np.int64], z: float = 1.6449) -> NDArray[np.float64]:
    """Lower end of the Wilson interval, for all rows at once (``models.statistics.intervals`` has the source)."""
    z2 = z * z
    return np.asarray((2 * k + z2 - z * np.sqrt(z2 + 4 * k * (n - k) / n)) / (2 * (n + z2)))


def _described(label: str, threshold: float, right: NDArray[np.bool_], *, is_own: bool) -> ClassThreshold:
    n, k = len(right), int(right.sum())
    low = wilson(k, n, 0.90).low if n else 0.0
    return ClassThreshold(label, threshold, n, k / n if n else 0.0, low, is_own)
