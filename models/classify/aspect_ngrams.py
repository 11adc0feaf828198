"""Presence of character 1-4-grams in many texts at once, as unit rows of TF-IDF.

Keys are 64-bit hashes of the code points, computed over all positions of a batch at once; two n-grams of a
vocabulary of 100,000 share a key with a probability of about 3e-10.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from models.classify.ngrams import code_points

MAX_N = 4
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_MIXER = np.uint64(0xBF58476D1CE4E5B9)
_SHIFT = np.uint64(31)


def ngram_hashes(texts: Sequence[str], *, max_n: int = MAX_N) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Hashes of all 1- to ``max_n``-grams and the row of each, each once per row, sorted by row and hash."""
    codes, rows = code_points(texts)
    inside = codes != 0
    keys, owners = [], []
    hashed, whole = np.zeros(len(codes), dtype=np.uint64), np.ones(len(codes), dtype=bool)
    for n in range(1, max_n + 1):
        last = n - 1
        size = max(len(codes) - last, 0)
        hashed = _mixed(hashed[:size], codes[last : last + size])
        whole = whole[:size] & inside[last : last + size]
        keys.append(hashed[whole].view(np.int64))
        owners.append(rows[:size][whole])
    return _distinct(np.concatenate(keys), np.concatenate(owners))


def find_hashes(texts: Sequence[str], *, min_df: int, max_features: int, max_n: int) -> NDArray[np.int64]:
    """Sorted hashes that stand in at least ``min_df`` texts, at most ``max_features``, the frequent first.

    Ties go to the smaller hash: the order of the texts does not matter.
    """
    keys, _ = ngram_hashes(texts, max_n=max_n)
    unique, n_texts = np.unique(keys, return_counts=True)
    unique, n_texts = unique[n_texts >= min_df], n_texts[n_texts >= min_df]
    best = np.lexsort((unique, -n_texts))[:max_features]
    return np.sort(unique[best])


def presence(texts: Sequence[str], vocabulary: NDArray[np.int64], *, max_n: int) -> sparse.csr_matrix:
    """1 where a text has the n-gram, ``(n_texts, n_features)``, ``vocabulary`` sorted."""
    shape = (len(texts), len(vocabulary))
    if not texts or not len(vocabulary):
        return sparse.csr_matrix(shape, dtype=np.float32)
    keys, rows = ngram_hashes(texts, max_n=max_n)
    at = np.minimum(np.searchsorted(vocabulary, keys), len(vocabulary) - 1)
    known = vocabulary[at] == keys
    pointer = np.searchsorted(rows[known], np.arange(len(texts) + 1))
    ones = np.ones(int(known.sum()), dtype=np.float32)
    return sparse.csr_matrix((ones, at[known], pointer), shape=shape)


def unit_weighted(rows: sparse.csr_matrix, weights: NDArray[np.float32]) -> sparse.csr_matrix:
    """Columns times ``weights``, then rows of length 1; an empty row stays empty."""
    data = weights[rows.indices]
    sums = np.concatenate([[0.0], np.cumsum(data.astype(np.float64) ** 2)])
    lengths = np.sqrt(np.maximum(sums[rows.indptr[1:]] - sums[rows.indptr[:-1]], 1e-12))
    scaled = (data / np.repeat(lengths, np.diff(rows.indptr))).astype(np.float32)
    return sparse.csr_matrix((scaled, rows.indices, rows.indptr), shape=rows.shape)


def _mixed(hashed: NDArray[np.uint64], codes: NDArray[np.int64]) -> NDArray[np.uint64]:
    """One more character: a multiply-shift step (the finaliser constants of SplitMix64), wrapping at 2^64."""
    mixed = (hashed + codes.astype(np.uint64) + np.uint64(1)) * _MULTIPLIER
    return (mixed ^ (mixed >> _SHIFT)) * _MIXER


def _distinct(
    keys: NDArray[np.int64], rows: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    order = np.lexsort((keys, rows))
    keys, rows = keys[order], rows[order]
    new = np.ones(len(keys), dtype=bool)
    new[1:] = (keys[1:] != keys[:-1]) | (rows[1:] != rows[:-1])
    return keys[new], rows[new]
