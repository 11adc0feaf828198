"""Who was sent which revision of a review.

A delivery is *claimed* before it is sent and closed after. A process that dies in between leaves it ``sending``;
after ``STALE_AFTER`` the next run claims it again, so a review is sent at least once, and a receiver knows a second
copy by its id.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, Connection, and_, or_, select, update

from service.database.engine import insert_new
from service.database.schema import delivery

STALE_AFTER = timedelta(minutes=10)
"""Longer than all attempts of one sending take."""

State = Literal["waiting", "sending", "sent", "failed"]


@dataclass(frozen=True, slots=True)
class DeliveryRecord:
    """``receiver`` is a name without secrets; ``n_runs`` how often sending was begun; ``error`` of the last run."""

    month: str
    revision: int
    receiver: str
    kind: str
    state: State
    n_runs: int
    changed_at: datetime
    error: str | None


_COLUMNS = tuple(delivery.c[name] for name in DeliveryRecord.__slots__)


def plan_deliveries(
    connection: Connection,
    tenant: str,
    month: str,
    revision: int,
    receivers: Iterable[tuple[str, str]],
    now: datetime,
) -> None:
    """Note that ``receivers`` (kind and name) shall get a revision; those that are noted already stay as they are."""
    for kind, receiver in receivers:
        values = {"tenant": tenant, "month": month, "revision": revision, "receiver": receiver, "kind": kind}
        statement = insert_new(connection, delivery).values(
            **values, state="waiting", n_runs=0, changed_at=now, error=None
        )
        connection.execute(statement.on_conflict_do_nothing())


def claim_delivery(
    connection: Connection, tenant: str, month: str, revision: int, receiver: str, now: datetime
) -> bool:
    """Take a delivery that was not sent. Of several processes that try, one gets True and sends."""
    free = or_(
        delivery.c.state.in_(("waiting", "failed")),
        and_(delivery.c.state == "sending", delivery.c.changed_at <= now - STALE_AFTER),
    )
    values = {"state": "sending", "changed_at": now, "n_runs": delivery.c.n_runs + 1}
    wanted = (*_is(tenant, month, revision, receiver), free)
    return connection.execute(update(delivery).where(*wanted).values(**values)).rowcount == 1


def close_delivery(
    connection: Connection,
    tenant: str,
    month: str,
    revision: int,
    receiver: str,
    now: datetime,
    *,
    error: str | None = None,
) -> None:
    """A claimed delivery was sent, or failed with ``error``. What was sent stays sent."""
    state = "sent" if error is None else "failed"
    wanted = (*_is(tenant, month, revision, receiver), delivery.c.state != "sent")
    connection.execute(update(delivery).where(*wanted).values(state=state, changed_at=now, error=error))


def list_deliveries(
    connection: Connection,
    tenant: str,
    *,
    month: str | None = None,
    revision: int | None = None,
    limit: int | None = None,
) -> list[DeliveryRecord]:
    """Deliveries, the newest month and revision first."""
    query = select(*_COLUMNS).where(delivery.c.tenant == tenant)
    if month is not None:
        query = query.where(delivery.c.month == month)
    if revision is not None:
        query = query.where(delivery.c.revision == revision)
    order = (delivery.c.month.desc(), delivery.c.revision.desc(), delivery.c.kind, delivery.c.receiver)
    rows = connection.execute(query.order_by(*order).limit(limit))
    return [DeliveryRecord(**row._mapping) for row in rows]


def _is(tenant: str, month: str, revision: int, receiver: str) -> tuple[ColumnElement[bool], ...]:
    wanted = {"tenant": tenant, "month": month, "revision": revision, "receiver": receiver}
    return tuple(delivery.c[name] == value for name, value in wanted.items())
