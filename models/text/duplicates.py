"""Near-duplicate texts: MinHash over character 4-grams of letters and Chinese characters.

Digits, marks and white space do not count, so that copies with another order number or another line break
are found. Signatures are those of ``datasketch.MinHash(64)`` over 32-bit shingle hashes (Broder 1997,
"On the resemblance and containment of documents"), computed here for a whole text at once.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache

import numpy as np
from datasketch import LeanMinHash, MinHash, MinHashLSH
from numpy.typing import NDArray

from models.text.align import Span

N_HASHES = 64
SHINGLE_CHARS = 4
SCHEME = "affine32"
_NARROW_FROM = 0.7
_EMPTY = np.uint32(0xFFFFFFFF)
_BASE = 0x01000193  # the FNV prime; powers of it weigh the characters of a shingle
_LETTER_RANGES = (
    (0x41, 0x5B), (0x61, 0x7B), (0xC0, 0x250), (0x370, 0x530), (0x3040, 0x3100),
    (0x3400, 0x4DC0), (0x4E00, 0xA000), (0xAC00, 0xD7B0), (0xF900, 0xFB00),
)  # fmt: skip
_MIN_REPEAT_CHARS = 8
_REPEAT_SHINGLE_CHARS = 3
_MAX_POSTINGS = 32
_NOT_LETTERS = re.compile(r"[\W\d_]+")


def signature(text: str) -> NDArray[np.uint32]:
    """MinHash signature of ``text``, shape (64,).

    A text of one to three letters is one shingle. A text without any letter has the empty signature (all
    ones), which is near nothing.
    """
    shingles = _shingle_hashes(text)
    if not len(shingles):
        return np.full(N_HASHES, _EMPTY)
    factors, offsets = _permutations()
    return (factors * shingles + offsets).min(axis=1)


def signatures(texts: Iterable[str]) -> NDArray[np.uint32]:
    """Signatures of many texts, shape (n, 64)."""
    rows = [signature(text) for text in texts]
    return np.stack(rows) if rows else np.empty((0, N_HASHES), np.uint32)


def group_near_duplicates(signatures: NDArray[np.uint32], *, threshold: float = 0.8) -> NDArray[np.int64]:
    """Group of each row, shape (n,): the smallest row index of its connected group.

    Two rows are joined when an LSH bucket holds both and their estimated Jaccard similarity is at least
    ``threshold`` in (0, 1]. Which rows are together does not depend on their order.
    """
    if not len(signatures):
        return np.empty(0, np.int64)
    distinct, first, inverse = np.unique(signatures, axis=0, return_index=True, return_inverse=True)
    roots = _connected(distinct, threshold)
    smallest = np.full(len(distinct), len(signatures), np.int64)
    np.minimum.at(smallest, roots, first)
    groups = smallest[roots][inverse.reshape(-1)]
    empty = (signatures == _EMPTY).all(axis=1)
    groups[empty] = np.flatnonzero(empty)
    return groups


def repeated_spans(text: str, clauses: Sequence[Span], *, threshold: float = 0.8) -> list[tuple[Span, Span]]:
    """Pairs (repeat, first) of near-identical clauses of one text, in order of the repeat.

    Compared are clauses of at least 8 letters by the exact Jaccard similarity of their letter 3-grams; a
    clause is matched with the earliest clause that is itself no repeat.
    """
    firsts: list[tuple[Span, frozenset[str]]] = []
    by_shingle: dict[str, list[int]] = {}
    repeats: list[tuple[Span, Span]] = []
    for clause in clauses:
        letters = _NOT_LETTERS.sub("", text[clause.start : clause.end]).lower()
        if len(letters) < _MIN_REPEAT_CHARS:
            continue
        shingles = frozenset(
            letters[at : at + _REPEAT_SHINGLE_CHARS] for at in range(len(letters) - _REPEAT_SHINGLE_CHARS + 1)
        )
        found = _first_like(shingles, firsts, by_shingle, threshold)
        if found is not None:
            repeats.append((clause, firsts[found][0]))
            continue
        for shingle in shingles:
            postings = by_shingle.setdefault(shingle, [])
            if len(postings) < _MAX_POSTINGS:
                postings.append(len(firsts))
        firsts.append((clause, shingles))
    return repeats


def _first_like(
    shingles: frozenset[str],
    firsts: Sequence[tuple[Span, frozenset[str]]],
    by_shingle: dict[str, list[int]],
    threshold: float,
) -> int | None:
    shared = Counter(index for shingle in shingles for index in by_shingle.get(shingle, ()))
    for index in sorted(shared):
        other = firsts[index][1]
        n_common = len(shingles & other) if shared[index] * 2 >= len(shingles) * threshold else 0
        if n_common >= threshold * (len(shingles) + len(other) - n_common):
            return index
    return None


def _shingle_hashes(text: str) -> NDArray[np.uint32]:
    """32-bit hashes of the 4-grams of the letters of ``text``, mixed as datasketch mixes its input."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    letters = _letter_table()[np.minimum(codes, 0xFFFF)]
    if len(codes) and codes.max() > 0xFFFF:
        letters = np.where((codes >= 0x20000) & (codes < 0x32000), codes, letters)
    letters = letters[letters > 0]
    width = min(SHINGLE_CHARS, len(letters))
    if not width:
        return letters
    n_shingles = len(letters) - width + 1
    hashes = letters[:n_shingles].copy()
    for at in range(1, width):
        hashes *= np.uint32(_BASE)
        hashes += letters[at : at + n_shingles]
    return _mixed(hashes)


def _mixed(hashes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """The finalizer of MurmurHash3 (32 bits), which datasketch applies before its permutations."""
    hashes = hashes ^ (hashes >> np.uint32(16))
    hashes *= np.uint32(0x85EBCA6B)
    hashes ^= hashes >> np.uint32(13)
    hashes *= np.uint32(0xC2B2AE35)
    hashes ^= hashes >> np.uint32(16)
    return hashes


@cache
def _letter_table() -> NDArray[np.uint32]:
    """The lower-case code of each letter below U+10000, 0 for what does not count."""
    table = np.zeros(0x10000, np.uint32)
    for start, end in _LETTER_RANGES:
        table[start:end] = [
            ord(chr(code).lower()[0]) if chr(code).isalpha() else 0 for code in range(start, end)
        ]
    table[0xFFFF] = 0
    return table


@cache
def _permutations() -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Factors and offsets of datasketch's permutations with its default seed, each of shape (64, 1)."""
    factors, offsets = MinHash(num_perm=N_HASHES, scheme=SCHEME).permutations
    return factors.reshape(-1, 1), offsets.reshape(-1, 1)


def _connected(distinct: NDArray[np.uint32], threshold: float) -> NDArray[np.int64]:
    """A label per row, equal for rows that a chain of pairs at or above ``threshold`` connects.

    Many narrow bands let LSH miss fewer than 1 in 4000 pairs at 0.8; the estimate removes the rest.
    """
    index = MinHashLSH(num_perm=N_HASHES, params=(16, 4) if threshold >= _NARROW_FROM else (32, 2))
    labels = np.arange(len(distinct))
    for row, values in enumerate(distinct):
        sketch = LeanMinHash(seed=1, hashvalues=values, scheme=SCHEME)
        candidates = np.array(index.query(sketch), np.int64)
        index.insert(row, sketch, check_duplication=False)
        if not len(candidates):
            continue
        similar = (distinct[candidates] == values).mean(axis=1) >= threshold
        near = np.unique(labels[candidates[similar]])
        if len(near):
            labels[row] = near[0]
        if len(near) > 1:
            labels[:row][np.isin(labels[:row], near)] = near[0]
    return labels
