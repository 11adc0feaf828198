"""What cold start and few-shot learning serve: one linear model over n-grams, the words of the pack, a scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from models.classify.cold_start_linear import Logistic, TfidfSpace, centred_units, softmax
from models.classify.cold_start_training import SHARES
from models.classify.cold_start_words import SeedWords
from models.core.errors import ArtifactError

_BATCH = 4096


class TextEncoder(Protocol):
    """Texts to vectors; any ``models.rootcause.vectors.Encoder`` will do."""

    @property
    def name(self) -> str: ...

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]: ...


@dataclass(frozen=True)
class DenseView:
    """A linear model over the vectors of one encoder, less their ``centre``; ``factor`` scales its scores."""

    encoder_name: str
    centre: NDArray[np.float32]
    linear: Logistic
    factor: float

    def scores(self, encoder: TextEncoder, texts: Sequence[str]) -> NDArray[np.float64]:
        vectors = centred_units(encoder.encode(texts), self.centre)
        return self.linear.scores(vectors) * self.factor


@dataclass(frozen=True)
class SeededModel:
    """Scores are ``ngrams + word_weight * words [+ vectors]``; probabilities ``softmax(sharpness * scores)``."""

    classes: tuple[str, ...]
    space: TfidfSpace
    coef: NDArray[np.float32]
    words: SeedWords
    word_weight: float
    sharpness: float
    dense: DenseView | None = None

    def scores(self, texts: Sequence[str], encoder: TextEncoder | None = None) -> NDArray[np.float64]:
        """Shape ``(n_texts, n_classes)``; without ``encoder`` the vectors are left out."""
        parts = [self._scores(texts[i : i + _BATCH], encoder) for i in range(0, len(texts), _BATCH)]
        return np.concatenate(parts) if parts else np.zeros((0, len(self.classes)))

    def predict_proba(self, texts: Sequence[str], encoder: TextEncoder | None = None) -> NDArray[np.float32]:
        return softmax(self.scores(texts, encoder) * self.sharpness).astype(np.float32)

    def _scores(self, texts: Sequence[str], encoder: TextEncoder | None) -> NDArray[np.float64]:
        found = np.asarray(self.space.features(texts) @ self.coef, dtype=np.float64)
        if self.dense is not None and encoder is not None:
            dense = self.dense.scores(encoder, texts)
            found = (1.0 - SHARES[-1]) * found + SHARES[-1] * dense
        return found + self.word_weight * self.words.evidence(texts)

    def contributions(self, text: str) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
        """What n-grams and words of the pack add to ``scores`` without vectors, and where they stand.

        Starts and ends ``(n,)``, half-open code points, and weights ``(n, n_classes)``, which sum to the scores.
        """
        starts, ends, at, shares = self.space.located(text)
        spans, words = self.words.located(text)
        return (
            np.concatenate([starts, np.array([span.start for span in spans], dtype=np.int64)]),
            np.concatenate([ends, np.array([span.end for span in spans], dtype=np.int64)]),
            np.vstack([shares[:, None] * self.coef[at], self.word_weight * words]).astype(np.float32),
        )

    def check_encoder(self, encoder: TextEncoder) -> None:
        """Raises ``ArtifactError`` where the vectors of ``encoder`` are not those the model knows."""
        if self.dense is not None and encoder.name != self.dense.encoder_name:
            raise ArtifactError(
                name=encoder.name,
                reason=f"该分类器使用编码器 {self.dense.encoder_name}，请换用同一个编码器",
                reason_en=f"the classifier was made with the encoder {self.dense.encoder_name}; use that one",
            )

    def to_files(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """JSON-safe values and arrays; coefficients are kept in half precision."""
        values: dict[str, Any] = {
            "words": {word: list(owners) for word, owners in sorted(self.words.owners.items())},
            "word_weight": self.word_weight,
            "sharpness": self.sharpness,
        }
        arrays: dict[str, NDArray[Any]] = {
            "vocabulary": self.space.vocabulary,
            "idf": self.space.idf.astype(np.float16),
            "coef": self.coef.astype(np.float16),
        }
        if self.dense is not None:
            values |= {"encoder": self.dense.encoder_name, "dense_factor": self.dense.factor}
            arrays |= {
                "dense_centre": self.dense.centre,
                "dense_coef": self.dense.linear.coef,
                "dense_intercept": self.dense.linear.intercept,
            }
        return values, arrays

    @classmethod
    def from_files(
        cls, classes: Sequence[str], values: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]
    ) -> SeededModel:
        dense = None
        if "encoder" in values:
            linear = Logistic(arrays["dense_coef"], arrays["dense_intercept"])
            dense = DenseView(
                values["encoder"], arrays["dense_centre"], linear, float(values["dense_factor"])
            )
        return cls(
            classes=tuple(classes),
            space=TfidfSpace(arrays["vocabulary"], arrays["idf"].astype(np.float32)),
            coef=arrays["coef"].astype(np.float32),
            words=SeedWords(values["words"], len(classes)),
            word_weight=float(values["word_weight"]),
            sharpness=float(values["sharpness"]),
            dense=dense,
        )
