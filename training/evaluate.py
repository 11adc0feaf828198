"""How good a classifier is on labelled texts, with intervals."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.classify.calibration import calibration_error_by_chance, expected_calibration_error
from models.classify.catalog import Classifier
from models.core.errors import InputError
from models.statistics.intervals import wilson

N_BOOTSTRAP = 500


@dataclass(frozen=True, slots=True)
class LabelScore:
    """Of one label: rows, precision, recall and F1, each in [0, 1]."""

    n: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """``accuracy_interval`` is Wilson's, ``macro_f1_interval`` a bootstrap percentile interval, both 95 %.

    ``ece_by_chance`` is what the same scores would show on so many rows if they came exactly true.
    """

    n: int
    accuracy: float
    accuracy_interval: tuple[float, float]
    macro_f1: float
    macro_f1_interval: tuple[float, float]
    ece: float
    ece_by_chance: float
    per_label: Mapping[str, LabelScore]
    docs_per_second: float | None = None

    def to_dict(self) -> dict[str, Any]:
        values = asdict(self)
        rounded = {k: round(v, 4) if isinstance(v, float) else v for k, v in values.items()}
        for name in ("accuracy_interval", "macro_f1_interval"):
            rounded[name] = [round(v, 4) for v in values[name]]
        rounded["per_label"] = {
            label: {k: round(v, 4) for k, v in score.items()} for label, score in values["per_label"].items()
        }
        return rounded


def evaluate_classifier(
    classifier: Classifier, texts: Sequence[str], labels: Sequence[str], *, seed: int = 13
) -> Evaluation:
    """Predict and score. Where the data lack a class of the model, the model chooses among the others.

    A label that the model does not know counts as wrong. Raises ``InputError`` when it knows none of them.
    """
    started = time.perf_counter()
    probabilities = classifier.predict_proba(texts)
    seconds = time.perf_counter() - started
    result = evaluate_rows(probabilities, classifier.classes_, labels, seed=seed)
    return Evaluation(**{**_fields(result), "docs_per_second": round(len(texts) / max(seconds, 1e-9), 1)})


def evaluate_rows(
    probabilities: NDArray[np.float32], classes: Sequence[str], labels: Sequence[str], *, seed: int
) -> Evaluation:
    """Score probabilities ``(n, n_classes)`` against ``labels``, chosen among those that the labels have.

    A label that is no class counts as wrong. Raises ``InputError`` when none of them is one.
    """
    known = [label for label in classes if label in set(labels)]
    if not known:
        raise InputError(
            reason=f"数据的标签 {sorted(set(labels))[:8]} 与模型的类别 {list(classes)[:8]} 没有交集，"
            "请检查 --map label=列名",
            reason_en=f"the labels of the data {sorted(set(labels))[:8]} and of the model have nothing in common;"
            " see --map label=COLUMN",
        )
    columns = [classes.index(label) for label in known]
    kept = probabilities[:, columns]
    kept = kept / np.maximum(kept.sum(axis=1, keepdims=True), 1e-9)
    names = (*known, *sorted(set(labels) - set(known)))
    kept = np.hstack([kept, np.zeros((len(kept), len(names) - len(known)), dtype=kept.dtype)])
    y = np.array([names.index(label) for label in labels])
    return evaluate_probabilities(kept, y, names, seed=seed)


def evaluate_probabilities(
    probabilities: NDArray[np.float32], y: NDArray[np.int64], names: Sequence[str], *, seed: int
) -> Evaluation:
    """Score probabilities, shape ``(n, n_classes)``, against class numbers ``y``, shape ``(n,)``."""
    predicted = probabilities.argmax(axis=1)
    n, k = len(y), len(names)
    confusion = np.bincount(y * k + predicted, minlength=k * k).reshape(k, k)
    n_correct = int(np.trace(confusion))
    interval = wilson(n_correct, n)
    return Evaluation(
        n=n,
        accuracy=n_correct / n,
        accuracy_interval=(interval.low, interval.high),
        macro_f1=float(_f1(confusion)[confusion.sum(axis=1) > 0].mean()),
        macro_f1_interval=_bootstrap_f1(y, predicted, k, seed),
        ece=expected_calibration_error(probabilities, y),
        ece_by_chance=calibration_error_by_chance(probabilities, seed=seed),
        per_label=_per_label(confusion, names),
    )


def _per_label(confusion: NDArray[np.int64], names: Sequence[str]) -> dict[str, LabelScore]:
    f1 = _f1(confusion)
    scores = {}
    for i, name in enumerate(names):
        hit, given, found = confusion[i, i], confusion[i].sum(), confusion[:, i].sum()
        scores[name] = LabelScore(
            int(given), float(hit / max(found, 1)), float(hit / max(given, 1)), float(f1[i])
        )
    return scores


def _f1(confusion: NDArray[np.int64]) -> NDArray[np.float64]:
    hit = np.diag(confusion)
    return np.asarray(2 * hit / np.maximum(confusion.sum(axis=0) + confusion.sum(axis=1), 1))


def _bootstrap_f1(
    y: NDArray[np.int64], predicted: NDArray[np.int64], k: int, seed: int
) -> tuple[float, float]:
    rng = np.random.default_rng(seed)
    cells = y * k + predicted
    values = []
    for _ in range(N_BOOTSTRAP):
        drawn = cells[rng.integers(0, len(cells), len(cells))]
        confusion = np.bincount(drawn, minlength=k * k).reshape(k, k)
        values.append(_f1(confusion)[confusion.sum(axis=1) > 0].mean())
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def _fields(evaluation: Evaluation) -> dict[str, Any]:
    return {name: getattr(evaluation, name) for name in Evaluation.__dataclass_fields__}
