"""Analysis on all cores: batches of transcripts out, records back, in order, a bounded number in flight."""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from datetime import datetime

from threadpoolctl import threadpool_limits

from models.core.transcript import Transcript
from service.building import build_analyzer
from service.database.records import TranscriptRecord
from service.ingest.digests import Digests, load_digests
from service.ingest.records import RecordMaker
from service.settings import Settings

_IN_FLIGHT_PER_WORKER = 3
Batch = Sequence[Transcript]


def build_record_maker(settings: Settings) -> RecordMaker:
    """The maker for this process. Reads the sector pack and the models."""
    return RecordMaker(build_analyzer(settings), load_digests(settings), settings.zone)


def n_workers(settings: Settings) -> int:
    return settings.workers or os.cpu_count() or 1


def make_records(
    settings: Settings, batches: Iterable[Batch], *, now: datetime, processes: int
) -> Iterator[tuple[Batch, list[TranscriptRecord]]]:
    """Each batch with its records, in order. One process means: here, without starting any.

    A batch whose analysis fails comes back with no record; the caller tries its members one by one.
    """
    if processes <= 1:
        maker = build_record_maker(settings)
        for batch in batches:
            yield batch, maker.make(batch, now=now)
        return
    digests = load_digests(settings)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, context, initializer=_start, initargs=(settings, digests)) as pool:
        waiting: deque[tuple[Batch, Future[list[TranscriptRecord]]]] = deque()
        for batch in batches:
            waiting.append((batch, pool.submit(_make, batch, now)))
            if len(waiting) >= processes * _IN_FLIGHT_PER_WORKER:
                done, future = waiting.popleft()
                yield done, future.result()
        while waiting:
            done, future = waiting.popleft()
            yield done, future.result()


class _Worker:
    """What one worker process holds."""

    maker: RecordMaker | None = None


def _start(settings: Settings, digests: Digests) -> None:
    threadpool_limits(1)
    _Worker.maker = RecordMaker(build_analyzer(settings), digests, settings.zone)


def _make(batch: Batch, now: datetime) -> list[TranscriptRecord]:
    if _Worker.maker is None:
        raise RuntimeError("the worker was not started")
    return _Worker.maker.make(batch, now=now)
