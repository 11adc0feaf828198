"""Jobs and real processes, on both databases: killed, told to leave, two at a time."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.database import jobs
from service.database.engine import Database
from service.database.records import JobRecord

PROGRAM = Path(__file__).with_name("job_process.py")
ROOT = PROGRAM.parents[2]
Process = subprocess.Popen[str]
StartProcess = Callable[[], Process]


@pytest.fixture
def start(database: Database, database_url: str, tmp_path: Path) -> Iterator[StartProcess]:
    started: list[Process] = []

    def starter() -> Process:
        command = [sys.executable, str(PROGRAM), str(tmp_path), database_url]
        environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path, env=environment)
        started.append(process)
        assert process.stdout is not None
        assert "ready\n" in iter(process.stdout.readline, ""), "the process ended before it was ready"
        return process

    yield starter
    for process in started:
        process.kill()
        process.wait(10)
        if process.stdout is not None:
            process.stdout.close()


def submit(database: Database, log: Path, key: str = "k", *, n: int = 4, seconds: float = 0.3) -> str:
    """A job as another process leaves it: the row alone, which every live process finds."""
    params = {"log": str(log), "n": n, "seconds": seconds}
    with database.begin() as connection:
        record, _ = jobs.create_job(connection, "default", "steps", key, params, datetime.now(UTC))
    return record.id


def ended(database: Database, job_id: str, *, within: float = 40.0) -> JobRecord:
    until = time.monotonic() + within
    while time.monotonic() < until:
        with database.read() as connection:
            job = jobs.get_job(connection, "default", job_id)
        if job.state not in ("queued", "running"):
            return job
        time.sleep(0.05)
    raise AssertionError(f"job still {job.state} ({job.progress}) after {within} s")


def wait_for(log: Path, line: str, *, within: float = 30.0) -> None:
    until = time.monotonic() + within
    while time.monotonic() < until:
        if log.exists() and line in log.read_text():
            return
        time.sleep(0.02)
    raise AssertionError(f"{line!r} did not come within {within} s")


def lines_of(log: Path, what: str) -> Counter[str]:
    """How often each step started or ended."""
    return Counter(line.split()[1] for line in log.read_text().splitlines() if line.startswith(what))


def test_a_killed_job_is_finished_after_a_restart_behind_its_last_step(
    start: StartProcess, database: Database, tmp_path: Path
) -> None:
    log = tmp_path / "steps.log"
    first = start()
    job_id = submit(database, log)
    wait_for(log, "start 2")
    first.send_signal(signal.SIGKILL)
    first.wait(10)
    start()
    job = ended(database, job_id)
    assert (job.state, job.result) == ("done", {"done": [0, 1, 2, 3]})
    assert lines_of(log, "end") == {"0": 1, "1": 1, "2": 1, "3": 1}
    assert lines_of(log, "start") == {"0": 1, "1": 1, "2": 2, "3": 1}


def test_a_second_live_process_takes_over_from_a_dead_one(
    start: StartProcess, database: Database, tmp_path: Path
) -> None:
    log = tmp_path / "steps.log"
    processes = {process.pid: process for process in (start(), start())}
    job_id = submit(database, log)
    wait_for(log, "start 1")
    owner = int(log.read_text().split()[2])
    processes[owner].send_signal(signal.SIGKILL)
    job = ended(database, job_id)
    assert (job.state, job.result) == ("done", {"done": [0, 1, 2, 3]})
    pids = [int(line.split()[2]) for line in log.read_text().splitlines()]
    assert set(pids) == set(processes)
    assert lines_of(log, "end") == {"0": 1, "1": 1, "2": 1, "3": 1}


def test_two_processes_share_the_jobs_and_run_each_once(
    start: StartProcess, database: Database, tmp_path: Path
) -> None:
    log = tmp_path / "steps.log"
    start(), start()
    submitted = [submit(database, log, f"k{i}", n=1, seconds=0.2) for i in range(10)]
    assert [ended(database, job_id).state for job_id in submitted] == ["done"] * 10
    runs = [line.split() for line in log.read_text().splitlines() if line.startswith("start")]
    assert Counter(line[3] for line in runs) == dict.fromkeys(submitted, 1)
    assert len({line[2] for line in runs}) == 2


def test_a_process_told_to_leave_goes_at_once_and_the_next_one_goes_on(
    start: StartProcess, database: Database, tmp_path: Path
) -> None:
    log = tmp_path / "steps.log"
    first = start()
    job_id = submit(database, log, n=3, seconds=1.0)
    wait_for(log, "start 1")
    first.send_signal(signal.SIGTERM)
    assert first.wait(15) == 0
    with database.read() as connection:
        assert jobs.get_job(connection, "default", job_id).state == "running"
    start()
    job = ended(database, job_id)
    assert (job.state, job.result) == ("done", {"done": [0, 1, 2]})
    assert lines_of(log, "end") == {"0": 1, "1": 1, "2": 1}
