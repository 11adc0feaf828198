"""Counts of transcripts by any of their attributes, and by what they speak of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Select, exists, func, literal, select

from service.database.records import MARK_KINDS, Counts, Dimension, MarkFilter, SeriesFilter
from service.database.schema import (
    analysis,
    root_cause_assignment,
    transcript,
    transcript_category,
    transcript_mark,
)

ATTRIBUTES = ("channel", "product", "region", "segment", "store", "agent_id")

_SHORT_DAYS = 62

Cell = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Local days ``since`` (with) to ``until`` (without) of one tenant, narrowed by ``wanted``."""

    tenant: str
    since: date
    until: date
    wanted: SeriesFilter = field(default_factory=SeriesFilter)


def count_cells(
    connection: Connection, stretch: Stretch, by: Dimension, columns: Sequence[str]
) -> dict[str, dict[Cell, Counts]]:
    """Transcripts per value of ``by`` and cell of ``columns`` (``ATTRIBUTES``, ``day`` or ``month``).

    ``""`` stands for an attribute that a transcript lacks. A transcript counts once per value, however
    often it speaks of it; copies of one text count each. ``by`` root cause: as assigned in its own month.
    """
    keys = [func.coalesce(transcript.c[name], literal("")).label(f"key{i}") for i, name in enumerate(columns)]
    found: dict[str, dict[Cell, dict[str, int]]] = {}
    for row in connection.execute(count_rows(stretch, by, keys)):
        *cell, value, sentiment, n = row
        held = found.setdefault(value, {}).setdefault(tuple(cell), {})
        held[sentiment] = held.get(sentiment, 0) + int(n)
    return {value: {cell: Counts(**held) for cell, held in cells.items()} for value, cells in found.items()}


def count_rows(stretch: Stretch, by: Dimension, keys: Sequence[ColumnElement[str]]) -> Select[Any]:
    """Rows of (keys…, value, sentiment, count), read from the transcripts themselves."""
    source, value, conditions = _spoken_of(by)
    conditions += [
        transcript.c.tenant == stretch.tenant,
        transcript.c.day >= stretch.since.isoformat(),
        transcript.c.day < stretch.until.isoformat(),
        *_months(stretch),
        *_narrowed(stretch.wanted),
    ]
    columns = (*keys, value.label("value"), analysis.c.sentiment.label("tone"))
    names = (*(key.name for key in keys), "value", "tone")
    n = func.count(transcript.c.seq.distinct())
    return select(*columns, n).select_from(source).where(*conditions).group_by(*names)


def _months(stretch: Stretch) -> list[ColumnElement[bool]]:
    """The months of a short stretch: of these there is an index, of days there is none; a long one is read whole."""
    if (stretch.until - stretch.since).days > _SHORT_DAYS:
        return []
    first, last = stretch.since.isoformat()[:7], stretch.until.isoformat()[:7]
    return [transcript.c.month >= first, transcript.c.month <= last]


def _spoken_of(by: Dimension) -> tuple[FromClause, ColumnElement[str], list[ColumnElement[bool]]]:
    source: FromClause = transcript.join(analysis, same_transcript(analysis))
    if by in ("category", "category_group"):
        source = source.join(transcript_category, same_transcript(transcript_category))
        return source, transcript_category.c["category_id" if by == "category" else by], []
    if by == "root_cause":
        source = source.join(root_cause_assignment, same_transcript(root_cause_assignment))
        own_month = root_cause_assignment.c.month == transcript.c.month
        return source, root_cause_assignment.c.root_cause_id, [own_month]
    if by in MARK_KINDS:
        source = source.join(transcript_mark, same_transcript(transcript_mark))
        return source, transcript_mark.c.value, [transcript_mark.c.kind == by]
    if by == "sentiment":
        return source, analysis.c.sentiment, []
    return source, literal("") if by == "all" else func.coalesce(transcript.c[by], ""), []


def same_transcript(table: Any) -> ColumnElement[bool]:
    same: ColumnElement[bool] = (table.c.tenant == transcript.c.tenant) & (
        table.c.transcript_id == transcript.c.id
    )
    return same


def has_mark(wanted: MarkFilter) -> ColumnElement[bool]:
    """Whether a transcript has such a mark."""
    table = transcript_mark.alias("wanted_mark")
    named = (table.c.value.in_(wanted.values),) if wanted.values else ()
    return exists().where(same_transcript(table), table.c.kind == wanted.kind, *named)


def _narrowed(wanted: SeriesFilter) -> list[ColumnElement[bool]]:
    conditions = [
        transcript.c[name] == given
        for name in ("channel", "product", "region", "store")
        if (given := getattr(wanted, name)) is not None
    ]
    if wanted.category_id is not None:
        other = transcript_category.alias("narrowed")
        conditions.append(exists().where(same_transcript(other), other.c.category_id == wanted.category_id))
    if wanted.mark is not None:
        conditions.append(has_mark(wanted.mark))
    return conditions
