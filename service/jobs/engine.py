"""Jobs on DBOS (see ``docs/decisions/0002-jobs.md``).

A job is a row that people see (``service.database.jobs``) and a DBOS workflow that does it. Each step of a
workflow is remembered when it is done; after a crash the job goes on behind its last finished step. Every
process beats a lease; when one falls silent, another takes over its unfinished jobs.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import structlog
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID, WorkflowStatus
from sqlalchemy import Connection

from models.core.errors import JobError, StorageError, VocError
from service.database import idempotency, jobs
from service.database.engine import Database
from service.database.records import JobRecord
from service.jobs import leases
from service.jobs.run import Interrupted, JobHandler, JobRun, JobTiming
from service.jobs.sqlite_clock import ClockedConnection
from service.settings import Settings

Result = TypeVar("Result")
QUEUE = "voc"
KEEP_IDEMPOTENCY_KEYS = timedelta(days=7)
_APPLICATION_VERSION = "1"  # one version for all releases: a newer release finishes what an older one began
_CLEAN_EVERY = timedelta(hours=1)
_log = structlog.get_logger("voc.jobs")

__all__ = ["QUEUE", "JobEngine", "JobHandler", "JobRun", "JobTiming"]


class JobEngine:
    """Runs jobs in this process. Only one engine can be live in a process at a time."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        handlers: Mapping[str, JobHandler],
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        timing: JobTiming | None = None,
    ) -> None:
        self._settings = settings
        self._database = database
        self._handlers = handlers
        self._clock = clock
        self._timing = timing or JobTiming()
        self._stopping = threading.Event()
        self._idle = threading.Semaphore()
        self._beats: threading.Thread | None = None
        self._seen_queued: set[tuple[str, str]] = set()
        self._cleaned_at = datetime.min.replace(tzinfo=UTC)
        self._workflow: Callable[[str, str], None]
        self.executor_id = f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:8]}"

    def start(self) -> None:
        """Open the job store, take over what silent processes left, begin to work."""
        DBOS.destroy(destroy_registry=True)
        DBOS(config=self._config())

        def run_job(tenant: str, job_id: str) -> None:
            self._run(tenant, job_id)

        self._workflow = DBOS.workflow(name="voc.job")(run_job)
        leases.beat(self._database, self.executor_id, self._clock())
        DBOS.launch()
        DBOS.register_queue(QUEUE, worker_concurrency=1, polling_interval_sec=self._timing.poll)
        self._take_over()
        self._enqueue_lost(self._queued())
        self._beats = threading.Thread(target=self._beat_on, name="voc-job-beats", daemon=True)
        self._beats.start()

    def stop(self) -> None:
        """Leave. A job under way stops at its next step or report, and the next process goes on with it."""
        self._stopping.set()
        if self._beats is not None:
            self._beats.join()
        left = self._idle.acquire(timeout=self._timing.leave_within)
        DBOS.destroy(destroy_registry=True)
        if left:
            self._idle.release()
            try:
                leases.leave(self._database, self.executor_id, self._clock())
            except Exception as error:  # the database may be gone: the lease falls silent by itself
                _log.warning("lease left behind", error=type(error).__name__)

    def submit(self, tenant: str, kind: str, key: str, params: Mapping[str, Any]) -> JobRecord:
        """Queue a job; the same ``key`` gives the same job. Raises ``JobError`` for an unknown kind."""
        if kind not in self._handlers:
            raise JobError(job=kind, reason="没有这种任务", reason_en="there is no such kind of job")
        with self._database.begin() as connection:
            record, created = jobs.create_job(connection, tenant, kind, key, params, self._clock())
        if created:
            self._enqueue(tenant, record.id)
        return record

    def _enqueue(self, tenant: str, job_id: str) -> None:
        """The job's id is the workflow's: a second time changes nothing."""
        with SetWorkflowID(job_id):
            DBOS.enqueue_workflow(QUEUE, self._workflow, tenant, job_id)

    def _run(self, tenant: str, job_id: str) -> None:
        with self._idle:
            if self._stopping.is_set():
                raise Interrupted
            record = self._written(lambda connection: jobs.get_job(connection, tenant, job_id))
            if record.state not in ("queued", "running"):
                return
            self._written(lambda connection: jobs.start_job(connection, tenant, job_id, self._clock()))
            run = JobRun(tenant, job_id, record.params, self._database, self._stopping, self._timing)
            error, result = self._outcome(record, run)
            if error is not None:
                body = {"code": error.code, "detail": error.message("zh"), "detail_en": error.message("en")}
                self._written(lambda c: jobs.fail_job(c, tenant, job_id, body, self._clock()))
            else:
                self._written(lambda c: jobs.finish_job(c, tenant, job_id, result, self._clock()))

    def _outcome(self, record: JobRecord, run: JobRun) -> tuple[VocError | None, dict[str, Any]]:
        handler = self._handlers.get(record.kind)
        if handler is None:
            return JobError(job=record.kind, reason="没有这种任务", reason_en="no such kind of job"), {}
        try:
            return None, handler(run)
        except VocError as error:
            _log.warning("job failed", job=record.id, kind=record.kind, code=error.code)
            return error, {}
        except Exception as error:
            if self._stopping.is_set():  # the ground went away under it
                raise Interrupted from error
            _log.exception("job failed", job=record.id, kind=record.kind, error=type(error).__name__)
            reason = "内部错误，见日志"
            return JobError(job=record.id, reason=reason, reason_en="internal error, see the log"), {}

    def _written(self, work: Callable[[Connection], Result]) -> Result:
        """``work`` in a transaction, tried until the database takes it: an outcome is never dropped."""
        while True:
            try:
                with self._database.begin() as connection:
                    return work(connection)
            except StorageError as error:
                if self._stopping.is_set():
                    raise Interrupted from error
                _log.warning("job state not written, trying again", code=error.code)
                self._stopping.wait(self._timing.retry_after)

    def _beat_on(self) -> None:
        while not self._stopping.wait(self._timing.beat):
            try:
                leases.beat(self._database, self.executor_id, self._clock())
                self._take_over()
                queued = self._queued()
                self._enqueue_lost(queued & self._seen_queued)
                self._seen_queued = queued
                self._clean()
            except VocError as error:
                _log.warning("beat failed", code=error.code)
            except Exception as error:  # the job store may be away too; the next beat tries again
                _log.exception("beat failed", error=type(error).__name__)

    def _take_over(self) -> None:
        """Nothing is written while every job under way is this process's own."""
        if all(workflow.executor_id == self.executor_id for workflow in self._under_way()):
            return
        silent_after = timedelta(seconds=self._timing.silent_after)
        leases.requeue_of_dead(self._database, self._clock(), silent_after, self._requeue_all_but)

    def _requeue_all_but(self, alive: Sequence[str]) -> None:
        for workflow in self._under_way():
            if workflow.executor_id not in alive:
                _log.info("taking over a job", job=workflow.workflow_id, worker=workflow.executor_id)
                DBOS.resume_workflow(workflow.workflow_id, queue_name=QUEUE)

    def _under_way(self) -> list[WorkflowStatus]:
        return DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)

    def _queued(self) -> set[tuple[str, str]]:
        with self._database.read() as connection:
            return set(jobs.queued_everywhere(connection))

    def _enqueue_lost(self, queued: set[tuple[str, str]]) -> None:
        """Queue jobs whose process died between writing the row and queueing it."""
        for tenant, job_id in sorted(queued, key=lambda pair: pair[1]):
            self._enqueue(tenant, job_id)

    def _clean(self) -> None:
        now = self._clock()
        if now - self._cleaned_at < _CLEAN_EVERY:
            return
        with self._database.begin() as connection:
            idempotency.purge_requests(connection, now - KEEP_IDEMPOTENCY_KEYS)
        self._cleaned_at = now

    def _config(self) -> DBOSConfig:
        url = self._settings.database_url
        path = self._settings.database_path()
        if path is not None:
            jobs_path: Path = path.with_name("jobs.sqlite3").resolve()
            url = f"sqlite:///{jobs_path}"
        return DBOSConfig(
            name="voc",
            system_database_url=url,
            executor_id=self.executor_id,
            application_version=_APPLICATION_VERSION,
            serializer=DBOSPortableJSONSerializer(),
            db_engine_kwargs={"connect_args": {"factory": ClockedConnection}} if path is not None else {},
            log_level="ERROR",
        )
