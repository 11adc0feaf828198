"""Reads steps from clauses by sentences that people wrote for them, beside the rules of a facet.

Ridge regression on character n-grams (Hoerl & Kennedy 1970, in its dual form), fitted when a pack is loaded, so that
whoever adds sentences to a pack needs no training run. Deterministic.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.experience.told import Told, ToldClause
from models.taxonomy.phrases import fold
from models.text.align import Span

MAX_GRAM = 4
PIECE_CHARS = 24
"""A longer clause is read in overlapping pieces of this length."""
_RIDGE = 1.0
_HEARD = 0.1
_CLEAR = 0.4
_IGNORED = frozenset(" ，。！？、；：,.!?;:~…“”\"'（）()")

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Reading:
    """A clause tells of a node where its score, the certainty of a rule and ``context`` times what the turn before
    told of it make ``threshold`` together. Where nodes are of several journeys (option ``journey``), those of one that
    this transcript tells little of lose up to ``stray``.
    """

    threshold: float = 0.5
    context: float = 0.1
    stray: float = 0.0


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
    nodes = tuple(sentences)
    labels: dict[str, set[int]] = {sentence: set() for sentence in other}
    for number, node in enumerate(nodes):
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
    text = fold(text)
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


@dataclass(frozen=True)
class StepReader:
    """What the sentences, the rules and the turn before say together."""

    sentences: SentenceReader
    reading: Reading
    journeys: Mapping[str, str]

    def read(self, told: Told, certain: Mapping[tuple[int, str], float]) -> dict[tuple[int, str], Span]:
        """Places of the nodes told, by clause number and node. ``certain``: what rules said of a clause."""
        best: dict[tuple[int, str], tuple[float, Span]] = {}
        pieces = cut_pieces(told)
        scores = self.sentences.scores([piece.text for piece in pieces])
        nodes = self.sentences.nodes
        for row, column in zip(*np.nonzero(scores > _HEARD), strict=True):
            piece, score = pieces[row], float(scores[row, column])
            key = piece.clause, nodes[column]
            if key not in best or score > best[key][0]:
                best[key] = score, Span(piece.start, piece.end)
        for key, certainty in certain.items():
            clause = told.clauses[key[0]]
            score, span = best.get(key, (0.0, Span(clause.start, clause.end)))
            best[key] = score + certainty, span
        return self._told(told, best)

    def _told(
        self, told: Told, best: Mapping[tuple[int, str], tuple[float, Span]]
    ) -> dict[tuple[int, str], Span]:
        reading, found = self.reading, {}
        stray = self._stray(best)
        of_turn: dict[tuple[int, str], float] = {}
        for (number, node), (score, span) in sorted(best.items()):
            clause = told.clauses[number]
            score += reading.context * of_turn.get((clause.turn - 1, node), 0.0) - stray.get(node, 0.0)
            place = clause.turn, node
            of_turn[place] = max(of_turn.get(place, 0.0), min(score, 1.0))
            if score >= reading.threshold:
                found[number, node] = span
        return found

    def _stray(self, best: Mapping[tuple[int, str], tuple[float, Span]]) -> dict[str, float]:
        """What each node loses: nothing in the journey that is told most of."""
        if not self.reading.stray or not self.journeys:
            return {}
        told: dict[str, float] = {}
        for (_, node), (score, _) in best.items():
            if node in self.journeys and score >= _CLEAR:
                told[self.journeys[node]] = told.get(self.journeys[node], 0.0) + score
        if not told:
            return {}
        most = max(told.values())
        return {
            node: self.reading.stray * (1 - told.get(name, 0.0) / most)
            for node, name in self.journeys.items()
        }


def parse_reader(plain: Mapping[str, Any]) -> StepReader | None:
    """The reader of a facet file; none where it has no sentences."""
    lines = {node["id"]: _lines(node.get("sentences")) for node in plain.get("nodes") or ()}
    if not any(lines.values()):
        return None
    reading = Reading(**{name: float(value) for name, value in (plain.get("reading") or {}).items()})
    options = {node["id"]: node.get("options") or {} for node in plain["nodes"]}
    journeys = {node: str(own["journey"]) for node, own in options.items() if "journey" in own}
    return StepReader(learn_sentences(lines, _lines(plain.get("other"))), reading, journeys)


def _lines(text: object) -> list[str]:
    return [line.strip() for line in str(text or "").splitlines() if line.strip()]
