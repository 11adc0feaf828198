"""A real server in a process of its own, on a free port, in a home of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

READY_WITHIN_SECONDS = 180.0


@dataclass(frozen=True, slots=True)
class Served:
    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def client(self, **options: object) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=30.0, **options)  # type: ignore[arg-type]


def environment(home: Path, **settings: str) -> Mapping[str, str]:
    """As a person's shell, without the settings of the one who tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VOC_")}
    own = {"VOC_HOME": str(home), "VOC_SECTOR": "automotive", "OPENBLAS_NUM_THREADS": "1"}
    return {**kept, **own, **{f"VOC_{name.upper()}": value for name, value in settings.items()}}


@contextmanager
def served(home: Path, *options: str, host: str = "127.0.0.1", **settings: str) -> Iterator[Served]:
    """``voc serve``, ready; killed at the end if it still runs."""
    home.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    command = [sys.executable, "-m", "service", "serve", "--host", host, "--port", str(port), *options]
    log = home / f"server-{port}.log"
    with log.open("wb") as stderr:
        process = subprocess.Popen(command, env=environment(home, **settings), stderr=stderr, cwd=home)
    try:
        server = Served(f"http://127.0.0.1:{port}", process, log)
        _wait(server)
        yield server
    finally:
        process.kill()
        process.wait(10)


def _wait(server: Served) -> None:
    until = time.monotonic() + READY_WITHIN_SECONDS
    while time.monotonic() < until:
        if server.process.poll() is not None:
            break
        try:
            if httpx.get(f"{server.url}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError(f"the server is not ready; its log: {server.log.read_text()[-2000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
