"""What a month's review reads beside the month itself: its mix last month, earlier root causes and scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Select, func, select

from service.database.schema import (
    analysis,
    root_cause_assignment,
    root_cause_month,
    transcript,
    transcript_category,
)
from service.database.transcript_rows import in_chunks

MAX_SCORED = 20_000

Stratum = tuple[str, str, str]

_STRATUM = tuple(func.coalesce(transcript.c[name], "") for name in ("channel", "product", "region"))
_N = func.count(transcript.c.seq.distinct())
_ANALYSED = transcript.join(
    analysis, (analysis.c.tenant == transcript.c.tenant) & (analysis.c.transcript_id == transcript.c.id)
)


@dataclass(frozen=True, slots=True)
class ScoredRow:
    """A transcript that has scores; ``categories`` are ids."""

    id: str
    customer_key: str | None
    segment: str | None
    scores: Mapping[str, float]
    sentiment: str
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CauseCount:
    """One root cause in one month."""

    month: str
    root_cause_id: str
    n_transcripts: int
    n_voices: int


def stratum_contacts(connection: Connection, tenant: str, month: str) -> dict[Stratum, int]:
    """Transcripts per channel, product and region; ``""`` where there is none."""
    query = select(*_STRATUM, _N).select_from(_ANALYSED).where(*_of_month(tenant, month)).group_by(*_STRATUM)
    return {_stratum(row): int(row[3]) for row in connection.execute(query).all()}


def stratum_categories(connection: Connection, tenant: str, month: str) -> dict[str, dict[Stratum, int]]:
    """Negative transcripts per category id and stratum."""
    source = _ANALYSED.join(
        transcript_category,
        (transcript_category.c.tenant == transcript.c.tenant)
        & (transcript_category.c.transcript_id == transcript.c.id),
    )
    name = transcript_category.c.category_id
    query = select(name, *_STRATUM, _N).select_from(source)
    query = query.where(*_of_month(tenant, month), analysis.c.sentiment == "negative")
    return _nested(connection, query.group_by(name, *_STRATUM))


def stratum_causes(connection: Connection, tenant: str, month: str) -> dict[str, dict[Stratum, int]]:
    """Transcripts per root cause id and stratum, as assigned in ``month``."""
    source = transcript.join(
        root_cause_assignment,
        (root_cause_assignment.c.tenant == transcript.c.tenant)
        & (root_cause_assignment.c.transcript_id == transcript.c.id),
    )
    name = root_cause_assignment.c.root_cause_id
    query = select(name, *_STRATUM, _N).select_from(source)
    query = query.where(*_of_month(tenant, month), root_cause_assignment.c.month == month)
    return _nested(connection, query.group_by(name, *_STRATUM))


def category_paths(connection: Connection, tenant: str, ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The path of each category as it was written last."""
    found = {}
    for name in ids:
        query = (
            select(transcript_category.c.path)
            .where(transcript_category.c.tenant == tenant, transcript_category.c.category_id == name)
            .order_by(transcript_category.c.transcript_id.desc())
            .limit(1)
        )
        path = connection.execute(query).scalar()
        if path:
            found[name] = tuple(orjson.loads(path))
    return found


def cause_counts(connection: Connection, tenant: str, first: str, before: str) -> list[CauseCount]:
    """Root causes of the months ``first`` (with) to ``before`` (without), by month and id."""
    table = root_cause_month
    query = (
        select(table.c.month, table.c.root_cause_id, table.c.n_transcripts, table.c.n_voices)
        .where(table.c.tenant == tenant, table.c.month >= first, table.c.month < before)
        .order_by(table.c.month, table.c.root_cause_id)
    )
    return [CauseCount(*row) for row in connection.execute(query)]


def scored_rows(connection: Connection, tenant: str, first: str, before: str) -> list[ScoredRow]:
    """Transcripts with scores of the months ``first`` (with) to ``before`` (without), by id.

    Of more than ``MAX_SCORED`` transcripts the newest are read.
    """
    span = (transcript.c.tenant == tenant, transcript.c.month >= first, transcript.c.month < before)
    columns = [transcript.c[name] for name in ("id", "customer_key", "segment", "scores")]
    query = select(*columns, analysis.c.sentiment).select_from(_ANALYSED).where(*span)
    newest = query.order_by(transcript.c.occurred_at.desc(), transcript.c.id).limit(MAX_SCORED)
    rows = sorted((row for row in connection.execute(newest) if row.scores), key=lambda row: str(row.id))
    categories = _categories_of(connection, tenant, [row.id for row in rows])
    return [
        ScoredRow(
            row.id,
            row.customer_key,
            row.segment,
            row.scores,
            row.sentiment,
            tuple(categories.get(row.id, ())),
        )
        for row in rows
    ]


def _categories_of(connection: Connection, tenant: str, ids: Sequence[str]) -> dict[str, list[str]]:
    table, found = transcript_category, dict[str, list[str]]()
    for chunk in in_chunks(ids):
        query = select(table.c.transcript_id, table.c.category_id).where(
            table.c.tenant == tenant, table.c.transcript_id.in_(chunk)
        )
        for transcript_id, name in connection.execute(query.order_by(table.c.category_id)):
            found.setdefault(transcript_id, []).append(name)
    return found


def _of_month(tenant: str, month: str) -> tuple[ColumnElement[bool], ...]:
    return transcript.c.tenant == tenant, transcript.c.month == month


def _nested(connection: Connection, query: Select[Any]) -> dict[str, dict[Stratum, int]]:
    found: dict[str, dict[Stratum, int]] = {}
    for row in connection.execute(query).all():
        found.setdefault(str(row[0]), {})[_stratum(row[1:])] = int(row[4])
    return found


def _stratum(row: Sequence[Any]) -> Stratum:
    return str(row[0]), str(row[1]), str(row[2])
