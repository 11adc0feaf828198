"""What a handler of a job sees: its tenant and parameters, progress, remembered steps."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import structlog
from dbos import DBOS

from models.core.errors import StorageError
from service.database import jobs
from service.database.engine import Database

Result = TypeVar("Result")
_log = structlog.get_logger("voc.jobs")


class Interrupted(BaseException):
    """The process is leaving. Not an ``Exception``, so that nothing records it as the outcome of the job:
    the next process goes on behind the last finished step."""


@dataclass(frozen=True, slots=True)
class JobTiming:
    """Seconds. A process that has not beaten for ``silent_after`` counts as dead."""

    beat: float = 2.0
    silent_after: float = 10.0
    report_every: float = 0.5
    leave_within: float = 5.0
    retry_after: float = 0.5
    poll: float = 0.2


@dataclass(slots=True)
class JobRun:
    """One run of a job. ``stopping`` is set when the process leaves; ``report`` and ``step`` heed it."""

    tenant: str
    job_id: str
    params: Mapping[str, Any]
    database: Database
    stopping: threading.Event = field(default_factory=threading.Event)
    timing: JobTiming = field(default_factory=JobTiming)
    _last_report: float = 0.0

    def report(self, progress: float, message: str) -> None:
        """Show progress in [0, 1]; written seldom, and left out while the database is busy.

        Raises ``Interrupted`` when the process leaves.
        """
        self._heed()
        now = time.monotonic()
        if now - self._last_report < self.timing.report_every and progress < 1:
            return
        self._last_report = now
        try:
            with self.database.begin() as connection:
                jobs.report_progress(connection, self.tenant, self.job_id, progress, message)
        except StorageError as error:
            _log.warning("progress not written", job=self.job_id, code=error.code)

    def step(self, name: str, work: Callable[[], Result]) -> Result:
        """Do ``work`` once; after a crash its JSON-safe result is remembered instead of done again.

        A database that is busy is tried three times. Raises ``Interrupted`` when the process leaves.
        """
        self._heed()
        return DBOS.run_step({"name": name}, lambda: self._thrice(work))

    def _thrice(self, work: Callable[[], Result]) -> Result:
        for _ in range(2):
            try:
                return work()
            except StorageError as error:
                _log.warning("step is tried again", job=self.job_id, code=error.code)
                self.stopping.wait(self.timing.retry_after)
                self._heed()
        return work()

    def _heed(self) -> None:
        if self.stopping.is_set():
            raise Interrupted


JobHandler = Callable[[JobRun], dict[str, Any]]
