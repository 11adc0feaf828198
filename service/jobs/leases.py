"""Which processes are alive, and whose jobs are to be taken over.

Every process beats a row. A job of a process without a fresh beat goes back to the queue; that happens under
one name of the database, so two processes that find the same dead one queue each job once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from service.database import jobs
from service.database.engine import Database, hold_name

_TENANT = "-"  # the leases of workers belong to no tenant
_EVER = timedelta(days=36_500)
_HELD = "voc.jobs.take-over"


def beat(database: Database, executor_id: str, now: datetime) -> None:
    """Say that this process is alive."""
    with database.begin() as connection:
        jobs.beat(connection, _TENANT, executor_id, now)


def leave(database: Database, executor_id: str, now: datetime) -> None:
    """Say that this process works no more: others need not wait until it is silent."""
    with database.begin() as connection:
        jobs.take_over(connection, _TENANT, executor_id, now + _EVER)


def requeue_of_dead(
    database: Database, now: datetime, silent_after: timedelta, requeue: Callable[[Sequence[str]], None]
) -> None:
    """Call ``requeue`` with the executors that are alive, and forget those that are silent.

    ``requeue`` puts jobs that run under any other executor back on the queue.
    """
    before = now - silent_after
    with database.begin() as connection:
        hold_name(connection, _HELD)
        silent = jobs.silent_workers(connection, _TENANT, before)
        alive = set(jobs.silent_workers(connection, _TENANT, now + _EVER)) - set(silent)
        requeue(sorted(alive))
        for executor_id in silent:
            jobs.take_over(connection, _TENANT, executor_id, before)
