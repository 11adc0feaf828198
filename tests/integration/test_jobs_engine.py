"""Jobs in this process, on both databases: idempotent by key, visible, and failing with a code."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from models.core.errors import JobError, StorageError, TextError
from service.database import jobs
from service.database.engine import Database
from service.database.records import JobRecord
from service.jobs.engine import JobEngine
from service.jobs.run import JobHandler, JobRun, JobTiming
from service.settings import load_settings

QUICK = JobTiming(beat=0.1, silent_after=5.0, report_every=0.0, leave_within=5.0, retry_after=0.05, poll=0.05)
Start = Callable[[Mapping[str, JobHandler]], JobEngine]


@pytest.fixture
def start(database: Database, database_url: str, tmp_path: Path) -> Iterator[Start]:
    started: list[JobEngine] = []

    def starter(handlers: Mapping[str, JobHandler]) -> JobEngine:
        settings = load_settings(home=tmp_path, database_url=database_url)
        engine = JobEngine(settings, database, handlers, timing=QUICK)
        engine.start()
        started.append(engine)
        return engine

    yield starter
    for engine in started:
        engine.stop()


def job_of(database: Database, job_id: str) -> JobRecord:
    with database.read() as connection:
        return jobs.get_job(connection, "default", job_id)


def ended(database: Database, job_id: str, *, within: float = 20.0) -> JobRecord:
    until = time.monotonic() + within
    while time.monotonic() < until:
        job = job_of(database, job_id)
        if job.state not in ("queued", "running"):
            return job
        time.sleep(0.02)
    raise AssertionError(f"job still {job.state} after {within} s")


def test_a_key_gives_one_job_however_often_it_is_submitted(start: Start, database: Database) -> None:
    runs: list[str] = []

    def count(run: JobRun) -> dict[str, Any]:
        runs.append(run.job_id)
        return {"n": run.params["n"]}

    engine = start({"count": count})
    found: list[str] = []
    callers = [
        threading.Thread(target=lambda: found.append(engine.submit("default", "count", "k", {"n": 3}).id))
        for _ in range(8)
    ]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    job = ended(database, found[0])
    again = engine.submit("default", "count", "k", {"n": 3})
    time.sleep(0.3)
    assert len(set(found)) == 1
    assert again.id == job.id and again.state == "done"
    assert runs == [job.id]
    assert (job.state, job.progress, job.result) == ("done", 1.0, {"n": 3})
    assert job.started_at is not None and job.finished_at is not None


def test_the_same_key_in_two_tenants_is_two_jobs(start: Start, database: Database) -> None:
    engine = start({"count": lambda run: {"tenant": run.tenant}})
    first = engine.submit("default", "count", "k", {})
    second = engine.submit("other", "count", "k", {})
    assert first.id != second.id
    assert ended(database, first.id).result == {"tenant": "default"}


def test_progress_is_visible_while_a_job_runs(start: Start, database: Database) -> None:
    reported, go_on = threading.Event(), threading.Event()

    def half(run: JobRun) -> dict[str, Any]:
        run.report(0.5, "一半")
        reported.set()
        go_on.wait(10)
        return {}

    engine = start({"half": half})
    job = engine.submit("default", "half", "k", {})
    assert reported.wait(10)
    seen = job_of(database, job.id)
    go_on.set()
    assert (seen.state, seen.progress, seen.message) == ("running", 0.5, "一半")
    assert ended(database, job.id).state == "done"


def test_one_process_runs_one_job_at_a_time(start: Start, database: Database) -> None:
    running, most = [0], [0]

    def busy(run: JobRun) -> dict[str, Any]:
        running[0] += 1
        most[0] = max(most[0], running[0])
        time.sleep(0.1)
        running[0] -= 1
        return {}

    engine = start({"busy": busy})
    submitted = [engine.submit("default", "busy", f"k{i}", {}).id for i in range(4)]
    assert [ended(database, job_id).state for job_id in submitted] == ["done"] * 4
    assert most[0] == 1


def test_a_known_error_fails_the_job_with_its_code(start: Start, database: Database) -> None:
    def empty(run: JobRun) -> dict[str, Any]:
        return run.step("read", lambda: _raise(TextError(reason="内容为空", reason_en="it is empty")))

    engine = start({"empty": empty})
    job = ended(database, engine.submit("default", "empty", "k", {}).id)
    assert job.state == "failed" and job.error is not None
    assert job.error["code"] == "text_invalid"
    assert "内容为空" in job.error["detail"] and "empty" in job.error["detail_en"]


def test_an_unknown_error_fails_the_job_without_showing_its_text(start: Start, database: Database) -> None:
    def broken(run: JobRun) -> dict[str, Any]:
        return run.step("read", lambda: _raise(RuntimeError("客户张三的原话")))

    engine = start({"broken": broken})
    job = ended(database, engine.submit("default", "broken", "k", {}).id)
    assert job.state == "failed" and job.error is not None
    assert job.error["code"] == "job_failed"
    assert "张三" not in str(job.error)


def test_an_unknown_kind_is_refused_and_leaves_no_job(start: Start, database: Database) -> None:
    engine = start({})
    with pytest.raises(JobError):
        engine.submit("default", "nothing", "k", {})
    with database.read() as connection:
        assert jobs.list_jobs(connection, "default").items == ()


def test_a_kind_that_this_release_no_longer_has_fails_instead_of_staying(
    start: Start, database: Database
) -> None:
    start({})
    with database.begin() as connection:
        record, _ = jobs.create_job(connection, "default", "old", "k", {}, _now())
    job = ended(database, record.id)
    assert job.state == "failed" and job.error is not None and job.error["code"] == "job_failed"


def test_a_job_whose_process_died_before_queueing_it_is_found(start: Start, database: Database) -> None:
    start({"count": lambda run: {"n": 1}})
    with database.begin() as connection:
        record, _ = jobs.create_job(connection, "default", "count", "k", {}, _now())
    assert ended(database, record.id).result == {"n": 1}


def test_a_step_that_meets_a_busy_database_is_tried_again(start: Start, database: Database) -> None:
    tries: list[int] = []

    def lucky(run: JobRun) -> dict[str, Any]:
        def work() -> int:
            tries.append(1)
            if len(tries) < 3:
                raise StorageError(reason="占用", reason_en="locked")
            return len(tries)

        return {"tries": run.step("work", work)}

    engine = start({"lucky": lucky})
    assert ended(database, engine.submit("default", "lucky", "k", {}).id).result == {"tries": 3}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_outcome_of_a_job_outlives_a_locked_database(
    start: Start, open_again: Callable[..., Database], database_url: str, tmp_path: Path
) -> None:
    impatient = open_again(busy_timeout_seconds=0.05)
    done = threading.Event()

    def quick(run: JobRun) -> dict[str, Any]:
        started.set()
        done.wait(10)
        return {"ok": True}

    started = threading.Event()
    settings = load_settings(home=tmp_path, database_url=database_url)
    engine = JobEngine(settings, impatient, {"quick": quick}, timing=QUICK)
    engine.start()
    try:
        job = engine.submit("default", "quick", "k", {})
        assert started.wait(10)
        with open_again().begin():
            done.set()
            time.sleep(0.4)
            assert job_of(impatient, job.id).state == "running"
        assert ended(impatient, job.id).result == {"ok": True}
    finally:
        engine.stop()


def _raise(error: Exception) -> Any:
    raise error


def _now() -> datetime:
    return datetime.now(UTC)
