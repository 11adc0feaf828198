"""Labelled dialogues as the talk network learns them: pieces of clauses with the labels of the marks that lie in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from data.dialogues.loading import NAMED, LabelledDialogue, answer_of
from data.packs.experience import load_experience
from models.analysis.prepare import Prepared, prepare
from models.analysis.sentiment import SentimentLabeller
from models.analysis.values import Clause
from models.classify.protocol import Classifier
from models.core.transcript import Speaker, Turn
from models.experience.labelling import told_of
from models.experience.mark import Mark
from models.experience.talk_page import Floats, TalkAlphabet, TalkPage, open_page
from models.experience.talk_reader import node_label
from models.experience.told import Told

_HALF = 0.5
"""A piece has the label of a quote that covers this part of the shorter of the two; the best piece has it in any case."""


@dataclass(frozen=True)
class Lesson:
    """``labels`` by number of the piece of ``page``; ``told`` is what the service would read."""

    dialogue: LabelledDialogue
    told: Told
    page: TalkPage
    labels: Mapping[int, frozenset[str]]
    ready: Prepared

    def raw_marks(self, marks: Iterable[Mark]) -> list[Mark]:
        """Marks of ``told`` with their places in the text as written, which labels count over."""
        found = []
        for mark in marks:
            start, end = _raw(self.ready, mark.start, mark.end)
            found.append(replace(mark, start=start, end=end))
        return found

    def targets(self, columns: Mapping[str, int]) -> Floats:
        """Ones and zeros (n_pieces, n_labels)."""
        found = np.zeros((len(self.page.pieces), len(columns)), dtype=np.float32)
        for piece, names in self.labels.items():
            found[piece, [columns[name] for name in names if name in columns]] = 1.0
        return found


def make_lessons(
    dialogues: Sequence[LabelledDialogue], alphabet: TalkAlphabet, sentiment: Classifier
) -> list[Lesson]:
    """In the order of ``dialogues``. ``sentiment`` judges the customers' clauses as it does in service."""
    prepared = [
        prepare([Turn(Speaker(speaker), text) for speaker, text in dialogue.turns]) for dialogue in dialogues
    ]
    judged = _judged(prepared, SentimentLabeller(sentiment))
    lessons = []
    for dialogue, ready, clauses in zip(dialogues, prepared, judged, strict=True):
        told = told_of(ready, clauses)
        page = open_page(told, alphabet)
        places = [_raw(ready, piece.start, piece.end) for piece in page.pieces]
        lessons.append(Lesson(dialogue, told, page, _labels(dialogue, places), ready))
    return lessons


def _judged(prepared: Sequence[Prepared], sentiment: SentimentLabeller) -> list[list[Clause]]:
    owned = [[clause for clause in ready.clauses if clause.speaker is Speaker.CUSTOMER] for ready in prepared]
    labelled = sentiment.label([ready.customer_text for ready in prepared], owned)
    return [
        [
            Clause(c.start, c.end, c.speaker.value, p.label, p.polarity, p.score, None)
            for c, p in zip(clauses, polarity, strict=True)
        ]
        for clauses, (_, polarity) in zip(owned, labelled, strict=True)
    ]


def _raw(ready: Prepared, start: int, end: int) -> tuple[int, int]:
    """A place of the repaired text in the text as written."""
    masked = ready.repaired.text.to_raw(start, end)
    raw = ready.masked.to_raw(masked.start, masked.end)
    return raw.start, raw.end


def _labels(dialogue: LabelledDialogue, pieces: Sequence[tuple[int, int]]) -> dict[int, frozenset[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    for place, label in _marked(dialogue):
        start, end = dialogue.span(place)
        shared = {
            i: min(end, stop) - max(start, begin)
            for i, (begin, stop) in enumerate(pieces)
            if begin < end and start < stop
        }
        for i, n in shared.items():
            begin, stop = pieces[i]
            if n >= _HALF * min(end - start, stop - begin) or n == max(shared.values()):
                found[i].add(label)
    return {i: frozenset(names) for i, names in found.items()}


def _marked(dialogue: LabelledDialogue) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Place and label of every mark, by the names that ``talk_reader`` reads."""
    plain, sector = dialogue.marks, dialogue.sector
    for kind, (rows, name) in NAMED.items():
        for row in plain.get(rows) or ():
            yield row, node_label(kind, _node(sector, kind, str(row[name])), sector)
    for row in plain.get("churn") or ():
        yield row, "churn"
    for row in plain.get("waits") or ():
        yield row, "wait"
    for row in plain.get("survey") or ():
        item, answer = _node(sector, "survey", row["item"]), answer_of(row)
        for label in (node_label("survey", item, sector), f"answer/{answer}", f"survey/{item}/{answer}"):
            yield row, label
    yield from _two_places(plain)


def _two_places(plain: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], str]]:
    for row in plain.get("promises") or ():
        yield row, "promise"
        yield row, f"promise/{row['status']}"
        if row.get("outcome"):
            yield row["outcome"], f"outcome/{row['status']}"
    for row in plain.get("expectations") or ():
        yield row, f"expectation/{row['gap']}"
        yield row["experience"], f"experience/{row['gap']}"


def _node(sector: str, kind: str, name: str) -> str:
    return _nodes(sector, kind)[name]


@cache
def _nodes(sector: str, kind: str) -> dict[str, str]:
    return {node.zh: node.id for node in load_experience(sector).facets[kind].nodes}
