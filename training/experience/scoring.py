"""Marks found against marks labelled: precision, recall and F1 over what both sides name, by kind and item.

Pairs are (dialogue, turn, value) for steps, touchpoints, demands, churn and exposure, (dialogue, item, answer) for
survey items, and overlapping places of the same value for promises, expectations and waits (minutes within 5 %).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.dialogues.loading import NAMED, LabelledDialogue, answer_of
from models.experience.catalog import ExperienceCatalog
from models.experience.mark import Mark

KIND_NAMES = {
    "step": "旅程步骤",
    "touchpoint": "触点",
    "promise": "承诺",
    "broken_promise": "未兑现的承诺",
    "expectation": "预期差距",
    "survey": "调查项",
    "wait": "等待",
    "demand": "诉求",
    "churn": "流失信号",
    "exposure": "曝光威胁",
}
KINDS = tuple(KIND_NAMES)
_N_DRAWS, _SEED = 2000, 13
Item = tuple[Any, ...]


@dataclass(slots=True)
class Score:
    """Counts of one kind, by item; ``errors`` as (dialogue, missed or false, what)."""

    hits: Counter[str] = field(default_factory=Counter)
    false: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    errors: list[tuple[str, str, str]] = field(default_factory=list)

    def figures(self) -> dict[str, Any]:
        items = sorted({*self.hits, *self.false, *self.missed})
        rows = {item: figures_of(self.hits[item], self.false[item], self.missed[item]) for item in items}
        return {**figures_of(*self.counts()), "items": rows}

    def counts(self) -> tuple[int, int, int]:
        """Hits, false and missed ones."""
        return self.hits.total(), self.false.total(), self.missed.total()

    def add(self, other: Score) -> None:
        """``other``'s marks too."""
        self.hits.update(other.hits)
        self.false.update(other.false)
        self.missed.update(other.missed)
        self.errors += other.errors


Marked = Callable[[LabelledDialogue], Sequence[Mark]]


def score(
    dialogues: Sequence[LabelledDialogue], marks_of: Marked, catalogs: Mapping[str, ExperienceCatalog]
) -> dict[str, Score]:
    """One ``Score`` per kind."""
    return joined([score_one(dialogue, marks_of(dialogue), catalogs) for dialogue in dialogues])


def score_one(
    dialogue: LabelledDialogue, marks: Sequence[Mark], catalogs: Mapping[str, ExperienceCatalog]
) -> dict[str, Score]:
    """By kind, of one dialogue. ``catalogs`` by sector."""
    scores = {kind: Score() for kind in KINDS}
    catalog = catalogs[dialogue.sector]
    for kind in (*NAMED, "survey"):
        _count_sets(scores[kind], dialogue, _gold_items(dialogue, kind), _found_items(marks, catalog, kind))
    for kind in ("promise", "broken_promise", "expectation", "wait"):
        _count_places(scores[kind], dialogue, _gold_places(dialogue, kind), _found_places(marks, kind))
    return scores


def joined(each: Sequence[Mapping[str, Score]]) -> dict[str, Score]:
    """What dialogues have together, by kind."""
    scores = {kind: Score() for kind in KINDS}
    for own in each:
        for kind, one in own.items():
            scores[kind].add(one)
    return scores


def f1_interval(counts: NDArray[np.int64]) -> tuple[float, float]:
    """95 % interval of the micro-F1 of hits, false and missed ones (n_dialogues, 3), by drawing dialogues with
    replacement (Efron 1979)."""
    rng = np.random.default_rng(_SEED)
    drawn = rng.integers(len(counts), size=(_N_DRAWS, len(counts)))
    hits, false, missed = counts[drawn].sum(axis=1).T
    f1 = 2 * hits / np.maximum(2 * hits + false + missed, 1)
    low, high = np.quantile(f1, [0.025, 0.975])
    return round(float(low), 3), round(float(high), 3)


def _gold_items(dialogue: LabelledDialogue, kind: str) -> set[Item]:
    plain = dialogue.marks
    if kind == "survey":
        return {(row["item"], answer_of(row)) for row in plain.get("survey") or ()}
    rows, name = NAMED[kind]
    return {(str(row[name]), row["turn"]) for row in plain.get(rows) or ()}


def _found_items(marks: Sequence[Mark], catalog: ExperienceCatalog, kind: str) -> set[Item]:
    own = [mark for mark in marks if mark.kind == kind]
    if kind == "survey":
        return {(catalog.label(kind, mark.value), mark.detail) for mark in own}
    return {(catalog.label(kind, mark.value), mark.turn) for mark in own}


def _count_sets(score: Score, dialogue: LabelledDialogue, gold: set[Item], found: set[Item]) -> None:
    score.hits.update(str(item[0]) for item in gold & found)
    for name, counter, items in (
        ("missed", score.missed, gold - found),
        ("false", score.false, found - gold),
    ):
        counter.update(str(item[0]) for item in items)
        score.errors += [(dialogue.id, name, f"{item[0]} {item[1]}") for item in sorted(items, key=str)]


Place = tuple[str, int, int, float]
"""Item, start, end, amount."""


def _gold_places(dialogue: LabelledDialogue, kind: str) -> list[Place]:
    plain = dialogue.marks
    if kind == "wait":
        return [("wait", *dialogue.span(row), float(row["minutes"])) for row in plain.get("waits") or ()]
    if kind == "expectation":
        return [(row["gap"], *dialogue.span(row), 0.0) for row in plain.get("expectations") or ()]
    rows = plain.get("promises") or ()
    wanted = [row for row in rows if kind == "promise" or row["status"] == "broken"]
    return [("promise" if kind == "promise" else row["status"], *dialogue.span(row), 0.0) for row in wanted]


def _found_places(marks: Sequence[Mark], kind: str) -> list[Place]:
    if kind == "wait":
        return [("wait", m.start, m.end, m.amount or 0.0) for m in marks if m.kind == "wait"]
    if kind == "expectation":
        return [(m.value, m.start, m.end, 0.0) for m in marks if m.kind == "expectation"]
    own = [m for m in marks if m.kind == "promise" and (kind == "promise" or m.value == "broken")]
    return [("promise" if kind == "promise" else m.value, m.start, m.end, 0.0) for m in own]


def _count_places(
    score: Score, dialogue: LabelledDialogue, gold: Sequence[Place], found: Sequence[Place]
) -> None:
    """One to one, in order of place: the same item, overlapping, amounts within five per cent."""
    text = dialogue.text
    left = list(found)
    for item, start, end, amount in gold:
        match = next(
            (f for f in left if f[0] == item and f[1] < end and start < f[2] and _near(f[3], amount)), None
        )
        if match is None:
            score.missed[item] += 1
            score.errors.append((dialogue.id, "missed", f"{item} {text[start:end]} {amount or ''}"))
            continue
        left.remove(match)
        score.hits[item] += 1
    for item, start, end, amount in left:
        score.false[item] += 1
        score.errors.append((dialogue.id, "false", f"{item} {text[start:end]} {amount or ''}"))


def _near(one: float, other: float) -> bool:
    return abs(one - other) <= 0.05 * max(abs(one), abs(other))


def figures_of(hits: int, false: int, missed: int) -> dict[str, Any]:
    """How many marks are labelled, and what share of them, and of those found, is right."""
    precision = hits / (hits + false) if hits + false else 0.0
    recall = hits / (hits + missed) if hits + missed else 0.0
    f1 = 2 * hits / (2 * hits + false + missed) if hits + false + missed else 0.0
    return {
        "n": hits + missed,
        "precision": round(precision, 3),
        "recall": round(recall, 3),
        "f1": round(f1, 3),
    }
