"""How good an aspect model is: micro-F1 of pairs and of subjects, with bootstrap intervals."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.classify.aspect_catalog import AspectClassifier
from models.classify.aspect_stack import decide
from models.classify.aspect_values import Opinion, pair_targets, subjects_of
from models.core.errors import InputError

N_BOOTSTRAP = 1000
N_BINS = 15


def evaluate_aspect(
    model: AspectClassifier,
    texts: Sequence[str],
    labels: Sequence[Sequence[Opinion]],
    *,
    seed: int = 13,
) -> dict[str, Any]:
    """Predict and score. Where every text has a label, the model gives each text one at least.

    A subject that the model does not know counts as missed. Raises ``InputError`` when it knows none.
    """
    started = time.perf_counter()
    scores = model.scores(texts)
    seconds = time.perf_counter() - started
    given = subjects_of(labels)
    unknown = [subject for subject in given if subject not in model.subjects]
    if len(unknown) == len(given):
        raise InputError(
            reason=f"数据的主题 {list(given)[:8]} 与模型的主题 {list(model.subjects)[:8]} 没有交集",
            reason_en=f"the subjects of the data {list(given)[:8]} and of the model have nothing in common",
        )
    values = evaluate_pairs(scores, labels, model.subjects, model.threshold, seed=seed)
    return {
        **values,
        "docs_per_second": round(len(texts) / max(seconds, 1e-9), 1),
        "unknown_subjects": unknown,
    }


def evaluate_pairs(
    scores: NDArray[np.float32],
    labels: Sequence[Sequence[Opinion]],
    subjects: Sequence[str],
    threshold: float,
    *,
    seed: int,
) -> dict[str, Any]:
    """Score ``(n, n_subjects, 3)`` probabilities. Intervals are 95 % bootstrap percentiles over texts."""
    missing = [subject for subject in subjects_of(labels) if subject not in subjects]
    targets = pair_targets(labels, (*subjects, *missing))
    padding = np.zeros((len(scores), len(missing), 3), dtype=scores.dtype)
    scores = np.concatenate([scores, padding], axis=1)
    always = all(len(row) > 0 for row in labels)
    decided = decide(scores, threshold, min_labels=int(always))
    pairs = _counts(decided, targets)
    found, true = _named(decided), _named(targets)
    named = _counts(found, true)
    agreed = (decided & targets).any(axis=2)
    return {
        "n": len(labels),
        "n_pairs": int(targets.sum()),
        "micro_f1": round(_f1(pairs.sum(axis=0)), 4),
        "micro_f1_interval": _interval(pairs, seed),
        "precision": round(float(pairs[:, 0].sum() / max(pairs[:, 1].sum(), 1)), 4),
        "recall": round(float(pairs[:, 0].sum() / max(pairs[:, 2].sum(), 1)), 4),
        "subject_micro_f1": round(_f1(named.sum(axis=0)), 4),
        "subject_micro_f1_interval": _interval(named, seed),
        "polarity_accuracy": round(float(agreed.sum() / max((found & true).sum(), 1)), 4),
        "ece": round(pair_calibration_error(scores, decided, targets), 4),
        "per_subject": _per_subject(decided, targets, (*subjects, *missing)),
        "min_labels": int(always),
    }


def pair_calibration_error(
    scores: NDArray[np.float32], decided: NDArray[np.bool_], targets: NDArray[np.bool_]
) -> float:
    """ECE of the pairs that are given, in 15 equal-width bins: how far a score of p is from the share that is
    right, in [0, 1]. All arrays ``(n, n_subjects, 3)``."""
    confidence, right = scores[decided], targets[decided]
    bins = np.minimum((confidence * N_BINS).astype(int), N_BINS - 1)
    sums = [np.bincount(bins, weights=values, minlength=N_BINS) for values in (right, confidence)]
    return float(np.abs(sums[0] - sums[1]).sum() / max(len(right), 1))


def _named(pairs: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether the subject is there with any polarity, ``(n, n_subjects, 1)``."""
    return np.asarray(pairs.any(axis=2, keepdims=True))


def _counts(decided: NDArray[np.bool_], targets: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Per text: right, given and true pairs, ``(n, 3)``."""
    axes = (1, 2)
    return np.stack(
        [(decided & targets).sum(axis=axes), decided.sum(axis=axes), targets.sum(axis=axes)], axis=1
    )


def _f1(sums: NDArray[np.int64]) -> float:
    return float(2 * sums[0] / max(sums[1] + sums[2], 1))


def _interval(counts: NDArray[np.int64], seed: int) -> list[float]:
    rng = np.random.default_rng(seed)
    n = len(counts)
    values = [_f1(counts[rng.integers(0, n, n)].sum(axis=0)) for _ in range(N_BOOTSTRAP)]
    return [round(float(v), 4) for v in np.percentile(values, [2.5, 97.5])]


def _per_subject(
    decided: NDArray[np.bool_], targets: NDArray[np.bool_], subjects: Sequence[str]
) -> dict[str, dict[str, float]]:
    table = {}
    for at, subject in enumerate(subjects):
        part = slice(at, at + 1)
        pairs = _counts(decided[:, part], targets[:, part]).sum(axis=0)
        named = _counts(_named(decided[:, part]), _named(targets[:, part]))
        table[subject] = {
            "n": int(pairs[2]),
            "precision": round(float(pairs[0] / max(pairs[1], 1)), 4),
            "recall": round(float(pairs[0] / max(pairs[2], 1)), 4),
            "f1": round(_f1(pairs), 4),
            "subject_f1": round(_f1(named.sum(axis=0)), 4),
        }
    return table
