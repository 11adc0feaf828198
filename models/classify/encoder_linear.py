"""``classifier.encoder_linear.v1``: a linear model on the vectors of a sentence encoder.

The encoder is passed in and is no part of the model: its name, which carries the digest of its weights,
stands in the parameters, and a model is only ever put together with the encoder it was fitted on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from models.classify.calibration import VectorScaling
from models.core.errors import InputError

Progress = Callable[[float, str], None]


class PooledEncoder(Protocol):
    """What heads stand on: ``OnnxEncoder`` has it."""

    @property
    def name(self) -> str: ...

    def pooled(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Mean of the last layer, shape ``(n_texts, dim)``."""
        ...


@dataclass(frozen=True, slots=True)
class EncoderLinearParameters:
    """``cost`` is the inverse strength of the penalty; ``n_folds`` are for the calibration."""

    cost: float = 0.05
    balanced: bool = False
    n_folds: int = 5
    seed: int = 13


class EncoderLinearClassifier:
    """Texts to probabilities over ``classes_``.

    Learned state: ``classes_``, ``coef_`` (dim, n_classes), ``intercept_`` (n_classes,), ``calibration_``;
    after ``fit`` also ``held_out_probabilities_`` (n_texts, n_classes), as in the n-gram models.
    """

    name = "classifier.encoder_linear.v1"

    def __init__(self, encoder: PooledEncoder, parameters: EncoderLinearParameters | None = None) -> None:
        self.encoder = encoder
        self.parameters = parameters or EncoderLinearParameters()

    def fit(
        self, texts: Sequence[str], labels: Sequence[str], *, progress: Progress | None = None
    ) -> EncoderLinearClassifier:
        """Encode and fit. Raises ``InputError`` with fewer than two classes."""
        if progress:
            progress(0.0, "句向量")
        return self.fit_vectors(self.encoder.pooled(texts), labels)

    def fit_vectors(self, vectors: NDArray[np.float32], labels: Sequence[str]) -> EncoderLinearClassifier:
        """Fit on vectors ``(n_texts, dim)`` of this encoder."""
        self.classes_ = tuple(sorted(set(labels)))
        if len(self.classes_) < 2:
            raise InputError(
                reason=f"训练至少需要两个类别，这里只有 {list(self.classes_)}",
                reason_en=f"two classes are needed, there is only {list(self.classes_)}",
            )
        y = np.searchsorted(np.array(self.classes_), np.array(labels))
        margins = self._held_out_margins(vectors, y)
        self.calibration_ = VectorScaling().fit(margins, y)
        self.held_out_probabilities_ = self.calibration_.transform(margins)
        self.coef_, self.intercept_ = self._fit_linear(vectors, y)
        return self

    @classmethod
    def of_head(
        cls,
        encoder: PooledEncoder,
        classes: Sequence[str],
        weight: NDArray[np.float32],
        bias: NDArray[np.float32],
    ) -> EncoderLinearClassifier:
        """A head that was tuned with its encoder: ``weight`` (n_classes, dim), ``bias`` (n_classes,)."""
        model = cls(encoder)
        model.classes_ = tuple(classes)
        model.coef_, model.intercept_ = np.ascontiguousarray(weight.T), bias
        model.calibration_ = VectorScaling()
        model.calibration_.scale_ = np.ones(len(model.classes_), dtype=np.float32)
        model.calibration_.shift_ = np.zeros(len(model.classes_), dtype=np.float32)
        return model

    def margins(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Logits before calibration, shape ``(n_texts, n_classes)``."""
        return self.margins_of(self.encoder.pooled(texts))

    def margins_of(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        return (vectors @ self.coef_ + self.intercept_).astype(np.float32)

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Calibrated probabilities, shape ``(n_texts, n_classes)``, rows summing to 1."""
        return self.calibration_.transform(self.margins(texts))

    def to_files(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        parameters = {**asdict(self.parameters), "encoder": self.encoder.name}
        arrays = {
            "coef": self.coef_,
            "intercept": self.intercept_,
            "calibration_scale": self.calibration_.scale_,
            "calibration_shift": self.calibration_.shift_,
        }
        return {"classes": list(self.classes_), "parameters": parameters}, arrays

    @classmethod
    def from_files(
        cls, meta: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], *, encoder: PooledEncoder
    ) -> EncoderLinearClassifier:
        parameters = {key: value for key, value in meta["parameters"].items() if key != "encoder"}
        model = cls(encoder, EncoderLinearParameters(**parameters))
        model.classes_ = tuple(meta["classes"])
        model.coef_, model.intercept_ = arrays["coef"], arrays["intercept"]
        model.calibration_ = VectorScaling()
        model.calibration_.scale_ = arrays["calibration_scale"]
        model.calibration_.shift_ = arrays["calibration_shift"]
        return model

    def _fit_linear(
        self, vectors: NDArray[np.float32], y: NDArray[np.int64]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Coefficients on vectors as they are; columns are scaled for the fit alone."""
        from sklearn.linear_model import LogisticRegression

        p = self.parameters
        mean, spread = vectors.mean(axis=0), vectors.std(axis=0) + 1e-6
        model = LogisticRegression(
            C=p.cost, class_weight="balanced" if p.balanced else None, max_iter=300, random_state=p.seed
        )
        model.fit((vectors - mean) / spread, y)
        coef, intercept = model.coef_.T, model.intercept_
        if coef.shape[1] == 1:
            coef, intercept = np.hstack([-coef, coef]) / 2, np.concatenate([-intercept, intercept]) / 2
        coef = coef / spread[:, None]
        return coef.astype(np.float32), (intercept - mean @ coef).astype(np.float32)

    def _held_out_margins(self, vectors: NDArray[np.float32], y: NDArray[np.int64]) -> NDArray[np.float32]:
        margins = np.full((len(y), len(self.classes_)), 0.0, dtype=np.float32)
        folds = np.random.default_rng(self.parameters.seed).permutation(len(y)) % self.parameters.n_folds
        for fold in range(self.parameters.n_folds):
            held, kept = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
            seen = np.unique(y[kept])
            if len(seen) < 2 or not len(held):
                continue
            coef, intercept = self._fit_linear(vectors[kept], np.searchsorted(seen, y[kept]))
            scores = vectors[held] @ coef + intercept
            margins[held] = scores.min(axis=1, keepdims=True) - 3.0
            margins[np.ix_(held, seen)] = scores
        return margins
