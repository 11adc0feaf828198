"""``experience.moments.v1``: what the customer felt at each step told of, and at the moments of truth.

A moment of truth is a meeting in which the customer makes up his mind of the company: Carlzon 1987; which of them make
or break satisfaction: Bitner, Booms & Tetreault 1990 (Journal of Marketing 54, 71-84). A facet marks them by the option
``moment_of_truth`` of its nodes. A negative at one is a missed peak, a positive a hit.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from models.experience.catalog import STEP, ExperienceCatalog
from models.experience.mark import Mark
from models.experience.peak_end import JUDGED, felt_by_start, is_courtesy
from models.experience.told import Told, ToldClause
from models.text.align import Span

MAX_STEPS = 40
"""A measure lists so many; a dialogue that goes on has told its steps by then."""

_REACH_AFTER, _REACH_BEFORE = 2, 1
_OTHER_MATTER = re.compile(
    r"另外|还有|其[他它余]|别的|再(?:就是|一个|有|说)|顺便|对了|除此|第[二三四]|至于|此外|然后"
)
_ASKS = re.compile(r"[吗么呢？?]|怎么样|如何|满意|觉得|感觉|感受|是否|有没有|几分|多少分|评价")


class StepSaid(NamedTuple):
    """Step ``step`` is told at ``[start, end)`` in ``turn``.

    ``felt`` is the clause of the customer that its ``polarity`` was read from; ``None`` where the agent tells of the step
    and the customer does not say what he felt.
    """

    step: str
    turn: int
    start: int
    end: int
    polarity: float
    felt: Span | None = None

    def to_dict(self) -> dict[str, Any]:
        plain: dict[str, Any] = {
            "step": self.step,
            "turn": self.turn,
            "span": [self.start, self.end],
            "polarity": round(self.polarity, 3),
        }
        return plain if self.felt is None else {**plain, "felt": {"span": list(self.felt)}}


def steps_said(told: Told, marks: Sequence[Mark]) -> list[StepSaid]:
    """One per step and turn, the most extreme of its clauses, ordered by place.

    A neutral clause takes the polarity of the judged clause behind it, else of the one before it, in its turn and where
    no other step is told. A step that the agent asks about takes it from the first words of the customer's answer.
    """
    placed = _placed(told, marks)
    steps_at = {number: {mark.value for mark in own} for number, own in placed.items()}
    reading = _Reading(told, felt_by_start(marks), steps_at)
    best: dict[tuple[int, str], StepSaid] = {}
    for number, own in placed.items():
        for mark in own:
            said = reading.said(number, mark)
            key = said.turn, said.step
            if key not in best or _extremer(said, best[key]):
                best[key] = said
    return sorted(best.values(), key=lambda said: (said.start, said.end, said.step))


def measure_journey(told: Told, catalog: ExperienceCatalog, marks: Sequence[Mark]) -> Mapping[str, Any]:
    """``{steps: [{step, turn, span, polarity, felt?, verdict?}], missed, hit}``: what ``JourneyTally`` adds up.

    ``verdict`` stands at moments of truth that the customer felt: ``missed``, ``hit`` or ``passed`` (told, not judged).
    """
    said = steps_said(told, marks)[:MAX_STEPS]
    if not said:
        return {}
    wanted = moments_of_truth(catalog)
    rows = [
        {**one.to_dict(), "verdict": verdict(one.polarity)}
        if one.step in wanted and one.felt
        else one.to_dict()
        for one in said
    ]
    counts = {name: sum(row.get("verdict") == name for row in rows) for name in ("missed", "hit")}
    return {"steps": rows, **counts}


def moments_in(journey: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The rows of ``measure_journey`` at moments of truth."""
    return [row for row in journey.get("steps") or () if "verdict" in row]


def moments_of_truth(catalog: ExperienceCatalog) -> frozenset[str]:
    """Ids of the steps that the facet marks as such, and of all steps below them."""
    facet = catalog.facets.get(STEP)
    found: set[str] = set()
    for node in facet.nodes if facet else ():
        own = node.options.get("moment_of_truth")
        if own or (own is None and node.parent in found):
            found.add(node.id)
    return frozenset(found)


def verdict(polarity: float) -> str:
    """``missed`` for a negative, ``hit`` for a positive, else ``passed``."""
    return "missed" if polarity <= -JUDGED else "hit" if polarity >= JUDGED else "passed"


def _placed(told: Told, marks: Iterable[Mark]) -> dict[int, list[Mark]]:
    """Step marks by the number of their clause."""
    starts = [clause.start for clause in told.clauses]
    placed: dict[int, list[Mark]] = {}
    for mark in marks:
        if mark.kind == STEP and starts:
            placed.setdefault(max(bisect_right(starts, mark.start) - 1, 0), []).append(mark)
    return placed


@dataclass(frozen=True, slots=True)
class _Reading:
    """``felt``: polarities by the start of a clause where they are not its own; ``steps_at``: steps by clause number."""

    told: Told
    felt: Mapping[int, float]
    steps_at: Mapping[int, set[str]]

    def polarity(self, clause: ToldClause) -> float:
        return self.felt.get(clause.start, clause.polarity) if clause.speaker == "customer" else 0.0

    def said(self, number: int, mark: Mark) -> StepSaid:
        clause = self.told.clauses[number]
        own = self.polarity(clause)
        place = mark.value, mark.turn, mark.start, mark.end
        whole = Span(clause.start, clause.end) if clause.speaker == "customer" else None
        if abs(own) >= JUDGED:
            return StepSaid(*place, own, whole)
        if whole is not None:
            ways: tuple[Iterable[int], ...] = (_behind(self.told, number), _before(self.told, number))
        else:
            ways = (_answer(self.told, number),)
        for way in ways:
            judged = self._judged(mark.value, way)
            if judged is not None:
                return StepSaid(*place, self.polarity(judged), Span(judged.start, judged.end))
        return StepSaid(*place, own, whole)

    def _judged(self, step: str, way: Iterable[int]) -> ToldClause | None:
        """The first judged clause on the way, up to where another step is told."""
        for number in way:
            clause = self.told.clauses[number]
            if self.steps_at.get(number, set()) - {step}:
                return None
            if abs(self.polarity(clause)) >= JUDGED and not is_courtesy(clause.text):
                return clause
        return None


def _behind(told: Told, number: int) -> Iterator[int]:
    turn = told.clauses[number].turn
    for other in range(number + 1, min(number + 1 + _REACH_AFTER, len(told.clauses))):
        clause = told.clauses[other]
        if clause.turn != turn or _OTHER_MATTER.match(clause.text):
            return
        yield other


def _before(told: Told, number: int) -> Iterator[int]:
    turn = told.clauses[number].turn
    for other in range(number, max(number - _REACH_BEFORE, 0), -1):
        if told.clauses[other - 1].turn != turn or _OTHER_MATTER.match(told.clauses[other].text):
            return
        yield other - 1


def _answer(told: Told, number: int) -> list[int]:
    """The first clauses of the customer's answer to a question of the agent."""
    clause = told.clauses[number]
    last = number
    while last + 1 < len(told.clauses) and told.clauses[last + 1].turn == clause.turn:
        last += 1
    if not any(_asks(told, told.clauses[n]) for n in range(number, min(number + 2, last + 1))):
        return []
    found: list[int] = []
    for other in range(last + 1, min(last + 1 + _REACH_AFTER, len(told.clauses))):
        said = told.clauses[other]
        if said.speaker == "customer" and said.turn == clause.turn + 1:
            found.append(other)
    return found


def _asks(told: Told, clause: ToldClause) -> bool:
    return _ASKS.search(told.text, clause.start, min(clause.end + 1, len(told.text))) is not None


def _extremer(one: StepSaid, other: StepSaid) -> bool:
    return (-abs(one.polarity), one.polarity, one.start) < (-abs(other.polarity), other.polarity, other.start)
