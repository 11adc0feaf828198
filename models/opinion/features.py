"""Texts as numbers: per character its code, the pair it begins, its word, and its place in the word.

All maps keep the length: number ``i`` of a text's arrays is code point ``i``, behind one mark in front that
stands for "the aspect is not written".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from models.text.script import fold_script
from models.text.segment import Segmenter

Ints = NDArray[np.int64]

MARK, UNKNOWN, N_SPECIAL = 0, 1, 2
"""Character numbers of the mark and of what training did not see; others follow."""
PLACES = 5
"""0 the mark, then: a word of its own, begin, middle, end."""
_FULL_WIDTH = (0xFF01, 0xFF5E)
_WIDTH_SHIFT = 0xFEE0


@dataclass(frozen=True, slots=True)
class Tables:
    """What numbers mean: known code points in order, words, and how many rows pairs are hashed into.

    Number ``n`` of a word is its place in ``words`` plus 1; 0 is an unknown word.
    """

    codes: Ints
    words: Mapping[str, int]
    n_pair_rows: int


@dataclass(frozen=True, slots=True)
class Features:
    """Of one text with ``n`` code points, each ``(n + 1,)``; ``is_end`` marks where a clause ends."""

    chars: Ints
    pairs: Ints
    char_words: Ints
    words: Ints
    places: Ints
    is_end: NDArray[np.bool_]


_CLAUSE_END = frozenset("，。！？；,.!?;~～…#\n\r\t 　")


def fold_codes(text: str) -> Ints:
    """Code points in lower case, half width, digits as 0; ``(len(text),)``."""
    lower = text.lower()
    if len(lower) != len(text):
        lower = "".join(low if len(low := c.lower()) == 1 else c for c in text)
    codes = np.frombuffer(lower.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.int64)
    wide = (codes >= _FULL_WIDTH[0]) & (codes <= _FULL_WIDTH[1])
    codes[wide] -= _WIDTH_SHIFT
    codes[(codes >= 48) & (codes <= 57)] = 48
    return codes


def encode_text(text: str, tables: Tables, segmenter: Segmenter) -> Features:
    """Features of one text of any length and content."""
    text = fold_script(text)
    codes = fold_codes(text)
    words, places = _words_of(text, tables, segmenter)
    return Features(
        chars=np.concatenate([[MARK], _char_numbers(codes, tables.codes)]),
        pairs=_pair_numbers(codes, tables.n_pair_rows),
        char_words=np.array([0, *(tables.words.get(c, -1) + 1 for c in text)], dtype=np.int64),
        words=words,
        places=places,
        is_end=np.array([False, *(c in _CLAUSE_END for c in text)], dtype=np.bool_),
    )


def _char_numbers(codes: Ints, known: Ints) -> Ints:
    if not len(known) or not len(codes):
        return np.full(len(codes), UNKNOWN, dtype=np.int64)
    at = np.minimum(np.searchsorted(known, codes), len(known) - 1)
    return np.where(known[at] == codes, at + N_SPECIAL, UNKNOWN)


def _pair_numbers(codes: Ints, n_rows: int) -> Ints:
    """Hashed pairs of each character with the next; the mark stands in front and 0 behind the end."""
    left, right = np.concatenate([[1], codes]), np.concatenate([codes, [0]])
    mixed = (left * 2654435761 + right * 40503 * 65599) & 0xFFFFFFFF
    return (mixed ^ (mixed >> 15)) % n_rows


def _words_of(text: str, tables: Tables, segmenter: Segmenter) -> tuple[Ints, Ints]:
    numbers, places = [0], [0]
    for word in segmenter.words(text):
        n = len(word)
        numbers += [tables.words.get(word, -1) + 1] * n
        places += [1] if n == 1 else [2, *[3] * (n - 2), 4]
    return np.array(numbers, dtype=np.int64), np.array(places, dtype=np.int64)


@lru_cache(maxsize=1)
def builtin_segmenter() -> Segmenter:
    """The segmenter with jieba's own words: what models are fitted with."""
    return Segmenter()


def padded(rows: Sequence[Ints], length: int) -> Ints:
    """Rows of unlike length as ``(n_rows, length)``, zeros behind."""
    out = np.zeros((len(rows), length), dtype=np.int64)
    for at, row in enumerate(rows):
        out[at, : len(row)] = row
    return out
