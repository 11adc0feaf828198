"""Two classifiers on the same rows: paired bootstrap of accuracy and macro-F1, and the noise of an ECE."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.core.errors import InputError

N_DRAWS = 10_000
_CHUNK = 1000
_N_BINS = 15


@dataclass(frozen=True, slots=True)
class Answers:
    """Of one model on labelled rows: ``predicted`` (n,) as label numbers; ``p`` (n, n_names)."""

    predicted: NDArray[np.int64]
    p: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Difference:
    """Candidate minus current, the point and its 95 % percentile interval."""

    estimate: float
    low: float
    high: float

    def to_dict(self) -> dict[str, float]:
        return {name: round(getattr(self, name), 4) for name in ("estimate", "low", "high")}


def answers(classes: Sequence[str], probabilities: NDArray[np.float32], names: Sequence[str]) -> Answers:
    """What a model with ``classes`` chooses among ``names`` (the labels of the rows), as far as it knows them.

    As in ``voc evaluate``: classes that the rows lack are left out and the rest is scaled to 1.
    ``probabilities`` is ``(n_rows, n_classes)``. Raises ``InputError`` when the model knows none of ``names``.
    """
    known = [i for i, name in enumerate(names) if name in classes]
    if not known:
        raise InputError(
            reason=f"测试文件的标签 {list(names)[:8]} 与模型的类别 {list(classes)[:8]} 没有交集，"
            "请检查 --map label=列名",
            reason_en=f"the labels of the test file {list(names)[:8]} and of the model have nothing in common;"
            " see --map label=COLUMN",
        )
    p = np.zeros((len(probabilities), len(names)), dtype=np.float32)
    p[:, known] = probabilities[:, [list(classes).index(names[i]) for i in known]]
    p /= np.maximum(p.sum(axis=1, keepdims=True), 1e-9)
    return Answers(np.array(known)[p[:, known].argmax(axis=1)], p)


def paired_bootstrap(
    y: NDArray[np.int64],
    candidate: NDArray[np.int64],
    current: NDArray[np.int64],
    *,
    seed: int,
    n_draws: int = N_DRAWS,
) -> dict[str, Difference]:
    """``accuracy`` and ``macro_f1`` of ``candidate`` minus ``current``; all arguments are ``(n_rows,)``.

    Rows are drawn with replacement, the same for both models (Efron and Tibshirani 1993, chapter 16; for
    classifiers Berg-Kirkpatrick et al. 2012). Rows that agree in label and both answers are alike, so a draw
    is one multinomial over the distinct triples: the same distribution, many times faster.
    """
    triples, counts = np.unique(np.stack([y, candidate, current]), axis=1, return_counts=True)
    rng = np.random.default_rng(seed)
    whole = _differences(triples, counts[None])
    drawn = np.concatenate(
        [
            _differences(triples, rng.multinomial(len(y), counts / len(y), size=min(_CHUNK, n_draws - at)))
            for at in range(0, n_draws, _CHUNK)
        ]
    )
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
    return {
        name: Difference(float(whole[0, i]), float(low[i]), float(high[i]))
        for i, name in enumerate(("accuracy", "macro_f1"))
    }


def accuracy_and_f1(y: NDArray[np.int64], predicted: NDArray[np.int64]) -> dict[str, float]:
    """Accuracy, and macro-F1 over the labels that ``y`` has."""
    scores = _scores(y, predicted, np.ones((1, len(y)), dtype=np.int64))
    return {"accuracy": round(float(scores[0, 0]), 4), "macro_f1": round(float(scores[0, 1]), 4)}


def ece_noise(p: NDArray[np.float32], *, seed: int, n_draws: int = 500) -> float:
    """The ECE that perfectly calibrated scores would still exceed once in 20 times on so many rows.

    With few rows an ECE is far above 0 by chance alone (Roelofs et al. 2022). Labels are drawn from the
    scores themselves; ``p`` is ``(n_rows, n_classes)``, 15 bins as in ``expected_calibration_error``.
    """
    confidence = p.max(axis=1).astype(np.float64)
    bins = np.minimum((confidence * _N_BINS).astype(int), _N_BINS - 1)
    member = np.zeros((len(bins), _N_BINS))
    member[np.arange(len(bins)), bins] = 1
    rng = np.random.default_rng(seed)
    values = []
    for _ in range(n_draws):
        gap = (rng.random(len(confidence)) < confidence) - confidence
        values.append(np.abs(gap @ member).sum() / len(confidence))
    return float(np.percentile(values, 95))


def _differences(triples: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    y, candidate, current = triples
    return _scores(y, candidate, counts) - _scores(y, current, counts)


def _scores(
    y: NDArray[np.int64], predicted: NDArray[np.int64], counts: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Accuracy and macro-F1 per draw, shape ``(n_draws, 2)``; ``counts`` is ``(n_draws, n_cells)``."""
    labels = np.unique(y)
    given = (y[:, None] == labels).astype(np.float64)
    found = (predicted[:, None] == labels).astype(np.float64)
    weights = counts.astype(np.float64)
    hit, n_given, n_found = weights @ (given * found), weights @ given, weights @ found
    f1 = 2 * hit / np.maximum(n_given + n_found, 1)
    there = n_given > 0
    macro = (f1 * there).sum(axis=1) / np.maximum(there.sum(axis=1), 1)
    return np.column_stack([hit.sum(axis=1) / weights.sum(axis=1), macro])


def to_figures(differences: dict[str, Difference]) -> dict[str, Any]:
    return {name: value.to_dict() for name, value in differences.items()}
