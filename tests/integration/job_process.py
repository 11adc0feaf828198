"""A process of its own that does jobs: ``python job_process.py HOME DATABASE_URL``; says ``ready``, ends on SIGTERM.

The one kind, ``steps``, writes ``start N PID`` and ``end N PID`` to a file around each of its slow steps.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

from service.database.engine import open_database
from service.jobs.engine import JobEngine
from service.jobs.run import JobRun, JobTiming
from service.settings import load_settings

TIMING = JobTiming(beat=0.2, silent_after=1.5, report_every=0.0, leave_within=5.0, poll=0.1)


def slow_steps(run: JobRun) -> dict[str, Any]:
    """``params``: ``log`` file, ``n`` steps, ``seconds`` each."""
    n = int(run.params["n"])
    done = [run.step(f"step-{i}", lambda i=i: _slow(run, i)) for i in range(n)]
    return {"done": done}


def _slow(run: JobRun, at: int) -> int:
    _note(run, f"start {at}")
    for _ in range(int(float(run.params["seconds"]) / 0.02)):
        time.sleep(0.02)
        run.report(at / int(run.params["n"]), f"step {at}")
    _note(run, f"end {at}")
    return at


def _note(run: JobRun, what: str) -> None:
    with Path(str(run.params["log"])).open("a") as file:
        file.write(f"{what} {os.getpid()} {run.job_id}\n")


def main(home: str, url: str) -> None:
    leaving = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: leaving.set())
    database = open_database(url)
    settings = load_settings(home=Path(home), database_url=url)
    engine = JobEngine(settings, database, {"steps": slow_steps}, timing=TIMING)
    engine.start()
    print("ready", flush=True)
    leaving.wait()
    engine.stop()
    database.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
