"""Character n-grams of many texts at once, as a sparse count matrix.

The texts of a batch are joined into one array of code points; an n-gram is an integer key computed by shifts,
and the vocabulary look-up is one binary search over all positions. This is the same feature space as
``CountVectorizer(analyzer="char", ngram_range=(1, n))`` on text without white space, several times faster
(see ``benchmarks/ngrams.py``). Up to three characters fit into a key exactly (3 x 21 bits); a longer n-gram is
hashed to 63 bits (multiplicative hashing, Knuth, The Art of Computer Programming, vol. 3, section 6.4).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

_SEPARATOR = 0
_CODE_BITS = 21
_EXACT_ORDER = 3
_DIGIT_ZERO = ord("0")
_WHITE = (32, 10, 13, 9, 0x3000)
_FIRST_WIDE, _LAST_WIDE, _WIDE_SHIFT = 0xFF01, 0xFF5E, 0xFEE0
_HASH_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_KEY_MASK = np.uint64(0x7FFF_FFFF_FFFF_FFFF)


@dataclass(frozen=True, slots=True)
class NgramSpace:
    """Which n-grams are features: of one to ``longest`` characters, full-width forms as half-width or not."""

    longest: int = 2
    fold_width: bool = False


UNI_AND_BIGRAMS = NgramSpace()


def code_points(texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Code points of all ``texts`` (lower case, digits as ``0``), and the row of each; white space is left out.

    Returns two arrays of shape ``(n_chars,)``; a separator (code 0) stands after each text.
    """
    joined = "\0".join(text.replace("\0", " ") for text in texts).lower()
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.int64)
    rows = np.cumsum(codes == _SEPARATOR)
    codes[(codes >= _DIGIT_ZERO) & (codes <= _DIGIT_ZERO + 9)] = _DIGIT_ZERO
    kept = (codes != 32) & (codes != 10) & (codes != 13) & (codes != 9) & (codes != 0x3000)
    return codes[kept], rows[kept]


def ngram_keys(
    texts: Sequence[str], space: NgramSpace = UNI_AND_BIGRAMS
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Keys of all n-grams and the row of each, both of shape ``(n_ngrams,)``; rows rise within each length."""
    codes, rows = code_points(texts)
    parts = [(keys, rows[at]) for keys, at in _keys_by_length(codes, space)]
    return np.concatenate([keys for keys, _ in parts]), np.concatenate([rows for _, rows in parts])


def ngram_totals(texts: Sequence[str], space: NgramSpace = UNI_AND_BIGRAMS) -> NDArray[np.int64]:
    """Number of n-grams of each text, shape ``(n_texts,)``, without looking at them."""
    codes, rows = code_points(texts)
    n_chars = np.bincount(rows[codes != _SEPARATOR], minlength=len(texts))
    return np.asarray(sum(np.maximum(n_chars - shorter, 0) for shorter in range(space.longest)))


def locate_ngrams(
    text: str, space: NgramSpace = UNI_AND_BIGRAMS
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Keys of the n-grams of one text with half-open code-point offsets into it, three of shape ``(n_ngrams,)``.

    White space inside an n-gram lies within its span.
    """
    codes, _ = code_points([text])
    origin = _origins(text)
    keys, starts, ends = [], [], []
    for length, (found, at) in enumerate(_keys_by_length(codes, space), start=1):
        keys.append(found)
        starts.append(origin[at])
        ends.append(origin[at + length - 1] + 1)
    return np.concatenate(keys), np.concatenate(starts), np.concatenate(ends)


def count_matrix(
    texts: Sequence[str], vocabulary: NDArray[np.int64], space: NgramSpace = UNI_AND_BIGRAMS
) -> sparse.csr_matrix[np.float32]:
    """Counts of the vocabulary's n-grams, shape ``(n_texts, n_features)``, ``vocabulary`` sorted."""
    if not texts or not len(vocabulary):
        return sparse.csr_matrix((len(texts), len(vocabulary)), dtype=np.float32)
    return _counted(*ngram_keys(texts, space), len(texts), vocabulary)


def counts_and_totals(
    texts: Sequence[str], vocabulary: NDArray[np.int64], space: NgramSpace = UNI_AND_BIGRAMS
) -> tuple[sparse.csr_matrix[np.float32], NDArray[np.int64]]:
    """``count_matrix`` and ``ngram_totals`` of ``texts``, which are read once; both arguments not empty."""
    keys, rows = ngram_keys(texts, space)
    return _counted(keys, rows, len(texts), vocabulary), np.bincount(rows, minlength=len(texts))


def _counted(
    keys: NDArray[np.int64], rows: NDArray[np.int64], n_texts: int, vocabulary: NDArray[np.int64]
) -> sparse.csr_matrix[np.float32]:
    shape = (n_texts, len(vocabulary))
    at, known = look_up(keys, vocabulary)
    cells = rows[known] * shape[1] + at[known]
    cells.sort()
    first = np.flatnonzero(np.diff(cells, prepend=-1))
    counts = np.diff(first, append=len(cells)).astype(np.float32)
    cells = cells[first]
    matrix_rows = cells // shape[1]
    pointer = np.searchsorted(matrix_rows, np.arange(shape[0] + 1))
    return sparse.csr_matrix((counts, cells - matrix_rows * shape[1], pointer), shape=shape)


def count_one(
    text: str, vocabulary: NDArray[np.int64], space: NgramSpace = UNI_AND_BIGRAMS
) -> tuple[NDArray[np.int64], NDArray[np.float32], int]:
    """The one row of ``counts_and_totals`` as columns and counts, both ``(n_found,)``, and its total.

    For a single text the building of a sparse matrix would cost more than all else.
    """
    keys, _ = ngram_keys([text], space)
    at, known = look_up(keys, vocabulary)
    cells = at[known]
    cells.sort()
    new = np.ones(len(cells), dtype=bool)
    np.not_equal(cells[1:], cells[:-1], out=new[1:])
    first = np.flatnonzero(new)
    counts = np.empty(len(first), dtype=np.float32)
    np.subtract(first[1:], first[:-1], out=counts[:-1], casting="unsafe")
    counts[-1:] = len(cells) - first[-1:]
    return cells[first], counts, len(keys)


def look_up(
    keys: NDArray[np.int64], vocabulary: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Place of each key in the sorted ``vocabulary`` (0 where it is not), and whether it is there at all."""
    if not len(vocabulary):
        return np.zeros(len(keys), dtype=np.int64), np.zeros(len(keys), dtype=bool)
    at = np.minimum(np.searchsorted(vocabulary, keys), len(vocabulary) - 1)
    known = vocabulary[at] == keys
    return np.where(known, at, 0), known


def find_vocabulary(
    texts: Sequence[str], *, min_df: int, max_features: int, space: NgramSpace = UNI_AND_BIGRAMS
) -> NDArray[np.int64]:
    """Sorted keys of the n-grams that stand in at least ``min_df`` texts, at most ``max_features`` of them.

    Where there are too many, those in most texts stay; ties go to the smaller key, so that the order of
    the texts does not matter.
    """
    if not texts:
        return np.empty(0, dtype=np.int64)
    keys, rows = _frequent(*ngram_keys(texts, space), min_df)
    order = np.lexsort((rows, keys))
    keys, rows = keys[order], rows[order]
    new = np.ones(len(keys), dtype=bool)
    new[1:] = (keys[1:] != keys[:-1]) | (rows[1:] != rows[:-1])
    unique, n_texts = np.unique(keys[new], return_counts=True)
    unique, n_texts = unique[n_texts >= min_df], n_texts[n_texts >= min_df]
    if len(unique) > max_features:
        best = np.lexsort((unique, -n_texts))[:max_features]
        unique = np.sort(unique[best])
    return unique


def _keys_by_length(
    codes: NDArray[np.int64], space: NgramSpace
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """For each length from 1: keys, and the position in ``codes`` where each n-gram starts."""
    if space.fold_width:
        wide = (codes >= _FIRST_WIDE) & (codes <= _LAST_WIDE)
        codes = np.where(wide, codes - _WIDE_SHIFT, codes)
    parts = []
    keys, inside = codes, codes != _SEPARATOR
    for length in range(1, space.longest + 1):
        if length > 1:
            last = codes[length - 1 :]
            keys = _joined(keys[: len(last)], last, exact=length <= _EXACT_ORDER)
            inside = inside[: len(last)] & (last != _SEPARATOR)
        at = np.flatnonzero(inside)
        parts.append((keys[at], at))
    return parts


def _joined(keys: NDArray[np.int64], last: NDArray[np.int64], *, exact: bool) -> NDArray[np.int64]:
    """Keys one character longer; beyond three characters a hash of key and character."""
    if exact:
        return (keys << _CODE_BITS) | last
    mixed = (keys.view(np.uint64) ^ (last.view(np.uint64) << np.uint64(42))) * _HASH_FACTOR
    mixed ^= mixed >> np.uint64(29)
    return np.asarray(((mixed + last.view(np.uint64)) * _HASH_FACTOR & _KEY_MASK).view(np.int64))


def _frequent(
    keys: NDArray[np.int64], rows: NDArray[np.int64], min_df: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Only the keys that stand ``min_df`` times: a cheap first sieve before texts are counted."""
    if min_df < 2:
        return keys, rows
    unique, counts = np.unique(keys, return_counts=True)
    often = unique[counts >= min_df]
    _, known = look_up(keys, often)
    return keys[known], rows[known]


def _origins(text: str) -> NDArray[np.int64]:
    """For each code point that ``code_points`` keeps of ``text``: where it came from."""
    lowered = [(at, small) for at, c in enumerate(text.replace("\0", " ")) for small in c.lower()]
    return np.array([at for at, small in lowered if ord(small) not in _WHITE], dtype=np.int64)
