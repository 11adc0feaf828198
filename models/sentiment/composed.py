"""``classifier.composed_sentiment.v1``: any sentiment classifier, corrected by what composition reads.

Statistical models of reviews misjudge short service talk: facts, questions, staff courtesy, double negation,
irony. Composition reads those, and knows little of long reviews, where the base model leads. A stacked model
(Wolpert 1992, "Stacked Generalization") weighs the two by length and by how much the composition found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache, partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from models.core.errors import InputError
from models.sentiment.composition import Reading, read
from models.sentiment.features import StackInputs, direction_features, neutral_features, stack_inputs
from models.sentiment.lexicon import SENTENCE_KINDS, SentimentLexicon
from models.sentiment.stacking import LogisticWeights, fit_logistic, joined

LABELS = ("negative", "neutral", "positive")
BASE = "base"
MAX_READ_CHARS = 48
"""A longer text is left to the base model."""
_MAX_CACHED = 20_000
"""Clauses such as 好的 come again and again in calls."""
CHUNK_CHARS = 400
"""Evidence of a longer text is read in pieces of this."""

_NO_MARKS: dict[str, list[tuple[int, int, float]]] = {kind: [] for kind in SENTENCE_KINDS}

Anchor = tuple[str, tuple[str, ...]]
"""A hand-written text and the labels that are right for it."""


Features = Callable[[StackInputs], NDArray[np.float64]]


class BaseClassifier(Protocol):
    """What the component needs of the model it wraps."""

    name: str
    classes_: tuple[str, ...]

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float32]: ...

    def to_files(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]: ...


@dataclass(frozen=True, slots=True)
class ComposedParameters:
    """``anchor_share`` is the weight of the hand-written texts against all fitted rows."""

    penalty: float = 1e-4
    anchor_share: float = 0.3


class ComposedSentiment:
    """Texts to probabilities over negative, neutral, positive.

    Learned state: ``direction_`` and ``neutral_`` (``LogisticWeights``). Right after ``fit_stack`` also
    ``held_out_probabilities_`` (n_texts, 3), from the base probabilities that it was given.
    """

    name = "classifier.composed_sentiment.v1"
    direction_: LogisticWeights
    neutral_: LogisticWeights
    held_out_probabilities_: NDArray[np.float32]

    def __init__(
        self,
        base: BaseClassifier,
        lexicon: SentimentLexicon,
        *,
        parameters: ComposedParameters | None = None,
        anchors: Sequence[Anchor] = (),
    ) -> None:
        if not set(base.classes_) <= set(LABELS):
            raise InputError(
                reason=f"情感模型的类别应为 {'、'.join(LABELS)}，这里是 {list(base.classes_)}",
                reason_en=f"a sentiment model has the classes {', '.join(LABELS)}, not {list(base.classes_)}",
            )
        self.base = base
        self.lexicon = lexicon
        self.parameters = parameters or ComposedParameters()
        self.anchors = tuple(anchors)
        self.classes_: tuple[str, ...] = LABELS
        self._read = lru_cache(maxsize=_MAX_CACHED)(partial(read, lexicon=lexicon))

    def fit(self, texts: Sequence[str], labels: Sequence[str]) -> ComposedSentiment:
        """Fit the stack on rows that the base model has not seen."""
        return self.fit_stack(texts, labels, self.base.predict_proba(texts))

    def fit_stack(
        self,
        texts: Sequence[str],
        labels: Sequence[str],
        base_probabilities: NDArray[np.floating],
        *,
        two_way: NDArray[np.bool_] | None = None,
        weights: NDArray[np.floating] | None = None,
    ) -> ComposedSentiment:
        """Fit on base probabilities ``(n_texts, n_base_classes)`` of models that did not see the rows.

        ``two_way`` marks rows whose source never says neutral: they teach only good against bad.
        ``weights`` (n_texts,) of the rows; without them all weigh the same.
        """
        readings, base = self._readings(texts), self._ordered(base_probabilities)
        y = np.array([LABELS.index(label) for label in labels])
        two_way = np.zeros(len(y), dtype=bool) if two_way is None else two_way
        anchor_texts = [text for text, _ in self.anchors]
        allowed = np.array([[label in labels for label in LABELS] for _, labels in self.anchors], dtype=bool)
        self._fit(
            readings + self._readings(anchor_texts),
            np.vstack([base, self._ordered(self.base.predict_proba(anchor_texts))]) if anchor_texts else base,
            np.vstack([np.eye(3, dtype=bool)[y], allowed.reshape(-1, 3)]),
            np.append(two_way, np.zeros(len(anchor_texts), dtype=bool)),
            np.ones(len(y)) if weights is None else np.asarray(weights, dtype=np.float64),
        )
        self.held_out_probabilities_ = self._stacked(base, readings)
        return self

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Probabilities, shape ``(n_texts, 3)``, rows summing to 1."""
        if not len(texts):
            return np.zeros((0, len(LABELS)), dtype=np.float32)
        return self._stacked(self._ordered(self.base.predict_proba(texts)), self._readings(texts))

    def evidence(self, text: str) -> list[tuple[int, int, float, str]]:
        """``(start, end, weight, what)`` in code points of ``text``: weight above 0 praises, below complains."""
        found = [
            (at + e.start, at + e.end, round(e.weight, 3), e.what)
            for at in range(0, len(text), CHUNK_CHARS)
            for e in read(text[at : at + CHUNK_CHARS], self.lexicon).evidence
        ]
        return sorted(found)

    def to_files(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """The base model is the member ``base``; the lexicon goes in as its own text."""
        base_meta, base_arrays = self.base.to_files()
        arrays: dict[str, NDArray[Any]] = {
            "direction": np.append(self.direction_.coef, self.direction_.intercept),
            "neutral": np.append(self.neutral_.coef, self.neutral_.intercept),
            "words": np.frombuffer(self.lexicon.words_text.encode(), dtype=np.uint8),
            "patterns": np.frombuffer(self.lexicon.patterns_text.encode(), dtype=np.uint8),
        }
        arrays |= {f"{BASE}.{key}": value for key, value in base_arrays.items()}
        members = {BASE: {"component": self.base.name, **base_meta}}
        return {
            "classes": list(LABELS),
            "parameters": {**asdict(self.parameters), "members": members},
        }, arrays

    @classmethod
    def from_files(
        cls,
        meta: Mapping[str, Any],
        arrays: Mapping[str, NDArray[Any]],
        *,
        members: Mapping[str, BaseClassifier],
    ) -> ComposedSentiment:
        own = {key: value for key, value in meta["parameters"].items() if key != "members"}
        lexicon = SentimentLexicon(bytes(arrays["words"]).decode(), bytes(arrays["patterns"]).decode())
        model = cls(members[BASE], lexicon, parameters=ComposedParameters(**own))
        model.direction_ = LogisticWeights(arrays["direction"][:-1], float(arrays["direction"][-1]))
        model.neutral_ = LogisticWeights(arrays["neutral"][:-1], float(arrays["neutral"][-1]))
        return model

    def _readings(self, texts: Sequence[str]) -> list[Reading]:
        return [
            self._read(text) if len(text) <= MAX_READ_CHARS else Reading(len(text), [], _NO_MARKS)
            for text in texts
        ]

    def _ordered(self, given: NDArray[np.floating]) -> NDArray[np.float64]:
        """Columns in the order of ``LABELS``; a class that the base model lacks has probability 0."""
        ordered = np.zeros((len(given), len(LABELS)))
        for column, label in enumerate(self.base.classes_):
            ordered[:, LABELS.index(label)] = given[:, column]
        return ordered

    def _stacked(self, base: NDArray[np.float64], readings: Sequence[Reading]) -> NDArray[np.float32]:
        given = stack_inputs(base, readings)
        p_good = self.direction_.probability(direction_features(given))
        return joined(self.neutral_.probability(neutral_features(given)), p_good)

    def _fit(
        self,
        readings: Sequence[Reading],
        base: NDArray[np.float64],
        allowed: NDArray[np.bool_],
        two_way: NDArray[np.bool_],
        row_weights: NDArray[np.float64],
    ) -> None:
        """``allowed`` (n, 3) holds the right labels; the rows with a weight come first, then the anchors."""
        anchors = np.full(len(allowed) - len(row_weights), np.nan)
        given = np.append(row_weights, anchors)
        sure = allowed[:, 0] != allowed[:, 2]
        only_neutral = (allowed == (False, True, False)).all(axis=1)
        known = (only_neutral | (sure & ~allowed[:, 1])) & ~two_way

        def fitted(kept: NDArray[np.bool_], yes: NDArray[np.bool_], features: Features) -> LogisticWeights:
            chosen = [readings[int(i)] for i in np.flatnonzero(kept)]
            weights = _weights(given[kept], self.parameters.anchor_share)
            return fit_logistic(
                features(stack_inputs(base[kept], chosen)),
                yes[kept],
                weights,
                penalty=self.parameters.penalty,
            )

        self.direction_ = fitted(sure, allowed[:, 2], direction_features)
        self.neutral_ = fitted(known, allowed[:, 1], neutral_features)


def _weights(given: NDArray[np.float64], anchor_share: float) -> NDArray[np.float64]:
    """The rows' own; the anchors (without one, NaN) together hold ``anchor_share`` of all weight."""
    weights, anchor = given.copy(), np.isnan(given)
    total, n_anchors = float(given[~anchor].sum()), int(anchor.sum())
    weights[anchor] = anchor_share / (1 - anchor_share) * total / max(n_anchors, 1) if total else 1.0
    return weights
