"""``POST /v1/transcripts`` at a steady rate against a real server: latency from the moment each was due."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from benchmarks.ingest import TRANSCRIPT_CHARS, write_transcripts

PER_SECOND = 50
SECONDS = 20
TARGET_P50_MS = 12.0
TARGET_P99_MS = 60.0
_WARM = 50
_GIVE_UP_SECONDS = 60.0


def run() -> dict[str, Any]:
    """Percentiles of 20 s at 50 requests/s, after one second of warming up; the client is this process."""
    with tempfile.TemporaryDirectory(prefix="voc-bench-") as folder:
        path = Path(folder) / "transcripts.jsonl"
        write_transcripts(path, _WARM + PER_SECOND * SECONDS)
        bodies = path.read_bytes().splitlines()
        environment = {
            **os.environ,
            "VOC_HOME": str(Path(folder) / "home"),
            "VOC_SECTOR": "automotive",
            "VOC_DATABASE_URL": "",
        }
        port = _free_port()
        command = [sys.executable, "-m", "service", "serve", "--port", str(port)]
        with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as server:
            try:
                milliseconds, statuses = asyncio.run(_load(f"http://127.0.0.1:{port}", bodies))
            finally:
                server.terminate()
    p50, p95, p99 = (round(float(np.percentile(milliseconds, q)), 1) for q in (50, 95, 99))
    return {
        "name": "requests",
        "n": len(milliseconds),
        "chars": TRANSCRIPT_CHARS,
        "per_second": PER_SECOND,
        "cores": os.cpu_count(),
        "statuses": dict(statuses),
        "p50_ms": p50,
        "p95_ms": p95,
        "p99_ms": p99,
        "max_ms": round(max(milliseconds), 1),
        "target_p50_ms": TARGET_P50_MS,
        "target_p99_ms": TARGET_P99_MS,
        "ok": p50 <= TARGET_P50_MS and p99 <= TARGET_P99_MS and set(statuses) == {201},
    }


async def _load(url: str, bodies: list[bytes]) -> tuple[list[float], Counter[int]]:
    limits = httpx.Limits(keepalive_expiry=2.0)  # before the server closes them
    async with httpx.AsyncClient(base_url=url, timeout=30.0, limits=limits) as client:
        await _ready(client)
        await _steady(client, bodies[:_WARM])
        answers = await _steady(client, bodies[_WARM:])
    return [ms for ms, _ in answers], Counter(status for _, status in answers)


async def _steady(client: httpx.AsyncClient, bodies: list[bytes]) -> list[tuple[float, int]]:
    """Each body when it is due, whether or not the ones before are answered."""
    started = time.perf_counter()

    async def post(at: int, body: bytes) -> tuple[float, int]:
        due = started + at / PER_SECOND
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        response = await client.post("/v1/transcripts", content=body)
        return (time.perf_counter() - due) * 1000, response.status_code

    return await asyncio.gather(*(post(at, body) for at, body in enumerate(bodies)))


async def _ready(client: httpx.AsyncClient) -> None:
    until = time.perf_counter() + _GIVE_UP_SECONDS
    while time.perf_counter() < until:
        try:
            if (await client.get("/readyz")).status_code == 200:
                return
        except httpx.TransportError:
            await asyncio.sleep(0.05)
    raise TimeoutError(f"not ready after {_GIVE_UP_SECONDS:.0f} s")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
