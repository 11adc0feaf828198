"""Which steps a turn tells of: the sentences of a pack, the rules, and the turns around it together.

A logistic model of few weights, shared by all steps (stacking: Wolpert 1992), so that a sector with other steps needs
no fitting. Its weights were fitted on hand-labelled dialogues that the sentences had not seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.core.errors import PackError
from models.experience.steps import Floats, Piece, SentenceReader, cut_pieces, learn_sentences
from models.experience.told import Told
from models.text.align import Span

Certain = Mapping[tuple[int, str], float]
"""What rules said of a clause: its number and the node to a certainty."""
Numbers = NDArray[np.intp]
_RIDGE = 0.7
_LEAST = np.float32(-0.1)
"""A clause takes at most this from the one beside it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What each kind of evidence for a node adds to the log odds that a turn tells of it.

    ``best`` is the score of its best piece by the sentences, ``pair`` of two pieces in a row, ``mean`` of all,
    ``total`` the logarithm of their sum, ``rule`` the certainty of a rule, ``first`` whether no other node has a better
    piece; ``before``, ``before_last`` and ``after`` are best piece and rule of the turns around it, in [0, 1].
    A clause of a turn that tells of a node is a place of it from ``clear`` on, and the best clause in any case.
    """

    bias: float = 0.0
    best: float = 0.0
    pair: float = 0.0
    mean: float = 0.0
    total: float = 0.0
    rule: float = 0.0
    first: float = 0.0
    before: float = 0.0
    before_last: float = 0.0
    after: float = 0.0
    clear: float = 0.43


@dataclass(frozen=True)
class StepReader:
    """Reads the turns of a transcript; without state between transcripts. ``lines`` are sentences by node, ``other`` those of
    none; of nodes without any it knows nothing, and their rules alone decide."""

    lines: Mapping[str, Sequence[str]]
    other: Sequence[str]
    reading: Reading

    @cached_property
    def taught(self) -> frozenset[str]:
        """The nodes with sentences."""
        return frozenset(node for node, own in self.lines.items() if own)

    @cached_property
    def sentences(self) -> SentenceReader:
        """Fitted when first asked for, which takes a second: beside the talk network it never is."""
        return learn_sentences(self.lines, self.other, ridge=_RIDGE)

    def make_ready(self) -> None:
        """Fits the sentences now, not in the first call."""
        _ = self.sentences

    def read(self, told: Told, certain: Certain) -> dict[tuple[int, str], Span]:
        """Places of the nodes told, by clause number and node."""
        pieces = cut_pieces(told)
        if not pieces:
            return {}
        nodes = self.sentences.nodes[:-1]
        heard = self.sentences.scores([piece.text for piece in pieces])[:, :-1]
        turns = np.array([piece.turn for piece in pieces], dtype=np.intp)
        rules = _rules_by_clause(told, certain, nodes)
        odds = self._odds(heard, turns, _rules_by_turn(told, rules))
        clear = heard + rules[[piece.clause for piece in pieces]]
        return {
            (piece.clause, nodes[column]): Span(piece.start, piece.end)
            for piece, column in _places(pieces, clear, turns, odds > 0, self.reading.clear)
        }

    def _odds(self, heard: Floats, turns: Numbers, rules: Floats) -> Floats:
        """Log odds (n_turns, n_nodes)."""
        weigh = self.reading
        best, pair, mean, total = _by_turn(heard, turns, len(rules))
        known = np.clip(best + rules, 0, 1)
        empty = np.zeros((2, known.shape[1]), dtype=np.float32)
        before = np.vstack([empty, known])
        odds: Floats = (
            weigh.bias
            + weigh.best * best
            + weigh.pair * pair
            + weigh.mean * mean
            + weigh.total * np.log1p(total)
            + weigh.rule * rules
            + weigh.first * (best == best.max(axis=1, keepdims=True))
            + weigh.before * before[1:-1]
            + weigh.before_last * before[:-2]
            + weigh.after * np.vstack([known[1:], empty[:1]])
        )
        return odds


def _rules_by_clause(told: Told, certain: Certain, nodes: tuple[str, ...]) -> Floats:
    rules = np.zeros((len(told.clauses), len(nodes)), dtype=np.float32)
    for (number, node), certainty in certain.items():
        rules[number, nodes.index(node)] = certainty
    return rules


def _rules_by_turn(told: Told, rules: Floats) -> Floats:
    """The most certain rule of each turn (n_turns, n_nodes)."""
    most = np.zeros((told.clauses[-1].turn + 1, rules.shape[1]), dtype=np.float32)
    for number in np.flatnonzero(rules.any(axis=1)).tolist():
        turn = told.clauses[number].turn
        np.maximum(most[turn], rules[number], out=most[turn])
    return most


def _by_turn(heard: Floats, turns: Numbers, n_turns: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Best piece, best two in a row, mean and sum of all, each (n_turns, n_nodes); zeros for an empty turn."""
    firsts = np.flatnonzero(np.diff(turns, prepend=-1))
    own = turns[firsts]
    counts = np.diff(firsts, append=len(turns))[:, None]
    held = np.maximum(heard, _LEAST)
    follows = np.append(turns[1:] == turns[:-1], False)[:, None]
    pairs = np.where(follows, held + np.roll(held, -1, axis=0), np.float32(-1))
    best, pair, mean, total = (np.zeros((n_turns, heard.shape[1]), dtype=np.float32) for _ in range(4))
    best[own] = np.maximum.reduceat(heard, firsts, axis=0)
    pair[own] = np.where(counts > 1, np.maximum.reduceat(pairs, firsts, axis=0), best[own])
    mean[own] = np.add.reduceat(heard, firsts, axis=0) / counts
    total[own] = np.add.reduceat(np.maximum(heard, 0), firsts, axis=0)
    return best, pair, mean, total


def _places(
    pieces: list[Piece], clear: Floats, turns: Numbers, told: NDArray[np.bool_], least: float
) -> Iterator[tuple[Piece, int]]:
    """The best piece of each clause that is clear of a node which its turn tells of, or of the clearest clause."""
    for turn, column in zip(*(found.tolist() for found in np.nonzero(told)), strict=True):
        own = np.flatnonzero(turns == turn)
        scores = clear[own, column]
        best: dict[int, int] = {}
        for i in np.argsort(-scores, kind="stable").tolist():
            if not best or scores[i] >= least:
                best.setdefault(pieces[own[i]].clause, int(own[i]))
        for i in best.values():
            yield pieces[i], column


def parse_reader(plain: Mapping[str, Any], *, pack: str) -> StepReader | None:
    """The reader of a facet file; none where it has no sentences. Raises ``PackError`` for a wrong ``reading``.

    ``heard`` holds more sentences by node (``other`` for those of none): what was said in labelled dialogues.
    """
    heard: Mapping[str, Any] = plain.get("heard") or {}
    lines = {
        node["id"]: [*_lines(node.get("sentences")), *_lines(heard.get(node["id"]))]
        for node in plain.get("nodes") or ()
    }
    if not any(lines.values()):
        return None
    reading = _reading(plain.get("reading") or {}, pack)
    other = [*_lines(plain.get("other")), *_lines(heard.get("other"))]
    return StepReader(lines, other, reading)


def _reading(plain: Mapping[str, Any], pack: str) -> Reading:
    try:
        return Reading(**{name: float(value) for name, value in plain.items()})
    except (TypeError, ValueError, AttributeError) as error:
        raise PackError(
            pack=pack, reason=f"reading 有误：{error}", reason_en=f"reading is wrong: {error}"
        ) from error


def _lines(text: object) -> list[str]:
    return [line.strip() for line in str(text or "").splitlines() if line.strip()]
