"""Linear models on soft labels: what self-training repeats. Plain numpy and scipy, deterministic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from models.classify.ngrams import count_matrix, find_vocabulary, locate_ngrams, look_up

Soft = NDArray[np.float64]
"""Shares of the classes, ``(n_texts, n_classes)``, rows summing to 1."""
SMOOTHING = 0.1


@dataclass(frozen=True, slots=True)
class TfidfSpace:
    """Character 1-2-grams with sublinear TF-IDF, rows of unit length."""

    vocabulary: NDArray[np.int64]
    idf: NDArray[np.float32]

    @classmethod
    def of_texts(cls, texts: Sequence[str], *, min_df: int, max_features: int) -> TfidfSpace:
        vocabulary = find_vocabulary(texts, min_df=min_df, max_features=max_features)
        n_with = np.bincount(count_matrix(texts, vocabulary).indices, minlength=len(vocabulary))
        return cls(vocabulary, (np.log((1 + len(texts)) / (1 + n_with)) + 1).astype(np.float32))

    def features(self, texts: Sequence[str]) -> sparse.csr_matrix[np.float32]:
        """Shape ``(n_texts, n_features)``."""
        counts = count_matrix(texts, self.vocabulary)
        data = (1 + np.log(counts.data)) * self.idf[counts.indices]
        rows = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
        norms = np.sqrt(np.bincount(rows, weights=data**2, minlength=counts.shape[0]))
        data = (data / np.maximum(norms, 1e-9)[rows]).astype(np.float32)
        return sparse.csr_matrix((data, counts.indices, counts.indptr), counts.shape)

    def located(
        self, text: str
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Of each known n-gram of ``text``: start, end, feature number and its share of the feature's value.

        Offsets are half-open code points; the shares of one feature sum to its value in ``features``.
        """
        keys, starts, ends = locate_ngrams(text)
        at, known = look_up(keys, self.vocabulary)
        at = at[known]
        times = np.bincount(at, minlength=len(self.vocabulary))[at]
        value = (1 + np.log(times)) * self.idf[at]
        norm = np.sqrt((value**2 / np.maximum(times, 1)).sum())
        return starts[known], ends[known], at, value / np.maximum(times, 1) / max(norm, 1e-9)


def fit_bayes(features: sparse.csr_matrix[np.float32], mass: Soft) -> NDArray[np.float32]:
    """Coefficients ``(n_features, n_classes)`` from soft counts: two naive Bayes models, their scores added.

    ``mass`` is the weight of each row in each class. One model is plain, the
    other counts the complement of each class (Rennie et al. 2003, "Tackling the Poor Assumptions of Naive
    Bayes", sections 3 and 4), which holds up where classes differ in size. Both have normalised weights
    and are scaled to a mean margin of 1 over ``features``.
    """
    terms = np.asarray(features.T @ mass, dtype=np.float64)
    rest = terms.sum(axis=1, keepdims=True) - terms + SMOOTHING
    complement = _normalised(-np.log(rest / rest.sum(axis=0)), centred=False)
    terms = terms * _lift(mass) + SMOOTHING
    plain = _normalised(np.log(terms / terms.sum(axis=0)), centred=True)
    both = sum(part / mean_margin(features @ part) for part in (plain, complement))
    return np.asarray(both / 2, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Logistic:
    """Multinomial logistic regression; ``coef`` is ``(dim, n_classes)``."""

    coef: NDArray[np.float32]
    intercept: NDArray[np.float32]

    def scores(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        return np.asarray(rows @ self.coef + self.intercept, dtype=np.float64)


def fit_logistic(
    rows: Any, mass: Soft, *, cost: float = 10.0, max_steps: int = 60, shift: bool = True
) -> Logistic:
    """On soft labels, dense or sparse ``rows``: ``cost * Σ mass * cross-entropy + |coef|² / 2``, L-BFGS.

    ``shift=False`` leaves the intercept at 0.
    """
    from scipy.optimize import minimize

    mass = mass * _lift(mass)
    weights, (d, k) = mass.sum(axis=1, keepdims=True), (rows.shape[1], mass.shape[1])
    transposed = rows.T.tocsr() if sparse.issparse(rows) else rows.T

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        coef, intercept = flat[: d * k].reshape(d, k), flat[d * k :]
        z = np.asarray(rows @ coef.astype(np.float32), dtype=np.float64) + intercept
        log_p = z - z.max(axis=1, keepdims=True)
        log_p -= np.log(np.exp(log_p).sum(axis=1, keepdims=True))
        value = -cost * float((mass * log_p).sum()) + 0.5 * float((coef**2).sum())
        error = cost * (np.exp(log_p) * weights - mass)
        d_coef = np.asarray(transposed @ error.astype(np.float32), dtype=np.float64) + coef
        return value, np.concatenate([d_coef.ravel(), shift * error.sum(axis=0)])

    options = {"maxiter": max_steps, "ftol": 1e-6}
    found = minimize(loss, np.zeros((d + 1) * k), jac=True, method="L-BFGS-B", options=options).x
    return Logistic(found[: d * k].reshape(d, k).astype(np.float32), found[d * k :].astype(np.float32))


def centred_units(rows: NDArray[Any], centre: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows less ``centre``, scaled to length 1: what all texts have in common says nothing."""
    moved = np.asarray(rows, dtype=np.float32) - centre
    lengths = np.linalg.norm(moved, axis=1, keepdims=True)
    return np.asarray(moved / np.maximum(lengths, 1e-6), dtype=np.float32)


def mean_margin(scores: NDArray[Any]) -> float:
    """Mean distance between the best and the second score of a row; 1 where there is nothing to compare."""
    if not scores.size:
        return 1.0
    ranked = np.partition(np.asarray(scores, dtype=np.float64), scores.shape[1] - 2, axis=1)
    return float((ranked[:, -1] - ranked[:, -2]).mean()) or 1.0


def softmax(z: NDArray[Any]) -> Soft:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True), dtype=np.float64)


def _lift(mass: Soft) -> NDArray[np.float64]:
    """Factors per class that lift the small classes half way to the others.

    The words of a pack find some classes more often than others, so the seeds say little about how large the
    classes are: counted as they come the rarely found ones vanish, made equal the truly small ones swell.
    """
    total = mass.sum(axis=0) + 1.0
    return np.asarray(np.sqrt(total.mean() / total), dtype=np.float64)


def _normalised(weights: NDArray[np.float64], *, centred: bool) -> NDArray[np.float64]:
    if centred:
        weights = weights - weights.mean(axis=1, keepdims=True)
    return np.asarray(weights / np.maximum(np.abs(weights).sum(axis=0), 1e-12) * len(weights))
