"""How good rules and a talk model are together on labelled dialogues."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from data.artifacts.loading import load_model
from data.artifacts.shipped import shipped_models
from data.dialogues.loading import LabelledDialogue
from data.packs.experience import load_experience
from models.core.errors import InputError
from models.experience.analyzer import ExperienceAnalyzer
from models.experience.talk_reader import TalkReader
from training.experience.lessons import make_lessons
from training.experience.scoring import KIND_NAMES, KINDS, Score, f1_interval, figures_of, joined, score_one

PART_OF = {"broken_promise": "promise"}
"""Kinds that are counted within another."""


def evaluate_experience(reader: TalkReader, dialogues: Sequence[LabelledDialogue]) -> dict[str, Any]:
    """``n`` dialogues, micro ``precision``, ``recall``, ``f1`` over all kinds of marks with ``f1_interval`` (95 %), the same
    ``parts`` by kind, each with its Chinese ``name``, with ``items`` by step, item …, and ``texts_per_second``.

    Raises ``InputError`` without dialogues.
    """
    if not dialogues:
        raise InputError(reason="没有可用的对话", reason_en="there is no dialogue")
    started = time.perf_counter()
    each = score_dialogues(reader, dialogues)
    seconds = time.perf_counter() - started
    counts, scores = mark_counts(each), joined(each)
    total = figures_of(*counts.sum(axis=0).tolist())
    return {
        **total,
        "n_marks": total["n"],
        "n": len(dialogues),
        "f1_interval": f1_interval(counts),
        "parts": {kind: _part(kind, scores[kind], [own[kind] for own in each]) for kind in KINDS},
        "texts_per_second": round(len(dialogues) / max(seconds, 1e-9), 1),
    }


def score_dialogues(reader: TalkReader, dialogues: Sequence[LabelledDialogue]) -> list[dict[str, Score]]:
    """By kind, of each dialogue, read as the service does by default."""
    _, sentiment = load_model(shipped_models()["sentiment"])
    sectors = sorted({dialogue.sector for dialogue in dialogues})
    catalogs = {sector: load_experience(sector) for sector in sectors}
    analyzers = {sector: ExperienceAnalyzer(catalogs[sector], talk=reader) for sector in sectors}
    lessons = make_lessons(dialogues, reader.alphabet, sentiment)
    return [
        score_one(
            lesson.dialogue,
            lesson.raw_marks(analyzers[lesson.dialogue.sector].analyze(lesson.told).marks),
            catalogs,
        )
        for lesson in lessons
    ]


def mark_counts(each: Sequence[dict[str, Score]]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Hits, false and missed marks (n_dialogues, 3), each mark once."""
    rows = [[own.counts() for kind, own in scores.items() if kind not in PART_OF] for scores in each]
    return np.array([np.sum(row, axis=0) for row in rows], dtype=np.int64)


def _part(kind: str, whole: Score, each: Sequence[Score]) -> dict[str, Any]:
    interval = f1_interval(np.array([own.counts() for own in each]))
    return {"name": KIND_NAMES[kind], **whole.figures(), "f1_interval": interval}
