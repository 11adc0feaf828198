"""``opinion.span_pairs.v1``: texts to aspect, opinion and polarity with exact spans and calibrated scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.opinion.decoding import PairScores, choose
from models.opinion.features import Tables, builtin_segmenter, encode_text
from models.opinion.forward import NetworkForward
from models.opinion.quantised import quantise, restore
from models.opinion.shape import NetworkShape
from models.opinion.values import SIGNS, Opinion
from models.opinion.windows import split_windows
from models.text.align import Span

BATCH_PLACES = 2048
"""Texts of like length run together until their number times the longest one reaches this."""
_WORDS, _CODES = "words_utf8", "char_codes"


@dataclass(frozen=True, slots=True)
class Decision:
    """Pairs below the probability ``least`` are left out. A score is ``1 / (1 + exp(-(slope * logit + shift)))``
    of the pair's probability; both numbers are fitted on rows kept aside.
    """

    least: float = 0.3
    slope: float = 1.0
    shift: float = 0.0

    def score(self, probability: float) -> float:
        p = min(max(probability, 1e-6), 1 - 1e-6)
        logit = np.log(p / (1 - p))
        return float(1 / (1 + np.exp(-(self.slope * logit + self.shift))))


class SpanPairExtractor:
    """Finds opinions in texts of any length and content; a result does not depend on the other texts."""

    name = "opinion.span_pairs.v1"

    def __init__(
        self,
        shape: NetworkShape,
        weights: Mapping[str, NDArray[np.float32]],
        *,
        char_codes: NDArray[np.int64],
        words: Sequence[str],
        decision: Decision | None = None,
    ) -> None:
        self.shape = shape
        self.weights = dict(weights)
        self.char_codes = char_codes
        self.words = tuple(words)
        self.decision = decision or Decision()
        self._tables = Tables(char_codes, {word: i for i, word in enumerate(words)}, shape.n_pair_rows)
        self._network = NetworkForward(shape, weights)

    def extract(self, texts: Sequence[str]) -> list[list[Opinion]]:
        """The opinions of each text in its order; spans are half-open code points of the text as given."""
        return [[self._opinion(pairs, *found) for pairs, found in text] for text in self._chosen(texts)]

    def pair_scores(self, texts: Sequence[str]) -> list[list[PairScores]]:
        """What is chosen from: of each text the pairs of each window, spans counted in the whole text."""
        windows = [(i, span) for i, text in enumerate(texts) for span in split_windows(text)]
        segmenter = builtin_segmenter()
        features = [encode_text(texts[i][slice(*span)], self._tables, segmenter) for i, span in windows]
        scored: dict[int, PairScores] = {}
        for batch in _batches([len(f.chars) for f in features]):
            results = self._network.pair_scores([features[at] for at in batch])
            scored.update(zip(batch, results, strict=True))
        found: list[list[PairScores]] = [[] for _ in texts]
        for at, (i, span) in enumerate(windows):
            found[i].append(_moved(scored[at], span.start))
        return found

    def to_files(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """JSON-safe parameters and arrays; large matrices in 8 bits."""
        body = "\n".join(self.words).encode()
        arrays = {
            **quantise(self.weights),
            _CODES: self.char_codes.astype(np.int64),
            _WORDS: np.frombuffer(body, dtype=np.uint8).copy(),
        }
        parameters = {"shape": asdict(self.shape), "decision": asdict(self.decision)}
        return {"classes": [str(sign) for sign in SIGNS], "parameters": parameters}, arrays

    @classmethod
    def from_files(cls, meta: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> SpanPairExtractor:
        parameters = meta["parameters"]
        body = arrays[_WORDS].tobytes().decode()
        return cls(
            NetworkShape(**parameters["shape"]),
            restore(arrays),
            char_codes=arrays[_CODES],
            words=body.split("\n") if body else (),
            decision=Decision(**parameters["decision"]),
        )

    def _chosen(self, texts: Sequence[str]) -> list[list[tuple[PairScores, tuple[int, int, float]]]]:
        least = self.decision.least
        return [
            [(pairs, found) for pairs in windows for found in choose(pairs, least=least)]
            for windows in self.pair_scores(texts)
        ]

    def _opinion(self, pairs: PairScores, number: int, column: int, probability: float) -> Opinion:
        a, b, c, d = pairs.spans[number].tolist()
        score = self.decision.score(probability)
        return Opinion(None if a < 0 else Span(a, b), Span(c, d), SIGNS[column], round(score, 4))


def _batches(lengths: Sequence[int]) -> list[list[int]]:
    batches: list[list[int]] = []
    current: list[int] = []
    for at in sorted(range(len(lengths)), key=lambda i: (lengths[i], i)):
        if current and (len(current) + 1) * lengths[at] > BATCH_PLACES:
            batches.append(current)
            current = []
        current.append(at)
    return [*batches, current] if current else batches


def _moved(pairs: PairScores, by: int) -> PairScores:
    if not by:
        return pairs
    return PairScores(np.where(pairs.spans < 0, -1, pairs.spans + by), pairs.probabilities)
