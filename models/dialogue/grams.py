"""Character 1-3-grams of several fields of a row, as one sparse matrix of weighted, hashed n-grams.

A field is a role that a text plays (last customer turn, reply to it, ...): the same characters in two
fields are two features. Keys are 32-bit hashes of field and n-gram, so a vocabulary is small on disk; among
50,000 kept keys an unknown n-gram is taken for a known one about once in 86,000.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

FieldTexts = Sequence[Sequence[str]]
"""One sequence of texts per row, all rows with the same fields in the same order."""

_CODE_BITS = 21
_SLOT_SHIFT = np.uint32(14)
_MIX = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F), np.uint64(0x165667B19E3779F9))


def gram_hashes(rows: FieldTexts, n_fields: int) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Hash and cell (``row * n_fields + field``) of each 1-, 2- and 3-gram, both of shape ``(n_grams,)``."""
    codes, cells = _code_points([text for fields in rows for text in fields])
    inside = codes != 0
    two = inside[:-1] & inside[1:]
    three = two[:-1] & inside[2:]
    pairs = (codes[:-1] << _CODE_BITS) | codes[1:]
    triples = (pairs[:-1] << _CODE_BITS) | codes[2:]
    keys = np.concatenate([codes[inside], pairs[two], triples[three]]).astype(np.uint64)
    at = np.concatenate([cells[inside], cells[:-1][two], cells[:-2][three]])
    return _hashed(keys, (at % n_fields).astype(np.uint64)), at


def _code_points(texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Code points (lower case, digits as 0, no blanks) and the text of each; a 0 stands after each text."""
    joined = "\0".join(text.replace("\0", " ") for text in texts).lower()
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.int64)
    cells = np.cumsum(codes == 0)
    codes[(codes >= ord("0")) & (codes <= ord("9"))] = ord("0")
    kept = (codes != 32) & (codes != 10) & (codes != 13) & (codes != 9) & (codes != 0x3000)
    return codes[kept], cells[kept]


class FieldGrams:
    """Sublinear TF-IDF of the kept n-grams; the part of each field in a row has length 1.

    Learned state: ``keys_`` (n_features,) uint32 sorted, ``fields_`` (n_features,) uint8, ``idf_``
    (n_features,).
    """

    def __init__(self, *, n_fields: int, min_rows: int = 3, max_features: int = 40_000) -> None:
        self.n_fields = n_fields
        self.min_rows = min_rows
        self.max_features = max_features

    def fit(self, rows: FieldTexts, targets: NDArray[np.float64]) -> FieldGrams:
        """Keep n-grams of at least ``min_rows`` rows, those that go most with ``targets`` (n_rows, n_targets).

        The measure is the score statistic of a regression on the n-gram's presence: the largest over the
        targets of ``|sum of centred targets| / sqrt(number of rows)``.
        """
        hashes, cells = gram_hashes(rows, self.n_fields)
        order = np.lexsort((cells, hashes))
        hashes, cells = hashes[order], cells[order]
        new = np.ones(len(hashes), dtype=bool)
        new[1:] = (hashes[1:] != hashes[:-1]) | (cells[1:] != cells[:-1])
        hashes, cells = hashes[new], cells[new]
        keys, first, n_rows = np.unique(hashes, return_index=True, return_counts=True)
        centred = (targets - targets.mean(axis=0)) / (targets.std(axis=0) + 1e-12)
        number = np.repeat(np.arange(len(keys)), n_rows)
        sums = [np.bincount(number, column[cells // self.n_fields], len(keys)) for column in centred.T]
        strength = np.abs(np.array(sums)).max(axis=0) / np.sqrt(n_rows) if len(keys) else np.zeros(0)
        strength = np.round(strength, 9) * (n_rows >= self.min_rows)
        best = np.lexsort((keys, -strength))[: self.max_features]
        kept = np.sort(best[strength[best] > 0])
        self.keys_ = keys[kept]
        self.__dict__.pop("_slots", None)
        self.fields_ = (cells[first[kept]] % self.n_fields).astype(np.uint8)
        self.idf_ = (np.log((1 + len(rows)) / (1 + n_rows[kept])) + 1).astype(np.float32)
        return self

    def transform(self, rows: FieldTexts) -> sparse.csr_matrix:
        """Weights of shape ``(n_rows, n_features)``."""
        shape = (len(rows), len(self.keys_))
        if not shape[0] or not shape[1]:
            return sparse.csr_matrix(shape, dtype=np.float32)
        hashes, cells = gram_hashes(rows, self.n_fields)
        likely = self._slots[hashes >> _SLOT_SHIFT]
        hashes, cells = hashes[likely], cells[likely]
        at = np.minimum(np.searchsorted(self.keys_, hashes), shape[1] - 1)
        known = self.keys_[at] == hashes
        places = (cells[known] // self.n_fields) * shape[1] + at[known]
        places.sort()
        first = np.flatnonzero(np.diff(places, prepend=-1))
        counts = np.diff(first, append=len(places)).astype(np.float32)
        row, column = np.divmod(places[first], shape[1])
        weights = (1 + np.log(counts)) * self.idf_[column]
        part = row * self.n_fields + self.fields_[column]
        norms = np.sqrt(np.bincount(part, weights.astype(np.float64) ** 2, shape[0] * self.n_fields))
        data = (weights / norms[part]).astype(np.float32)
        pointer = np.searchsorted(row, np.arange(shape[0] + 1))
        return sparse.csr_matrix((data, column, pointer), shape=shape)

    @cached_property
    def _slots(self) -> NDArray[np.bool_]:
        """By the upper 18 bits of a hash: whether any kept key has them. Spares the search for most others."""
        slots = np.zeros(1 << 18, dtype=bool)
        slots[self.keys_ >> _SLOT_SHIFT] = True
        return slots


def _hashed(keys: NDArray[np.uint64], fields: NDArray[np.uint64]) -> NDArray[np.uint32]:
    """Multiply-and-shift hash; unsigned products wrap around."""
    mixed = keys * _MIX[0] + (fields + np.uint64(1)) * _MIX[1]
    mixed ^= mixed >> np.uint64(29)
    mixed *= _MIX[2]
    return np.asarray(mixed >> np.uint64(32)).astype(np.uint32)
