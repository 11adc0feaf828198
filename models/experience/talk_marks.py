"""Marks out of what rules found and what the talk network heard, kind by kind."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.experience.catalog import SURVEY, ExperienceCatalog
from models.experience.facets import Node
from models.experience.mark import Mark
from models.experience.promises import MAX_TURN_CHARS
from models.experience.survey import ANSWERS
from models.experience.talk_page import Floats
from models.experience.talk_reader import (
    CHURN,
    EXPECTATION,
    NO_SECTOR,
    PROMISE,
    STEP,
    WAIT,
    Heard,
    Lifts,
    TalkReader,
    node_label,
)
from models.experience.waits import stretches_of_time
from models.text.align import Span

BROKEN = "broken"
"""Broken promises have a judgement of their own."""
_KEPT_CHANCE = 0.5
_OUTCOME_CHANCE = 0.25
_BESIDE = 0.5
"""Pieces with more than this part of the best chance of an item have a say in its answer."""
_GAPS = ("worse", "better")
_CUSTOMERS = ("demand", "exposure", CHURN, WAIT)
"""Kinds that only a customer tells of."""
_NAMED = (STEP, "touchpoint", "demand", "exposure", CHURN, SURVEY)
"""Kinds whose values are nodes of a facet."""

Settle = Callable[[Heard, ExperienceCatalog, str, Sequence[Mark]], Iterator[Mark]]


def settle(
    heard: Heard, catalog: ExperienceCatalog, kinds: Collection[str], marks: Sequence[Mark]
) -> list[Mark]:
    """The marks of ``kinds`` judged again: dropped, kept, or new where only the network heard them.

    Marks of other kinds stay as the rules found them, and so do those of nodes that the network does not know or that a
    customer's pack wrote itself, and scores told in numbers.
    """
    judged = [kind for kind in kinds if kind in _SETTLERS and kind in heard.judgements and heard.pieces]
    if heard.sector == NO_SECTOR:  # Items of one name mean other things in other sectors.
        judged = [kind for kind in judged if kind != SURVEY]
    settled = [mark for mark in marks if mark.kind not in judged]
    for kind in judged:
        own = [mark for mark in marks if mark.kind == kind]
        if kind in _NAMED:
            settled += [mark for mark in own if not _is_judged(heard, catalog, kind, mark.value)]
        settled += dict.fromkeys(_SETTLERS[kind](heard, catalog, kind, own))
    return settled


def ruled_beside(talk: TalkReader, catalog: ExperienceCatalog) -> ExperienceCatalog:
    """What the rules need to know beside the network: in its sectors it reads what sentences would, and better."""
    if talk.sector_of(catalog.lineage) == NO_SECTOR or catalog.own:
        return catalog
    facets = dict(catalog.facets)
    if STEP in facets:
        facets[STEP] = replace(facets[STEP], reader=None)
    if SURVEY in facets:
        nodes = tuple(replace(node, options=_without_sentences(node)) for node in facets[SURVEY].nodes)
        facets[SURVEY] = replace(facets[SURVEY], nodes=nodes)
    return replace(catalog, facets=facets)


def _without_sentences(node: Node) -> dict[str, Any]:
    return {name: value for name, value in node.options.items() if name != "sentences"}


def _in_clauses(heard: Heard, catalog: ExperienceCatalog, kind: str, marks: Sequence[Mark]) -> Iterator[Mark]:
    """One mark per clause and node, where a rule found it if one did."""
    for node, own, likely, _ in _likely(heard, catalog, kind, marks):
        seen: set[int] = set()
        for i in likely:
            if heard.pieces[i].clause not in seen:
                seen.add(heard.pieces[i].clause)
                yield _found_by_rule(heard, own, i) or _mark(heard, kind, node, i)


def _in_turns(heard: Heard, catalog: ExperienceCatalog, kind: str, marks: Sequence[Mark]) -> Iterator[Mark]:
    """One mark per turn of the customer and node, at its likeliest piece or where a rule found it there."""
    for node, own, likely, chances in _likely(heard, catalog, kind, marks):
        for i in _best_of_turns(heard, likely, chances):
            rule = next((mark for mark in own if mark.turn == heard.pieces[i].turn), None)
            yield rule or _mark(heard, kind, node, i)


def _likely(
    heard: Heard, catalog: ExperienceCatalog, kind: str, marks: Sequence[Mark]
) -> Iterator[tuple[str, list[Mark], list[int], Floats]]:
    """Of each node that the network judges: its id, the marks of its rules, the pieces above the limit, all chances."""
    limit = heard.judgements[kind].limit
    lifts = heard.lifts(kind, marks)
    for node in _nodes(catalog, kind):
        label = node_label(kind, node.id, heard.sector)
        if heard.may_tell(label, lifts, limit) and _is_judged(heard, catalog, kind, node.id):
            own = [mark for mark in marks if mark.value == node.id]
            chances = heard.chances(label, lifts)
            above = np.flatnonzero(chances > limit).tolist()
            yield node.id, own, [i for i in above if _may_tell(heard, kind, i)], chances


def _is_judged(heard: Heard, catalog: ExperienceCatalog, kind: str, node: str) -> bool:
    """Whether the network knows the node, and no customer's pack wrote it itself."""
    return heard.knows(node_label(kind, node, heard.sector)) and (kind, node) not in catalog.own


def _churn(heard: Heard, catalog: ExperienceCatalog, kind: str, marks: Sequence[Mark]) -> Iterator[Mark]:
    """One mark per turn of the customer, with its likeliest reason."""
    judged = [mark for mark in marks if _is_judged(heard, catalog, kind, mark.value)]
    lifts = heard.lifts(kind, judged)
    reasons = {
        node.id: heard.chances(node_label(kind, node.id, heard.sector), lifts)
        for node in _nodes(catalog, kind)
        if _is_judged(heard, catalog, kind, node.id)
    }
    chances = heard.chances(CHURN, lifts)
    taken = {mark.turn for mark in marks if mark not in judged}
    above = np.flatnonzero(chances > heard.judgements[kind].limit).tolist() if reasons else []
    for i in _best_of_turns(heard, [i for i in above if _may_tell(heard, kind, i)], chances):
        if heard.pieces[i].turn not in taken:
            reason = max(reasons, key=lambda node: float(reasons[node][i]))
            rule = [mark for mark in judged if mark.value == reason]
            yield _found_by_rule(heard, rule, i) or _mark(heard, kind, reason, i)


def _survey(heard: Heard, catalog: ExperienceCatalog, kind: str, marks: Sequence[Mark]) -> Iterator[Mark]:
    """One answer per item, at the piece that says most of it; a score told in numbers is its item's answer."""
    lifts, limit = heard.lifts(kind, marks), heard.judgements[kind].limit
    for node in _nodes(catalog, kind):
        own = [mark for mark in marks if mark.value == node.id]
        answers = ANSWERS.get(str(node.options.get("kind")), ())
        if not answers or not _is_judged(heard, catalog, kind, node.id):
            continue
        if any(mark.amount is not None for mark in own):
            yield from (mark for mark in own if mark.amount is not None)
            continue
        label = node_label(kind, node.id, heard.sector)
        if not heard.may_tell(label, lifts, limit):
            continue
        chances = heard.chances(label, lifts)
        best = int(chances.argmax())
        if chances[best] <= limit or not _may_tell(heard, kind, best):
            continue
        weights = np.where(chances > _BESIDE * chances[best], chances, np.float32(0.0))
        said = {answer: weights * _answer(heard, node.id, answer, lifts) for answer in answers}
        answer = max(answers, key=lambda name: float(said[name].sum()))
        yield replace(_mark(heard, kind, node.id, int(said[answer].argmax())), detail=answer)


def _answer(heard: Heard, item: str, answer: str, lifts: Lifts) -> Floats:
    """How far each piece gives the answer: by answers to all items, and to this one."""
    return heard.chances(f"answer/{answer}", lifts) + heard.chances(f"{SURVEY}/{item}/{answer}")


def _promises(heard: Heard, catalog: ExperienceCatalog, kind: str, marks: Sequence[Mark]) -> Iterator[Mark]:
    """One mark per run of pieces; broken, kept or open; ``other`` is what came of it."""
    lifts = heard.lifts(kind, marks)
    broken = heard.chances("promise/broken", lifts)
    kept = heard.chances("promise/kept", lifts)
    is_broken = broken > heard.judgements[BROKEN].limit
    told = (heard.chances(PROMISE, lifts) > heard.judgements[kind].limit) | is_broken
    heard_alone = heard.chances(PROMISE) > heard.judgements[kind].limit
    for run in _runs(heard, kind, told, marks):
        status = BROKEN if is_broken[run].any() else "kept" if kept[run].max() > _KEPT_CHANCE else "open"
        if not heard_alone[run].any():  # It stands by a rule's word alone, and what came of it too.
            status = next((mark.value for mark in _inside(heard, run, marks)), status)
        other = None if status == "open" else _outcome(heard, f"outcome/{status}", run, _OUTCOME_CHANCE)
        yield _run_mark(heard, kind, status, run, marks, other)


def _expectations(
    heard: Heard, catalog: ExperienceCatalog, kind: str, marks: Sequence[Mark]
) -> Iterator[Mark]:
    lifts, limit = heard.lifts(kind, marks), heard.judgements[kind].limit
    for gap in _GAPS:
        own = [mark for mark in marks if mark.value == gap]
        told = heard.chances(f"{EXPECTATION}/{gap}", lifts) > limit
        for run in _runs(heard, kind, told, own):
            other = _outcome(heard, f"experience/{gap}", run, 0.0)
            yield _run_mark(heard, kind, gap, run, own, other)


def _waits(heard: Heard, catalog: ExperienceCatalog, kind: str, marks: Sequence[Mark]) -> Iterator[Mark]:
    """Of the stretches of time that are told, those that were waited."""
    chances = heard.chances(WAIT, heard.lifts(kind, marks))
    for number, turn in enumerate(heard.told.turns):
        if turn.speaker != "customer":
            continue
        text = heard.told.text[turn.start : min(turn.end, turn.start + MAX_TURN_CHARS)]
        for start, end, minutes in stretches_of_time(text):
            place = turn.start + start, turn.start + end
            own = heard.overlapping(*place)
            if own and chances[own].max() > heard.judgements[kind].limit:
                polarity = heard.told.clauses[heard.pieces[own[0]].clause].polarity
                yield Mark(WAIT, WAIT, *place, turn=number, polarity=polarity, amount=minutes, unit="minutes")


_SETTLERS: dict[str, Settle] = {
    STEP: _in_clauses,
    "touchpoint": _in_clauses,
    "demand": _in_turns,
    "exposure": _in_turns,
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


def _may_tell(heard: Heard, kind: str, piece: int) -> bool:
    """Announcements of a system tell of nothing; some things only a customer tells."""
    speaker = heard.told.clauses[heard.pieces[piece].clause].speaker
    return speaker == "customer" if kind in _CUSTOMERS else speaker != "system"


def _best_of_turns(heard: Heard, pieces: Sequence[int], chances: Floats) -> list[int]:
    """The likeliest of ``pieces`` in each turn, in order."""
    best: dict[int, int] = {}
    for i in pieces:
        turn = heard.pieces[i].turn
        best[turn] = max(best.get(turn, i), i, key=lambda n: (float(chances[n]), -n))
    return sorted(best.values())


def _found_by_rule(heard: Heard, marks: Sequence[Mark], piece: int) -> Mark | None:
    """The mark that a rule found in the clause of this piece."""
    clause = heard.told.clauses[heard.pieces[piece].clause]
    return next((mark for mark in marks if mark.start < clause.end and clause.start < mark.end), None)


def _runs(heard: Heard, kind: str, told: NDArray[np.bool_], marks: Sequence[Mark]) -> Iterator[list[int]]:
    """Numbers of the pieces that follow one another in a turn, or that one mark of a rule holds together."""
    run: list[int] = []
    for i in np.flatnonzero(told).tolist():
        if not _may_tell(heard, kind, i):
            continue
        if run and not _goes_on(heard, run[-1], i, marks):
            yield run
            run = []
        run.append(i)
    if run:
        yield run


def _goes_on(heard: Heard, last: int, i: int, marks: Sequence[Mark]) -> bool:
    one, other = heard.pieces[last], heard.pieces[i]
    if one.turn != other.turn:
        return False
    return i == last + 1 or any(mark.start < one.end and other.start < mark.end for mark in marks)


def _outcome(heard: Heard, label: str, run: Sequence[int], least: float) -> Span | None:
    """The likeliest place outside of ``run``."""
    if not heard.knows(label):
        return None
    chances = heard.chances(label).copy()
    chances[list(run)] = -1.0
    best = int(chances.argmax())
    if chances[best] <= least:
        return None
    return Span(heard.pieces[best].start, heard.pieces[best].end)


def _inside(heard: Heard, run: Sequence[int], marks: Sequence[Mark]) -> list[Mark]:
    """The marks that share a character with the run."""
    start, end = heard.pieces[run[0]].start, heard.pieces[run[-1]].end
    return [mark for mark in marks if mark.start < end and start < mark.end]


def _run_mark(
    heard: Heard, kind: str, value: str, run: Sequence[int], marks: Sequence[Mark], other: Span | None
) -> Mark:
    """Where the rule has it that found it alone, else from the first piece to the last."""
    mark = replace(_mark(heard, kind, value, run[0]), end=heard.pieces[run[-1]].end)
    inside = _inside(heard, run, marks)
    if len(inside) == 1:
        mark = replace(mark, start=inside[0].start, end=inside[0].end)
        if inside[0].value == value and inside[0].other is not None:
            other = inside[0].other
    return replace(mark, other=other)
