"""Labels that analysts gave: a history that only grows; of each transcript, task and span the latest counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, exists, func, insert, select, tuple_, update

from service.database.cursor import decode_cursor, encode_cursor
from service.database.records import AnalysisReplacement
from service.database.schema import analysis, analyst_label, transcript, transcript_category
from service.database.transcript_rows import in_chunks
from service.database.transcripts import replace_analysis

MAX_PAGE = 200
_YIELD_ROWS = 500


@dataclass(frozen=True, slots=True)
class LabelRecord:
    """One correction. ``labels`` are sentiments or category ids; none takes earlier labels back.

    ``start`` and ``end`` count over the stored text; ``None`` means the whole transcript. ``before`` is what
    the models had said. ``analyst`` and ``note`` are masked.
    """

    id: str
    transcript_id: str
    task: str
    labels: tuple[str, ...]
    created_at: datetime
    start: int | None = None
    end: int | None = None
    analyst: str | None = None
    note: str | None = None
    before: Mapping[str, Any] = field(default_factory=dict)


class ListedLabel(NamedTuple):
    """``in_force`` is false for a label that a later one replaced."""

    record: LabelRecord
    in_force: bool


@dataclass(frozen=True, slots=True)
class LabelPage:
    """Newest first. ``next_cursor`` is ``None`` on the last page."""

    items: tuple[ListedLabel, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A transcript that could be labelled; ``body`` is its stored analysis as JSON."""

    id: str
    channel: str
    occurred_at: datetime
    text: str
    signature: bytes | None
    body: bytes


_COLUMNS = tuple(analyst_label.c[name] for name in LabelRecord.__slots__)


def lock_transcripts(connection: Connection, tenant: str, ids: Sequence[str]) -> None:
    """Nobody else changes these transcripts until the transaction ends; in one order, so that none waits
    for the other for ever."""
    for chunk in in_chunks(sorted(set(ids))):
        wanted = (transcript.c.tenant == tenant, transcript.c.id.in_(chunk))
        query = select(transcript.c.seq).where(*wanted).order_by(transcript.c.id).with_for_update()
        connection.execute(query).all()


def add_labels(connection: Connection, tenant: str, records: Sequence[LabelRecord]) -> None:
    """Append to the history. The transcripts must be there and locked."""
    if not records:
        return
    names = LabelRecord.__slots__
    rows = [{"tenant": tenant} | {name: getattr(record, name) for name in names} for record in records]
    connection.execute(insert(analyst_label), [row | {"labels": list(row["labels"])} for row in rows])


def labels_of(connection: Connection, tenant: str, transcript_ids: Sequence[str]) -> list[LabelRecord]:
    """All labels in force on these transcripts, oldest first."""
    found: list[LabelRecord] = []
    for chunk in in_chunks(sorted(set(transcript_ids))):
        wanted = (analyst_label.c.tenant == tenant, analyst_label.c.transcript_id.in_(chunk), ~_replaced())
        query = select(*_COLUMNS).where(*wanted).order_by(analyst_label.c.created_at, analyst_label.c.id)
        found += [_record(row) for row in connection.execute(query)]
    return [record for record in found if record.labels]


def replace_labelled(
    connection: Connection, tenant: str, replacements: Sequence[AnalysisReplacement]
) -> list[str]:
    """Put analyses with the analysts' word in them in place of the stored ones, categories and counts too.

    Unlike ``replace_analysis`` alone, categories that an analyst gave before do not stay by themselves. Returns
    the ids that were replaced.
    """
    for chunk in in_chunks(sorted(replacement.transcript_id for replacement in replacements)):
        connection.execute(
            update(transcript_category)
            .where(
                transcript_category.c.tenant == tenant,
                transcript_category.c.transcript_id.in_(chunk),
                transcript_category.c.source == "analyst",
            )
            .values(source="model")
        )
    return replace_analysis(connection, tenant, replacements)


def list_labels(
    connection: Connection,
    tenant: str,
    *,
    task: str | None = None,
    transcript_id: str | None = None,
    in_force: bool = False,
    cursor: str | None = None,
    limit: int = 50,
) -> LabelPage:
    """A page of the history, newest first; with ``in_force`` without what was replaced or taken back.

    Raises ``CursorError``.
    """
    limit = min(max(limit, 1), MAX_PAGE)
    query = select(*_COLUMNS, _replaced().label("replaced")).where(analyst_label.c.tenant == tenant)
    if task is not None:
        query = query.where(analyst_label.c.task == task)
    if transcript_id is not None:
        query = query.where(analyst_label.c.transcript_id == transcript_id)
    if in_force:
        query = query.where(~_replaced(), func.json_array_length(analyst_label.c.labels) > 0)
    if cursor is not None:
        types = [analyst_label.c.created_at.type, analyst_label.c.id.type]
        query = query.where(_place(analyst_label) < tuple_(*decode_cursor(cursor), types=types))
    query = query.order_by(analyst_label.c.created_at.desc(), analyst_label.c.id.desc()).limit(limit + 1)
    found = [ListedLabel(_record(row), not row.replaced) for row in connection.execute(query)]
    last = found[limit - 1].record if len(found) > limit else None
    return LabelPage(tuple(found[:limit]), encode_cursor(last.created_at, last.id) if last else None)


def stream_in_force(connection: Connection, tenant: str, task: str) -> Iterator[LabelRecord]:
    """Every label of a task in force, oldest first, rows fetched as they are used."""
    query = (
        select(*_COLUMNS)
        .where(analyst_label.c.tenant == tenant, analyst_label.c.task == task, ~_replaced())
        .order_by(analyst_label.c.created_at, analyst_label.c.id)
        .execution_options(yield_per=_YIELD_ROWS)
    )
    for row in connection.execute(query):
        if row.labels:
            yield _record(row)


def unlabelled(
    connection: Connection, tenant: str, task: str, *, limit: int, also: Sequence[str] = ()
) -> list[Candidate]:
    """The newest transcripts without a label in force of ``task`` for the whole, and those of ``also``."""
    fresh = _candidates(tenant, task)
    newest = fresh.order_by(transcript.c.occurred_at.desc(), transcript.c.id.desc()).limit(limit)
    found = {row.id: Candidate(**row._mapping) for row in connection.execute(newest)}
    for chunk in in_chunks([id_ for id_ in also if id_ not in found]):
        rows = connection.execute(fresh.where(transcript.c.id.in_(chunk)))
        found |= {row.id: Candidate(**row._mapping) for row in rows}
    return [found[id_] for id_ in sorted(found)]


def _candidates(tenant: str, task: str) -> Select[Any]:
    same = (analysis.c.tenant == transcript.c.tenant) & (analysis.c.transcript_id == transcript.c.id)
    labelled = exists().where(
        analyst_label.c.tenant == transcript.c.tenant,
        analyst_label.c.transcript_id == transcript.c.id,
        analyst_label.c.task == task,
        analyst_label.c.start.is_(None),
        func.json_array_length(analyst_label.c.labels) > 0,
        ~_replaced(),
    )
    names = [name for name in Candidate.__slots__ if name != "body"]
    return (
        select(*(transcript.c[name] for name in names), analysis.c.body)
        .select_from(transcript.join(analysis, same))
        .where(transcript.c.tenant == tenant, ~labelled)
    )


def _replaced() -> ColumnElement[bool]:
    """Whether a later label stands for the same transcript, task and span."""
    later = analyst_label.alias("later")
    return exists().where(
        later.c.tenant == analyst_label.c.tenant,
        later.c.transcript_id == analyst_label.c.transcript_id,
        later.c.task == analyst_label.c.task,
        func.coalesce(later.c.start, -1) == func.coalesce(analyst_label.c.start, -1),
        func.coalesce(later.c.end, -1) == func.coalesce(analyst_label.c.end, -1),
        _place(later) > _place(analyst_label),
    )


def _place(table: Any) -> Any:
    return tuple_(table.c.created_at, table.c.id)


def _record(row: Any) -> LabelRecord:
    values = {name: getattr(row, name) for name in LabelRecord.__slots__}
    return LabelRecord(**(values | {"labels": tuple(values["labels"])}))
