"""The space causes are sought in: a clause's own vector, leaning towards what else its voice says.

A clause alone is a weak witness (给个说法 says nothing), the whole transcript a blurred one. So a row is the
clause plus ``context`` times the pooled clauses of its voice, once as encoder vectors and once as latent
semantic analysis of words, both weighted by information. A ``SpaceModel`` is learned from some voices and then
places any others: finding causes and assigning clauses to them use the same one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.rootcause.clusters import partition
from models.rootcause.generic import GenericWords
from models.rootcause.units import Corpus, without_masks
from models.rootcause.vectors import (
    Encoder,
    LexicalEncoder,
    VectorCache,
    Vectors,
    combine,
    encode_distinct,
    pooled,
    unit_rows,
)
from models.rootcause.weights import TermTable, build_terms, clause_information, information

_FEW_VOICES = 100


@dataclass(frozen=True, slots=True)
class SpaceConfig:
    """``context`` is the weight of a voice's other clauses beside the clause; ``lexical_weight`` of words beside
    the encoder; ``min_information`` the share of the typical voice's best word that a clause must reach, less
    where more than ``max_generic`` of the complaining voices would be left with nothing."""

    context: float = 3.0
    lexical_weight: float = 1.4
    lexical_dim: int = 160
    min_information: float = 0.4
    max_generic: float = 0.15
    seed: int = 0


@dataclass(frozen=True, slots=True)
class SpaceModel:
    """What was learned: per term ``idf`` and ``information`` ``(n_terms,)``, the lexical projection, and the
    information a clause must have to count."""

    config: SpaceConfig
    terms: tuple[str, ...]
    idf: NDArray[np.float64]
    information: NDArray[np.float64]
    lexical: LexicalEncoder
    least_information: float

    def place(self, corpus: Corpus, clauses: Vectors, generic: GenericWords) -> Space:
        """Rows and voices of any corpus; ``clauses`` ``(n_texts, dim)`` are its texts' encoder vectors."""
        table = build_terms(corpus, generic, known=(self.terms, self.idf))
        total, strongest = clause_information(table, self.information)
        kept = ((strongest > 0) & (strongest >= self.least_information))[corpus.text_of]
        rows = _Rows.of(corpus, total, kept)
        weighting = self.information * np.sqrt(np.maximum(self.idf, 0.0))
        said = np.maximum(total[corpus.text_of] * corpus.shares, 1e-6)
        meaning = pooled(clauses[corpus.text_of], corpus.voice_of, said, len(corpus.voices))
        lexical = self.lexical.transform(table.by_voice.multiply(weighting[None, :]).tocsr())
        own = self.lexical.transform(table.by_text.multiply(weighting[None, :]).tocsr()[rows.text])
        context, weight = self.config.context, self.config.lexical_weight
        around = pooled(clauses[rows.text], rows.voice, rows.weights, len(corpus.voices))
        parts = (
            (unit_rows(clauses[rows.text] + context * around[rows.voice]), 1.0),
            (unit_rows(own + context * lexical[rows.voice]), weight),
        )
        joint = combine(parts) if self.lexical.dim_ else parts[0][0]
        return Space(
            table,
            self.information,
            clauses,
            joint,
            rows.voice,
            rows.text,
            rows.weights,
            rows.of_unit,
            meaning,
            lexical,
        )


@dataclass(frozen=True, slots=True)
class Space:
    """``clauses`` ``(n_texts, dim)`` are the encoder's vectors; ``meaning`` ``(n_voices, dim)`` and ``lexical``
    ``(n_voices, dim')`` whole voices; the rest has one entry per row.

    A row is a voice saying a text: ``row_voice``, ``row_text`` and ``weights`` ``(n_rows,)``; ``joint``
    ``(n_rows, dim'')`` is what is assigned. ``row_of`` maps each unit of the corpus to its row, -1 where the
    clause says nothing about a cause.
    """

    table: TermTable
    term_information: NDArray[np.float64]
    clauses: Vectors
    joint: Vectors
    row_voice: NDArray[np.int64]
    row_text: NDArray[np.int64]
    weights: NDArray[np.float64]
    row_of: NDArray[np.int64]
    meaning: Vectors
    lexical: Vectors

    def voices(self, *, lexical_dim: int, lexical_weight: float) -> Vectors:
        """One view of the voices ``(n_voices, dim)``: the leading ``lexical_dim`` dimensions at that weight."""
        lexical = unit_rows(self.lexical[:, :lexical_dim])
        return combine([(self.meaning, 1.0), (lexical, lexical_weight)])


def learn_space(corpus: Corpus, clauses: Vectors, generic: GenericWords, config: SpaceConfig) -> SpaceModel:
    """Learn which words tell, and the lexical projection, from the voices of ``corpus``.

    Information is learned twice: over a rough partition, then over one in the space that this gave.
    """
    table = build_terms(corpus, generic)
    weights = learn_information(corpus, table, clauses, config.seed)
    if len(corpus.voices) >= _FEW_VOICES and table.terms:
        total, _ = clause_information(table, weights)
        said = np.maximum(total[corpus.text_of] * corpus.shares, 1e-6)
        meaning = pooled(clauses[corpus.text_of], corpus.voice_of, said, len(corpus.voices))
        weights = _information_over(table, weights, meaning, config.lexical_dim // 2, config.seed)
    weighted = table.by_voice.multiply((weights * np.sqrt(np.maximum(table.idf, 0.0)))[None, :]).tocsr()
    lexical = LexicalEncoder(config.lexical_dim).fit(weighted)
    least = _least_information(corpus, clause_information(table, weights)[1], config)
    return SpaceModel(config, table.terms, table.idf, weights, lexical, least)


def encode_texts(corpus: Corpus, encoder: Encoder, cache: VectorCache | None = None) -> Vectors:
    """The encoder's vectors of the corpus' texts, masks left out, ``(n_texts, dim)``."""
    return encode_distinct(encoder, [without_masks(text) or text for text in corpus.texts], cache)


def learn_information(corpus: Corpus, table: TermTable, clauses: Vectors, seed: int) -> NDArray[np.float64]:
    """Information of each term over a rough partition of the voices; equal weights where voices are few."""
    n_voices = len(corpus.voices)
    if n_voices < _FEW_VOICES or not table.terms:
        return np.minimum(table.idf, 5.0)
    base = np.where(table.content, np.minimum(table.idf, 5.0), 0.0)
    total, _ = clause_information(table, base)
    weights = np.maximum(total[corpus.text_of] * corpus.shares, 1e-6)
    meaning = pooled(clauses[corpus.text_of], corpus.voice_of, weights, n_voices)
    return _information_over(table, np.sqrt(np.maximum(table.idf, 0.0)), meaning, 100, seed, weight=0.5)


def _information_over(
    table: TermTable,
    weights: NDArray[np.float64],
    meaning: Vectors,
    dim: int,
    seed: int,
    *,
    weight: float = 1.4,
) -> NDArray[np.float64]:
    """Information of the terms over k-means parts of the voices, seen by meaning and weighted words."""
    weighted = table.by_voice.multiply((weights * np.sqrt(np.maximum(table.idf, 0.0)))[None, :]).tocsr()
    lexical = LexicalEncoder(dim).fit(weighted).transform(weighted)
    joint = combine([(meaning, 1.0), (lexical, weight)])
    n_parts = int(np.clip(len(meaning) // 30, 4, 40))
    return information(table, partition(joint, n_parts, seed=seed))


def _least_information(corpus: Corpus, strongest: NDArray[np.float64], config: SpaceConfig) -> float:
    """The information of a clause's best word below which the clause is generic, in nats."""
    if len(corpus.voices) < _FEW_VOICES:
        return 0.0
    best = np.zeros(len(corpus.voices))
    np.maximum.at(best, corpus.voice_of, strongest[corpus.text_of])
    complaining = np.sort(best[corpus.complains])
    least = config.min_information * float(np.median(best))
    return (
        min(least, float(complaining[int(config.max_generic * len(complaining))]))
        if len(complaining)
        else least
    )


@dataclass(frozen=True, slots=True)
class _Rows:
    voice: NDArray[np.int64]
    text: NDArray[np.int64]
    weights: NDArray[np.float64]
    of_unit: NDArray[np.int64]

    @staticmethod
    def of(corpus: Corpus, total: NDArray[np.float64], kept: NDArray[np.bool_]) -> _Rows:
        pairs = corpus.voice_of * len(corpus.texts) + corpus.text_of
        distinct, inverse = np.unique(pairs[kept], return_inverse=True)
        voice, text = distinct // max(len(corpus.texts), 1), distinct % max(len(corpus.texts), 1)
        of_unit = np.full(len(corpus.units), -1, dtype=np.int64)
        of_unit[kept] = inverse
        mass = np.bincount(inverse, corpus.shares[kept], minlength=len(distinct))
        return _Rows(voice, text, total[text] * np.maximum(mass, 1e-6), of_unit)
