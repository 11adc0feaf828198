"""Long work as people see it: what was asked for, how far it is, what came out. And who is working.

Running the work is the business of ``service.jobs``; these rows outlive its library.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, select, tuple_, update

from models.core.errors import NotFoundError
from service.database.cursor import decode_cursor, encode_cursor
from service.database.engine import insert_new
from service.database.ids import time_ordered_id
from service.database.records import JobPage, JobRecord
from service.database.schema import job, worker_lease

_COLUMNS = tuple(job.c[name] for name in JobRecord.__slots__)
_OPEN = ("queued", "running")
_MAX_PAGE = 200


def create_job(
    connection: Connection,
    tenant: str,
    kind: str,
    idem_key: str,
    params: Mapping[str, Any],
    now: datetime,
    *,
    job_id: str | None = None,
) -> tuple[JobRecord, bool]:
    """Queue a job, or find the one that has this ``idem_key``; the second value says whether it is new."""
    record = JobRecord(
        job_id or time_ordered_id(), kind, idem_key, "queued", 0.0, "", params, None, None, now, None, None
    )
    values = {name: getattr(record, name) for name in JobRecord.__slots__}
    statement = (
        insert_new(connection, job)
        .values(tenant=tenant, **values)
        .on_conflict_do_nothing()
        .returning(job.c.id)
    )
    if connection.execute(statement).first() is not None:
        return record, True
    wanted = (job.c.tenant == tenant, job.c.idem_key == idem_key)
    row = connection.execute(select(*_COLUMNS).where(*wanted)).one()
    return JobRecord(**row._mapping), False


def get_job(connection: Connection, tenant: str, job_id: str) -> JobRecord:
    """One job. Raises ``NotFoundError``."""
    row = connection.execute(select(*_COLUMNS).where(job.c.tenant == tenant, job.c.id == job_id)).first()
    if row is None:
        raise NotFoundError(what="任务", what_en="job", key=job_id)
    return JobRecord(**row._mapping)


def list_jobs(
    connection: Connection,
    tenant: str,
    *,
    kind: str | None = None,
    state: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> JobPage:
    """A page of jobs, newest first. Raises ``CursorError``."""
    limit = min(max(limit, 1), _MAX_PAGE)
    query = select(*_COLUMNS).where(job.c.tenant == tenant)
    if kind is not None:
        query = query.where(job.c.kind == kind)
    if state is not None:
        query = query.where(job.c.state == state)
    if cursor is not None:
        place = tuple_(*decode_cursor(cursor), types=[job.c.created_at.type, job.c.id.type])
        query = query.where(tuple_(job.c.created_at, job.c.id) < place)
    query = query.order_by(job.c.created_at.desc(), job.c.id.desc()).limit(limit + 1)
    found = [JobRecord(**row._mapping) for row in connection.execute(query)]
    last = found[limit - 1] if len(found) > limit else None
    return JobPage(tuple(found[:limit]), encode_cursor(last.created_at, last.id) if last else None)


def queued_everywhere(connection: Connection) -> list[tuple[str, str]]:
    """Tenant and id of every queued job, oldest first: for a process that starts."""
    query = select(job.c.tenant, job.c.id).where(job.c.state == "queued").order_by(job.c.created_at, job.c.id)
    return [(row.tenant, row.id) for row in connection.execute(query)]


def start_job(connection: Connection, tenant: str, job_id: str, now: datetime) -> bool:
    """Mark a job as running. A job that is running already (its worker died) keeps its first start."""
    started = func.coalesce(job.c.started_at, now, type_=job.c.started_at.type)
    return _change(connection, tenant, job_id, state="running", started_at=started)


def report_progress(
    connection: Connection, tenant: str, job_id: str, progress: float, message: str = ""
) -> bool:
    """``progress`` in [0, 1]. Returns False when the job has ended, for instance was cancelled."""
    return _change(connection, tenant, job_id, progress=min(max(progress, 0.0), 1.0), message=message)


def finish_job(
    connection: Connection, tenant: str, job_id: str, result: Mapping[str, Any], now: datetime
) -> bool:
    """Mark a job as done. Each of these returns False, and changes nothing, once a job has ended."""
    return _change(connection, tenant, job_id, state="done", progress=1.0, result=result, finished_at=now)


def fail_job(
    connection: Connection, tenant: str, job_id: str, error: Mapping[str, Any], now: datetime
) -> bool:
    return _change(connection, tenant, job_id, state="failed", error=error, finished_at=now)


def cancel_job(connection: Connection, tenant: str, job_id: str, now: datetime) -> bool:
    return _change(connection, tenant, job_id, state="cancelled", finished_at=now)


def requeue_job(connection: Connection, tenant: str, job_id: str) -> bool:
    """Queue a failed or cancelled job once more."""
    values = {"state": "queued", "progress": 0.0, "message": "", "error": None, "finished_at": None}
    wanted = (job.c.tenant == tenant, job.c.id == job_id, job.c.state.in_(("failed", "cancelled")))
    return connection.execute(update(job).where(*wanted).values(**values)).rowcount == 1


def _change(connection: Connection, tenant: str, job_id: str, **values: Any) -> bool:
    wanted = (job.c.tenant == tenant, job.c.id == job_id, job.c.state.in_(_OPEN))
    return connection.execute(update(job).where(*wanted).values(**values)).rowcount == 1


def beat(connection: Connection, tenant: str, executor_id: str, now: datetime) -> None:
    """A worker says that it is alive."""
    statement = insert_new(connection, worker_lease).values(
        tenant=tenant, executor_id=executor_id, heartbeat_at=now
    )
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["tenant", "executor_id"], set_={"heartbeat_at": statement.excluded.heartbeat_at}
        )
    )


def silent_workers(connection: Connection, tenant: str, before: datetime) -> list[str]:
    """Workers whose last beat is from before a time."""
    wanted = (worker_lease.c.tenant == tenant, worker_lease.c.heartbeat_at < before)
    return list(
        connection.execute(
            select(worker_lease.c.executor_id).where(*wanted).order_by(worker_lease.c.executor_id)
        ).scalars()
    )


def take_over(connection: Connection, tenant: str, executor_id: str, before: datetime) -> bool:
    """End the lease of a silent worker. Of several that try, one gets True and runs its jobs on."""
    wanted = (
        worker_lease.c.tenant == tenant,
        worker_lease.c.executor_id == executor_id,
        worker_lease.c.heartbeat_at < before,
    )
    return connection.execute(delete(worker_lease).where(*wanted)).rowcount == 1
