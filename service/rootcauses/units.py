"""From stored transcripts to voices and to the clauses that may carry a cause."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import orjson

from models.analysis.pipeline import Analyzer
from models.rootcause.units import Unit, without_masks
from models.text.duplicates import N_HASHES, group_near_duplicates
from models.text.repair import repair
from service.database.records import MonthRow

DOUBTFUL_CLAUSE_WEIGHT = 0.6
MAX_POLARITY_OF_DOUBTFUL = 0.25
MAX_POLARITY_ELSEWHERE = -0.5
"""In a transcript that is not negative as a whole, only a clear complaint counts."""
MIN_UNIT_CHARS = 3
"""Masks left out: 我叫[姓名] carries no cause."""


def voices_of(rows: Iterable[MonthRow]) -> dict[str, str]:
    """Each transcript's voice: the id of the first of its near-duplicates."""
    ids: list[str] = []
    signatures: list[np.ndarray] = []
    for row in rows:
        ids.append(row.id)
        found = np.frombuffer(row.signature or b"", dtype="<u4")
        signatures.append(found if len(found) == N_HASHES else np.full(N_HASHES, 0xFFFFFFFF, dtype="<u4"))
    if not ids:
        return {}
    groups = group_near_duplicates(np.stack(signatures).astype(np.uint32))
    return {own: ids[int(group)] for own, group in zip(ids, groups, strict=True)}


def units_of(row: MonthRow, voice: str, analyzer: Analyzer) -> Iterator[Unit]:
    """The clauses that may carry a cause: negative ones; in a negative transcript also doubtful ones."""
    body = orjson.loads(row.body)
    for clause in body["clauses"]:
        weight = _clause_weight(row.sentiment, clause)
        if not weight:
            continue
        text = repair(row.text[clause["start"] : clause["end"]], marks=False).text.text
        words = tuple(word for word in analyzer.segmenter.words(text) if any(c.isalnum() for c in word))
        if len(without_masks(text)) >= MIN_UNIT_CHARS:
            start, end = clause["start"], clause["end"]
            yield Unit(
                row.id,
                start,
                end,
                text,
                words,
                weight=weight,
                voice=voice,
                is_complaint=row.sentiment == "negative",
            )


def _clause_weight(sentiment: str, clause: dict[str, Any]) -> float:
    """How much a clause may speak for a cause: not at all, as a doubtful or as a clear complaint."""
    negative = clause["sentiment"] == "negative"
    if clause["speaker"] != "customer" or clause["sentiment"] == "positive":
        return 0.0
    if sentiment == "negative":
        doubtful = clause["polarity"] <= MAX_POLARITY_OF_DOUBTFUL
        return 1.0 if negative else DOUBTFUL_CLAUSE_WEIGHT if doubtful else 0.0
    return 1.0 if negative and clause["polarity"] <= MAX_POLARITY_ELSEWHERE else 0.0
