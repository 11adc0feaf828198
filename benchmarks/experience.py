"""Analysis of whole transcripts with all experience components, in one process and in one per core.

Generated transcripts of a car dealer, joined until they are long enough. The peer is the same analysis without the
experience components, over the same transcripts in the same run.
"""

from __future__ import annotations

import gc
import os
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from models.core.transcript import Transcript

_SECTOR, _SEED = "automotive", 5
_LEAST_CHARS = (445, 595)
"""Give about 600 and 750 characters on the mean."""
_N_TRANSCRIPTS, _BATCH, _N_ROUNDS = 400, 50, 5


def run() -> dict[str, Any]:
    """Milliseconds of processor per transcript, and transcripts a second of as many processes as there are cores."""
    return {
        f"at least {least} characters": {
            "mean characters": round(statistics.mean(map(_n_chars, _long_transcripts(least))), 1),
            "all components": _figures(least, with_experience=True),
            "without experience": _figures(least, with_experience=False),
        }
        for least in _LEAST_CHARS
    }


def _figures(least_chars: int, *, with_experience: bool) -> dict[str, Any]:
    cores = os.cpu_count() or 1
    (alone,) = _in_processes(1, least_chars, with_experience)
    rates = [
        1000 / statistics.median(clock) for _, clock in _in_processes(cores, least_chars, with_experience)
    ]
    return {
        "ms of processor, one process": round(statistics.median(alone[0]), 2),
        "a second, one process": round(1000 / statistics.median(alone[1]), 1),
        f"a second, {cores} processes": round(sum(rates), 1),
    }


def _in_processes(n: int, least_chars: int, with_experience: bool) -> list[tuple[list[float], list[float]]]:
    """``_measured`` in ``n`` processes that begin together."""
    context = get_context("spawn")
    with ProcessPoolExecutor(n, context, _keep_barrier, (context.Barrier(n),)) as pool:
        waiting = [pool.submit(_measured, least_chars, with_experience) for _ in range(n)]
        return [own.result() for own in waiting]


_barriers: list[Barrier] = []


def _keep_barrier(barrier: Barrier) -> None:
    _barriers.append(barrier)


def _measured(least_chars: int, with_experience: bool) -> tuple[list[float], list[float]]:
    """Milliseconds per transcript, of processor and by the clock, of each round over all of them. As a worker of the service."""
    from threadpoolctl import threadpool_limits

    from service.building import build_analyzer
    from service.ingest.workers import GC_THRESHOLDS
    from service.settings import Settings

    transcripts = list(_long_transcripts(least_chars))
    analyzer = build_analyzer(
        Settings(sector=_SECTOR, home=Path("/nonexistent"), _env_file=None, experience=with_experience)  # type: ignore[call-arg]
    )
    analyzer.analyze_transcripts(transcripts[:_BATCH])
    gc.collect()
    gc.freeze()  # As the workers of the service do.
    gc.set_threshold(*GC_THRESHOLDS)
    threadpool_limits(1)
    _barriers[0].wait()
    processor, clock = [], []
    for _ in range(_N_ROUNDS):
        began = time.process_time(), time.perf_counter()
        for at in range(0, len(transcripts), _BATCH):
            analyzer.analyze_transcripts(transcripts[at : at + _BATCH])
        processor.append((time.process_time() - began[0]) * 1000 / len(transcripts))
        clock.append((time.perf_counter() - began[1]) * 1000 / len(transcripts))
    return processor, clock


def _long_transcripts(least_chars: int) -> Iterator[Transcript]:
    from data.samples.generator import generate

    turns, n_found = [], 0
    for sample in generate(sector=_SECTOR, months=1, per_month=2000, seed=_SEED):
        turns += sample.transcript.turns
        if sum(len(turn.text) for turn in turns) >= least_chars:
            yield replace(sample.transcript, turns=tuple(turns))
            turns, n_found = [], n_found + 1
        if n_found == _N_TRANSCRIPTS:
            return


def _n_chars(transcript: Transcript) -> int:
    return sum(len(turn.text) for turn in transcript.turns)


if __name__ == "__main__":
    from benchmarks.__main__ import _about, write_figures

    write_figures("experience", {"about": _about(), "experience": run()})
