"""Character n-grams of many texts at once, as a sparse count matrix.

The texts of a batch are joined into one array of code points; uni- and bigrams are integer keys computed
by shifts, and the vocabulary look-up is one binary search over all positions. This is the same feature
space as ``CountVectorizer(analyzer="char", ngram_range=(1, 2))`` on text without white space, several
times faster (see ``benchmarks/ngrams.py``).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

_SEPARATOR = 0
_CODE_BITS = 21
_DIGIT_ZERO = ord("0")


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


def ngram_keys(texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Keys of all uni- and bigrams and the row of each, both of shape ``(n_ngrams,)``."""
    codes, rows = code_points(texts)
    inside = codes != _SEPARATOR
    pair = inside[:-1] & inside[1:]
    bigrams = (codes[:-1][pair] << _CODE_BITS) | codes[1:][pair]
    keys = np.concatenate([codes[inside], bigrams])
    return keys, np.concatenate([rows[inside], rows[:-1][pair]])


def count_matrix(texts: Sequence[str], vocabulary: NDArray[np.int64]) -> sparse.csr_matrix[np.float32]:
    """Counts of the vocabulary's n-grams, shape ``(n_texts, n_features)``, ``vocabulary`` sorted."""
    shape = (len(texts), len(vocabulary))
    if not texts or not len(vocabulary):
        return sparse.csr_matrix(shape, dtype=np.float32)
    keys, rows = ngram_keys(texts)
    at = np.minimum(np.searchsorted(vocabulary, keys), len(vocabulary) - 1)
    known = vocabulary[at] == keys
    cells = rows[known] * shape[1] + at[known]
    cells.sort()
    first = np.flatnonzero(np.diff(cells, prepend=-1))
    counts = np.diff(first, append=len(cells)).astype(np.float32)
    cells = cells[first]
    matrix_rows = cells // shape[1]
    pointer = np.searchsorted(matrix_rows, np.arange(shape[0] + 1))
    return sparse.csr_matrix((counts, cells - matrix_rows * shape[1], pointer), shape=shape)


def find_vocabulary(texts: Sequence[str], *, min_df: int, max_features: int) -> NDArray[np.int64]:
    """Sorted keys of the n-grams that stand in at least ``min_df`` texts, at most ``max_features`` of them.

    Where there are too many, those in most texts stay; ties go to the smaller key, so that the order of
    the texts does not matter.
    """
    if not texts:
        return np.empty(0, dtype=np.int64)
    keys, rows = ngram_keys(texts)
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
