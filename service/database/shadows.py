"""Where a shadow model labels otherwise than the one in use: counts of all, the newest ones by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, insert, select

from service.database.engine import insert_new
from service.database.ids import time_ordered_id
from service.database.records import ShadowRow
from service.database.schema import shadow_count, shadow_difference

KEPT_PER_TASK = 1000
"""The newest differences of a task that are kept; the counts go on."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Both labels of one transcript, with their scores in [0, 1]. Labels are sentiments or category ids."""

    id: str
    transcript_id: str
    current: str
    shadow: str
    current_label: str
    shadow_label: str
    current_score: float
    shadow_score: float
    created_at: datetime


class ShadowCount(NamedTuple):
    """Of ``n`` transcripts, ``n_different`` were labelled otherwise by ``shadow`` than by ``current``."""

    current: str
    shadow: str
    n: int
    n_different: int


class ShadowPage(NamedTuple):
    """Newest first; ``next_cursor`` is the last id, ``None`` on the last page."""

    items: tuple[Difference, ...]
    next_cursor: str | None


_COLUMNS = tuple(shadow_difference.c[name] for name in Difference.__slots__)


def add_comparisons(
    connection: Connection, tenant: str, compared: Sequence[tuple[str, ShadowRow]], now: datetime
) -> None:
    """Count comparisons, given with their transcript's id, and keep those that differ."""
    counts: dict[tuple[str, str, str], list[int]] = {}
    for _, row in compared:
        held = counts.setdefault((row.task, row.current, row.shadow), [0, 0])
        held[0] += 1
        held[1] += row.differs
    _count(connection, tenant, counts)
    rows = [_values(tenant, id_, row, now) for id_, row in compared if row.differs]
    if rows:
        connection.execute(insert(shadow_difference), rows)
        for task in sorted({row["task"] for row in rows}):
            _trim(connection, tenant, task)


def shadow_counts(connection: Connection, tenant: str, task: str) -> list[ShadowCount]:
    """Counts of each pair of versions that ran side by side, by name."""
    names = ShadowCount._fields
    query = select(*(shadow_count.c[name] for name in names)).where(
        shadow_count.c.tenant == tenant, shadow_count.c.task == task
    )
    query = query.order_by(shadow_count.c.current, shadow_count.c.shadow)
    return [ShadowCount(*row) for row in connection.execute(query)]


def list_differences(
    connection: Connection,
    tenant: str,
    task: str,
    *,
    shadow: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> ShadowPage:
    """A page of differences, newest first, of one shadow version or of all."""
    query = select(*_COLUMNS).where(shadow_difference.c.tenant == tenant, shadow_difference.c.task == task)
    if shadow is not None:
        query = query.where(shadow_difference.c.shadow == shadow)
    if cursor is not None:
        query = query.where(shadow_difference.c.id < cursor)
    rows = connection.execute(query.order_by(shadow_difference.c.id.desc()).limit(limit + 1)).all()
    items = tuple(Difference(**row._mapping) for row in rows[:limit])
    return ShadowPage(items, items[-1].id if len(rows) > limit else None)


def differences_by_transcript(
    connection: Connection, tenant: str, task: str, shadow: str
) -> dict[str, Difference]:
    """The newest kept difference of each transcript."""
    page = list_differences(connection, tenant, task, shadow=shadow, limit=KEPT_PER_TASK)
    return {item.transcript_id: item for item in reversed(page.items)}


def _count(connection: Connection, tenant: str, counts: dict[tuple[str, str, str], list[int]]) -> None:
    statement = insert_new(connection, shadow_count)
    statement = statement.on_conflict_do_update(
        index_elements=["tenant", "task", "current", "shadow"],
        set_={
            "n": shadow_count.c.n + statement.excluded.n,
            "n_different": shadow_count.c.n_different + statement.excluded.n_different,
        },
    )
    rows = [
        {"tenant": tenant, "task": task, "current": current, "shadow": shadow, "n": n, "n_different": m}
        for (task, current, shadow), (n, m) in sorted(counts.items())
    ]
    connection.execute(statement, rows)


def _trim(connection: Connection, tenant: str, task: str) -> None:
    mine = (shadow_difference.c.tenant == tenant, shadow_difference.c.task == task)
    oldest_kept = connection.execute(
        select(shadow_difference.c.id)
        .where(*mine)
        .order_by(shadow_difference.c.id.desc())
        .offset(KEPT_PER_TASK - 1)
        .limit(1)
    ).scalar()
    if oldest_kept is not None:
        connection.execute(delete(shadow_difference).where(*mine, shadow_difference.c.id < oldest_kept))


def _values(tenant: str, transcript_id: str, row: ShadowRow, now: datetime) -> dict[str, Any]:
    return {
        "tenant": tenant,
        "task": row.task,
        "id": time_ordered_id(),
        "transcript_id": transcript_id,
        "current": row.current,
        "shadow": row.shadow,
        "current_label": row.current_label,
        "shadow_label": row.shadow_label,
        "current_score": row.current_score,
        "shadow_score": row.shadow_score,
        "created_at": now,
    }
