"""Records as rows of the tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import orjson

from service.database.records import AnalysisRow, CategoryRow

_Item = TypeVar("_Item")
_CHUNK = 500
_FELT = "felt"
_SOURCE_RANK = {"analyst": 0, "rule": 1, "model": 2}


def analysis_values(tenant: str, transcript_id: str, row: AnalysisRow) -> dict[str, Any]:
    return {
        "tenant": tenant,
        "transcript_id": transcript_id,
        "sentiment": row.sentiment,
        "score": row.score,
        "polarity": row.polarity,
        "intensity": row.intensity,
        "analysed_at": row.analysed_at,
        "models": dict(row.models),
        "body": row.body,
    }


def category_values(tenant: str, transcript_id: str, row: CategoryRow) -> dict[str, Any]:
    return {
        "tenant": tenant,
        "transcript_id": transcript_id,
        "category_id": row.category_id,
        "category_group": group_name(row),
        "path": orjson.dumps(row.path).decode(),
        "score": row.score,
        "source": row.source,
    }


def mark_values(tenant: str, transcript_id: str, marks: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    """One row per distinct mark, in the order of the primary key."""
    return [
        {"tenant": tenant, "transcript_id": transcript_id, "kind": kind, "value": value}
        for kind, value in sorted(set(marks))
    ]


def mark_pairs(experience: Mapping[str, Any] | None) -> tuple[tuple[str, str], ...]:
    """Distinct (kind, value) of the marks of an analysis, in order; of a survey item the value is ``item.answer``.

    Without those that only correct the polarity of a clause, which nobody looks for.
    """
    marks = (experience or {}).get("marks") or ()
    return tuple(sorted({(mark["kind"], _mark_value(mark)) for mark in marks if mark["kind"] != _FELT}))


def _mark_value(mark: Mapping[str, Any]) -> str:
    value, answer = mark["value"], mark.get("detail")
    return f"{value}.{answer}" if mark["kind"] == "survey" and answer else value


def group_name(row: CategoryRow) -> str:
    """The first name of the path: what a category is counted under as a group."""
    return row.path[0] if row.path else row.category_id


def distinct_categories(rows: Iterable[CategoryRow]) -> list[CategoryRow]:
    """One row per category: an analyst's before a rule's before a model's, then the higher score."""
    best: dict[str, CategoryRow] = {}
    for row in sorted(rows, key=lambda row: (_SOURCE_RANK.get(row.source, 9), -row.score)):
        best.setdefault(row.category_id, row)
    return list(best.values())


def in_chunks(items: Sequence[_Item]) -> Iterator[Sequence[_Item]]:
    """Pieces that fit into one statement."""
    for start in range(0, len(items), _CHUNK):
        yield items[start : start + _CHUNK]
