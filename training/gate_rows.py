"""Test rows of the tasks whose answer is a set, and what a model folder answers rightly, wrongly, or misses."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from data.dialogues.loading import LabelledDialogue, load_labelled
from data.encoders import find_encoder
from models.artifact.folder import load_manifest
from models.classify.aspect_catalog import AspectClassifier, load_aspect
from models.classify.aspect_values import subjects_of
from models.core.errors import InputError
from models.dialogue.analyzer import load_problem, load_satisfaction
from models.dialogue.problem import Marked
from models.dialogue.satisfaction import CLASSES, classes_of
from models.experience.talk_files import load_talk
from models.opinion.catalog import load_extractor
from training.aspect_data import AspectTable, read_aspects
from training.dialogue.reading import DialogueRecord, load_dialogues
from training.gate_counts import Answered, CountedRows
from training.opinion.rows import TripletRow, load_triplets

Scored = tuple[Hashable, float]
"""An answer and the score that the model gives it, in [0, 1]."""
_PROBLEM, _GOAL = ("CNUG0",), ("CNUG*", "HNUG*")
"""Votes that a turn states the problem, and that the goal is reached (see ``models.dialogue.votes``)."""


def count_answers(
    gold: Sequence[set[Hashable]], given: Sequence[Sequence[Scored]], *, met_by_one: bool = False
) -> Answered:
    """Of each row the right answers, and those given with their scores. Both sequences are ``(n_rows,)``.

    With ``met_by_one`` one right answer meets all gold answers of the row.
    """
    counts, scores, right = [], [], []
    for wanted, found in zip(gold, given, strict=True):
        hits = [answer in wanted for answer, _ in found]
        n_right, n_wanted = sum(hits), min(len(wanted), 1) if met_by_one else len(wanted)
        counts.append((n_right, len(found) - n_right, max(n_wanted - n_right, 0)))
        scores += [score for _, score in found]
        right += hits
    return Answered(
        np.array(counts, dtype=np.int64).reshape(-1, 3),
        np.array(scores, dtype=np.float64),
        np.array(right, dtype=bool),
    )


def aspect_rows(path: Path, mapping: Mapping[str, str], home: Path) -> CountedRows:
    """Texts with ``subject:polarity|…``."""
    table = read_aspects(path, mapping)
    return CountedRows(table.texts, partial(_answer_aspects, table, home), table.rejected)


def opinion_rows(path: Path, mapping: Mapping[str, str], home: Path) -> CountedRows:
    """Lines ``text####[…]``; whole triplets are counted."""
    table = load_triplets(path)
    return CountedRows(
        tuple(row.text for row in table.rows), partial(_answer_opinions, table.rows), table.rejected
    )


def satisfaction_rows(path: Path, mapping: Mapping[str, str], home: Path) -> CountedRows:
    """Dialogues with ``satisfaction``: one class each, right or else one wrong and one missed."""
    table = load_dialogues(path)
    missing = sum("satisfaction" not in record.marks for record in table.records)
    _complete(missing, len(table.records), "satisfaction")
    return CountedRows(_texts(table.records), partial(_answer_satisfaction, table.records), table.rejected)


def problem_rows(path: Path, mapping: Mapping[str, str], home: Path) -> CountedRows:
    """Dialogues with votes on their turns: where the problem is said, and where the goal is reached."""
    table = load_dialogues(path)
    _complete(sum(record.votes is None for record in table.records), len(table.records), "votes")
    return CountedRows(_texts(table.records), partial(_answer_problem, table.records), table.rejected)


def experience_rows(path: Path, mapping: Mapping[str, str], home: Path) -> CountedRows:
    """Labelled dialogues; marks of all kinds are counted."""
    dialogues = load_labelled(path)
    return CountedRows(tuple(dialogue.text for dialogue in dialogues), partial(_answer_experience, dialogues))


def load_aspect_model(folder: Path, home: Path) -> AspectClassifier:
    """An aspect model with the encoder that it names. Raises ``ArtifactError``, ``NotFoundError``."""
    encoder = load_manifest(folder).parameters.get("encoder")
    return load_aspect(folder, encoder=find_encoder(str(encoder), home=home) if encoder else None)[1]


def _answer_aspects(table: AspectTable, home: Path, folder: Path) -> Answered:
    """As ``voc evaluate``: where every text has a label, the model gives each text one at least."""
    model = load_aspect_model(folder, home)
    subjects = subjects_of(table.labels)
    if not set(subjects) & set(model.subjects):
        raise InputError(
            reason=f"测试文件的主题 {list(subjects)[:8]} 与模型的主题 {list(model.subjects)[:8]} 没有交集",
            reason_en=f"the subjects of the test file {list(subjects)[:8]} and of the model have nothing in common",
        )
    found = model.predict(table.texts, min_labels=int(all(table.labels)))
    given = [[((label.subject, label.polarity), label.score) for label in row] for row in found]
    return count_answers([set(row) for row in table.labels], given)


def _answer_opinions(rows: Sequence[TripletRow], folder: Path) -> Answered:
    found = load_extractor(folder)[1].extract([row.text for row in rows])
    given = [[(opinion.triplet, opinion.score) for opinion in own] for own in found]
    return count_answers([set(row.triplets) for row in rows], given)


def _answer_satisfaction(records: Sequence[DialogueRecord], folder: Path) -> Answered:
    model = load_satisfaction(folder)[1]
    scores = model.scores([record.dialogue for record in records])
    labels, p = model.cuts_.labels(scores), model.cuts_.probabilities(scores)
    gold = classes_of(np.array([record.marks["satisfaction"] for record in records]))
    given = [[(CLASSES[k], float(row[k]))] for k, row in zip(labels.tolist(), p, strict=True)]
    return count_answers([{CLASSES[k]} for k in gold.tolist()], given)


def _answer_problem(records: Sequence[DialogueRecord], folder: Path) -> Answered:
    """Problem and goal are counted apart and then together; several turns that say it are met by one."""
    marks = load_problem(folder)[1].mark([record.dialogue for record in records])
    parts = [
        _answer_marks(records, _PROBLEM, [own.problem for own in marks]),
        _answer_marks(records, _GOAL, [own.goal for own in marks]),
    ]
    return Answered(
        np.sum([part.counts for part in parts], axis=0),
        np.concatenate([part.scores for part in parts]),
        np.concatenate([part.right for part in parts]),
    )


def _answer_experience(dialogues: Sequence[LabelledDialogue], folder: Path) -> Answered:
    """Without scores: rules and network judge together."""
    from training.experience.evaluate import mark_counts, score_dialogues  # The rules take long to compile.

    counts = mark_counts(score_dialogues(load_talk(folder)[1], dialogues))
    return Answered(counts, np.zeros(0), np.zeros(0, dtype=bool))


def _answer_marks(
    records: Sequence[DialogueRecord], names: Sequence[str], marks: Sequence[Marked | None]
) -> Answered:
    gold = [_majority(record, names) for record in records]
    given: list[list[Scored]] = [[(mark.turn, mark.score)] if mark else [] for mark in marks]
    return count_answers(gold, given, met_by_one=True)


def _majority(record: DialogueRecord, names: Sequence[str]) -> set[Hashable]:
    """Turns where ``names`` have more than half of all votes."""
    votes = enumerate(record.votes or ())
    return {i for i, own in votes if sum(own.get(name, 0) for name in names) * 2 > sum(own.values())}


def _texts(records: Sequence[DialogueRecord]) -> tuple[str, ...]:
    """As the fit makes digests of them."""
    return tuple("\n".join(text for _, text in record.turns) for record in records)


def _complete(n_missing: int, n: int, what: str) -> None:
    if n_missing or not n:
        raise InputError(
            reason=f"测试文件 {n} 段对话中有 {n_missing} 段没有 {what}",
            reason_en=f"{n_missing} of the {n} dialogues of the test file have no {what}",
        )
