"""``experience.staff_effort.v1``: how much staff take upon themselves, beside what the customer feels.

Care and brushing off are added up per turn of the agent; what the customer says of staff that are not on the line
(小姑娘跑前跑后) counts beside it. Two conflicts are worth a look: pains that did not please (the cause lies elsewhere than in
manners) and anger that met none. Kinds of effort: ``staff_effort_cues``; felt emotional labour: Hochschild 1983.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

from models.dialogue.emotion import find_emotion
from models.dialogue.evidence import Evidence, together
from models.experience.catalog import STEP, ExperienceCatalog
from models.experience.mark import Mark
from models.experience.moments import steps_said
from models.experience.peak_end import JUDGED, Moment, moments_of
from models.experience.staff_effort_cues import BRUSH_OFF, CARE, find_staff_effort, find_told_effort
from models.experience.told import Told
from models.text.align import Span

HIGH, LOW = 0.5, 0.1
"""Levels from which an answer is taken for pains, and up to which for none."""

MAX_LISTED = 20
_ANGRY = frozenset({"abuse", "anger", "accuse", "threat"})
_ANGER_FROM = -0.7
_ASKED = re.compile(r"(?:[吗呢么呀？?]|是吗|对吧|怎么样|多少|几点|哪里|什么|诉求是|怎么处理)[？?。\s]{0,2}\Z")


@dataclass(frozen=True, slots=True)
class Answer:
    """What staff said in one go, up to the customer's next word. ``level`` in [-1, 1]: care less brushing off."""

    turn: int
    start: int
    end: int
    level: float
    cues: tuple[Evidence, ...]

    @property
    def place(self) -> Span:
        """The weightiest cue, the whole answer where it has none."""
        best = max(self.cues, key=lambda cue: cue.weight, default=None)
        return Span(best.start, best.end) if best else Span(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Conflict:
    """``kind`` is ``unrewarded`` (pains, and the customer is unhappy) or ``unmet`` (anger, and no pains)."""

    kind: str
    step: str | None
    turn: int
    level: float
    polarity: float
    staff: Span
    customer: Span

    def to_dict(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            **({"step": self.step} if self.step else {}),
            "turn": self.turn,
            "level": round(self.level, 3),
            "polarity": round(self.polarity, 3),
            "staff": {"span": list(self.staff)},
            "customer": {"span": list(self.customer)},
        }


def effort_level(cues: Iterable[Evidence]) -> float:
    """Care less brushing off, each by noisy-or over its kinds: the same kind said twice counts once."""
    seen = {cue.kind: cue for cue in cues}
    care = together(cue for kind, cue in seen.items() if kind in CARE)
    return round(care - together(cue for kind, cue in seen.items() if kind in BRUSH_OFF), 4)


def answers_of(told: Told) -> list[Answer]:
    """Neighbouring turns of the agent as one answer each, in order; empty ones left out."""
    return [block for block in _blocks(told) if isinstance(block, Answer)]


def measure_staff_effort(told: Told, catalog: ExperienceCatalog, marks: Sequence[Mark]) -> Mapping[str, Any]:
    """``{level, turns, cues, told, conflicts, steps}``; keys without anything to say are left out.

    ``level`` is the mean of ``turns``; ``cues`` counts kinds; ``told`` are places where the customer tells of ``care``
    or ``neglect``; ``steps`` gives the mean level per step. All levels in [-1, 1].
    """
    blocks = _blocks(told, marks)
    answers = [block for block in blocks if isinstance(block, Answer)]
    said = [
        (turn.start, find_told_effort(told.text, turn.start, turn.end))
        for turn in told.turns
        if turn.speaker == "customer"
    ]
    mentioned = [piece for _, pieces in said for piece in pieces]
    steps = _StepPlaces(told, marks)
    found: dict[str, Any] = {}
    if answers:
        found["level"] = round(sum(answer.level for answer in answers) / len(answers), 3)
        found["turns"] = [{"turn": a.turn, "level": round(a.level, 3)} for a in answers[:MAX_LISTED]]
        found["cues"] = dict(sorted(Counter(cue.kind for a in answers for cue in a.cues).items()))
    if mentioned:
        found["told"] = [{"kind": m.kind, "span": [m.start, m.end]} for m in mentioned[:MAX_LISTED]]
    conflicts = [*_conflicts(told, blocks, steps), *_told_conflicts(told, marks, mentioned)]
    if conflicts:
        ordered = sorted(conflicts, key=lambda c: (c.customer, c.staff, c.kind))
        found["conflicts"] = [conflict.to_dict() for conflict in ordered[:MAX_LISTED]]
    by_step = _by_step(answers, mentioned, steps)
    return {**found, "steps": by_step} if by_step else found


@dataclass(frozen=True, slots=True)
class _Heard:
    """What the customer said in one go: its moments, and where it stands."""

    turn: int
    start: int
    end: int
    moments: tuple[Moment, ...]


class _StepPlaces:
    """Which step a place belongs to: the last one told up to its end, in its turns or before."""

    def __init__(self, told: Told, marks: Iterable[Mark]) -> None:
        own = sorted((mark.start, mark.value) for mark in marks if mark.kind == STEP)
        self._starts = [start for start, _ in own]
        self._steps = [step for _, step in own]

    def at(self, end: int) -> str | None:
        number = bisect_right(self._starts, end - 1)
        return self._steps[number - 1] if number else None


def _blocks(told: Told, marks: Iterable[Mark] = ()) -> list[Answer | _Heard]:
    by_turn: dict[int, list[Moment]] = {}
    for moment in moments_of(told, marks):
        by_turn.setdefault(moment.turn, []).append(moment)
    numbered = [
        (number, turn)
        for number, turn in enumerate(told.turns)
        if turn.speaker != "system" and turn.end > turn.start
    ]
    found: list[Answer | _Heard] = []
    for speaker, group in groupby(numbered, key=lambda item: item[1].speaker):
        own = list(group)
        first, start, end = own[0][0], own[0][1].start, own[-1][1].end
        if speaker == "agent":
            cues = [cue for _, turn in own for cue in find_staff_effort(told.text, turn.start, turn.end)]
            found.append(Answer(first, start, end, effort_level(cues), tuple(cues)))
        else:
            moments = [moment for number, _ in own for moment in by_turn.get(number, ())]
            found.append(_Heard(first, start, end, tuple(moments)))
    return found


def _conflicts(told: Told, blocks: Sequence[Answer | _Heard], steps: _StepPlaces) -> Iterator[Conflict]:
    for one, other in pairwise(blocks):
        if isinstance(one, Answer) and isinstance(other, _Heard) and one.level >= HIGH:
            worst = _unhappy(other)
            if worst is not None:
                place, step = Span(worst.start, worst.end), steps.at(other.end)
                yield Conflict("unrewarded", step, other.turn, one.level, worst.polarity, one.place, place)
        elif isinstance(one, _Heard) and isinstance(other, Answer) and other.level <= LOW:
            angry = None if _only_asks(told, other) else _angry(told, one)
            if angry is not None:
                place, step = Span(angry.start, angry.end), steps.at(one.end)
                yield Conflict("unmet", step, other.turn, other.level, angry.polarity, other.place, place)


def _only_asks(told: Told, answer: Answer) -> bool:
    """Whoever asks back and brushes nothing off may still take pains."""
    return answer.level >= 0 and _ASKED.search(told.text, answer.start, answer.end + 1) is not None


def _unhappy(heard: _Heard) -> Moment | None:
    """The worst moment, where what is judged is bad on the whole."""
    judged = [moment.polarity for moment in heard.moments if abs(moment.polarity) >= JUDGED]
    if not judged or sum(judged) / len(judged) > -JUDGED:
        return None
    return min(heard.moments, key=lambda moment: (moment.polarity, moment.start))


def _angry(told: Told, heard: _Heard) -> Moment | None:
    """The moment with an angry word, else the worst where two or more are bad and what is judged is very bad."""
    for piece in find_emotion(told.text[heard.start : heard.end], heard.start):
        if piece.kind in _ANGRY:
            return next((m for m in heard.moments if m.start <= piece.start < m.end), None)
    judged = [moment.polarity for moment in heard.moments if abs(moment.polarity) >= JUDGED]
    if len(judged) < 2 or sum(judged) / len(judged) > _ANGER_FROM:
        return None
    return min(heard.moments, key=lambda moment: (moment.polarity, moment.start))


def _told_conflicts(told: Told, marks: Sequence[Mark], mentioned: Iterable[Evidence]) -> Iterator[Conflict]:
    """Pains that the customer tells of, at a step that he is unhappy with."""
    care = [piece for piece in mentioned if piece.kind == "care"]
    for said in steps_said(told, marks) if care else ():
        turn = told.turns[said.turn]
        felt = said.felt or Span(said.start, said.end)
        for piece in care:
            if said.polarity <= -JUDGED and turn.start <= piece.start < turn.end:
                yield Conflict(
                    "unrewarded",
                    said.step,
                    said.turn,
                    piece.weight,
                    said.polarity,
                    Span(piece.start, piece.end),
                    felt,
                )
                break


def _by_step(
    answers: Iterable[Answer], mentioned: Iterable[Evidence], steps: _StepPlaces
) -> list[dict[str, Any]]:
    levels: dict[str, list[float]] = {}
    for end, level in (
        *((answer.end, answer.level) for answer in answers),
        *((piece.end, piece.weight if piece.kind == "care" else -piece.weight) for piece in mentioned),
    ):
        step = steps.at(end)
        if step is not None:
            levels.setdefault(step, []).append(level)
    return [
        {"step": step, "n": len(own), "level": round(sum(own) / len(own), 3)}
        for step, own in sorted(levels.items())
    ]
