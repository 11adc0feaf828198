"""A small table of word vectors from a sentence encoder, so that a model knows words it never saw labelled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.opinion.features import builtin_segmenter

N_DIMS = 64
MAX_WORDS = 12_000
MIN_COUNT = 3


@dataclass(frozen=True, slots=True)
class WordVectors:
    """``vectors`` is ``(n_words, dim)``, rows of length 1, in the order of ``words``."""

    words: tuple[str, ...]
    vectors: NDArray[np.float32]


def common_words(texts: Iterable[str], *, max_words: int = MAX_WORDS) -> list[str]:
    """Words and single characters of ``texts``, the commonest first; no white space, no half surrogates."""
    counts: Counter[str] = Counter()
    segmenter = builtin_segmenter()
    for text in texts:
        counts.update(segmenter.words(text))
        counts.update(text)
    usable = [(w, n) for w, n in counts.items() if n >= MIN_COUNT and w.isalnum() and len(w) <= 8]
    return [word for word, _ in sorted(usable, key=lambda item: (-item[1], item[0]))[:max_words]]


def make_word_vectors(
    words: Sequence[str], encode: Callable[[Sequence[str]], NDArray[np.float32]], *, n_dims: int = N_DIMS
) -> WordVectors:
    """Encode each word by itself and keep the ``n_dims`` main directions (PCA without the mean).

    Words that come first weigh more, by 1 / (10 + rank): the directions serve common words.
    """
    raw = encode(words).astype(np.float64)
    weights = 1.0 / (10 + np.arange(len(words)))
    weights /= weights.sum()
    centred = raw - weights @ raw
    _, directions = np.linalg.eigh((centred * weights[:, None]).T @ centred)
    kept = centred @ directions[:, ::-1][:, :n_dims]
    signs = np.where(kept.sum(axis=0) < 0, -1.0, 1.0)
    kept = kept * signs / np.maximum(np.linalg.norm(kept, axis=1, keepdims=True), 1e-9)
    return WordVectors(tuple(words), kept.astype(np.float32))
