"""Which cause each stored clause counts for, and the months and records that follow from it.

What runs found (``base_id``, ``root_cause_month_base``, ``base_name``, ``base_detail``) is only read here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    delete,
    exists,
    func,
    insert,
    select,
    union,
    update,
)

from models.rootcause.ledger.state import ClauseKey
from service.database.engine import insert_new
from service.database.records import AssignmentRecord, RootCauseMonthRecord
from service.database.schema import (
    root_cause,
    root_cause_assignment,
    root_cause_event,
    root_cause_month,
    root_cause_month_base,
    transcript,
)
from service.database.transcript_rows import in_chunks

_MONTH = tuple(root_cause_month_base.c[name] for name in RootCauseMonthRecord.__slots__)
_ASSIGNMENT = tuple(root_cause_assignment.c[name] for name in AssignmentRecord.__slots__)


class Clause(NamedTuple):
    """An assigned clause and its month."""

    month: str
    assigned: AssignmentRecord

    @property
    def key(self) -> ClauseKey:
        return self.assigned.transcript_id, self.assigned.start, self.assigned.end


@dataclass(frozen=True, slots=True)
class BaseCause:
    """What the last run said of a cause."""

    id: str
    name: str
    detail: Mapping[str, Any]


class Share(NamedTuple):
    """Clauses of ``base_id`` that count for ``root_cause_id`` in a month."""

    base_id: str
    root_cause_id: str


class Counted(NamedTuple):
    n_transcripts: int
    n_voices: int


def base_causes(connection: Connection, tenant: str) -> dict[str, BaseCause]:
    """All stored causes by id."""
    columns = (root_cause.c[name] for name in ("id", "base_name", "base_detail"))
    rows = connection.execute(select(*columns).where(root_cause.c.tenant == tenant).order_by(root_cause.c.id))
    return {row.id: BaseCause(*row) for row in rows}


def add_causes(connection: Connection, tenant: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Records of causes that no run made; those that are there already stay."""
    if rows:
        values = [{"tenant": tenant, "is_retired": False, "changed_seq": 0, **row} for row in rows]
        connection.execute(insert_new(connection, root_cause).on_conflict_do_nothing(), values)


def update_cause(connection: Connection, tenant: str, cause_id: str, values: Mapping[str, Any]) -> None:
    wanted = (root_cause.c.tenant == tenant, root_cause.c.id == cause_id)
    connection.execute(update(root_cause).where(*wanted).values(**values))


def remove_causes(connection: Connection, tenant: str, cause_ids: Collection[str]) -> None:
    """Remove records that no run and no clause speaks of."""
    used = (
        exists().where(table.c.tenant == tenant, column == root_cause.c.id)
        for table, column in (
            (root_cause_month_base, root_cause_month_base.c.root_cause_id),
            (root_cause_assignment, root_cause_assignment.c.root_cause_id),
            (root_cause_assignment, root_cause_assignment.c.base_id),
        )
    )
    if cause_ids:
        wanted = (root_cause.c.tenant == tenant, root_cause.c.id.in_(sorted(cause_ids)))
        connection.execute(delete(root_cause).where(*wanted, *(~each for each in used)))


def base_ids_of(connection: Connection, tenant: str, cause_ids: Collection[str]) -> set[str]:
    """Ids that runs gave to the clauses that count for one of ``cause_ids`` now, and these themselves."""
    table = root_cause_assignment
    query = select(table.c.base_id).distinct()
    query = query.where(table.c.tenant == tenant, table.c.root_cause_id.in_(sorted(cause_ids)))
    return set(connection.execute(query).scalars()) | set(cause_ids)


def months_of(connection: Connection, tenant: str, base_ids: Collection[str] | None = None) -> list[str]:
    """Months in which runs found one of ``base_ids``, or any cause, in order."""
    table, spoken = root_cause_month_base, root_cause_assignment
    found = select(table.c.month).where(table.c.tenant == tenant)
    clauses = select(spoken.c.month).where(spoken.c.tenant == tenant)
    if base_ids is not None:
        found = found.where(table.c.root_cause_id.in_(sorted(base_ids)))
        clauses = clauses.where(spoken.c.base_id.in_(sorted(base_ids)))
    return sorted(connection.execute(union(found, clauses)).scalars())


def list_clauses(
    connection: Connection,
    tenant: str,
    *,
    base_ids: Collection[str] | None = None,
    root_cause_ids: Collection[str] | None = None,
    month: str | None = None,
) -> list[Clause]:
    """Assigned clauses by month, cause and score; the best first."""
    table = root_cause_assignment
    conditions: list[ColumnElement[bool]] = [table.c.tenant == tenant]
    if base_ids is not None:
        conditions.append(table.c.base_id.in_(sorted(base_ids)))
    if root_cause_ids is not None:
        conditions.append(table.c.root_cause_id.in_(sorted(root_cause_ids)))
    if month is not None:
        conditions.append(table.c.month == month)
    place = (table.c.transcript_id, table.c.start, table.c.end, table.c.base_id)
    query = (
        select(table.c.month, *_ASSIGNMENT)
        .where(*conditions)
        .order_by(table.c.month, table.c.root_cause_id, table.c.score.desc(), *place)
    )
    return [Clause(row[0], AssignmentRecord(*row[1:])) for row in connection.execute(query)]


def set_owner(
    connection: Connection, tenant: str, base_id: str, owner: str, month: str | None = None
) -> None:
    """All clauses that runs gave to ``base_id`` count for ``owner``, in one month or all."""
    table = root_cause_assignment
    wanted = [table.c.tenant == tenant, table.c.base_id == base_id, table.c.root_cause_id != owner]
    if month is not None:
        wanted.append(table.c.month == month)
    connection.execute(update(table).where(*wanted).values(root_cause_id=owner))


def set_owners(connection: Connection, tenant: str, owned: Iterable[tuple[Clause, str]]) -> None:
    """Each clause counts for the cause beside it."""
    table, names = root_cause_assignment, ("month", "base_id", "transcript_id", "start", "end")
    statement = (
        update(table)
        .where(table.c.tenant == tenant, *(table.c[name] == bindparam(f"of_{name}") for name in names))
        .values(root_cause_id=bindparam("owner"))
    )
    rows = [
        {"of_month": clause.month, "owner": owner}
        | {f"of_{name}": getattr(clause.assigned, name) for name in names[1:]}
        for clause, owner in owned
        if clause.assigned.root_cause_id != owner
    ]
    if rows:
        connection.execute(statement, rows)


def base_months(connection: Connection, tenant: str, month: str) -> list[RootCauseMonthRecord]:
    """What the run of a month found, by rank."""
    table = root_cause_month_base
    query = select(*_MONTH).where(table.c.tenant == tenant, table.c.month == month)
    rows = connection.execute(query.order_by(table.c.rank, table.c.root_cause_id))
    return [RootCauseMonthRecord(**row._mapping) for row in rows]


def month_shares(connection: Connection, tenant: str, month: str) -> set[Share]:
    """Which causes the clauses of each found cause count for in a month."""
    table = root_cause_assignment
    query = select(table.c.base_id, table.c.root_cause_id).distinct()
    query = query.where(table.c.tenant == tenant, table.c.month == month)
    return {Share(*row) for row in connection.execute(query)}


def month_counts(connection: Connection, tenant: str, month: str) -> dict[str, Counted]:
    """Transcripts and voices of each cause in a month, as its clauses say."""
    table = root_cause_assignment
    counts = (func.count(table.c[name].distinct()) for name in ("transcript_id", "voice_id"))
    query = select(table.c.root_cause_id, *counts).where(table.c.tenant == tenant, table.c.month == month)
    rows = connection.execute(query.group_by(table.c.root_cause_id))
    return {row[0]: Counted(row[1], row[2]) for row in rows}


def replace_months(
    connection: Connection, tenant: str, month: str, rows: Sequence[RootCauseMonthRecord]
) -> None:
    """``rows`` are what the month shows from now on."""
    table = root_cause_month
    connection.execute(delete(table).where(table.c.tenant == tenant, table.c.month == month))
    names = RootCauseMonthRecord.__slots__
    values = [{"tenant": tenant} | {name: getattr(row, name) for name in names} for row in rows]
    if values:
        connection.execute(insert(table), values)


def voices_by_month(
    connection: Connection, tenant: str, cause_ids: Collection[str] | None = None
) -> dict[str, dict[str, int]]:
    """Voices of each cause in each month that shows it."""
    table = root_cause_month
    query = select(table.c.root_cause_id, table.c.month, table.c.n_voices).where(table.c.tenant == tenant)
    if cause_ids is not None:
        query = query.where(table.c.root_cause_id.in_(sorted(cause_ids)))
    found: dict[str, dict[str, int]] = {}
    for row in connection.execute(query.order_by(table.c.month)):
        found.setdefault(row.root_cause_id, {})[row.month] = row.n_voices
    return found


def months_run(connection: Connection, tenant: str) -> set[str]:
    """Months whose causes were sought, also where none was found."""
    event = root_cause_event
    told = select(event.c.payload["month"].as_string())
    told = told.where(event.c.tenant == tenant, event.c.kind == "month")
    return set(months_of(connection, tenant)) | set(connection.execute(told).scalars())


def texts_of(connection: Connection, tenant: str, transcript_ids: Collection[str]) -> dict[str, str]:
    """Stored texts by transcript; those that are gone are left out."""
    found: dict[str, str] = {}
    for chunk in in_chunks(sorted(transcript_ids)):
        wanted = (transcript.c.tenant == tenant, transcript.c.id.in_(chunk))
        rows = connection.execute(select(transcript.c.id, transcript.c.text).where(*wanted))
        found.update((row.id, row.text) for row in rows)
    return found


def record_of_part(cause_id: str, name: str, born_month: str, created_at: datetime) -> dict[str, Any]:
    """The row of a cause that an analyst split off."""
    return {
        "id": cause_id,
        "name": name,
        "named_by": "analyst",
        "state": "new",
        "born_month": born_month,
        "created_at": created_at,
        "detail": {},
        "base_name": name,
        "base_detail": {},
    }
