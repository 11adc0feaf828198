"""Reads transcripts with the talk network: how likely each piece of a clause tells of each mark.

Rules and the network judge together: where a rule found a mark, the odds of its place rise by ``Judgement.lift`` (log
odds, an additive pool: Bordley 1982), and what stands above ``Judgement.limit`` then is a mark. The network was fitted on
labelled dialogues that the rules had not seen, the lifts and limits on folds of them.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
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

    def chances(self, label: str, lifts: Mapping[tuple[int, str], float] | None = None) -> Floats:
        """Probabilities (n_pieces) of a label, with what rules add by piece; none for a label nobody learnt."""
        if label not in self.columns:
            return np.zeros(len(self.pieces), dtype=np.float32)
        odds = self.odds[:, self.columns[label]]
        own = [(piece, by) for (piece, name), by in (lifts or {}).items() if name == label]
        if own:
            odds = odds.copy()
            for piece, by in own:
                odds[piece] += by
        return (1.0 / (1.0 + np.exp(-odds))).astype(np.float32)

    def overlapping(self, start: int, end: int) -> list[int]:
        """Numbers of the pieces that share a character with ``[start, end)``."""
        first = bisect_right(self.pieces, start, key=lambda piece: piece.end)
        return list(range(first, bisect_left(self.pieces, end, key=lambda piece: piece.start)))

    def lifts(self, kind: str, marks: Iterable[Mark]) -> dict[tuple[int, str], float]:
        """What the marks that rules found add, by piece and label: at the likeliest piece of their place.

        In a sector that the network was not fitted on, a rule's word is enough.
        """
        by = self.judgements[kind].lift if self.sector != NO_SECTOR else _ENOUGH
        found: dict[tuple[int, str], float] = {}
        for mark in marks:
            own = self.overlapping(mark.start, mark.end)
            for label in labels_of(mark, self.sector):
                if own and self.knows(label):
                    column = self.odds[:, self.columns[label]]
                    found[max(own, key=lambda i: (column[i], -i)), label] = by
        return found


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

    def hear(self, told: Told, *lineage: str) -> Heard:
        """What the network says of a transcript; never raises on any text.

        ``lineage`` names the packs of its sector, its own last: a pack that extends a known one is read as that.
        """
        page = open_page(told, self.alphabet)
        sector = next((name for name in reversed(lineage) if name in self.sectors), NO_SECTOR)
        odds = self.net.odds(page, self.sectors.index(sector))
        return Heard(told, sector, page.pieces, odds, self.columns, self.judgements)


def labels_of(mark: Mark, sector: str) -> tuple[str, ...]:
    """The labels for which a mark of rules speaks."""
    match mark.kind:
        case "step":
            return (step_label(sector, mark.value),)
        case "survey":
            return (f"item/{mark.value}", f"answer/{mark.detail}")
        case "churn":
            return (CHURN, f"{CHURN}/{mark.value}")
        case "promise":
            return (PROMISE, f"{PROMISE}/{mark.value}") if mark.value != "open" else (PROMISE,)
        case "wait":
            return (WAIT,)
        case _:
            return (f"{mark.kind}/{mark.value}",)


def step_label(sector: str, node: str) -> str:
    """Steps are labels of their sector: 售后 of a shop is another than that of a car dealer."""
    return f"{STEP}/{sector}/{node}"
