"""Marks out of what rules found and what the talk network heard, kind by kind."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace

import numpy as np

from models.experience.catalog import SURVEY, ExperienceCatalog
from models.experience.facets import Node
from models.experience.mark import Mark
from models.experience.survey import ANSWERS
from models.experience.talk_page import Floats
from models.experience.talk_reader import CHURN, EXPECTATION, PROMISE, STEP, WAIT, Heard
from models.experience.waits import stretches_of_time
from models.text.align import Span

BROKEN = "broken"
"""Broken promises have a judgement of their own."""
_KEPT_CHANCE = 0.5
_OUTCOME_CHANCE = 0.25
_BESIDE = 0.5
"""Pieces with more than this part of the best chance of an item have a say in its answer."""
_GAPS = ("worse", "better")

Settle = Callable[[Heard, ExperienceCatalog, str, Sequence[Mark]], Iterator[Mark]]


def settle(
    heard: Heard, catalog: ExperienceCatalog, kinds: Collection[str], marks: Sequence[Mark]
) -> list[Mark]:
    """The marks of ``kinds`` judged again: dropped, kept, or new where only the network heard them.

    Marks of other kinds, and of nodes that the network does not know, stay as the rules found them.
    """
    judged = [kind for kind in kinds if kind in _SETTLERS and kind in heard.judgements and heard.pieces]
    settled = [mark for mark in marks if mark.kind not in judged]
    for kind in judged:
        settled += _SETTLERS[kind](heard, catalog, kind, [mark for mark in marks if mark.kind == kind])
    return settled


def _in_clauses(heard: Heard, catalog: ExperienceCatalog, kind: str, marks: Sequence[Mark]) -> Iterator[Mark]:
    """One mark per clause and node, where a rule found it if one did."""
    lifts, limit = heard.lifts(kind, marks), heard.judgements[kind].limit
    for node in _nodes(catalog, kind):
        own = [mark for mark in marks if mark.value == node.id]
        label = f"{kind}/{heard.sector}/{node.id}" if kind == STEP else f"{kind}/{node.id}"
        if not heard.knows(label):
            yield from own
            continue
        seen: set[int] = set()
        for i in np.flatnonzero(heard.chances(label, lifts) > limit).tolist():
            if heard.pieces[i].clause not in seen:
                seen.add(heard.pieces[i].clause)
                yield _found_by_rule(heard, own, i) or _mark(heard, kind, node.id, i)


def _churn(heard: Heard, catalog: ExperienceCatalog, kind: str, marks: Sequence[Mark]) -> Iterator[Mark]:
    """One mark per turn, with its likeliest reason."""
    lifts = heard.lifts(kind, marks)
    chances = heard.chances(CHURN, lifts)
    reasons = [node.id for node in _nodes(catalog, kind) if heard.knows(f"{CHURN}/{node.id}")]
    if not reasons:
        yield from marks
        return
    best: dict[int, int] = {}
    for i in np.flatnonzero(chances > heard.judgements[kind].limit).tolist():
        turn = heard.pieces[i].turn
        best[turn] = max(best.get(turn, i), i, key=lambda n: (chances[n], -n))
    for i in best.values():
        reason = max(reasons, key=lambda node: heard.chances(f"{CHURN}/{node}", lifts)[i])
        own = [mark for mark in marks if mark.value == reason]
        yield _found_by_rule(heard, own, i) or _mark(heard, kind, reason, i)


def _survey(heard: Heard, catalog: ExperienceCatalog, kind: str, marks: Sequence[Mark]) -> Iterator[Mark]:
    """One answer per item, at the piece that says most of it; a score told stays with its item."""
    lifts, limit = heard.lifts(kind, marks), heard.judgements[kind].limit
    for node in _nodes(catalog, kind):
        own = [mark for mark in marks if mark.value == node.id]
        answers = ANSWERS.get(str(node.options.get("kind")), ())
        if not heard.knows(f"item/{node.id}") or not answers:
            yield from own
            continue
        chances = heard.chances(f"item/{node.id}", lifts)
        if chances.max() <= limit:
            continue
        weights = np.where(chances > _BESIDE * chances.max(), chances, np.float32(0.0))
        said = {answer: weights * _answer(heard, node.id, answer, lifts) for answer in answers}
        answer = max(answers, key=lambda name: float(said[name].sum()))
        mark = _mark(heard, kind, node.id, int(said[answer].argmax()))
        score = next((known for known in own if known.amount is not None), None)
        if score is not None:
            mark = replace(mark, amount=score.amount, unit=score.unit)
        yield replace(mark, detail=answer)


def _answer(heard: Heard, item: str, answer: str, lifts: dict[tuple[int, str], float]) -> Floats:
    """How far each piece gives the answer: by answers to all items, and to this one."""
    found = heard.chances(f"answer/{answer}", lifts)
    own = f"{SURVEY}/{item}/{answer}"
    return found + heard.chances(own) if heard.knows(own) else found


def _promises(heard: Heard, catalog: ExperienceCatalog, kind: str, marks: Sequence[Mark]) -> Iterator[Mark]:
    """One mark per run of pieces; broken, kept or open; ``other`` is what came of it."""
    lifts = heard.lifts(kind, marks)
    broken = heard.chances("promise/broken", lifts)
    kept = heard.chances("promise/kept", lifts)
    is_broken = broken > heard.judgements[BROKEN].limit
    told = (heard.chances(PROMISE, lifts) > heard.judgements[kind].limit) | is_broken
    for run in _runs(heard, told):
        status = BROKEN if is_broken[run].any() else "kept" if kept[run].max() > _KEPT_CHANCE else "open"
        other = None if status == "open" else _outcome(heard, f"outcome/{status}", run, _OUTCOME_CHANCE)
        yield _run_mark(heard, kind, status, run, marks, other)


def _expectations(
    heard: Heard, catalog: ExperienceCatalog, kind: str, marks: Sequence[Mark]
) -> Iterator[Mark]:
    lifts, limit = heard.lifts(kind, marks), heard.judgements[kind].limit
    for gap in _GAPS:
        own = [mark for mark in marks if mark.value == gap]
        for run in _runs(heard, heard.chances(f"{EXPECTATION}/{gap}", lifts) > limit):
            other = _outcome(heard, f"experience/{gap}", run, 0.0)
            yield _run_mark(heard, kind, gap, run, own, other)


def _waits(heard: Heard, catalog: ExperienceCatalog, kind: str, marks: Sequence[Mark]) -> Iterator[Mark]:
    """Of the stretches of time that are told, those that were waited."""
    chances = heard.chances(WAIT, heard.lifts(kind, marks))
    for number, turn in enumerate(heard.told.turns):
        if turn.speaker != "customer":
            continue
        for start, end, minutes in stretches_of_time(heard.told.text[turn.start : turn.end]):
            place = turn.start + start, turn.start + end
            own = heard.overlapping(*place)
            if own and chances[own].max() > heard.judgements[kind].limit:
                polarity = heard.told.clauses[heard.pieces[own[0]].clause].polarity
                yield Mark(WAIT, WAIT, *place, turn=number, polarity=polarity, amount=minutes, unit="minutes")


_SETTLERS: dict[str, Settle] = {
    STEP: _in_clauses,
    "touchpoint": _in_clauses,
    "demand": _in_clauses,
    "exposure": _in_clauses,
    CHURN: _churn,
    SURVEY: _survey,
    PROMISE: _promises,
    EXPECTATION: _expectations,
    WAIT: _waits,
}


def _nodes(catalog: ExperienceCatalog, kind: str) -> tuple[Node, ...]:
    facet = catalog.facets.get(kind)
    return facet.nodes if facet is not None else ()


def _mark(heard: Heard, kind: str, value: str, piece: int) -> Mark:
    own = heard.pieces[piece]
    return Mark(
        kind, value, own.start, own.end, turn=own.turn, polarity=heard.told.clauses[own.clause].polarity
    )


def _found_by_rule(heard: Heard, marks: Sequence[Mark], piece: int) -> Mark | None:
    """The mark that a rule found in the clause of this piece."""
    clause = heard.told.clauses[heard.pieces[piece].clause]
    return next((mark for mark in marks if mark.start < clause.end and clause.start < mark.end), None)


def _runs(heard: Heard, told: np.ndarray) -> Iterator[list[int]]:
    """Numbers of the pieces that follow one another in a turn."""
    run: list[int] = []
    for i in np.flatnonzero(told).tolist():
        if run and (i != run[-1] + 1 or heard.pieces[i].turn != heard.pieces[run[0]].turn):
            yield run
            run = []
        run.append(i)
    if run:
        yield run


def _outcome(heard: Heard, label: str, run: Sequence[int], least: float) -> Span | None:
    """The likeliest place outside of ``run``."""
    if not heard.knows(label):
        return None
    chances = heard.chances(label)
    chances[list(run)] = -1.0
    best = int(chances.argmax())
    if chances[best] <= least:
        return None
    return Span(heard.pieces[best].start, heard.pieces[best].end)


def _run_mark(
    heard: Heard, kind: str, value: str, run: Sequence[int], marks: Sequence[Mark], other: Span | None
) -> Mark:
    """Where the rule has it that found it alone, else from the first piece to the last."""
    mark = replace(_mark(heard, kind, value, run[0]), end=heard.pieces[run[-1]].end)
    inside = [known for known in marks if known.start < mark.end and mark.start < known.end]
    if len(inside) == 1:
        mark = replace(mark, start=inside[0].start, end=inside[0].end)
        if inside[0].value == value and inside[0].other is not None:
            other = inside[0].other
    return replace(mark, other=other)
