"""``experience.trajectory.v1``: how the customer's sentiment runs over a contact.

First impression (Asch 1946, Journal of Abnormal and Social Psychology 41, 258-290), slope, recovery (Hart, Heskett &
Sasser 1990, the recovery of service) and the halo check: one impression that colours all aspects alike (Thorndike 1920).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from models.experience.catalog import STEP, ExperienceCatalog
from models.experience.mark import Mark
from models.experience.peak_end import JUDGED, Moment, moments_of, most_extreme
from models.experience.told import Told

HALO_FROM = 4
"""Fewer judgements of one polarity are no sign of a halo."""

MAX_TURNS = 100
"""So many turns are listed; slope and change are of all."""


@dataclass(frozen=True, slots=True)
class TurnFeeling:
    """``polarity`` is the mean of the turn's judged moments, of all where none is judged; ``moment`` the strongest."""

    turn: int
    polarity: float
    judged: bool
    moment: Moment


@dataclass(frozen=True, slots=True)
class Halo:
    """``share`` of ``n`` judgements that have the polarity ``sign`` of most; of whole aspects where enough are told."""

    n: int
    share: float
    sign: int
    of_aspects: bool

    @property
    def suspected(self) -> bool:
        return self.n >= HALO_FROM and self.share == 1.0


def turn_feelings(moments: Iterable[Moment]) -> list[TurnFeeling]:
    """One per turn of the customer with a moment, in order."""
    found = []
    for turn, group in groupby(moments, key=lambda moment: moment.turn):
        own = list(group)
        judged = [moment for moment in own if abs(moment.polarity) >= JUDGED]
        counted = judged or own
        mean = sum(moment.polarity for moment in counted) / len(counted)
        found.append(TurnFeeling(turn, mean, bool(judged), most_extreme(own)))
    return found


def slope(values: Sequence[float]) -> float | None:
    """Least-squares change per step of ``values`` at 0, 1, 2 …; ``None`` below two values."""
    n = len(values)
    if n < 2:
        return None
    middle, mean = (n - 1) / 2, sum(values) / n
    spread = n * (n * n - 1) / 12
    return sum((i - middle) * (value - mean) for i, value in enumerate(values)) / spread


def halo(moments: Iterable[Moment], aspect_of: Mapping[int, str]) -> Halo:
    """``aspect_of`` names the aspect of a moment by its start; at least four aspects are compared, else moments."""
    judged = [moment for moment in moments if abs(moment.polarity) >= JUDGED]
    sums: dict[str, float] = {}
    for moment in judged:
        if moment.start in aspect_of:
            aspect = aspect_of[moment.start]
            sums[aspect] = sums.get(aspect, 0.0) + moment.polarity
    of_aspects = len(sums) >= HALO_FROM
    values = list(sums.values()) if of_aspects else [moment.polarity for moment in judged]
    positive = sum(value > 0 for value in values)
    most = max(positive, len(values) - positive)
    return Halo(len(values), most / len(values) if values else 0.0, _sign(positive, len(values)), of_aspects)


def measure_trajectory(told: Told, catalog: ExperienceCatalog, marks: Sequence[Mark]) -> Mapping[str, Any]:
    """``{turns, slope, first, change, recovered, halo}``; empty where the customer says nothing.

    ``turns`` are ``{turn, polarity}``; ``slope`` is per turn of the customer; ``first`` is the first judged turn;
    ``change`` the last judged turn less the first; ``recovered``: it was bad once, and ends clearly better than it began.
    """
    moments = moments_of(told, marks)
    feelings = turn_feelings(moments)
    if not feelings:
        return {}
    found: dict[str, Any] = {
        "turns": [{"turn": f.turn, "polarity": round(f.polarity, 3)} for f in feelings[:MAX_TURNS]],
    }
    steepness = slope([feeling.polarity for feeling in feelings])
    if steepness is not None:
        found["slope"] = round(steepness, 3)
    found |= _course([feeling for feeling in feelings if feeling.judged])
    many = sum(abs(moment.polarity) >= JUDGED for moment in moments) >= HALO_FROM
    seen = halo(moments, _aspects(told, marks) if many else {})
    if seen.n:
        found["halo"] = {
            "n": seen.n,
            "share": round(seen.share, 3),
            "sign": seen.sign,
            "of": "aspects" if seen.of_aspects else "clauses",
            "suspected": seen.suspected,
        }
    return found


def _course(judged: Sequence[TurnFeeling]) -> dict[str, Any]:
    if not judged:
        return {}
    first, last = judged[0], judged[-1]
    change = last.polarity - first.polarity
    worst = min(feeling.polarity for feeling in judged)
    return {
        "first": first.moment.to_dict() | {"polarity": round(first.polarity, 3)},
        "change": round(change, 3),
        "recovered": worst <= -JUDGED and change >= JUDGED,
    }


def _aspects(told: Told, marks: Sequence[Mark]) -> dict[int, str]:
    """The step of a clause, else its category, by the start of the clause."""
    found = {clause.start: clause.category for clause in told.clauses if clause.category}
    starts = sorted((mark.start, mark.value) for mark in marks if mark.kind == STEP)
    at = 0
    for clause in told.clauses:
        while at < len(starts) and starts[at][0] < clause.start:
            at += 1
        if at < len(starts) and starts[at][0] < clause.end:
            found[clause.start] = starts[at][1]
    return found


def _sign(positive: int, n: int) -> int:
    return (2 * positive > n) - (2 * positive < n)
