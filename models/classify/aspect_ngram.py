"""``aspect.ngram_multi.v1``: the subjects a text speaks of and the polarity of each, from character n-grams.

Linear models stand on TF-IDF rows of character 1-4-grams: one per subject, whose features are also weighted by
the NB log-count ratio (Wang and Manning 2012, "Baselines and Bigrams", section 2.3); one per polarity over all
subjects, for the whole text and for the clauses that name the subject; and one per pair, since much says
different things of consumption and of power. A stack fitted on held-out margins turns them into calibrated probabilities of the pairs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from models.classify.aspect_clauses import clause_parts, clause_polarity
from models.classify.aspect_ngrams import find_hashes, presence, unit_weighted
from models.classify.aspect_stack import AspectStack, Floats, decide
from models.classify.aspect_values import POLARITIES, AspectLabel, Opinion, pair_targets, subjects_of
from models.core.errors import InputError

Progress = Callable[[float, str], None]
_BATCH = 2048
_INT8_MAX = 127


@dataclass(frozen=True, slots=True)
class AspectParameters:
    """``subject_cost``, ``polarity_cost`` and ``pair_cost`` are liblinear's C; ``seed`` fixes the folds."""

    max_n: int = 4
    min_df: int = 2
    max_features: int = 60_000
    subject_cost: float = 0.05
    polarity_cost: float = 0.15
    pair_cost: float = 0.5
    n_folds: int = 5
    seed: int = 13


@dataclass(frozen=True, slots=True)
class AspectMargins:
    """Features of the stack: ``subject`` (n, n_subjects, d_subject), ``polarity`` (n, n_subjects, d_polarity)."""

    subject: Floats
    polarity: Floats


class NgramAspectClassifier:
    """Texts to scores of (subject, polarity) pairs.

    Learned state: ``subjects_`` (n_subjects,), ``vocabulary_`` (n_features,) int64, ``idf_`` (n_features,),
    ``coef_`` (n_features, n_outputs), ``intercept_`` (n_outputs,), ``stack_``; the outputs are the subjects, the
    three polarities and the pairs. Right after ``fit``
    also ``held_out_margins_``, and ``held_out_scores_`` (n, n_subjects, 3): of each row from linear models
    that never saw it.
    """

    name = "aspect.ngram_multi.v1"

    def __init__(self, parameters: AspectParameters | None = None) -> None:
        self.parameters = parameters or AspectParameters()

    @property
    def subjects(self) -> tuple[str, ...]:
        return self.subjects_

    @property
    def threshold(self) -> float:
        return self.stack_.threshold_

    def fit(
        self,
        texts: Sequence[str],
        labels: Sequence[Sequence[Opinion]],
        *,
        progress: Progress | None = None,
    ) -> NgramAspectClassifier:
        """Fit; a text without labels speaks of nothing. Raises ``InputError`` with fewer than two subjects."""
        p = self.parameters
        self.subjects_ = subjects_of(labels)
        if len(self.subjects_) < 2:
            raise InputError(
                reason=f"训练至少需要两个主题，这里只有 {list(self.subjects_)}",
                reason_en=f"two subjects are needed, there is only {list(self.subjects_)}",
            )
        targets = pair_targets(labels, self.subjects_)
        self.vocabulary_ = find_hashes(texts, min_df=p.min_df, max_features=p.max_features, max_n=p.max_n)
        rows = presence(texts, self.vocabulary_, max_n=p.max_n)
        n_texts_with = np.bincount(rows.indices, minlength=len(self.vocabulary_))
        self.idf_ = (np.log((1 + len(texts)) / (1 + n_texts_with)) + 1).astype(np.float32)
        self.held_out_margins_ = self._held_out(texts, rows, targets, progress)
        self.coef_, self.intercept_ = self._fit_linear(rows, targets)
        margins = self.held_out_margins_
        self.stack_ = AspectStack().fit(margins.subject, margins.polarity, targets)
        self.held_out_scores_ = self.stack_.transform(margins.subject, margins.polarity)
        return self

    def margins(self, texts: Sequence[str]) -> AspectMargins:
        """What the stack reads, of texts that were not fitted on."""
        parts = [
            self._margins(texts[at : at + _BATCH], self.coef_, self.intercept_)
            for at in range(0, max(len(texts), 1), _BATCH)
        ]
        return AspectMargins(
            np.concatenate([part.subject for part in parts]),
            np.concatenate([part.polarity for part in parts]),
        )

    def scores(self, texts: Sequence[str]) -> Floats:
        """Calibrated probabilities of all pairs, ``(n, n_subjects, 3)``."""
        margins = self.margins(texts)
        return self.stack_.transform(margins.subject, margins.polarity)

    def predict(self, texts: Sequence[str], *, min_labels: int = 0) -> list[list[AspectLabel]]:
        """The pairs above the threshold; the ``min_labels`` best subjects of each text in any case."""
        return labelled(self.scores(texts), self.subjects_, self.stack_.threshold_, min_labels=min_labels)

    def to_files(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """JSON-safe parameters and arrays; coefficients are kept in 8 bits with one scale per output."""
        coef_scale = np.maximum(np.abs(self.coef_).max(axis=0), 1e-9) / _INT8_MAX
        meta = {"classes": list(self.subjects_), "parameters": asdict(self.parameters)}
        arrays: dict[str, NDArray[Any]] = {
            "vocabulary": self.vocabulary_,
            "idf": self.idf_.astype(np.float16),
            "coef": np.round(self.coef_ / coef_scale).astype(np.int8),
            "coef_scale": coef_scale.astype(np.float32),
            "intercept": self.intercept_,
            **self.stack_.to_arrays(),
        }
        return meta, arrays

    @classmethod
    def from_files(cls, meta: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> NgramAspectClassifier:
        model = cls(AspectParameters(**meta["parameters"]))
        model.subjects_ = tuple(meta["classes"])
        model.vocabulary_ = arrays["vocabulary"]
        model.idf_ = arrays["idf"].astype(np.float32)
        model.coef_ = arrays["coef"].astype(np.float32) * arrays["coef_scale"]
        model.intercept_ = arrays["intercept"].astype(np.float32)
        model.stack_ = AspectStack.from_arrays(arrays)
        return model

    def _margins(self, texts: Sequence[str], coef: Floats, intercept: Floats) -> AspectMargins:
        whole = self._project(texts, coef, intercept)
        k, n_shared = len(self.subjects_), len(self.subjects_) + len(POLARITIES)
        parts = clause_parts(texts)
        clauses = self._project(parts.texts, coef[:, :n_shared], intercept[:n_shared])
        polarity = whole[:, k:n_shared]
        local = clause_polarity(clauses[:, :k], clauses[:, k:], parts.owners, polarity)
        shared = np.repeat(polarity[:, None], k, axis=1)
        pairs = whole[:, n_shared:].reshape(len(texts), k, len(POLARITIES))
        return AspectMargins(whole[:, :k, None], np.concatenate([shared, local, pairs], axis=2))

    def _project(self, texts: Sequence[str], coef: Floats, intercept: Floats) -> Floats:
        rows = unit_weighted(presence(texts, self.vocabulary_, max_n=self.parameters.max_n), self.idf_)
        return np.asarray(rows @ coef + intercept, dtype=np.float32)

    def _held_out(
        self,
        texts: Sequence[str],
        rows: sparse.csr_matrix,
        targets: NDArray[np.bool_],
        progress: Progress | None,
    ) -> AspectMargins:
        """Margins of each row from models that never saw it."""
        n_folds = min(self.parameters.n_folds, len(texts))
        folds = np.random.default_rng(self.parameters.seed).permutation(len(texts)) % n_folds
        k = len(self.subjects_)
        subject = np.zeros((len(texts), k, 1), dtype=np.float32)
        polarity = np.zeros((len(texts), k, 3 * len(POLARITIES)), dtype=np.float32)
        for fold in range(n_folds):
            held, kept = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
            coef, intercept = self._fit_linear(rows[kept], targets[kept])
            found = self._margins([texts[i] for i in held.tolist()], coef, intercept)
            subject[held], polarity[held] = found.subject, found.polarity
            if progress:
                progress((fold + 1) / (n_folds + 1), f"交叉验证 {fold + 1}/{n_folds}")
        return AspectMargins(subject, polarity)

    def _fit_linear(self, rows: sparse.csr_matrix, targets: NDArray[np.bool_]) -> tuple[Floats, Floats]:
        """One column per subject, then one per polarity, then one per pair."""
        p = self.parameters
        unit = unit_weighted(rows, self.idf_)
        named = np.asarray(targets.any(axis=2))
        spoken = named.any(axis=1)
        columns = []
        for y in named.T:
            ratio = count_ratio(rows, y)
            coef, intercept = fit_binary(_scaled(unit, ratio), y, p.subject_cost, p.seed)
            columns.append((coef * ratio, intercept))
        for y in np.asarray(targets.any(axis=1)).T:
            columns.append(fit_binary(unit[spoken], y[spoken], p.polarity_cost, p.seed))
        for y in targets.reshape(len(targets), -1).T:
            columns.append(fit_binary(unit, y, p.pair_cost, p.seed))
        coefs, intercepts = zip(*columns, strict=True)
        return np.stack(coefs, axis=1).astype(np.float32), np.array(intercepts, dtype=np.float32)


def labelled(
    scores: Floats, subjects: Sequence[str], threshold: float, *, min_labels: int = 0
) -> list[list[AspectLabel]]:
    """Scores ``(n, n_subjects, 3)`` to labels per text, the most probable first."""
    decided = decide(scores, threshold, min_labels=min_labels)
    found: list[list[AspectLabel]] = [[] for _ in scores]
    for row, subject, at in zip(*np.nonzero(decided), strict=True):
        label = AspectLabel(subjects[subject], POLARITIES[at], float(scores[row, subject, at]))
        found[row].append(label)
    return [sorted(labels, key=lambda label: (-label.score, label.subject)) for labels in found]


def count_ratio(rows: sparse.csr_matrix, y: NDArray[np.bool_]) -> Floats:
    """Size of the NB log-count ratio per feature, add-one smoothed, scaled to a mean of 1, ``(n_features,)``."""
    with_it = 1.0 + np.asarray(rows[y].sum(axis=0)).ravel()
    without = 1.0 + np.asarray(rows[~y].sum(axis=0)).ravel()
    ratio = np.abs(np.log((with_it / with_it.sum()) / (without / without.sum())))
    return np.asarray(ratio / max(float(ratio.mean()), 1e-9), dtype=np.float32)


def fit_binary(rows: sparse.csr_matrix, y: NDArray[np.bool_], cost: float, seed: int) -> tuple[Floats, float]:
    """Weights ``(n_features,)`` and intercept of a linear SVM; all zero and ±1 where ``y`` is all one value."""
    if y.all() or not y.any():
        return np.zeros(rows.shape[1], dtype=np.float32), 1.0 if len(y) and y.all() else -1.0
    from sklearn.svm import LinearSVC

    svm = LinearSVC(C=cost, random_state=seed).fit(rows, y)
    return svm.coef_[0].astype(np.float32), float(svm.intercept_[0])


def _scaled(rows: sparse.csr_matrix, weights: Floats) -> sparse.csr_matrix:
    return sparse.csr_matrix((rows.data * weights[rows.indices], rows.indices, rows.indptr), shape=rows.shape)
