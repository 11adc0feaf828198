"""Root causes worked out anew from runs and events, and whether anything stood otherwise before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from models.rootcause.vectors import Encoder
from service.database import ownership, root_causes
from service.database.records import AssignmentRecord, RootCauseMonthRecord, RootCauseRecord
from service.rootcauses.editing import ensure_births
from service.rootcauses.owning import reown_all


@dataclass(frozen=True, slots=True)
class Shown:
    """All that readers see of a tenant's root causes, by key."""

    causes: dict[str, RootCauseRecord]
    months: dict[tuple[str, str], RootCauseMonthRecord]
    clauses: dict[tuple[Any, ...], AssignmentRecord]


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How many of each there are, and how many stood otherwise before."""

    n_causes: int
    n_months: int
    n_clauses: int
    n_causes_changed: int
    n_months_changed: int
    n_clauses_changed: int

    @property
    def is_same(self) -> bool:
        return not (self.n_causes_changed or self.n_months_changed or self.n_clauses_changed)


def rebuild(connection: Connection, tenant: str, encoder: Encoder, now: datetime) -> Rebuilt:
    """Work out owners, months and records of all causes by replay."""
    before = read_shown(connection, tenant)
    ensure_births(connection, tenant, now)
    reown_all(connection, tenant, encoder)
    after = read_shown(connection, tenant)
    pairs = (
        (before.causes, after.causes),
        (before.months, after.months),
        (before.clauses, after.clauses),
    )
    return Rebuilt(*(len(new) for _, new in pairs), *(_n_changed(old, new) for old, new in pairs))


def read_shown(connection: Connection, tenant: str) -> Shown:
    """Everything as it stands."""
    causes = {cause.id: cause for cause in root_causes.list_causes(connection, tenant)}
    months = {
        (row.root_cause_id, row.month): row
        for cause_id in causes
        for row in root_causes.list_cause_months(connection, tenant, cause_id)
    }
    clauses = {
        (clause.month, clause.assigned.base_id, *clause.key): clause.assigned
        for clause in ownership.list_clauses(connection, tenant)
    }
    return Shown(causes, months, clauses)


def _n_changed(old: dict[Any, Any], new: dict[Any, Any]) -> int:
    return sum(old.get(key) != new.get(key) for key in old.keys() | new.keys())
