"""The distinct complaints of a story: what went wrong, each once, with its place.

A complaint is a negative clause with its object; clauses that speak of the same object are one issue (critical
incidents: Bitner, Booms & Tetreault 1990). Demands, threats, feelings without an object and questions are none.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from models.experience.catalog import SURVEY, ExperienceCatalog
from models.experience.mark import Mark
from models.experience.stories_words import ASKING, FAULT, NO_FAULT, OBJECTS
from models.experience.survey_patterns import alternatives
from models.experience.told import Told, ToldClause

ISSUE = "issue"
WAIT = "wait"
MIN_WAIT_MINUTES = 15.0
_NEAR_CHARS = 12
_BEFORE_CHARS = 3
_STRONG, _POSITIVE = -0.8, 0.6
_SHORT_CHARS = 26
_MIN_CHARS = 4
_RANK = {name: number for number, name in enumerate(OBJECTS)}
_GENERAL = frozenset({"staff", "food", "room", "seat", "device", "promise", "order", "delivery", "booking"})
"""Objects that say where a fault is rather than which; a fault needs to be told beside them."""
_BLAME = frozenset({"dissatisfied", "no"})
_WAITING = frozenset({"waiting", "duration", "front_desk", "dispatch", "delivery", "repair_speed"})
_WAITED = re.compile(
    r"等|排|耗|晾|候|坐|站|守|拖|晚|才|还没|没[人有来到修发处给动消]|不[见来发]|[天月周年]了|都[第\d一二三四五六七八九十]|停|断|过去|慢"
)
_QUICK = re.compile(r"不到|就[好来到修办做]|没等|才用|只用|不用|会员|老客户|客户了|质保|有效")


class _Object(NamedTuple):
    name: str
    start: int
    end: int


class _Complaint(NamedTuple):
    value: str
    start: int
    end: int
    clause: int


def find_issues(told: Told, catalog: ExperienceCatalog, marks: Sequence[Mark] = ()) -> list[Mark]:
    """``issue`` marks: one per object of complaint, at its first place; ``value`` is the object or ``issue``.

    ``marks`` of the components before it name objects that the words here do not know: survey items answered badly,
    waits, touchpoints and steps.
    """
    by_clause = _marks_by_clause(told, marks)
    found: dict[str, _Complaint] = {}
    for number, clause in enumerate(told.clauses):
        if clause.speaker == "customer":
            for complaint in _complaints(told, number, by_clause.get(number, ())):
                found.setdefault(complaint.value, complaint)
    if len(found) > 1:
        found.pop(ISSUE, None)  # a fault without object beside others is their elaboration
    issues = (_mark(told, complaint) for complaint in found.values())
    return sorted(issues, key=lambda mark: (mark.start, mark.end, mark.value))


@cache
def _objects_by_char() -> tuple[re.Pattern[str], dict[str, re.Pattern[str]]]:
    """What finds the places where an object may begin, and the objects that begin with each character."""
    begins: dict[str, dict[str, list[str]]] = {}
    for name, words in OBJECTS.items():
        for word in alternatives(words):
            bare = word.removeprefix("^")
            group = re.match(r"\(\?:([^()]+)\)", bare)
            for first in {one[0] for one in (group[1].split("|") if group else [bare])}:
                begins.setdefault(first, {}).setdefault(name, []).append(word)
    compiled = {
        first: re.compile("|".join(f"(?P<{name}>{'|'.join(words)})" for name, words in names.items()))
        for first, names in begins.items()
    }
    return re.compile(f"[{re.escape(''.join(sorted(begins)))}]"), compiled


def _objects_in(text: str) -> Iterator[_Object]:
    """Objects from left to right, not overlapping; of those at one place the first of ``OBJECTS``."""
    places, begins = _objects_by_char()
    at = 0
    for place in places.finditer(text):
        match = begins[place[0]].match(text, place.start()) if place.start() >= at else None
        if match is not None:
            at = match.end()
            yield _Object(str(match.lastgroup), match.start(), at)


def _marks_by_clause(told: Told, marks: Sequence[Mark]) -> Mapping[int, list[Mark]]:
    starts = [clause.start for clause in told.clauses]
    found: dict[int, list[Mark]] = {}
    for mark in marks:
        if mark.kind in (SURVEY, WAIT, "touchpoint", "step"):
            found.setdefault(max(bisect_right(starts, mark.start) - 1, 0), []).append(mark)
    return found


def _complaints(told: Told, number: int, marks: Sequence[Mark]) -> Iterator[_Complaint]:
    clause = told.clauses[number]
    waits = [mark for mark in marks if mark.kind == WAIT and _is_long(told, clause, mark)]
    yield from (_Complaint(WAIT, mark.start, mark.end, number) for mark in waits)
    faults = [match.span() for match in FAULT.finditer(clause.text)]
    blamed = [mark for mark in marks if mark.kind == SURVEY and mark.detail in _BLAME and mark.amount is None]
    if not faults and clause.polarity > _STRONG and not blamed:
        return
    if _is_excused(clause):
        return
    own = _specific(list(_of_objects(clause, number, faults)))
    yield from own
    for mark in blamed:
        if not (own or (waits and mark.value in _WAITING)):
            yield _Complaint(mark.value, mark.start, mark.end, number)
    if faults and not (own or blamed or waits):
        yield from _without_object(told, number, marks)


def _is_excused(clause: ToldClause) -> bool:
    """No fault is told: it is denied, supposed, asked for, or the clause demands and threatens."""
    if clause.polarity > _STRONG and NO_FAULT.search(clause.text):
        return True
    return len(clause.text) <= _SHORT_CHARS and ASKING.search(clause.text) is not None


def _is_long(told: Told, clause: ToldClause, mark: Mark) -> bool:
    """A wait that is told as one: not the years somebody is a member, not what was quick."""
    around = told.text[max(clause.start, mark.start - _NEAR_CHARS) : min(clause.end, mark.end + _NEAR_CHARS)]
    is_told = _WAITED.search(around) is not None and not _QUICK.search(around)
    return (mark.amount or 0.0) >= MIN_WAIT_MINUTES and is_told and clause.polarity < _POSITIVE


def _of_objects(clause: ToldClause, number: int, faults: Sequence[tuple[int, int]]) -> Iterator[_Complaint]:
    """Objects with a fault beside them, or in a short clause that is clearly negative."""
    for name, start, end in _objects_in(clause.text):
        near = [one for one in faults if one[0] - end <= _NEAR_CHARS and start - one[1] <= _BEFORE_CHARS]
        if near:
            fault = min(
                near, key=lambda one: one[0] - end if one[0] >= end else start - one[1] + _NEAR_CHARS // 2
            )
            yield _Complaint(
                name, clause.start + min(start, fault[0]), clause.start + max(end, fault[1]), number
            )
        elif name not in _GENERAL and clause.polarity <= _STRONG and len(clause.text) <= _SHORT_CHARS:
            yield _Complaint(name, clause.start, clause.end, number)


def _specific(found: Sequence[_Complaint]) -> list[_Complaint]:
    """Of complaints at one place the one with the more specific object; those apart from each other all stand."""
    kept: list[_Complaint] = []
    for one in sorted(found, key=lambda complaint: (complaint.value in _GENERAL, _RANK[complaint.value])):
        if all(one.end <= other.start or other.end <= one.start for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda complaint: complaint.start)


def _without_object(told: Told, number: int, marks: Sequence[Mark]) -> Iterator[_Complaint]:
    """A fault whose object stands in the clause before (菜嘛，凉的), or that only a touchpoint or a step places."""
    clause = told.clauses[number]
    before = told.clauses[number - 1] if number else None
    if before is not None and before.turn == clause.turn and len(before.text) <= _SHORT_CHARS // 2:
        named = [found.name for found in _objects_in(before.text)]
        if named:
            yield _Complaint(named[-1], before.start, clause.end, number)
            return
    if clause.polarity > _STRONG or len(clause.text) < _MIN_CHARS:
        return
    value = next(
        (mark.value for kind in ("touchpoint", "step") for mark in marks if mark.kind == kind), ISSUE
    )
    yield _Complaint(value, clause.start, clause.end, number)


def _mark(told: Told, complaint: _Complaint) -> Mark:
    clause = told.clauses[complaint.clause]
    return Mark(
        ISSUE, complaint.value, complaint.start, complaint.end, turn=clause.turn, polarity=clause.polarity
    )
