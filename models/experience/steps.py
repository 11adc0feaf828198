"""Reads steps from clauses by sentences that people wrote for them, beside the rules of a facet.

Ridge regression on character n-grams (Hoerl & Kennedy 1970, in its dual form), fitted when a pack is loaded, so that
whoever adds sentences to a pack needs no training run. Deterministic.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.core.errors import PackError
from models.experience.told import Told, ToldClause
from models.taxonomy.phrases import fold
from models.text.align import Span

MAX_GRAM = 2
PIECE_CHARS = 24
"""A longer clause is read in overlapping pieces of this length."""
_RIDGE = 1.0
NOTHING = ""
"""The column of sentences that tell of no node."""
_CLEAR = 0.4
_NUMBER = re.compile("[0-9零一二三四五六七八九十百千万两俩仨几]{1,9}")
"""Which number it is says nothing of the step."""
_IGNORED = frozenset(" ，。！？、；：,.!?;:~…“”\"'（）()")

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Reading:
    """How evidence is weighed.

    A clause tells of a node where its score, the certainty of a rule and ``context`` times what the turn before told of
    it, less ``doubt`` times its score of telling of nothing, make ``threshold``. Where nodes are of several journeys
    (option ``journey``), those of one that this transcript tells little of lose up to ``stray``.
    """

    threshold: float = 0.5
    context: float = 0.2
    stray: float = 0.0
    doubt: float = 0.5


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


@dataclass(frozen=True)
class StepReader:
    """What the sentences, the rules and the turn before say together."""

    sentences: SentenceReader
    reading: Reading
    journeys: Mapping[str, str]

    def read(self, told: Told, certain: Mapping[tuple[int, str], float]) -> dict[tuple[int, str], Span]:
        """Places of the nodes told, by clause number and node. ``certain``: what rules said of a clause."""
        pieces = cut_pieces(told)
        if not pieces:
            return {}
        heard = self.sentences.scores([piece.text for piece in pieces])
        firsts = [i for i, piece in enumerate(pieces) if not i or pieces[i - 1].clause != piece.clause]
        known = self._known(np.maximum.reduceat(heard, firsts, axis=0), certain)
        places: dict[tuple[int, str], Span] = {}
        for number, column in self._told(told, known):
            last = firsts[number + 1] if number + 1 < len(firsts) else len(pieces)
            best = pieces[firsts[number] + int(np.argmax(heard[firsts[number] : last, column]))]
            places[number, self.sentences.nodes[column]] = Span(best.start, best.end)
        return places

    def _known(self, heard: Floats, certain: Mapping[tuple[int, str], float]) -> Floats:
        """Evidence (n_clauses, n_nodes) of sentences and rules, less what speaks for no node at all."""
        nodes = self.sentences.nodes[:-1]
        nothing = np.maximum(heard[:, -1:], np.float32(0))
        known: Floats = (heard[:, :-1] - self.reading.doubt * nothing).astype(np.float32)
        for (number, node), certainty in certain.items():
            known[number, nodes.index(node)] += certainty
        return known - self._stray(known)

    def _stray(self, known: Floats) -> Floats:
        """What each node loses (n_nodes,): nothing in the journey that is told most of."""
        own = [self.journeys.get(node, "") for node in self.sentences.nodes[:-1]]
        told = dict.fromkeys(filter(None, own), 0.0)
        if not self.reading.stray or len(told) < 2:
            return np.zeros(len(own), dtype=np.float32)
        clear = np.where(known >= _CLEAR, known, 0.0).sum(axis=0)
        for name, total in zip(own, clear, strict=True):
            if name:
                told[name] += float(total)
        most = max(told.values()) or 1.0
        return np.array(
            [self.reading.stray * (1 - told.get(name, most) / most) for name in own], dtype=np.float32
        )

    def _told(self, told: Told, known: Floats) -> list[tuple[int, int]]:
        """Clause and column of what is told, turn by turn, so that a turn goes on with the one before."""
        turns = [clause.turn for clause in told.clauses]
        firsts = [i for i, turn in enumerate(turns) if not i or turns[i - 1] != turn]
        most = np.maximum.reduceat(known, firsts, axis=0)
        carried = np.zeros_like(most)
        for row in range(1, len(firsts)):
            if turns[firsts[row]] == turns[firsts[row - 1]] + 1:
                before = most[row - 1] + carried[row - 1]
                carried[row] = self.reading.context * np.minimum(np.maximum(before, 0.0), 1.0)
        lengths = np.diff([*firsts, len(turns)])
        rows, columns = np.nonzero(known + np.repeat(carried, lengths, axis=0) >= self.reading.threshold)
        return list(zip(rows.tolist(), columns.tolist(), strict=True))


def parse_reader(plain: Mapping[str, Any], *, pack: str) -> StepReader | None:
    """The reader of a facet file; none where it has no sentences. Raises ``PackError`` for a wrong ``reading``."""
    lines = {node["id"]: _lines(node.get("sentences")) for node in plain.get("nodes") or ()}
    if not any(lines.values()):
        return None
    reading = _reading(plain.get("reading") or {}, pack)
    options = {node["id"]: node.get("options") or {} for node in plain["nodes"]}
    journeys = {node: str(own["journey"]) for node, own in options.items() if "journey" in own}
    return StepReader(learn_sentences(lines, _lines(plain.get("other"))), reading, journeys)


def _reading(plain: Mapping[str, Any], pack: str) -> Reading:
    try:
        return Reading(**{name: float(value) for name, value in plain.items()})
    except (TypeError, ValueError, AttributeError) as error:
        raise PackError(
            pack=pack, reason=f"reading 有误：{error}", reason_en=f"reading is wrong: {error}"
        ) from error


def _lines(text: object) -> list[str]:
    return [line.strip() for line in str(text or "").splitlines() if line.strip()]
