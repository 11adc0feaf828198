"""Reading transcripts: one, a page of a search, a month from end to end, counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, exists, func, select, tuple_

from models.core.errors import NotFoundError
from service.database.cells import has_mark
from service.database.cursor import decode_cursor, encode_cursor
from service.database.records import (
    AnalysisRow,
    CategoryRow,
    Counts,
    MonthRow,
    Page,
    StoredTranscript,
    TranscriptFilter,
    TranscriptRow,
    TurnRecord,
)
from service.database.schema import analysis, root_cause_assignment, transcript, transcript_category
from service.database.search import matches_words
from service.database.transcript_rows import in_chunks

MAX_PAGE = 200
"""Most transcripts on one page."""

_YIELD_ROWS = 500
_ROW_COLUMNS = tuple(column.name for column in transcript.c if column.name not in ("seq", "tenant"))
_ANALYSIS_COLUMNS = ("sentiment", "score", "polarity", "intensity", "body", "models", "analysed_at")
_NOT_IN_MONTH = ("content_digest", "month", "created_at", "external_id")
_MONTH_COLUMNS = tuple(name for name in _ROW_COLUMNS if name not in _NOT_IN_MONTH)
_EQUAL = ("month", "channel", "product", "region", "store", "external_id")

_JOINED = transcript.join(
    analysis, (analysis.c.tenant == transcript.c.tenant) & (analysis.c.transcript_id == transcript.c.id)
)
_STORED = select(
    *(transcript.c[name] for name in _ROW_COLUMNS), *(analysis.c[name] for name in _ANALYSIS_COLUMNS)
).select_from(_JOINED)


def get(connection: Connection, tenant: str, transcript_id: str) -> StoredTranscript:
    """One transcript. Raises ``NotFoundError``."""
    wanted = (transcript.c.tenant == tenant, transcript.c.id == transcript_id)
    found = _with_categories(connection, tenant, connection.execute(_STORED.where(*wanted)).all())
    if not found:
        raise NotFoundError(what="会话", what_en="transcript", key=transcript_id)
    return found[0]


def get_many(
    connection: Connection, tenant: str, transcript_ids: Sequence[str]
) -> dict[str, StoredTranscript]:
    """Those of ``transcript_ids`` that are there, by id."""
    wanted = (transcript.c.tenant == tenant, transcript.c.id.in_(transcript_ids))
    found = _with_categories(connection, tenant, connection.execute(_STORED.where(*wanted)).all())
    return {stored.row.id: stored for stored in found}


def find(
    connection: Connection, tenant: str, wanted: TranscriptFilter, cursor: str | None = None, limit: int = 50
) -> Page:
    """A page of what ``wanted`` describes, newest first; ``limit`` is cut to 1..``MAX_PAGE``.

    Raises ``CursorError``.
    """
    limit = min(max(limit, 1), MAX_PAGE)
    place = tuple_(transcript.c.occurred_at, transcript.c.id)
    query = _STORED.where(*_conditions(connection, tenant, wanted))
    if cursor is not None:
        moment, last_id = decode_cursor(cursor)
        query = query.where(
            place < tuple_(moment, last_id, types=[transcript.c.occurred_at.type, transcript.c.id.type])
        )
    query = query.order_by(transcript.c.occurred_at.desc(), transcript.c.id.desc()).limit(limit + 1)
    rows = connection.execute(query).all()
    items = _with_categories(connection, tenant, rows[:limit])
    last = items[-1].row if len(rows) > limit else None
    return Page(tuple(items), encode_cursor(last.occurred_at, last.id) if last else None)


def stream_month(connection: Connection, tenant: str, month: str) -> Iterator[MonthRow]:
    """Every transcript of a local month such as ``2024-03``, in the order of time, then id.

    Rows are fetched as they are used: memory does not grow with the month. Use up or leave the iterator
    before the transaction ends.
    """
    yield from _month_rows(connection, tenant, transcript.c.month == month)


def stream_some(connection: Connection, tenant: str, transcript_ids: Sequence[str]) -> Iterator[MonthRow]:
    """Those of ``transcript_ids`` that are there, in parts, each in the order of time, then id."""
    for chunk in in_chunks(transcript_ids):
        yield from _month_rows(connection, tenant, transcript.c.id.in_(chunk))


def _month_rows(connection: Connection, tenant: str, wanted: ColumnElement[bool]) -> Iterator[MonthRow]:
    names = ("sentiment", "polarity", "intensity", "body")
    query = (
        select(*(transcript.c[name] for name in _MONTH_COLUMNS), *(analysis.c[name] for name in names))
        .select_from(_JOINED)
        .where(transcript.c.tenant == tenant, wanted)
        .order_by(transcript.c.occurred_at, transcript.c.id)
        .execution_options(yield_per=_YIELD_ROWS)
    )
    for row in connection.execute(query):
        values = dict(row._mapping)
        yield MonthRow(**{**values, "turns": _turns(values["turns"])})


def stream_ids(connection: Connection, tenant: str, wanted: TranscriptFilter) -> Iterator[str]:
    """Ids of all that ``wanted`` describes, oldest first, for work over many transcripts."""
    query = (
        select(transcript.c.id)
        .select_from(_JOINED)
        .where(*_conditions(connection, tenant, wanted))
        .order_by(transcript.c.occurred_at, transcript.c.id)
        .execution_options(yield_per=_YIELD_ROWS)
    )
    yield from connection.execute(query).scalars()


def count(connection: Connection, tenant: str, wanted: TranscriptFilter | None = None) -> Counts:
    """How many there are of each sentiment."""
    conditions = _conditions(connection, tenant, wanted or TranscriptFilter())
    query = (
        select(analysis.c.sentiment, func.count())
        .select_from(_JOINED)
        .where(*conditions)
        .group_by(analysis.c.sentiment)
    )
    return Counts(**{row[0]: row[1] for row in connection.execute(query)})


def count_by_month(connection: Connection, tenant: str) -> dict[str, int]:
    """Transcripts of each month that has any, in order."""
    query = (
        select(transcript.c.month, func.count())
        .where(transcript.c.tenant == tenant)
        .group_by(transcript.c.month)
        .order_by(transcript.c.month)
    )
    return {row.month: row[1] for row in connection.execute(query)}


def _conditions(connection: Connection, tenant: str, wanted: TranscriptFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [transcript.c.tenant == tenant]
    for name in _EQUAL:
        if (value := getattr(wanted, name)) is not None:
            found.append(transcript.c[name] == value)
    if wanted.since is not None:
        found.append(transcript.c.occurred_at >= wanted.since)
    if wanted.until is not None:
        found.append(transcript.c.occurred_at < wanted.until)
    if wanted.sentiment is not None:
        found.append(analysis.c.sentiment == wanted.sentiment)
    if wanted.category_id is not None:
        found.append(_has_category(wanted.category_id))
    if wanted.root_cause_id is not None:
        found.append(_has_root_cause(tenant, wanted.root_cause_id, wanted.root_cause_month))
    if wanted.mark is not None:
        found.append(has_mark(wanted.mark))
    words = matches_words(connection.dialect.name, wanted.words)
    if words is not None:
        found.append(words)
    return found


def _has_category(category_id: str) -> ColumnElement[bool]:
    return exists().where(
        transcript_category.c.tenant == transcript.c.tenant,
        transcript_category.c.transcript_id == transcript.c.id,
        transcript_category.c.category_id == category_id,
    )


def _has_root_cause(tenant: str, root_cause_id: str, month: str | None) -> ColumnElement[bool]:
    """A list of ids rather than ``exists``: a root cause has few transcripts, whatever the time range."""
    table = root_cause_assignment
    spoken = select(table.c.transcript_id).where(
        table.c.tenant == tenant, table.c.root_cause_id == root_cause_id
    )
    if month is not None:
        spoken = spoken.where(table.c.month == month)
    return transcript.c.id.in_(spoken)


def _turns(values: Sequence[dict[str, Any]]) -> tuple[TurnRecord, ...]:
    return tuple(TurnRecord(**value) for value in values)


def _with_categories(connection: Connection, tenant: str, rows: Sequence[Any]) -> list[StoredTranscript]:
    categories = _categories(connection, tenant, [row.id for row in rows])
    found = []
    for row in rows:
        values = row._mapping
        whole = TranscriptRow(**{name: values[name] for name in _ROW_COLUMNS} | {"turns": _turns(row.turns)})
        part = AnalysisRow(**{name: values[name] for name in _ANALYSIS_COLUMNS})
        found.append(StoredTranscript(whole, part, tuple(categories.get(row.id, ()))))
    return found


def _categories(connection: Connection, tenant: str, ids: Sequence[str]) -> dict[str, list[CategoryRow]]:
    table = transcript_category
    query = (
        select(table.c.transcript_id, table.c.category_id, table.c.path, table.c.score, table.c.source)
        .where(table.c.tenant == tenant, table.c.transcript_id.in_(ids))
        .order_by(table.c.score.desc(), table.c.category_id)
    )
    found: dict[str, list[CategoryRow]] = {}
    for row in connection.execute(query) if ids else ():
        category = CategoryRow(row.category_id, tuple(orjson.loads(row.path)), row.score, row.source)
        found.setdefault(row.transcript_id, []).append(category)
    return found
