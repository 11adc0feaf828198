"""Requests with an ``Idempotency-Key``: the first one runs, later ones get its answer."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, select, update

from models.core.errors import IdempotencyError
from service.database.engine import insert_new
from service.database.records import IdempotentAnswer
from service.database.schema import idempotency

STALE_AFTER = timedelta(minutes=5)
"""A request that has not finished by then was cut off; the next one with its key runs in its place."""


def begin_request(
    connection: Connection, tenant: str, key: str, request_digest: str, now: datetime
) -> IdempotentAnswer:
    """Take ``key`` for a request, or say what became of the one that has it.

    Raises ``IdempotencyError`` when the key was used for a request with another digest.
    """
    values = {"tenant": tenant, "key": key, "request_digest": request_digest, "created_at": now}
    taken = (
        insert_new(connection, idempotency)
        .values(**values)
        .on_conflict_do_nothing()
        .returning(idempotency.c.key)
    )
    if connection.execute(taken).first() is not None:
        return IdempotentAnswer("new")
    names = ("request_digest", "status", "body", "created_at")
    query = select(*(idempotency.c[name] for name in names)).where(*_is(tenant, key)).with_for_update()
    row = connection.execute(query).first()
    if row is None:  # purged a moment ago
        return begin_request(connection, tenant, key, request_digest, now)
    if row.request_digest != request_digest:
        raise IdempotencyError(key=key)
    if row.status is not None:
        return IdempotentAnswer("done", row.status, row.body)
    if row.created_at > now - STALE_AFTER:
        return IdempotentAnswer("running")
    connection.execute(update(idempotency).where(*_is(tenant, key)).values(created_at=now))
    return IdempotentAnswer("new")


def finish_request(connection: Connection, tenant: str, key: str, status: int, body: bytes) -> None:
    """Keep the answer of a request; do it in the transaction that does the work."""
    connection.execute(update(idempotency).where(*_is(tenant, key)).values(status=status, body=body))


def release_request(connection: Connection, tenant: str, key: str) -> None:
    """Give the key back after a request that failed, so that it can be sent again. Keeps a kept answer."""
    connection.execute(delete(idempotency).where(*_is(tenant, key), idempotency.c.status.is_(None)))


def purge_requests(connection: Connection, before: datetime) -> int:
    """Forget requests from before a time, of all tenants; returns how many."""
    return connection.execute(delete(idempotency).where(idempotency.c.created_at < before)).rowcount


def _is(tenant: str, key: str) -> tuple[ColumnElement[bool], ...]:
    return idempotency.c.tenant == tenant, idempotency.c.key == key
