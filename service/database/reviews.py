"""Monthly reviews as they were frozen. Every change makes a new revision; old ones stay."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from models.core.errors import NotFoundError
from service.database.engine import hold_name
from service.database.records import ReviewInfo, ReviewRecord
from service.database.schema import review

_INFO = (review.c.month, review.c.revision, review.c.fingerprint, review.c.created_at)


def save_review(
    connection: Connection, tenant: str, month: str, snapshot: bytes, fingerprint: str, now: datetime
) -> ReviewRecord:
    """Keep a snapshot as the next revision of its month, from 1.

    When the newest revision has the same ``fingerprint`` it is returned and nothing is stored.
    """
    hold_name(connection, f"review {tenant} {month}")
    newest = _newest(connection, tenant, month)
    if newest is not None and newest.fingerprint == fingerprint:
        return newest
    record = ReviewRecord(month, newest.revision + 1 if newest else 1, snapshot, fingerprint, now)
    values = {name: getattr(record, name) for name in ReviewRecord.__slots__}
    connection.execute(insert(review).values(tenant=tenant, **values))
    return record


def get_review(connection: Connection, tenant: str, month: str, revision: int | None = None) -> ReviewRecord:
    """A review, the newest revision when none is named. Raises ``NotFoundError``."""
    found = _newest(connection, tenant, month, revision)
    if found is None:
        raise NotFoundError(
            what="月度评审", what_en="review", key=month if revision is None else f"{month} #{revision}"
        )
    return found


def list_reviews(connection: Connection, tenant: str) -> list[ReviewInfo]:
    """The newest revision of each month, newest month first."""
    newest = (
        select(review.c.month, func.max(review.c.revision).label("revision"))
        .where(review.c.tenant == tenant)
        .group_by(review.c.month)
        .subquery()
    )
    query = (
        select(*_INFO)
        .join(newest, (review.c.month == newest.c.month) & (review.c.revision == newest.c.revision))
        .where(review.c.tenant == tenant)
        .order_by(review.c.month.desc())
    )
    return [ReviewInfo(**row._mapping) for row in connection.execute(query)]


def _newest(
    connection: Connection, tenant: str, month: str, revision: int | None = None
) -> ReviewRecord | None:
    query = select(*_INFO, review.c.snapshot).where(review.c.tenant == tenant, review.c.month == month)
    if revision is not None:
        query = query.where(review.c.revision == revision)
    row = connection.execute(query.order_by(review.c.revision.desc()).limit(1)).first()
    return ReviewRecord(**row._mapping) if row else None
