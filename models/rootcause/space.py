"""The space causes are sought in: a clause's own vector, leaning towards what else its voice says.

A clause alone is a weak witness (给个说法 says nothing), the whole transcript a blurred one. So each row is
the clause plus ``context`` times the pooled clauses of its voice, weighted by information, once as encoder
vectors and once as latent semantic analysis of information-weighted words. Measured: see
``docs/decisions/0003-root-cause-clusters.md``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.rootcause.clusters import partition
from models.rootcause.generic import GenericWords
from models.rootcause.units import Corpus, without_masks
from models.rootcause.vectors import (
    DECIMALS,
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
RARE_TOPIC_SHARE = 0.2
"""A topic of this share of the voices or less counts in full."""


@dataclass(frozen=True, slots=True)
class Space:
    """``clauses`` ``(n_texts, dim)`` are the encoder's vectors; the rest has one entry per row.

    A row is a voice saying a text: ``row_voice``, ``row_text`` and ``weights`` ``(n_rows,)``; ``joint``
    ``(n_rows, dim')`` is what is clustered. ``row_of`` maps each unit of the corpus to its row, -1 where the
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


def build_space(
    corpus: Corpus,
    encoder: Encoder,
    generic: GenericWords,
    *,
    context: float,
    lexical_weight: float,
    lexical_dim: int,
    topic_weight: float,
    min_information: float,
    min_information_without_topic: float,
    cache: VectorCache | None = None,
    seed: int = 0,
) -> Space:
    """Encode, weigh words, drop generic clauses, and add each row's context."""
    clauses = encode_distinct(encoder, [without_masks(text) or text for text in corpus.texts], cache)
    table = build_terms(corpus, generic)
    term_information = learn_information(corpus, table, clauses, seed)
    total, strongest = clause_information(table, term_information)
    pairs = corpus.voice_of * len(corpus.texts) + corpus.text_of
    kept = _informative(corpus, strongest, min_information)[corpus.text_of]
    if corpus.topics:
        telling = _informative(corpus, strongest, min_information_without_topic)[corpus.text_of]
        kept &= telling | (corpus.topic_of >= 0)
    distinct, inverse = np.unique(pairs[kept], return_inverse=True)
    row_voice, row_text = distinct // len(corpus.texts), distinct % len(corpus.texts)
    row_of = np.full(len(corpus.units), -1, dtype=np.int64)
    row_of[kept] = inverse
    mass = np.bincount(inverse, corpus.shares[kept], minlength=len(distinct))
    weights = total[row_text] * np.maximum(mass, 1e-6)
    row_topic = np.full(len(distinct), -1, dtype=np.int64)
    np.maximum.at(row_topic, inverse, corpus.topic_of[kept])
    joint = _joint(
        clauses, table, term_information, row_voice, row_text, weights, context, lexical_weight, lexical_dim
    )
    if corpus.topics:
        telling_share = _telling_share(row_topic, row_voice, len(corpus.topics), len(corpus.voices))
        topics = _topics(row_topic, telling_share, row_voice, weights, len(corpus.voices), context)
        joint = np.round(unit_rows(np.hstack([joint, topics * np.sqrt(topic_weight)])), DECIMALS)
    return Space(table, term_information, clauses, joint, row_voice, row_text, weights, row_of)


def learn_information(corpus: Corpus, table: TermTable, clauses: Vectors, seed: int) -> NDArray[np.float64]:
    """Information of each term over a rough partition of the voices; equal weights where voices are few."""
    n_voices = len(corpus.voices)
    if n_voices < _FEW_VOICES or not table.terms:
        return np.minimum(table.idf, 5.0)
    base = np.where(table.content, np.minimum(table.idf, 5.0), 0.0)
    total, _ = clause_information(table, base)
    weights = np.maximum(total[corpus.text_of] * corpus.shares, 1e-6)
    meaning = pooled(clauses[corpus.text_of], corpus.voice_of, weights, n_voices)
    weighted = table.by_voice.multiply(table.idf[None, :]).tocsr()
    lexical = LexicalEncoder(100).fit(weighted).transform(weighted)
    joint = combine([(meaning, 1.0), (lexical, 0.5)])
    parts = partition(joint, int(np.clip(n_voices // 30, 4, 40)), seed=seed)
    return information(table, parts)


def _informative(corpus: Corpus, strongest: NDArray[np.float64], min_information: float) -> NDArray[np.bool_]:
    """Texts whose best word tells at least ``min_information`` times what the typical voice's best tells."""
    if len(corpus.voices) < _FEW_VOICES:
        return strongest > 0
    best = np.zeros(len(corpus.voices))
    np.maximum.at(best, corpus.voice_of, strongest[corpus.text_of])
    return (strongest > 0) & (strongest >= min_information * float(np.median(best)))


def _telling_share(
    row_topic: NDArray[np.int64], row_voice: NDArray[np.int64], n_topics: int, n_voices: int
) -> NDArray[np.float64]:
    """How much a topic tells, ``(n_topics,)`` in [0, 1]: all where few voices have it, nothing where all do."""
    given = row_topic >= 0
    pairs = np.unique(row_topic[given] * n_voices + row_voice[given])
    share = np.bincount(pairs // n_voices, minlength=n_topics) / max(n_voices, 1)
    return np.clip(np.log(1 / np.maximum(share, 1e-9)) / np.log(1 / RARE_TOPIC_SHARE), 0.0, 1.0)


def _topics(
    row_topic: NDArray[np.int64],
    telling_share: NDArray[np.float64],
    row_voice: NDArray[np.int64],
    weights: NDArray[np.float64],
    n_voices: int,
    context: float,
) -> Vectors:
    """The prior: each row's topic, leaning towards the topics of its voice, at most of length 1.

    Rows without any stay zero; a topic that many voices share is short.
    """
    own = np.zeros((len(row_topic), len(telling_share)), dtype=np.float32)
    given = np.flatnonzero(row_topic >= 0)
    own[given, row_topic[given]] = 1.0
    around = pooled(own, row_voice, weights, n_voices)
    return (unit_rows(own + context * around[row_voice]) * telling_share[None, :]).astype(np.float32)


def _joint(
    clauses: Vectors,
    table: TermTable,
    term_information: NDArray[np.float64],
    row_voice: NDArray[np.int64],
    row_text: NDArray[np.int64],
    weights: NDArray[np.float64],
    context: float,
    lexical_weight: float,
    lexical_dim: int,
) -> Vectors:
    n_voices = table.by_voice.shape[0]
    own = clauses[row_text]
    around = pooled(own, row_voice, weights, n_voices)
    meaning = unit_rows(own + context * around[row_voice])
    term_weights = term_information * np.sqrt(np.maximum(table.idf, 0.0))
    rows = table.by_text[row_text].multiply(term_weights[None, :]).tocsr()
    voices = table.by_voice.multiply(term_weights[None, :]).tocsr()
    if not rows.nnz:
        return meaning
    encoder = LexicalEncoder(lexical_dim).fit(rows)
    lexical = unit_rows(encoder.transform(rows) + context * encoder.transform(voices)[row_voice])
    return combine([(meaning, 1.0), (lexical, lexical_weight)])
