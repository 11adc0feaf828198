"""``classifier.ngram_linear.v1``: character n-gram TF-IDF with a linear model and calibrated scores.

The floor that every heavier model has to beat: about 0.91 on hotel reviews, served at thousands of texts
a second. The linear model is a linear SVM with squared hinge loss (liblinear), one class against the rest;
its margins become probabilities by vector scaling (Guo et al. 2017, "On Calibration of Modern Neural
Networks", section 4.2), fitted on margins of held-out folds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from models.classify.calibration import VectorScaling
from models.classify.ngrams import count_matrix, find_vocabulary
from models.core.errors import InputError

Progress = Callable[[float, str], None]
_BATCH = 4096


@dataclass(frozen=True, slots=True)
class NgramParameters:
    """``cost`` is liblinear's C; ``n_folds`` are for the calibration; ``seed`` fixes the folds."""

    min_df: int = 2
    max_features: int = 200_000
    cost: float = 0.5
    balanced: bool = False
    n_folds: int = 5
    seed: int = 13


class NgramLinearClassifier:
    """Texts to probabilities over ``classes_``.

    Learned state: ``classes_`` (n_classes,), ``vocabulary_`` (n_features,) int64, ``idf_`` (n_features,),
    ``coef_`` (n_features, n_classes), ``intercept_`` (n_classes,), ``calibration_``. Right after ``fit`` also
    ``held_out_probabilities_`` (n_texts, n_classes): of each row from a model that never saw it (the
    calibration's few parameters were fitted on them all).
    """

    name = "classifier.ngram_linear.v1"

    def __init__(self, parameters: NgramParameters | None = None) -> None:
        self.parameters = parameters or NgramParameters()

    def fit(
        self, texts: Sequence[str], labels: Sequence[str], *, progress: Progress | None = None
    ) -> NgramLinearClassifier:
        """Fit on ``texts`` and ``labels``. Raises ``InputError`` with fewer than two classes."""
        self.classes_ = tuple(sorted(set(labels)))
        if len(self.classes_) < 2:
            raise InputError(
                reason=f"训练至少需要两个类别，这里只有 {list(self.classes_)}",
                reason_en=f"two classes are needed, there is only {list(self.classes_)}",
            )
        p = self.parameters
        self.vocabulary_ = find_vocabulary(texts, min_df=p.min_df, max_features=p.max_features)
        counts = count_matrix(texts, self.vocabulary_)
        n_texts_with = np.bincount(counts.indices, minlength=len(self.vocabulary_))
        self.idf_ = (np.log((1 + len(texts)) / (1 + n_texts_with)) + 1).astype(np.float32)
        features = self._weighted(counts)
        y = np.searchsorted(np.array(self.classes_), np.array(labels))
        margins = self._held_out_margins(features, y, progress)
        self.calibration_ = VectorScaling().fit(margins, y)
        self.held_out_probabilities_ = self.calibration_.transform(margins)
        self.coef_, self.intercept_ = self._fit_linear(features, y)
        return self

    def margins(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Signed distances, shape ``(n_texts, n_classes)``, uncalibrated."""
        parts = [
            self._weighted(count_matrix(texts[i : i + _BATCH], self.vocabulary_)) @ self.coef_
            for i in range(0, len(texts), _BATCH)
        ]
        if not parts:
            return np.zeros((0, len(self.classes_)), dtype=np.float32)
        return (np.concatenate(parts) + self.intercept_).astype(np.float32)

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Calibrated probabilities, shape ``(n_texts, n_classes)``, rows summing to 1."""
        return self.calibration_.transform(self.margins(texts))

    def predict(self, texts: Sequence[str]) -> list[str]:
        return [self.classes_[i] for i in self.predict_proba(texts).argmax(axis=1)]

    def to_files(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """JSON-safe parameters and arrays; coefficients are kept in half precision."""
        meta = {"classes": list(self.classes_), "parameters": asdict(self.parameters)}
        arrays = {
            "vocabulary": self.vocabulary_,
            "idf": self.idf_.astype(np.float16),
            "coef": self.coef_.astype(np.float16),
            "intercept": self.intercept_,
            "calibration_scale": self.calibration_.scale_,
            "calibration_shift": self.calibration_.shift_,
        }
        return meta, arrays

    @classmethod
    def from_files(cls, meta: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> NgramLinearClassifier:
        model = cls(NgramParameters(**meta["parameters"]))
        model.classes_ = tuple(meta["classes"])
        model.vocabulary_ = arrays["vocabulary"]
        model.idf_ = arrays["idf"].astype(np.float32)
        model.coef_ = arrays["coef"].astype(np.float32)
        model.intercept_ = arrays["intercept"].astype(np.float32)
        model.calibration_ = VectorScaling()
        model.calibration_.scale_ = arrays["calibration_scale"]
        model.calibration_.shift_ = arrays["calibration_shift"]
        return model

    def _weighted(self, counts: sparse.csr_matrix[np.float32]) -> sparse.csr_matrix[np.float32]:
        """Sublinear TF-IDF with rows of unit length, in place."""
        counts.data = (1 + np.log(counts.data)) * self.idf_[counts.indices]
        squares = np.add.reduceat(np.append(counts.data**2, 0), counts.indptr[:-1]) if counts.nnz else 0
        norms = np.sqrt(np.where(np.diff(counts.indptr) > 0, squares, 1)).astype(np.float32)
        counts.data = (counts.data / np.repeat(norms, np.diff(counts.indptr))).astype(np.float32)
        return counts

    def _fit_linear(
        self, features: Any, y: NDArray[np.int64]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        from sklearn.svm import LinearSVC

        p = self.parameters
        svm = LinearSVC(C=p.cost, class_weight="balanced" if p.balanced else None, random_state=p.seed)
        svm.fit(features, y)
        coef, intercept = svm.coef_.T, svm.intercept_
        if coef.shape[1] == 1:
            coef, intercept = np.hstack([-coef, coef]), np.concatenate([-intercept, intercept])
        return coef.astype(np.float32), intercept.astype(np.float32)

    def _held_out_margins(
        self, features: Any, y: NDArray[np.int64], progress: Progress | None
    ) -> NDArray[np.float32]:
        """Margins of each row from a model that never saw it; rare classes stay in every training part."""
        margins = np.full((len(y), len(self.classes_)), np.nan, dtype=np.float32)
        folds = np.random.default_rng(self.parameters.seed).permutation(len(y)) % self.parameters.n_folds
        for fold in range(self.parameters.n_folds):
            held, kept = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
            seen = np.unique(y[kept])
            if len(seen) < 2:
                continue
            codes = np.searchsorted(seen, y[kept])
            coef, intercept = self._fit_linear(features[kept], codes)
            margins[held] = -3.0
            margins[np.ix_(held, seen)] = features[held] @ coef + intercept
            if progress:
                progress(
                    (fold + 1) / (self.parameters.n_folds + 1),
                    f"交叉验证 {fold + 1}/{self.parameters.n_folds}",
                )
        return np.nan_to_num(margins, nan=0.0)
