"""Root causes: permanent ids, their months, and which clauses speak of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, Connection, RowMapping, Table, delete, insert, select

from models.core.errors import NotFoundError
from service.database.engine import insert_new
from service.database.ledger import hold_ledger
from service.database.records import AssignmentRecord, MonthCause, RootCauseMonthRecord, RootCauseRecord
from service.database.schema import (
    root_cause,
    root_cause_assignment,
    root_cause_month,
    root_cause_month_base,
    transcript,
)
from service.database.transcript_rows import in_chunks

_CAUSE = tuple(root_cause.c[name] for name in RootCauseRecord.__slots__)
_MONTH = tuple(root_cause_month.c[name] for name in RootCauseMonthRecord.__slots__)
_ASSIGNMENT = tuple(root_cause_assignment.c[name] for name in AssignmentRecord.__slots__)


def save_month(
    connection: Connection,
    tenant: str,
    month: str,
    causes: Sequence[MonthCause],
    assignments: Iterable[AssignmentRecord],
) -> None:
    """Make ``causes`` and ``assignments`` the result of ``month``, in place of any earlier result.

    A cause that is new gets its record; a known one takes over state, detail, and the name unless an
    analyst gave it. Assignments of transcripts that were removed meanwhile are left out.
    """
    hold_ledger(connection, tenant)
    for table in (root_cause_assignment, root_cause_month, root_cause_month_base):
        connection.execute(delete(table).where(table.c.tenant == tenant, table.c.month == month))
    if not causes:
        return
    _save_causes(connection, tenant, [found.cause for found in causes])
    rows = [
        {"tenant": tenant} | {name: getattr(found.month, name) for name in RootCauseMonthRecord.__slots__}
        for found in causes
    ]
    for table in (root_cause_month_base, root_cause_month):
        connection.execute(insert(table), [row | {"month": month} for row in rows])
    _save_assignments(connection, tenant, month, list(assignments))


def list_month(
    connection: Connection, tenant: str, month: str, *, with_retired: bool = False
) -> list[MonthCause]:
    """The root causes that a month shows, by rank; retired ones only if asked for."""
    return _month_causes(connection, tenant, month, root_cause_month, root_cause.c.name, with_retired)


def list_base_month(connection: Connection, tenant: str, month: str) -> list[MonthCause]:
    """The root causes that the run of a month found, by rank, as if nobody had edited them since."""
    return _month_causes(connection, tenant, month, root_cause_month_base, root_cause.c.base_name, True)


def _month_causes(
    connection: Connection,
    tenant: str,
    month: str,
    table: Table,
    name: ColumnElement[str],
    with_retired: bool,
) -> list[MonthCause]:
    joined = table.join(
        root_cause, (root_cause.c.tenant == table.c.tenant) & (root_cause.c.id == table.c.root_cause_id)
    )
    months = (table.c[column].label(f"month_{column}") for column in RootCauseMonthRecord.__slots__)
    query = (
        select(*_CAUSE, name.label("name_here"), *months)
        .select_from(joined)
        .where(table.c.tenant == tenant, table.c.month == month)
        .order_by(table.c.rank, table.c.root_cause_id)
    )
    if not with_retired:
        query = query.where(~root_cause.c.is_retired)
    return [_month_cause(row._mapping) for row in connection.execute(query)]


def _month_cause(row: RowMapping) -> MonthCause:
    cause = {name: row[name] for name in RootCauseRecord.__slots__} | {"name": row["name_here"]}
    month = {name: row[f"month_{name}"] for name in RootCauseMonthRecord.__slots__}
    return MonthCause(RootCauseRecord(**cause), RootCauseMonthRecord(**month))


def list_causes(connection: Connection, tenant: str) -> list[RootCauseRecord]:
    """All root causes there ever were, in the order of their birth."""
    query = (
        select(*_CAUSE)
        .where(root_cause.c.tenant == tenant)
        .order_by(root_cause.c.born_month, root_cause.c.id)
    )
    return [RootCauseRecord(**row._mapping) for row in connection.execute(query)]


def get_cause(connection: Connection, tenant: str, root_cause_id: str) -> RootCauseRecord:
    """One root cause. Raises ``NotFoundError``."""
    wanted = (root_cause.c.tenant == tenant, root_cause.c.id == root_cause_id)
    row = connection.execute(select(*_CAUSE).where(*wanted)).first()
    if row is None:
        raise NotFoundError(what="根因", what_en="root cause", key=root_cause_id)
    return RootCauseRecord(**row._mapping)


def list_cause_months(connection: Connection, tenant: str, root_cause_id: str) -> list[RootCauseMonthRecord]:
    """The months of one root cause, in order."""
    query = (
        select(*_MONTH)
        .where(root_cause_month.c.tenant == tenant, root_cause_month.c.root_cause_id == root_cause_id)
        .order_by(root_cause_month.c.month)
    )
    return [RootCauseMonthRecord(**row._mapping) for row in connection.execute(query)]


def list_assignments(
    connection: Connection, tenant: str, month: str, root_cause_id: str | None = None
) -> list[AssignmentRecord]:
    """Clauses of a month, of one root cause or all; by cause, then the best score first.

    A clause that a run gave to two causes which were merged since comes once, with its best score.
    """
    table = root_cause_assignment
    query = select(*_ASSIGNMENT).where(table.c.tenant == tenant, table.c.month == month)
    if root_cause_id is not None:
        query = query.where(table.c.root_cause_id == root_cause_id)
    place = (table.c.transcript_id, table.c.start, table.c.end, table.c.base_id)
    query = query.order_by(table.c.root_cause_id, table.c.score.desc(), *place)
    found: dict[tuple[str, str, int, int], AssignmentRecord] = {}
    for row in connection.execute(query):
        key = (row.root_cause_id, row.transcript_id, row.start, row.end)
        found.setdefault(key, AssignmentRecord(**row._mapping))
    return list(found.values())


def _save_causes(connection: Connection, tenant: str, causes: Sequence[RootCauseRecord]) -> None:
    known = select(root_cause.c.id).where(
        root_cause.c.tenant == tenant, root_cause.c.id.in_([cause.id for cause in causes])
    )
    named = set(connection.execute(known.where(root_cause.c.named_by == "analyst")).scalars())
    for keeps_name in (True, False):
        chosen = [cause for cause in causes if (cause.id in named) is keeps_name]
        taken_over = ["state", "detail", "base_detail"]
        if not keeps_name:
            taken_over += ["name", "named_by", "base_name"]
        statement = insert_new(connection, root_cause)
        statement = statement.on_conflict_do_update(
            index_elements=["tenant", "id"], set_={name: statement.excluded[name] for name in taken_over}
        )
        rows = [
            {"tenant": tenant, "base_name": cause.name, "base_detail": cause.detail}
            | {name: getattr(cause, name) for name in RootCauseRecord.__slots__}
            for cause in sorted(chosen, key=lambda cause: cause.id)
        ]
        if rows:
            connection.execute(statement, rows)


def _save_assignments(
    connection: Connection, tenant: str, month: str, assignments: Sequence[AssignmentRecord]
) -> None:
    statement = insert_new(connection, root_cause_assignment).on_conflict_do_nothing()
    ids = sorted({assignment.transcript_id for assignment in assignments})
    there: set[str] = set()
    for chunk in in_chunks(ids):
        wanted = (transcript.c.tenant == tenant, transcript.c.id.in_(chunk))
        held = select(transcript.c.id).where(*wanted).with_for_update(read=True, key_share=True)
        there |= set(connection.execute(held).scalars())
    rows = [
        {"tenant": tenant, "month": month} | {name: getattr(a, name) for name in AssignmentRecord.__slots__}
        for a in assignments
        if a.transcript_id in there
    ]
    if rows:
        connection.execute(statement, rows)
