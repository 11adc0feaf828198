"""Self-training: the words of a pack label a few texts, these teach a model, the model labels more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from models.classify.cold_start_linear import (
    Logistic,
    Soft,
    fit_bayes,
    fit_logistic,
    mean_margin,
    softmax,
)

Progress = Callable[[float, str], None]
MARGIN = 2.0
"""Mean margin that each view's scores are scaled to before they are added."""
SHARES = (1 / 2, 1 / 6, 1 / 3)
"""What naive Bayes, logistic regression and vectors count in the joined score; without vectors: in proportion.

Naive Bayes leads: logistic regression swells classes that few texts belong to.
"""
SURE = 0.6
"""A text that words point out keeps their class while the views are less sure than this."""
WORD_WEIGHT = 0.5
"""What one word of the pack adds to a class's score."""
COLLAPSED = 0.2
"""A class that keeps less than this share of its mass in one round is being swallowed: stop."""
MIN_KEPT_PER_CLASS = 10
MIN_MASS, MIN_MASS_RATIO = 5.0, 0.25
"""A class with fewer seeds, in number and against the mean of the classes, learns nothing from texts."""


@dataclass(frozen=True, slots=True)
class SelfTraining:
    """``shares``: which part of each class's texts, the surest first, teaches the next round."""

    shares: tuple[float, ...] = (0.5, 0.65, 0.8)
    n_folds: int = 2
    seed: int = 13


@dataclass(frozen=True, slots=True)
class Material:
    """Texts as the learner sees them; ``dense`` may be absent.

    ``given`` is a class number, or -1: unknown. ``worth`` of a given text is how many others it counts as.
    """

    features: sparse.csr_matrix[np.float32]
    dense: NDArray[np.float32] | None
    evidence: NDArray[np.float32]
    given: NDArray[np.int64]
    worth: NDArray[np.float64]

    @property
    def n_classes(self) -> int:
        return int(self.evidence.shape[1])

    def part(self, rows: NDArray[np.int64]) -> Material:
        dense = None if self.dense is None else self.dense[rows]
        return Material(self.features[rows], dense, self.evidence[rows], self.given[rows], self.worth[rows])


@dataclass(frozen=True, slots=True)
class Views:
    """Naive Bayes and logistic regression over n-grams and, where there are vectors, a model over these.

    Naive Bayes learns more from few seeds, logistic regression from many.
    """

    bayes: NDArray[np.float32]
    logistic: NDArray[np.float32]
    dense: Logistic | None

    def scores(self, material: Material) -> list[NDArray[np.float64]]:
        found = [
            np.asarray(material.features @ coef, dtype=np.float64) for coef in (self.bayes, self.logistic)
        ]
        if self.dense is not None and material.dense is not None:
            found.append(self.dense.scores(material.dense))
        return found


@dataclass(frozen=True, slots=True)
class Taught:
    """What self-training ends with.

    ``targets``: the soft labels of all texts. ``weights``: what each text counts. ``scores``: of each text,
    by views that did not learn from it. ``margins``: the mean margin of each view's scores.
    ``agreement``: how often n-grams and vectors agree on a text, or without vectors the two n-gram views.
    """

    targets: Soft
    weights: NDArray[np.float64]
    scores: NDArray[np.float64]
    margins: tuple[float, ...]
    agreement: float
    n_rounds: int


def self_train(material: Material, options: SelfTraining, *, progress: Progress | None = None) -> Taught:
    """Rounds of teaching; each text is labelled by models that did not learn from it.

    Stops before a round in which a class collapses. Deterministic by ``options.seed``.
    """
    seeds, clear = _seeds(material)
    targets, weights = _with_given(material, seeds, clear.astype(np.float64))
    taught = _teach(material, targets, weights, options, n_rounds=0)
    for number, share in enumerate(options.shares, 1):
        if progress:
            progress(number / (len(options.shares) + 1), f"自训练 {number}/{len(options.shares)}")
        targets = softmax(taught.scores)
        kept = _surest(targets, share) | clear
        doubtful = clear & (targets.max(axis=1) < SURE)
        targets[doubtful] = seeds[doubtful]
        targets, weights = _with_given(material, targets, kept.astype(np.float64))
        after = _teach(material, targets, weights, options, n_rounds=number)
        if _has_collapsed(taught, after):
            return taught
        taught = after
    return replace(taught, targets=_with_given(material, softmax(taught.scores), weights)[0])


def _seeds(material: Material) -> tuple[Soft, NDArray[np.bool_]]:
    """The class that the words of each text point to most, and whether it is one alone."""
    ranked = np.partition(material.evidence, material.n_classes - 2, axis=1)
    clear = ranked[:, -1] > ranked[:, -2]
    return np.eye(material.n_classes)[material.evidence.argmax(axis=1)], clear


def _with_given(
    material: Material, targets: Soft, weights: NDArray[np.float64]
) -> tuple[Soft, NDArray[np.float64]]:
    known = material.given >= 0
    targets, weights = targets.copy(), weights.copy()
    targets[known] = np.eye(material.n_classes)[material.given[known]]
    weights[known] = material.worth[known]
    return targets, weights


def _teach(
    material: Material,
    targets: Soft,
    weights: NDArray[np.float64],
    options: SelfTraining,
    *,
    n_rounds: int,
) -> Taught:
    n = len(weights)
    fold = np.random.default_rng(options.seed).permutation(n) % options.n_folds
    found: list[NDArray[np.float64]] = []
    for number in range(options.n_folds):
        held = np.flatnonzero(fold == number)
        views = fit_views(material, targets, weights * (fold != number))
        scores = views.scores(material.part(held))
        if not found:
            found = [np.zeros((n, material.n_classes)) for _ in scores]
        for all_rows, part in zip(found, scores, strict=True):
            all_rows[held] = part
    return Taught(
        targets=targets,
        weights=weights,
        scores=joined(found) + WORD_WEIGHT * material.evidence,
        margins=tuple(mean_margin(part) for part in found),
        agreement=_agreement(found, material),
        n_rounds=n_rounds,
    )


def _agreement(scores: list[NDArray[np.float64]], material: Material) -> float:
    """Of n-grams with vectors on texts without labels; without vectors of the two n-gram views."""
    free = material.given < 0
    one, other = (joined(scores[:2]), scores[2]) if len(scores) > 2 else (scores[0], scores[1])
    return float((one.argmax(axis=1) == other.argmax(axis=1))[free].mean()) if free.any() else 1.0


def fit_views(material: Material, targets: Soft, weights: NDArray[np.float64]) -> Views:
    """All views on the rows that weigh. A class without seeds stands midway between the others.

    So it is chosen by its words alone: of ten sentences of a pack nobody learns what a class looks like.
    """
    rows = np.flatnonzero(weights > 0)
    mass = targets[rows] * weights[rows, None]
    live = _live_classes(material)
    mass[:, ~live] = 0.0
    features = material.features[rows]
    bayes = fit_bayes(features, mass)
    logistic = fit_logistic(features, mass, max_steps=25, shift=False).coef
    for coef in (bayes, logistic):
        coef[:, ~live] = coef[:, live].mean(axis=1, keepdims=True)
    if material.dense is None:
        return Views(bayes, logistic, None)
    dense = fit_logistic(material.dense[rows], mass)
    dense.coef[:, ~live] = dense.coef[:, live].mean(axis=1, keepdims=True)
    dense.intercept[~live] = dense.intercept[live].mean()
    return Views(bayes, logistic, dense)


def _live_classes(material: Material) -> NDArray[np.bool_]:
    seeds, clear = _seeds(material)
    targets, weights = _with_given(material, seeds, clear.astype(np.float64))
    mass = (targets * weights[:, None]).sum(axis=0)
    live = (mass >= MIN_MASS) | (mass >= MIN_MASS_RATIO * mass.mean())
    return live if live.any() else np.ones(len(mass), dtype=bool)


def joined(scores: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Sum of the views' scores by ``SHARES``, each centred and scaled to the same mean margin."""
    shares = SHARES[: len(scores)]
    total = np.zeros_like(scores[0])
    for part, share in zip(scores, shares, strict=True):
        total += (part - part.mean(axis=1, keepdims=True)) * (share * MARGIN / mean_margin(part))
    return total / sum(shares)


def _surest(targets: Soft, share: float) -> NDArray[np.bool_]:
    """The ``share`` of each class's texts with the highest score, at least ten of a class."""
    kept = np.zeros(len(targets), dtype=bool)
    chosen, confidence = targets.argmax(axis=1), targets.max(axis=1)
    for number in range(targets.shape[1]):
        rows = np.flatnonzero(chosen == number)
        n = max(MIN_KEPT_PER_CLASS, int(np.ceil(len(rows) * share)))
        kept[rows[np.argsort(-confidence[rows], kind="stable")[:n]]] = True
    return kept


def _has_collapsed(before: Taught, after: Taught) -> bool:
    mass_before, mass_after = (softmax(taught.scores).mean(axis=0) for taught in (before, after))
    return bool((mass_after < COLLAPSED * mass_before).any())
