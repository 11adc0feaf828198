"""``aspect.ensemble.v1``: the n-gram model and linear heads on encoder vectors under one stack.

The encoder is passed in; what is kept is its name, and a model refuses to serve with another one. Heads are
ridge regressions on standardised vectors, one output per subject, per polarity and per pair.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from models.classify.aspect_ngram import (
    AspectMargins,
    AspectParameters,
    NgramAspectClassifier,
    Progress,
    labelled,
)
from models.classify.aspect_stack import AspectStack, Floats
from models.classify.aspect_values import AspectLabel, Opinion, pair_targets
from models.core.errors import ArtifactError, InputError


class AspectEncoder(Protocol):
    """Gives ``(n_texts, dim)`` vectors of texts; two encoders of one ``name`` give the same ones."""

    @property
    def name(self) -> str: ...

    def pooled(self, texts: Sequence[str]) -> NDArray[np.float32]: ...


@dataclass(frozen=True, slots=True)
class EnsembleParameters:
    """``penalty`` is the ridge penalty per row, ``stack_penalty`` that of the stack in rows; ``encoder`` the name of the encoder, set by ``fit``."""

    ngrams: AspectParameters = field(default_factory=AspectParameters)
    penalty: float = 0.5
    stack_penalty: float = 5.0
    n_folds: int = 5
    seed: int = 13
    encoder: str = ""


class EnsembleAspectClassifier:
    """Texts to scores of (subject, polarity) pairs.

    Learned state: ``ngrams_``, ``mean_`` and ``scale_`` (dim,), ``head_`` (dim, n_outputs), ``head_shift_``
    (n_outputs,), ``stack_``. Right after ``fit`` also ``held_out_scores_`` (n_stacked, n_subjects, 3) and
    ``stacked_rows_`` (n_stacked,): the rows that the stack was fitted on.
    """

    name = "aspect.ensemble.v1"

    def __init__(self, encoder: AspectEncoder, parameters: EnsembleParameters | None = None) -> None:
        self.encoder = encoder
        self.parameters = parameters or EnsembleParameters()

    @property
    def subjects(self) -> tuple[str, ...]:
        return self.ngrams_.subjects_

    @property
    def threshold(self) -> float:
        return self.stack_.threshold_

    def fit(
        self,
        texts: Sequence[str],
        labels: Sequence[Sequence[Opinion]],
        *,
        unseen: Sequence[bool] | None = None,
        vectors: NDArray[np.float32] | None = None,
        progress: Progress | None = None,
    ) -> EnsembleAspectClassifier:
        """Fit. ``unseen`` says which rows the encoder was not tuned on (all, if not given): the stack and its
        calibration are fitted on them. ``vectors`` saves encoding where they are at hand.

        Raises ``InputError`` with fewer than two subjects or fewer than 50 unseen rows.
        """
        p = self.parameters
        self.parameters = replace(p, encoder=self.encoder.name)
        self.ngrams_ = NgramAspectClassifier(p.ngrams).fit(texts, labels, progress=progress)
        found = self.encoder.pooled(texts) if vectors is None else vectors
        outputs = _outputs(pair_targets(labels, self.subjects))
        rows = self._stacked_rows(len(texts), unseen)
        heads = self._held_out_heads(found, outputs, rows)
        self._fit_head(found, outputs)
        margins = joined(_part(self.ngrams_.held_out_margins_, rows), heads, len(self.subjects))
        targets = pair_targets([labels[i] for i in rows], self.subjects)
        self.stack_ = AspectStack(p.stack_penalty).fit(margins.subject, margins.polarity, targets)
        self.held_out_scores_ = self.stack_.transform(margins.subject, margins.polarity)
        self.stacked_rows_ = rows
        return self

    def scores(self, texts: Sequence[str]) -> Floats:
        """Calibrated probabilities of all pairs, ``(n, n_subjects, 3)``."""
        vectors = self.encoder.pooled(texts)
        heads = ((vectors - self.mean_) / self.scale_) @ self.head_ + self.head_shift_
        margins = joined(self.ngrams_.margins(texts), heads.astype(np.float32), len(self.subjects))
        return self.stack_.transform(margins.subject, margins.polarity)

    def predict(self, texts: Sequence[str], *, min_labels: int = 0) -> list[list[AspectLabel]]:
        """The pairs above the threshold; the ``min_labels`` best subjects of each text in any case."""
        return labelled(self.scores(texts), self.subjects, self.threshold, min_labels=min_labels)

    def to_files(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        meta, arrays = self.ngrams_.to_files()
        arrays = {f"ngrams.{name}": values for name, values in arrays.items()}
        own = {
            "mean": self.mean_,
            "scale": self.scale_,
            "head": self.head_,
            "head_shift": self.head_shift_,
            **self.stack_.to_arrays(),
        }
        return {"classes": meta["classes"], "parameters": asdict(self.parameters)}, {**arrays, **own}

    @classmethod
    def from_files(
        cls,
        meta: Mapping[str, Any],
        arrays: Mapping[str, NDArray[Any]],
        *,
        encoder: AspectEncoder | None,
    ) -> EnsembleAspectClassifier:
        """Raises ``ArtifactError`` unless ``encoder`` is the one that the model was fitted with."""
        values = dict(meta["parameters"])
        ngrams = AspectParameters(**values.pop("ngrams"))
        parameters = EnsembleParameters(ngrams=ngrams, **values)
        if encoder is None or encoder.name != parameters.encoder:
            raise ArtifactError(
                name=cls.name,
                reason=f"需要编码器 {parameters.encoder}，现在是 {encoder.name if encoder else '无'}",
                reason_en=f"it needs the encoder {parameters.encoder}, here is {encoder.name if encoder else 'none'}",
            )
        model = cls(encoder, parameters)
        own = {key.partition(".")[2]: value for key, value in arrays.items() if key.startswith("ngrams.")}
        model.ngrams_ = NgramAspectClassifier.from_files(
            {"classes": meta["classes"], "parameters": asdict(ngrams)}, own
        )
        model.mean_, model.scale_ = arrays["mean"], arrays["scale"]
        model.head_, model.head_shift_ = arrays["head"], arrays["head_shift"]
        model.stack_ = AspectStack.from_arrays(arrays)
        return model

    def _stacked_rows(self, n: int, unseen: Sequence[bool] | None) -> NDArray[np.int64]:
        rows = np.arange(n) if unseen is None else np.flatnonzero(np.asarray(unseen, dtype=bool))
        if unseen is not None and len(rows) < MIN_UNSEEN_ROWS:
            raise InputError(
                reason=f"编码器没有见过的行至少要 {MIN_UNSEEN_ROWS} 条，这里只有 {len(rows)} 条",
                reason_en=f"{MIN_UNSEEN_ROWS} rows that the encoder has not seen are needed, here are {len(rows)}",
            )
        return rows.astype(np.int64)

    def _held_out_heads(self, vectors: Floats, outputs: Floats, rows: NDArray[np.int64]) -> Floats:
        """Outputs of heads for ``rows``, each from a head that never saw it, ``(n_rows, n_outputs)``."""
        p = self.parameters
        folds = np.random.default_rng(p.seed).permutation(len(vectors)) % p.n_folds
        found = np.zeros((len(vectors), outputs.shape[1]), dtype=np.float32)
        for fold in range(p.n_folds):
            kept, held = folds != fold, folds == fold
            mean, scale, head, shift = fit_ridge(vectors[kept], outputs[kept], p.penalty)
            found[held] = ((vectors[held] - mean) / scale) @ head + shift
        return found[rows]

    def _fit_head(self, vectors: Floats, outputs: Floats) -> None:
        fitted = fit_ridge(vectors, outputs, self.parameters.penalty)
        self.mean_, self.scale_, self.head_, self.head_shift_ = fitted


MIN_UNSEEN_ROWS = 50


def fit_ridge(vectors: Floats, outputs: Floats, penalty: float) -> tuple[Floats, Floats, Floats, Floats]:
    """Mean and scale of the vectors, weights ``(dim, n_outputs)`` and shift of a ridge regression on the
    standardised vectors, in closed form; ``penalty`` is per row."""
    x = np.asarray(vectors, dtype=np.float64)
    mean, scale = x.mean(axis=0), x.std(axis=0) + 1e-6
    x = (x - mean) / scale
    shift = outputs.mean(axis=0)
    gram = x.T @ x + penalty * len(x) * np.eye(x.shape[1])
    head = np.linalg.solve(gram, x.T @ (outputs - shift))
    return tuple(np.asarray(part, dtype=np.float32) for part in (mean, scale, head, shift))  # type: ignore[return-value]


def joined(ngrams: AspectMargins, heads: Floats, n_subjects: int) -> AspectMargins:
    """The stack's features: the n-gram margins, then the outputs of the heads."""
    subject = heads[:, :n_subjects, None]
    shared = np.repeat(heads[:, None, n_subjects : n_subjects + 3], n_subjects, axis=1)
    pairs = heads[:, n_subjects + 3 :].reshape(len(heads), n_subjects, 3)
    return AspectMargins(
        np.concatenate([ngrams.subject, HEAD_SCALE * subject], axis=2),
        np.concatenate([ngrams.polarity, HEAD_SCALE * shared, HEAD_SCALE * pairs], axis=2),
    )


HEAD_SCALE = 4.0
"""Brings outputs of about [0, 1] to the range of margins, so that one penalty fits both."""


def _outputs(targets: NDArray[np.bool_]) -> Floats:
    """What the heads learn: subjects, polarities, pairs, ``(n, n_subjects + 3 + 3 * n_subjects)``."""
    flat = targets.reshape(len(targets), -1)
    return np.concatenate([targets.any(axis=2), targets.any(axis=1), flat], axis=1).astype(np.float32)


def _part(margins: AspectMargins, rows: NDArray[np.int64]) -> AspectMargins:
    return AspectMargins(margins.subject[rows], margins.polarity[rows])
