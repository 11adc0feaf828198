"""``experience.felt.v1``: what a clause of the customer feels, from the sentiment model and from what else is known of it.

A model of clauses takes 四百多全赔我 for praise; a mark of a demand there knows better. Marks only move a polarity to their
own side: what the model already says more strongly stays.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter

from models.dialogue.emotion import find_emotion
from models.experience.catalog import ExperienceCatalog
from models.experience.mark import Mark
from models.experience.peak_end import FELT, JUDGED, is_courtesy
from models.experience.staff_effort_cues import find_told_effort
from models.experience.told import Told, ToldClause

_LONG_WAIT_MINUTES = 10.0
_STRENGTHS = {
    ("exposure", ""): -0.7,
    ("churn", ""): -0.6,
    ("promise", "broken"): -0.6,
    ("expectation", "worse"): -0.6,
    ("expectation", "better"): 0.6,
    ("survey", "dissatisfied"): -0.6,
    ("survey", "satisfied"): 0.6,
    ("demand", ""): -0.4,
    ("wait", ""): -0.4,
    ("ladder", ""): 0.6,
    ("signal", "small_defect"): -0.4,
    ("signal", "warn"): -0.6,
    ("signal", "recommend"): 0.6,
    ("signal", "solicited_praise"): 0.4,
}
_BLAMELESS = frozenset({"death", "moving", "other_ties"})
"""Who leaves for these is sad or sorry, not unhappy with the company."""
_NEGLECT, _CARE = -0.6, 0.5
_EMOTIONS = {"abuse": -0.8, "anger": -0.7, "accuse": -0.6, "despair": -0.6}
_ISSUE = -0.4
"""Of an issue, where nothing else is known and the model hears no praise."""
_CALM = frozenset({"cancellation", "reply", "free"})
"""Demands that are as often plain requests."""
_QUESTION = re.compile(r"(?:[吗么呢？?]|没问题吧|还是[^，。]{1,10})[？?。，]?\Z|[？?]\Z")
_start = attrgetter("start")


def find_felt(told: Told, catalog: ExperienceCatalog, marks: Sequence[Mark]) -> Iterator[Mark]:
    """Marks of kind ``felt`` over the customer's clauses whose feeling is not what the sentiment model says.

    ``value`` is ``negative``, ``neutral`` or ``positive``, ``polarity`` what is felt. Wants the marks of all others.
    """
    for clause, polarity in zip(told.clauses, feelings(told, marks), strict=True):
        if polarity != clause.polarity and clause.speaker == "customer":
            value = "negative" if polarity <= -JUDGED else "positive" if polarity >= JUDGED else "neutral"
            yield Mark(FELT, value, clause.start, clause.end, clause.turn, polarity)


def feelings(told: Told, marks: Sequence[Mark]) -> list[float]:
    """A polarity in [-1, 1] per clause, in order: the model's where nothing else is known; 0 for agents."""
    evidence: dict[int, tuple[float, float]] = {}
    for number, strength in _evidence(told, marks):
        low, high = evidence.get(number, (0.0, 0.0))
        evidence[number] = min(low, strength), max(high, strength)
    for number in {_clause_at(told, mark.start) for mark in marks if mark.kind == "issue"}:
        if told.clauses and told.clauses[number].polarity < JUDGED:
            evidence.setdefault(number, (_ISSUE, 0.0))
    return [_felt(told, clause, evidence.get(number)) for number, clause in enumerate(told.clauses)]


def _felt(told: Told, clause: ToldClause, evidence: tuple[float, float] | None) -> float:
    polarity = clause.polarity
    if clause.speaker != "customer" or not clause.text.strip():
        return 0.0
    if evidence is None:
        asks = (
            polarity >= JUDGED
            and not is_courtesy(clause.text)
            and _QUESTION.search(told.text, clause.start, clause.end + 1) is not None
        )
        return 0.0 if asks else polarity
    low, high = evidence
    if low and high:
        return polarity
    return min(polarity, low) if low else max(polarity, high)


def _evidence(told: Told, marks: Iterable[Mark]) -> Iterator[tuple[int, float]]:
    """Numbers of the customer's clauses with what their marks say of them."""
    for mark in marks:
        strength = strength_of(mark)
        if strength and told.clauses:
            start = mark.other.start if mark.other is not None else mark.start
            yield _clause_at(told, start), strength
    for turn in told.turns:
        if turn.speaker == "customer":
            for piece in find_told_effort(told.text, turn.start, turn.end):
                yield _clause_at(told, piece.start), _CARE if piece.kind == "care" else _NEGLECT
            for piece in find_emotion(told.text[turn.start : turn.end], turn.start):
                if piece.kind in _EMOTIONS:
                    yield _clause_at(told, piece.start), _EMOTIONS[piece.kind]


def strength_of(mark: Mark) -> float:
    """What a mark says of the feeling at its place, in [-1, 1]; 0 for one that says nothing."""
    if mark.value in (_BLAMELESS if mark.kind == "churn" else _CALM if mark.kind == "demand" else ()):
        return 0.0
    if mark.kind == "wait" and (mark.amount or 0.0) < _LONG_WAIT_MINUTES:
        return 0.0
    if mark.kind == "promise" and mark.other is None:
        return 0.0
    value = mark.detail if mark.kind == "survey" else mark.value
    return _STRENGTHS.get((mark.kind, value)) or _STRENGTHS.get((mark.kind, ""), 0.0)


def _clause_at(told: Told, place: int) -> int:
    return max(bisect_right(told.clauses, place, key=_start) - 1, 0)
