"""Answers to survey items read from sentences that people wrote for them, beside the patterns of the items.

Ridge regression on character n-grams (Hoerl & Kennedy 1970, in its dual form), fitted when a reader is first used, one column
per item and answer. As the fit is linear in its targets, the columns of an item added up tell of its matter whatever the
answer, and those of an answer over all items tell of its side: matter × side, so that blame learnt at one item serves
all. A text is looked up once; what a piece of it scores is a difference of running sums.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from models.experience.told import Told
from models.taxonomy.phrases import fold

_SIDES = {"yes": 1, "satisfied": 1, "neutral": 0, "no": -1, "dissatisfied": -1}
_RIDGE = 0.3
_NUMBER = re.compile("[0-9零一二三四五六七八九十百千万两俩仨几]{1,9}")
"""Which number it is says nothing of the item."""
_IGNORED = frozenset(" ，。！？、；：,.!?;:~…“”\"'（）()\n")
_PIECE_CHARS = 24
"""A longer clause is read in overlapping pieces; two clauses that are no longer are read together too."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Weighing:
    """How scores become answers.

    A piece of talk tells of an item where its columns make ``threshold``. Its answer is that of the highest column, to
    which ``side`` times the sum of the same side over all items is added, and ``polarity`` times the clause's.
    """

    threshold: float = 0.6
    side: float = 2.0
    polarity: float = 0.15


@dataclass(frozen=True, slots=True)
class Heard:
    """``item`` is told of with ``answer`` at ``[start, end)`` of ``clause``; ``score`` about 0..1."""

    item: str
    answer: str
    start: int
    end: int
    clause: int
    score: float


class AnswerReader:
    """The sentences of a facet's items, fitted once."""

    def __init__(
        self,
        sentences: Mapping[tuple[str, str], Iterable[str]],
        other: Iterable[str],
        *,
        weighing: Weighing | None = None,
    ) -> None:
        self.weighing = weighing or Weighing()
        self._pairs = tuple(sentences)
        self._items = tuple(dict.fromkeys(item for item, _ in self._pairs))
        self._item_of = np.array([self._items.index(item) for item, _ in self._pairs])
        self._side_of = np.array([_SIDES[answer] for _, answer in self._pairs])
        self._grams, self._weights, self._mean = _fitted(list(sentences.values()), other)

    def read(self, told: Told) -> Iterator[Heard]:
        """Every item that a piece of what the customer says tells of."""
        pieces = read_pieces(told)
        if not pieces:
            return
        columns = self._scores(told, pieces)
        matter = self._matter(columns)
        rows, items = np.nonzero(matter >= self.weighing.threshold)
        for row, item in zip(rows.tolist(), items.tolist(), strict=True):
            start, end, number = pieces[row]
            own = np.flatnonzero(self._item_of == item)
            sided = columns[row] + self._side(told.clauses[number].polarity, columns[row])
            answer = self._pairs[own[int(np.argmax(sided[own]))]][1]
            yield Heard(self._items[item], answer, start, end, number, float(matter[row, item]))

    def _scores(self, told: Told, pieces: Sequence[tuple[int, int, int]]) -> Floats:
        """Scores (n_pieces, n_pairs) of stretches of the customer's turns."""
        text, shifts = _spoken(told)
        starts, ends, clauses = np.array(pieces, dtype=np.intp).T
        shift = np.array([shifts[told.clauses[number].turn] for number in clauses.tolist()], dtype=np.intp)
        ids, firsts, lasts = _located(text, self._grams)
        sums = np.zeros((len(ids) + 1, self._weights.shape[1]), dtype=np.float64)
        np.cumsum(self._weights[ids], axis=0, out=sums[1:])
        low = np.searchsorted(firsts, starts + shift)
        high = np.maximum(np.searchsorted(lasts, ends + shift, side="right"), low)
        scores = (sums[high] - sums[low]) / np.sqrt(np.maximum(high - low, 1))[:, None] + self._mean
        return np.asarray(scores, dtype=np.float32)

    def _matter(self, columns: Floats) -> Floats:
        """Scores of items (n_pieces, n_items), whatever the answer."""
        of_item = (self._item_of[:, None] == np.arange(len(self._items))[None, :]).astype(np.float32)
        return np.asarray(columns @ of_item, dtype=np.float32)

    def _side(self, polarity: float, columns: Floats) -> Floats:
        """What the side of a piece adds to each of its columns (n_pairs,)."""
        same = (self._side_of[:, None] == self._side_of[None, :]).astype(np.float32)
        added = self.weighing.side * (columns @ same) + self.weighing.polarity * polarity * self._side_of
        return np.asarray(added, dtype=np.float32)


def _spoken(told: Told) -> tuple[str, dict[int, int]]:
    """What the customer says, turn after turn, and by how much each turn stands elsewhere there."""
    parts: list[str] = []
    shifts: dict[int, int] = {}
    at = 0
    for number, turn in enumerate(told.turns):
        if turn.speaker == "customer":
            parts.append(told.text[turn.start : turn.end])
            shifts[number] = at - turn.start
            at += turn.end - turn.start
    return "".join(parts), shifts


def _fitted(groups: Sequence[Iterable[str]], other: Iterable[str]) -> tuple[dict[str, int], Floats, Floats]:
    """N-grams by number, weights (n_grams, n_groups) and means (n_groups,) of least squares with a penalty."""
    labels: dict[str, set[int]] = {sentence: set() for sentence in other}
    for number, group in enumerate(groups):
        for sentence in group:
            labels.setdefault(sentence, set()).add(number)
    targets = np.zeros((len(labels), len(groups)))
    for row, found in enumerate(labels.values()):
        targets[row, sorted(found)] = 1.0
    own = [_all_grams(text) for text in labels]
    seen = Counter(gram for grams in own for gram in set(grams))
    numbers = {gram: n for n, gram in enumerate(sorted(gram for gram, count in seen.items() if count > 1))}
    dense = np.zeros((len(labels), len(numbers)), dtype=np.float32)
    for row, grams in enumerate(own):
        known = [numbers[gram] for gram in grams if gram in numbers]
        np.add.at(dense[row], known, np.float32(1 / np.sqrt(max(len(known), 1))))
    mean = targets.mean(axis=0)
    kernel = (dense @ dense.T).astype(np.float64) + _RIDGE * np.eye(len(labels))
    dual = np.linalg.solve(kernel, targets - mean).astype(np.float32)
    return numbers, dense.T @ dual, mean.astype(np.float32)


def _characters(text: str) -> tuple[list[str], list[int]]:
    """The characters of ``text``, a number as one, and where each starts; with its end behind them."""
    folded = fold(text)
    forms, starts = list(folded), list(range(len(folded) + 1))
    for found in reversed(list(_NUMBER.finditer(folded))):
        start, end = found.span()
        forms[start:end] = ["0"]
        starts[start:end] = [start]
    return forms, starts


def _all_grams(text: str) -> list[str]:
    """All characters and pairs of them; marks only in pairs."""
    forms, _ = _characters(text)
    return [form for form in forms if form not in _IGNORED] + [a + b for a, b in pairwise(forms)]


def _located(
    text: str, grams: Mapping[str, int]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Numbers, starts and ends of the known n-grams of ``text``, by end."""
    forms, places = _characters(text)
    find = grams.get
    numbers = np.full((len(forms), 2), -1, dtype=np.intp)
    numbers[1:, 0] = [find(a + b, -1) for a, b in pairwise(forms)]
    numbers[:, 1] = [find(form, -1) for form in forms]
    at = np.array(places, dtype=np.intp)
    firsts = np.stack([np.concatenate([at[:1], at[:-2]]), at[:-1]], axis=1)
    lasts = np.repeat(at[1:], 2)
    known = numbers.ravel() >= 0
    return numbers.ravel()[known], firsts.ravel()[known], lasts[known]


def read_pieces(told: Told) -> list[tuple[int, int, int]]:
    """Start, end, clause: clauses or pieces of them, and two short clauses of one turn, which stand at the second."""
    found: list[tuple[int, int, int]] = []
    for number, clause in enumerate(told.clauses):
        if clause.speaker != "customer":
            continue
        n, step = len(clause.text), _PIECE_CHARS // 2
        for at in range(0, max(n - step, 1) if n > _PIECE_CHARS else 1, step):
            end = n if at + _PIECE_CHARS >= n else at + _PIECE_CHARS
            found.append((clause.start + at, clause.start + end, number))
        before = told.clauses[number - 1] if number else None
        if before is not None and before.turn == clause.turn and max(len(before.text), n) <= _PIECE_CHARS:
            found.append((before.start, clause.end, number))
    return found
