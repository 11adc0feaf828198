"""What a fit starts from: the characters and words it knows, and weights learnt elsewhere."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.artifacts import shipped_models
from models.core.errors import InputError
from models.opinion.catalog import load_extractor
from models.opinion.extractor import SpanPairExtractor
from models.opinion.features import Tables, fold_codes
from models.opinion.shape import NetworkShape
from models.text.script import fold_script
from training.opinion.word_vectors import WordVectors

_WORD_SCALE = 0.8
WORD = "word.weight"


@dataclass(frozen=True, slots=True)
class Start:
    """``weights`` by their names in the network, of which ``word.weight`` is always there and stays as it is.

    ``shape`` is None where the rows still decide how wide spans may be.
    """

    char_codes: NDArray[np.int64]
    words: tuple[str, ...]
    weights: Mapping[str, NDArray[np.float32]]
    shape: NetworkShape | None = None

    @property
    def tables(self) -> Tables:
        places = {word: at for at, word in enumerate(self.words)}
        return Tables(self.char_codes, places, NetworkShape(0, 0).n_pair_rows)

    @property
    def fingerprint(self) -> str:
        digest = hashlib.sha256("\n".join(self.words).encode("utf-8", "replace"))
        digest.update(self.char_codes.tobytes())
        for name in sorted(self.weights):
            digest.update(name.encode() + self.weights[name].tobytes())
        return digest.hexdigest()


def plain_start(texts: Iterable[str], words: WordVectors, *, min_count: int = 2) -> Start:
    """The characters of ``texts`` that stand there ``min_count`` times, and word vectors; nothing learnt."""
    counts: Counter[int] = Counter()
    for text in texts:
        counts.update(fold_codes(fold_script(text)).tolist())
    codes = np.array(sorted(code for code, n in counts.items() if n >= min_count), dtype=np.int64)
    unknown = np.zeros((1, words.vectors.shape[1]), dtype=np.float32)
    vectors = np.concatenate([unknown, words.vectors * np.float32(_WORD_SCALE)]).astype(np.float32)
    return Start(codes, words.words, {WORD: vectors})


def shipped_start() -> Start:
    """The shipped opinion model, to be fitted further. Raises ``InputError`` where there is none."""
    folder = shipped_models().get("opinion")
    extractor = load_extractor(folder)[1] if folder else None
    if not isinstance(extractor, SpanPairExtractor):
        raise InputError(
            reason="没有随附的观点模型可供继续训练",
            reason_en="there is no shipped opinion model to start from",
        )
    return Start(extractor.char_codes, extractor.words, extractor.weights, extractor.shape)
