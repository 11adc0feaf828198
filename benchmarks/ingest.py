"""``voc ingest`` end to end: transcripts of 600 characters per second, and peak memory of all its processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import count, islice
from pathlib import Path
from typing import Any

import orjson

from data.samples.generator import generate
from data.samples.write import transcript_record
from models.core.transcript import Transcript, Turn

TARGET_PER_SECOND = 500.0
TARGET_PEAK_MIB = 1536.0
N_TRANSCRIPTS = 5000
TRANSCRIPT_CHARS = 600
_PER_MONTH = 1000
_SAMPLE_SECONDS = 0.1


def run() -> dict[str, Any]:
    """Ingest ``N_TRANSCRIPTS`` in a process of its own and an empty home, from start to exit.

    ``per_second`` counts the start of the processes and the reading of the models too.
    """
    with tempfile.TemporaryDirectory(prefix="voc-bench-") as folder:
        path = Path(folder) / "transcripts.jsonl"
        n_chars = write_transcripts(path, N_TRANSCRIPTS)
        environment = {**os.environ, "VOC_HOME": str(Path(folder) / "home"), "VOC_SECTOR": "automotive"}
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "service", "ingest", str(path), "--json"],
            env=environment,
            stdout=subprocess.PIPE,
        )
        watch = _Watch(process.pid)
        answer, _ = process.communicate()
        seconds = time.perf_counter() - started
        peak_mib, cpu_seconds = watch.stop()
    counts = json.loads(answer)
    per_second = counts["stored"] / seconds
    return {
        "name": "ingest",
        "n": counts["stored"],
        "mean_chars": round(n_chars / N_TRANSCRIPTS),
        "cores": os.cpu_count(),
        "seconds": round(seconds, 2),
        "per_second": round(per_second, 1),
        "cpu_ms_each": round(cpu_seconds / counts["stored"] * 1000, 2),
        "per_second_per_busy_core": round(counts["stored"] / cpu_seconds, 1),
        "target_per_second": TARGET_PER_SECOND,
        "peak_mib": round(peak_mib),
        "target_peak_mib": TARGET_PEAK_MIB,
        "ok": per_second >= TARGET_PER_SECOND and peak_mib <= TARGET_PEAK_MIB,
    }


def write_transcripts(path: Path, n: int) -> int:
    """``n`` dialogues of about 600 characters as JSON lines; returns how many characters in all."""
    n_chars = 0
    with path.open("wb") as file:
        for transcript in islice(long_transcripts(), n):
            n_chars += len(transcript.text)
            file.write(orjson.dumps(transcript_record(transcript)) + b"\n")
    return n_chars


def long_transcripts() -> Iterator[Transcript]:
    """Dialogues of the sample generator, one behind the other until each has 600 characters."""
    number = count(1)
    for seed in count(1):
        turns: list[Turn] = []
        n_chars = 0
        for sample in generate(seed=seed, months=12, per_month=_PER_MONTH):
            for turn in sample.transcript.turns:
                turns.append(turn)
                n_chars += len(turn.text) + 1
                if n_chars >= TRANSCRIPT_CHARS:
                    yield replace(sample.transcript, turns=tuple(turns), external_id=f"B{next(number):06d}")
                    turns, n_chars = [], 0


class _Watch:
    """Samples resident memory and processor time of a process and its children (``/proc``, Linux) on a thread.

    Pages that processes share count once per process, so the memory errs upwards. The processor time tells
    the cost where other programs share the machine.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._peak_kib = 0
        self._cpu_seconds: dict[int, float] = {}
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> tuple[float, float]:
        """Peak memory in MiB, and seconds of processor time."""
        self._done.set()
        self._thread.join()
        return self._peak_kib / 1024, sum(self._cpu_seconds.values())

    def _watch(self) -> None:
        while not self._done.wait(_SAMPLE_SECONDS):
            pids = _tree(self._pid)
            self._peak_kib = max(self._peak_kib, sum(map(_resident_kib, pids)))
            for pid in pids:
                self._cpu_seconds[pid] = max(self._cpu_seconds.get(pid, 0.0), _cpu_seconds(pid))


def _tree(pid: int) -> list[int]:
    found, at = [pid], 0
    while at < len(found):
        for task in Path(f"/proc/{found[at]}/task").glob("*/children"):
            try:
                found += [int(child) for child in task.read_text().split()]
            except OSError:
                continue
        at += 1
    return found


def _resident_kib(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:")), 0)


def _cpu_seconds(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    print(json.dumps(run(), indent=1))
