"""Jobs on DBOS (see ``docs/decisions/0002-jobs.md``).

A job is a row that people see (``service.database.jobs``) and a DBOS workflow that does it. Each step of a
workflow is remembered when it is done; after a crash the job goes on behind its last finished step. Every
process beats a lease; when one falls silent, another takes over its unfinished jobs.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import structlog
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID

from models.core.errors import JobError, VocError
from service.database import jobs
from service.database.engine import Database
from service.database.records import JobRecord
from service.settings import Settings

Result = TypeVar("Result")
QUEUE = "voc"
_APPLICATION_VERSION = "1"  # one version for all releases: a newer release finishes what an older one began
_LEASES = "-"  # the leases of workers belong to no tenant
_BEAT_SECONDS = 2.0
SILENT_AFTER_SECONDS = 10.0
_REPORT_EVERY_SECONDS = 0.5
_log = structlog.get_logger("voc.jobs")


@dataclass(slots=True)
class JobRun:
    """What a handler gets: its tenant and parameters, a way to report, and remembered steps."""

    tenant: str
    job_id: str
    params: Mapping[str, Any]
    database: Database
    _last_report: float = 0.0

    def report(self, progress: float, message: str) -> None:
        """Show progress in [0, 1]; written at most twice a second."""
        now = time.monotonic()
        if now - self._last_report < _REPORT_EVERY_SECONDS and progress < 1:
            return
        self._last_report = now
        with self.database.begin() as connection:
            jobs.report_progress(connection, self.tenant, self.job_id, progress, message)

    def step(self, name: str, work: Callable[[], Result]) -> Result:
        """Do ``work`` once; after a crash its JSON-safe result is remembered instead of done again."""
        return DBOS.run_step({"name": name}, work)


JobHandler = Callable[[JobRun], dict[str, Any]]


class JobEngine:
    """Runs jobs in this process. Only one engine can be live in a process at a time."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        handlers: Mapping[str, JobHandler],
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._settings = settings
        self._database = database
        self._handlers = handlers
        self._clock = clock
        self._stopping = threading.Event()
        self._beats: threading.Thread | None = None
        self._workflow: Callable[[str, str], None]
        self.executor_id = f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:8]}"

    def start(self) -> None:
        """Open the job store, take over what silent processes left, begin to work."""
        DBOS.destroy(destroy_registry=True)
        DBOS(config=self._config())

        def run_job(tenant: str, job_id: str) -> None:
            self._run(tenant, job_id)

        self._workflow = DBOS.workflow(name="voc.job")(run_job)
        self._beat()
        DBOS.launch()
        DBOS.register_queue(QUEUE, worker_concurrency=1, polling_interval_sec=0.2)
        self._take_over()
        self._requeue_lost()
        self._beats = threading.Thread(target=self._beat_on, name="voc-job-beats", daemon=True)
        self._beats.start()

    def stop(self) -> None:
        """Stop beating and leave; a job under way is taken over by the next process."""
        self._stopping.set()
        if self._beats is not None:
            self._beats.join()
        DBOS.destroy(destroy_registry=True)

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
        with SetWorkflowID(job_id):
            DBOS.enqueue_workflow(QUEUE, self._workflow, tenant, job_id)

    def _run(self, tenant: str, job_id: str) -> None:
        with self._database.begin() as connection:
            record = jobs.get_job(connection, tenant, job_id)
            if record.state not in ("queued", "running"):
                return
            jobs.start_job(connection, tenant, job_id, self._clock())
        run = JobRun(tenant, job_id, record.params, self._database)
        try:
            result = self._handlers[record.kind](run)
        except VocError as error:
            self._fail(tenant, job_id, error)
        except Exception as error:
            _log.exception("job failed", job=job_id, kind=record.kind, error=type(error).__name__)
            self._fail(
                tenant,
                job_id,
                JobError(job=job_id, reason="内部错误，见日志", reason_en="internal error, see the log"),
            )
        else:
            with self._database.begin() as connection:
                jobs.finish_job(connection, tenant, job_id, result, self._clock())

    def _fail(self, tenant: str, job_id: str, error: VocError) -> None:
        body = {"code": error.code, "detail": error.message("zh"), "detail_en": error.message("en")}
        with self._database.begin() as connection:
            jobs.fail_job(connection, tenant, job_id, body, self._clock())

    def _beat_on(self) -> None:
        while not self._stopping.wait(_BEAT_SECONDS):
            try:
                self._beat()
                self._take_over()
            except VocError as error:
                _log.warning("beat failed", code=error.code)

    def _beat(self) -> None:
        with self._database.begin() as connection:
            jobs.beat(connection, _LEASES, self.executor_id, self._clock())

    def _take_over(self) -> None:
        before = self._clock() - timedelta(seconds=SILENT_AFTER_SECONDS)
        with self._database.begin() as connection:
            silent = jobs.silent_workers(connection, _LEASES, before)
            silent = [worker for worker in silent if jobs.take_over(connection, _LEASES, worker, before)]
        for worker in silent:
            for workflow in DBOS.list_workflows(status="PENDING", executor_id=worker):
                _log.info("taking over a job", job=workflow.workflow_id, worker=worker)
                DBOS.resume_workflow(workflow.workflow_id)

    def _requeue_lost(self) -> None:
        """Queue jobs whose process died between writing the row and queueing it."""
        with self._database.read() as connection:
            lost = jobs.queued_everywhere(connection)
        for tenant, job_id in lost:
            self._enqueue(tenant, job_id)

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
            log_level="ERROR",
        )
