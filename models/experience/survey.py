"""Survey items answered by what is said: asked for in no questionnaire, told all the same.

An item is data: a node of the facet ``survey`` with options ``kind`` (``flow``: yes or no; ``satisfaction``), ``about``
(words that name its matter) and ``evidence`` (answer → patterns that give it alone, one a line). Where words of
``about`` stand with an opinion, or in a short clause of clear polarity, they answer too: an aspect with its opinion
(Hu & Liu 2004, Mining and Summarizing Customer Reviews). Items that neither answers are read from ``sentences``
(answer → examples, one a line; ``other`` has examples that answer nothing). An item that nothing answers is not
mentioned.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.core.words import word_of
from models.experience.catalog import SURVEY, ExperienceCatalog
from models.experience.facets import Facet, Node
from models.experience.mark import Mark
from models.experience.survey_patterns import PatternFinder, patterns_of
from models.experience.survey_scores import scores_told
from models.experience.survey_sentences import AnswerReader
from models.experience.survey_words import (
    ASKED,
    BAD,
    DEMANDED,
    DENIED,
    GOOD,
    NEUTRAL,
    NOT_SO,
    RHETORICAL,
    WISHED,
)
from models.experience.told import Told, ToldClause, ToldTurn

ANSWERS = {"flow": ("yes", "no"), "satisfaction": ("satisfied", "neutral", "dissatisfied")}
"""In the order in which people read them."""
OPPOSITE = {
    "yes": "no",
    "no": "yes",
    "satisfied": "dissatisfied",
    "dissatisfied": "satisfied",
    "neutral": "neutral",
}
_OPINION = "opinion"
_OPINIONS = {
    f"{_OPINION} {answer}": [word for word in words.split() if len(word) > 1]
    for answer, words in (("satisfied", GOOD), ("neutral", NEUTRAL), ("dissatisfied", BAD))
}
_PRAISE = ("yes", "satisfied")
_REACH_CHARS = 12
_SHORT_CHARS = 26
_CLEAR_POLARITY = 0.7
_BY_PATTERN, _BY_WORD, _BY_POLARITY, _BY_SENTENCE = 1.0, 0.7, 0.4, 0.3


@dataclass(frozen=True, slots=True)
class Evidence:
    """``weight`` in (0, 1]: a pattern of the item says more than an opinion beside a word of it, that more than polarity."""

    item: str
    answer: str
    start: int
    end: int
    clause: int
    weight: float
    amount: float | None = None


@dataclass(frozen=True, slots=True)
class _Hit:
    """``role`` is an answer, ``about`` or an opinion's side."""

    item: str
    role: str
    start: int
    end: int
    clause: int


class SurveyReader:
    """The compiled items of one facet. Reads any number of transcripts; keeps no state between them."""

    def __init__(self, facet: Facet) -> None:
        self.facet = facet
        self.items = {node.id: node for node in facet.nodes if node.options.get("kind") in ANSWERS}
        self._finders: dict[str, PatternFinder] = {
            speaker: PatternFinder(_patterns(self.items.values(), speaker), _OPINIONS, pack=facet.name)
            for speaker in ("customer", "agent")
        }
        self._sentences = _sentences(self.items.values())

    def read(self, told: Told) -> list[Mark]:
        """At most one mark per item and answer, at its clearest evidence, ordered by place."""
        if not told.clauses:
            return []
        hits = self._hits(told)
        evidence = [*self._by_pattern(told, hits), *self._by_aspect(told, hits)]
        evidence += self._by_score(told, hits)
        evidence += self._by_sentence(told, {piece.item for piece in evidence})
        return sorted(
            (self._mark(told, piece) for piece in _clearest(evidence)),
            key=lambda mark: (mark.start, mark.end, mark.value, mark.detail),
        )

    def _hits(self, told: Told) -> list[_Hit]:
        starts = [clause.start for clause in told.clauses]
        found = []
        for turn, name, start, end in self._found(told):
            item, _, role = name.partition(" ")
            clause = max(bisect_right(starts, turn.start + max(start, end - 2)) - 1, 0)
            found.append(_Hit(item, role, turn.start + start, turn.start + end, clause))
        return found

    def _found(self, told: Told) -> Iterator[tuple[ToldTurn, str, int, int]]:
        """Hits of one speaker after the other, each with its place in the turn."""
        for speaker, finder in self._finders.items():
            turns = [turn for turn in told.turns if turn.speaker == speaker]
            heard = finder.find_each([told.text[turn.start : turn.end] for turn in turns])
            for turn, hits in zip(turns, heard, strict=True):
                yield from ((turn, *hit) for hit in hits)

    def _by_pattern(self, told: Told, hits: Sequence[_Hit]) -> Iterator[Evidence]:
        for hit in hits:
            if hit.item not in self.items or hit.role == "about":
                continue
            answer = _as_meant(told, hit, hit.role)
            if answer is not None:
                yield Evidence(hit.item, answer, hit.start, hit.end, hit.clause, _BY_PATTERN)

    def _by_aspect(self, told: Told, hits: Sequence[_Hit]) -> Iterator[Evidence]:
        opinions = [hit for hit in hits if hit.item == _OPINION]
        for hit in hits:
            if hit.role != "about" or told.clauses[hit.clause].speaker != "customer":
                continue
            opinion = _nearest(told, hit, opinions, hits)
            if opinion is not None:
                answer = _as_meant(told, opinion, opinion.role)
                if answer is not None:
                    start, end = min(hit.start, opinion.start), max(hit.end, opinion.end)
                    yield Evidence(hit.item, answer, start, end, hit.clause, _BY_WORD)
                continue
            answer = _by_polarity(told, hit)
            if answer is not None:
                clause = told.clauses[hit.clause]
                yield Evidence(hit.item, answer, clause.start, clause.end, hit.clause, _BY_POLARITY)

    def _by_score(self, told: Told, hits: Sequence[_Hit]) -> Iterator[Evidence]:
        overall = next((i for i, node in self.items.items() if node.options.get("overall")), None)
        for score in scores_told(told):
            near = [
                hit.item
                for hit in hits
                if hit.role == "about" and hit.clause == score.clause and hit.item != overall
            ]
            item = near[-1] if near else overall
            if item is not None:
                yield Evidence(item, score.answer, score.start, score.end, score.clause, 1.5, score.amount)

    def _by_sentence(self, told: Told, answered: Collection[str]) -> Iterator[Evidence]:
        """Items that nothing else answers, each where it is told most clearly."""
        heard = self._sentences.read(told) if self._sentences else ()
        clearest = {piece.item: piece for piece in sorted(heard, key=lambda h: (h.score, -h.start))}
        for item, piece in clearest.items():
            if item not in answered:
                yield Evidence(item, piece.answer, piece.start, piece.end, piece.clause, _BY_SENTENCE)

    def _mark(self, told: Told, piece: Evidence) -> Mark:
        clause = told.clauses[piece.clause]
        return Mark(
            SURVEY,
            piece.item,
            piece.start,
            piece.end,
            turn=clause.turn,
            polarity=clause.polarity,
            amount=piece.amount,
            unit="score" if piece.amount is not None else "",
            detail=piece.answer,
        )


def find_survey(told: Told, catalog: ExperienceCatalog, marks: Sequence[Mark] = ()) -> list[Mark]:
    """``survey`` marks: ``value`` the item, ``detail`` its answer, ``amount`` a score told (打8分)."""
    facet = catalog.facets.get(SURVEY)
    return [] if facet is None else reader_of(facet).read(told)


_readers: dict[int, SurveyReader] = {}


def reader_of(facet: Facet) -> SurveyReader:
    """The reader of a facet, compiled once."""
    reader = _readers.get(id(facet))
    if reader is None or reader.facet is not facet:
        reader = _readers[id(facet)] = SurveyReader(facet)
    return reader


def _patterns(items: Iterable[Node], speaker: str) -> dict[str, list[str]]:
    """What a speaker's turns are searched for: agents answer what was done, not how content the customer is."""
    found: dict[str, list[str]] = {}
    for node in items:
        options: Mapping[str, Any] = node.options
        groups = [options.get("evidence")] if speaker == "customer" or options["kind"] == "flow" else []
        if speaker == "customer":
            found[f"{node.id} about"] = patterns_of(options.get("about"))
        else:
            groups.append(options.get("agent"))
        for group in groups:
            for answer, lines in (group or {}).items():
                name = word_of(answer)
                found.setdefault(f"{node.id} {name}", []).extend(patterns_of(lines, praise=name in _PRAISE))
    return found


def _sentences(items: Iterable[Node]) -> AnswerReader | None:
    """The reader of what the items give as examples; none where fewer than two items have any to tell apart."""
    known: dict[tuple[str, str], list[str]] = {}
    other: list[str] = []
    for node in items:
        for answer, lines in (node.options.get("sentences") or {}).items():
            known[node.id, word_of(answer)] = _lines(lines)
        other += _lines(node.options.get("other"))
    if len({item for item, _ in known}) < 2:
        return None
    return AnswerReader(known, other)


def _lines(text: object) -> list[str]:
    return [line.strip() for line in str(text or "").splitlines() if line.strip()]


def _as_meant(told: Told, hit: _Hit, answer: str) -> str | None:
    """The answer after denial, wish and question; ``None`` where nothing is said."""
    clause = told.clauses[hit.clause]
    before = told.text[max(clause.start, hit.start - 8) : hit.start]
    is_good = answer in _PRAISE
    if is_good and DENIED.search(before):
        return OPPOSITE[answer] if hit.item == _OPINION else None
    if not is_good and answer != "neutral" and NOT_SO.search(before):
        return OPPOSITE[answer] if answer == "dissatisfied" and before.rstrip().endswith("不是") else None
    if clause.speaker == "customer" and is_good:
        if ASKED.match(told.text, hit.end):
            sarcastic = answer == "satisfied" and RHETORICAL.search(told.text[clause.start : hit.end + 4])
            return "dissatisfied" if sarcastic else None
        if answer == "satisfied" and WISHED.search(told.text[clause.start : hit.start]):
            return None
    return answer


def _nearest(told: Told, about: _Hit, opinions: Sequence[_Hit], hits: Sequence[_Hit]) -> _Hit | None:
    """The opinion of the same clause that stands nearest, behind rather than before; else of the next clause."""
    own = [
        (one.start - about.end if one.start >= about.start else (about.start - one.end) + 6, one)
        for one in opinions
        if one.clause == about.clause
    ]
    own = [(gap, one) for gap, one in own if gap <= _REACH_CHARS]
    if own:
        return max(
            (one for gap, one in own if gap == min(g for g, _ in own)), key=lambda one: one.end - one.start
        )
    following = [one for one in opinions if one.clause == about.clause + 1]
    if not following or not _same_turn(told, about.clause, about.clause + 1):
        return None
    if any(hit.role == "about" and hit.clause == about.clause + 1 for hit in hits):
        return None
    clause, first = told.clauses[about.clause + 1], following[0]
    return (
        first if first.start - clause.start <= 5 and told.clauses[about.clause].end - about.end <= 6 else None
    )


def _same_turn(told: Told, one: int, other: int) -> bool:
    return other < len(told.clauses) and told.clauses[one].turn == told.clauses[other].turn


def _by_polarity(told: Told, hit: _Hit) -> str | None:
    clause: ToldClause = told.clauses[hit.clause]
    if len(clause.text) > _SHORT_CHARS or abs(clause.polarity) < _CLEAR_POLARITY:
        return None
    if (
        WISHED.search(clause.text)
        or DEMANDED.search(clause.text)
        or (clause.polarity > 0 and ASKED.match(told.text, clause.end))
    ):
        return None
    return "satisfied" if clause.polarity > 0 else "dissatisfied"


def _clearest(evidence: Sequence[Evidence]) -> list[Evidence]:
    """One per item and answer. Of answers that contradict, the clearer; both where both are as clear."""
    best: dict[str, dict[str, Evidence]] = {}
    for piece in sorted(evidence, key=lambda e: (-e.weight, e.start, e.end)):
        best.setdefault(piece.item, {}).setdefault(piece.answer, piece)
    found: list[Evidence] = []
    for answers in best.values():
        top = max(piece.weight for piece in answers.values())
        kept = [piece for piece in answers.values() if piece.weight >= top - 0.05]
        taken = {piece.clause: piece for piece in sorted(kept, key=lambda e: (e.end - e.start, e.start))}
        found += taken.values()
    return found
