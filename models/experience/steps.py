"""Scores clauses by sentences that people wrote for steps.

Ridge regression on character n-grams (Hoerl & Kennedy 1970, in its dual form), fitted when a reader is first used, so that
whoever adds sentences to a pack needs no training run. Deterministic.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.experience.told import Told, ToldClause
from models.taxonomy.phrases import fold

MAX_GRAM = 2
PIECE_CHARS = 24
"""A longer clause is read in overlapping pieces of this length."""
_RIDGE = 1.0
NOTHING = ""
"""The column of sentences that tell of no node."""
_NUMBER = re.compile("[0-9零一二三四五六七八九十百千万两俩仨几]{1,9}")
"""Which number it is says nothing of the step."""
_IGNORED = frozenset(" ，。！？、；：,.!?;:~…“”\"'（）()")

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch ``[start, end)`` of the told text, in one clause of ``turn``."""

    turn: int
    clause: int
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class SentenceReader:
    """``weights`` (n_grams + 1, n_nodes): the last row is the intercept. ``nodes`` names the columns."""

    nodes: tuple[str, ...]
    grams: Mapping[str, int]
    weights: Floats

    def scores(self, texts: Sequence[str]) -> Floats:
        """Scores (n_texts, n_nodes), about 1 where a sentence is of the node and 0 where it is not."""
        ids, counts = _rows(texts, self.grams)
        sums = np.zeros((len(texts), self.weights.shape[1]), dtype=np.float32)
        filled = counts > 0
        if filled.any():
            starts = (np.cumsum(counts) - counts)[filled]
            sums[filled] = np.add.reduceat(self.weights[ids], starts, axis=0)
            sums[filled] /= np.sqrt(counts[filled])[:, None]
        return sums + self.weights[-1]


def learn_sentences(
    sentences: Mapping[str, Iterable[str]], other: Iterable[str], *, ridge: float = _RIDGE
) -> SentenceReader:
    """From the sentences of each node, and those of none. A sentence of several nodes stands under each."""
    nodes = (*sentences, NOTHING)
    labels: dict[str, set[int]] = {sentence: {len(nodes) - 1} for sentence in other}
    for number, node in enumerate(sentences):
        for sentence in sentences[node]:
            labels.setdefault(sentence, set()).add(number)
    texts = list(labels)
    targets = np.zeros((len(texts), len(nodes)))
    for row, found in enumerate(labels.values()):
        targets[row, sorted(found)] = 1.0
    grams = _vocabulary(texts)
    return SentenceReader(nodes, grams, _fit(texts, targets, grams, ridge))


def _fit(
    texts: Sequence[str], targets: NDArray[np.float64], grams: Mapping[str, int], ridge: float
) -> Floats:
    """Weights (n_grams + 1, n_nodes) of least squares with a penalty, through the Gram matrix of the texts."""
    ids, counts = _rows(texts, grams)
    of_text = np.repeat(np.arange(len(texts)), counts)
    values = (1.0 / np.sqrt(np.maximum(counts, 1)))[of_text]
    dense = np.zeros((len(texts), len(grams)), dtype=np.float32)
    dense[of_text, ids] = values
    mean = targets.mean(axis=0)
    kernel = (dense @ dense.T).astype(np.float64) + ridge * np.eye(len(texts))
    dual = np.linalg.solve(kernel, targets - mean)
    return np.vstack([dense.T @ dual.astype(np.float32), mean[None, :].astype(np.float32)])


def _vocabulary(texts: Sequence[str]) -> dict[str, int]:
    """N-grams of two texts or more, numbered by name."""
    counts = Counter(gram for text in texts for gram in set(_grams(text)))
    return {gram: number for number, gram in enumerate(sorted(g for g, n in counts.items() if n > 1))}


def _grams(text: str) -> list[str]:
    text = _NUMBER.sub("0", fold(text))
    n = len(text)
    return [
        text[i : i + size]
        for size in range(1, MAX_GRAM + 1)
        for i in range(n - size + 1)
        if size > 1 or text[i] not in _IGNORED
    ]


def _rows(texts: Sequence[str], grams: Mapping[str, int]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Numbers of the known n-grams of all texts, each once a text, and how many each text has."""
    ids: list[int] = []
    counts: list[int] = []
    find = grams.get
    for text in texts:
        own = {number for gram in _grams(text) if (number := find(gram)) is not None}
        ids += own
        counts.append(len(own))
    return np.array(ids, dtype=np.intp), np.array(counts, dtype=np.intp)


def cut_pieces(told: Told) -> list[Piece]:
    """Every clause once; one of more than ``PIECE_CHARS`` in overlapping pieces."""
    return [piece for number, clause in enumerate(told.clauses) for piece in _pieces(number, clause)]


def _pieces(number: int, clause: ToldClause) -> Iterable[Piece]:
    n = len(clause.text)
    step = PIECE_CHARS // 2
    last = max(n - step, 1) if n > PIECE_CHARS else 1
    for at in range(0, last, step):
        end = n if at + PIECE_CHARS >= n else at + PIECE_CHARS
        yield Piece(clause.turn, number, clause.start + at, clause.start + end, clause.text[at:end])
