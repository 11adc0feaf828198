"""Reads transcripts with the talk network: how likely each piece of a clause tells of each mark.

Rules and the network judge together: where a rule found a mark, the odds of its place rise by ``Judgement.lift`` (log
odds, an additive pool: Bordley 1982), and what stands above ``Judgement.limit`` then is a mark. The network was fitted on
labelled dialogues that the rules had not seen, the lifts and limits on folds of them.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.experience.mark import Mark
from models.experience.talk_net import TalkNet
from models.experience.talk_page import Floats, TalkAlphabet, TalkPiece, open_page
from models.experience.told import Told

STEP, SURVEY, CHURN, PROMISE, EXPECTATION, WAIT = (
    "step",
    "survey",
    "churn",
    "promise",
    "expectation",
    "wait",
)
NO_SECTOR = ""
"""The last sector of a reader: any that it was not fitted on."""
_ENOUGH = 30.0


_KINDS_OF_LABELS = {"item": SURVEY, "answer": SURVEY}
Lifts = Mapping[str, Collection[int]]
"""Pieces by label."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """``limit`` in (0, 1) is the least probability of a mark, ``lift`` the log odds that a rule's word adds."""

    limit: float
    lift: float


@dataclass(frozen=True)
class Heard:
    """``odds`` (n_pieces, n_labels) of one transcript. ``columns`` numbers the labels."""

    told: Told
    sector: str
    pieces: Sequence[TalkPiece]
    odds: Floats
    columns: Mapping[str, int]
    judgements: Mapping[str, Judgement]

    def knows(self, label: str) -> bool:
        return label in self.columns

    @cached_property
    def _alone(self) -> Floats:
        """Probabilities (n_pieces, n_labels) without a word of rules."""
        return _probability(self.odds)

    def chances(self, label: str, lifts: Lifts | None = None) -> Floats:
        """Probabilities (n_pieces) of a label, with what rules add by piece, read only; none for a label nobody learnt."""
        if label not in self.columns:
            return np.zeros(len(self.pieces), dtype=np.float32)
        column = self.columns[label]
        own = lifts.get(label) if lifts else None
        if not own:
            return self._alone[:, column]
        odds = self.odds[:, column].copy()
        odds[list(own)] += np.float32(self._lift(label))
        return _probability(odds)

    @cached_property
    def _most(self) -> Floats:
        return self._alone.max(axis=0)

    def may_tell(self, label: str, lifts: Lifts, limit: float) -> bool:
        """Whether any piece may stand above ``limit``; false for a label nobody learnt."""
        column = self.columns.get(label)
        return column is not None and (label in lifts or bool(self._most[column] > limit))

    def overlapping(self, start: int, end: int) -> list[int]:
        """Numbers of the pieces that share a character with ``[start, end)``."""
        first = bisect_right(self.pieces, start, key=lambda piece: piece.end)
        return list(range(first, bisect_left(self.pieces, end, key=lambda piece: piece.start)))

    def lifts(self, kind: str, marks: Iterable[Mark]) -> Lifts:
        """Where the marks that rules found add to the odds: at the likeliest piece of their place."""
        found: dict[str, set[int]] = {}
        for mark in marks:
            own = self.overlapping(mark.start, mark.end)
            for label in labels_of(mark, self.sector):
                if own and self.knows(label):
                    column = self.odds[:, self.columns[label]]
                    found.setdefault(label, set()).add(max(own, key=lambda i: (column[i], -i)))
        return found

    def _lift(self, label: str) -> float:
        """Log odds that a rule adds; in a sector that the network was not fitted on its word is enough."""
        if self.sector == NO_SECTOR:
            return _ENOUGH
        kind = label.partition("/")[0]
        return self.judgements[_KINDS_OF_LABELS.get(kind, kind)].lift


@dataclass(frozen=True)
class TalkReader:
    """Without state between transcripts. ``labels`` name the columns of the network, ``sectors`` its journeys."""

    net: TalkNet
    alphabet: TalkAlphabet
    labels: tuple[str, ...]
    sectors: tuple[str, ...]
    judgements: Mapping[str, Judgement]
    version: str = ""

    @cached_property
    def columns(self) -> Mapping[str, int]:
        return {label: number for number, label in enumerate(self.labels)}

    def sector_of(self, lineage: Sequence[str]) -> str:
        """The sector as which packs are read, their own last: one that extends a known one is read as that."""
        return next((name for name in reversed(lineage) if name in self.sectors), NO_SECTOR)

    def hear(self, told: Told, *lineage: str) -> Heard:
        """What the network says of a transcript of the packs of ``lineage``; never raises on any text."""
        page = open_page(told, self.alphabet)
        sector = self.sector_of(lineage)
        odds = self.net.odds(page, self.sectors.index(sector))
        return Heard(told, sector, page.pieces, odds, self.columns, self.judgements)


def labels_of(mark: Mark, sector: str) -> tuple[str, ...]:
    """The labels for which a mark of rules speaks."""
    own = node_label(mark.kind, mark.value, sector)
    match mark.kind:
        case "survey":
            return (own, f"answer/{mark.detail}")
        case "churn":
            return (CHURN, own)
        case "promise":
            return (PROMISE, own) if mark.value != "open" else (PROMISE,)
        case "wait":
            return (WAIT,)
        case _:
            return (own,)


def _probability(odds: Floats) -> Floats:
    return (1.0 / (1.0 + np.exp(-odds))).astype(np.float32, copy=False)


def node_label(kind: str, value: str, sector: str) -> str:
    """The label of a kind's value. Steps are of their sector: 售后 of a shop is another than that of a car dealer."""
    if kind == STEP:
        return f"{STEP}/{sector}/{value}"
    return f"item/{value}" if kind == SURVEY else f"{kind}/{value}"
