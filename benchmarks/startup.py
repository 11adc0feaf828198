"""Start-up to ready, without an encoder in memory; budget 5 s."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from typing import Any

BUDGET_SECONDS = 5.0
_GIVE_UP_SECONDS = 60.0


def run() -> dict[str, Any]:
    """Seconds from starting the process to 200 on ``/readyz``, first start (with migration) and second."""
    with tempfile.TemporaryDirectory() as home:
        first, second = _start(home), _start(home)
    return {"first_seconds": round(first, 2), "second_seconds": round(second, 2), "budget": BUDGET_SECONDS}


def _start(home: str) -> float:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "VOC_HOME": home, "VOC_SECTOR": "automotive", "VOC_DATABASE_URL": ""}
    started = time.perf_counter()
    command = [sys.executable, "-m", "service", "serve", "--port", str(port)]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as server:
        try:
            return _wait(f"http://127.0.0.1:{port}/readyz", started)
        finally:
            server.terminate()


def _wait(url: str, started: float) -> float:
    while (seconds := time.perf_counter() - started) < _GIVE_UP_SECONDS:
        try:
            with urllib.request.urlopen(url, timeout=1) as answer:
                if answer.status == 200:
                    return time.perf_counter() - started
        except (urllib.error.URLError, OSError):
            time.sleep(0.02)
    raise TimeoutError(f"not ready after {seconds:.0f} s")
