"""How much a word tells about a cause, learned from the month itself.

Generic clauses (没有解决, 希望尽快处理) stand in transcripts of every kind; a fault stands in transcripts of
one kind. So: a rough partition of the voices is made, and a word weighs as much as its presence changes the
expectation over the parts (Kullback-Leibler divergence, shrunk towards nothing for rare words).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from models.rootcause.generic import GenericWords
from models.rootcause.units import Corpus

Floats = NDArray[np.float64]
PRIOR_VOICES = 8.0
"""Shrinkage of the divergence: a word needs about this many voices before its own spread counts."""


@dataclass(frozen=True, slots=True)
class TermTable:
    """Presence of terms.

    ``by_text`` is ``(n_texts, n_terms)`` and ``by_voice`` ``(n_voices, n_terms)``, both 0/1; ``idf``
    ``(n_terms,)`` counts voices; ``content`` marks terms that may name an object or a fault.
    """

    terms: tuple[str, ...]
    by_text: sparse.csr_matrix
    by_voice: sparse.csr_matrix
    idf: Floats
    content: NDArray[np.bool_]


def build_terms(
    corpus: Corpus, generic: GenericWords, *, known: tuple[tuple[str, ...], Floats] | None = None
) -> TermTable:
    """Terms of the month: words off the stop list that enough voices use (1, 2 or 3 by the month's size).

    ``known`` gives terms and idf that were learned elsewhere; then these are counted and no others.
    """
    n_voices = len(corpus.voices)
    least = 3 if n_voices >= 200 else 2 if n_voices >= 12 else 1
    by_text = [sorted({w for w in words if generic.is_term(w)}) for words in corpus.words]
    index = {w: i for i, w in enumerate(known[0] if known else sorted({w for ws in by_text for w in ws}))}
    everything = _presence(by_text, index)
    speaks = sparse.csr_matrix(
        (np.ones(len(corpus.units)), (corpus.voice_of, corpus.text_of)), shape=(n_voices, len(corpus.texts))
    )
    voice_terms = _binary(speaks @ everything)
    if known:
        content = np.array([generic.is_content(term) for term in known[0]], dtype=bool)
        return TermTable(known[0], everything, voice_terms, known[1], content)
    df = np.asarray(voice_terms.sum(axis=0)).ravel()
    kept = np.flatnonzero(df >= least)
    told = list(index)
    terms = tuple(told[i] for i in kept)
    idf = np.log((n_voices + 1) / np.maximum(df[kept], 1)) if len(kept) else np.zeros(0)
    content = np.array([generic.is_content(term) for term in terms], dtype=bool)
    return TermTable(terms, everything[:, kept].tocsr(), voice_terms[:, kept].tocsr(), idf, content)


def information(table: TermTable, parts: NDArray[np.integer]) -> Floats:
    """Divergence of each term over ``parts`` (one part per voice), ``(n_terms,)``, in nats, from 0 up.

    Source: Kullback and Leibler 1951; shrinkage is a Dirichlet prior of ``PRIOR_VOICES`` at the base rate.
    """
    n_parts = int(parts.max()) + 1 if len(parts) else 1
    member = sparse.csr_matrix(
        (np.ones(len(parts)), (parts, np.arange(len(parts)))), shape=(n_parts, len(parts))
    )
    base = np.asarray(member.sum(axis=1)).ravel() / max(len(parts), 1)
    base = np.maximum(base, 1e-12)
    counts = np.asarray((member @ table.by_voice).todense(), dtype=np.float64).T
    df = counts.sum(axis=1, keepdims=True)
    spread = (counts + PRIOR_VOICES * base) / (df + PRIOR_VOICES)
    return np.asarray((spread * np.log(spread / base)).sum(axis=1))


def clause_information(table: TermTable, term_information: Floats) -> tuple[Floats, Floats]:
    """Sum and maximum over the content terms of each distinct text, each ``(n_texts,)``."""
    weights = np.where(table.content, term_information, 0.0)
    total = np.asarray(table.by_text @ weights).ravel()
    if not len(weights):
        return total, np.zeros(len(total))
    strongest = np.asarray(table.by_text.multiply(weights[None, :]).tocsr().max(axis=1).todense()).ravel()
    return total, strongest


def _presence(rows: Sequence[Sequence[str]], index: dict[str, int]) -> sparse.csr_matrix:
    told = [[index[word] for word in words if word in index] for words in rows]
    columns = [column for own in told for column in own]
    pointers = np.cumsum([0, *map(len, told)])
    data = np.ones(len(columns))
    return sparse.csr_matrix((data, columns, pointers), shape=(len(rows), len(index)))


def _binary(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    matrix = matrix.tocsr()
    matrix.data = np.ones_like(matrix.data)
    matrix.sort_indices()
    return matrix
