"""Analysis on all cores: batches of transcripts out, records back, in order, a bounded number in flight."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import fields
from datetime import datetime
from multiprocessing.context import BaseContext
from multiprocessing.reduction import ForkingPickler
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from models.core.errors import JobError, VocError
from models.core.transcript import Transcript, Turn
from service.database.records import (
    AnalysisRow,
    CategoryRow,
    TranscriptRecord,
    TranscriptRow,
    TurnRecord,
)
from service.ingest.digests import Digests, load_digests
from service.ingest.isolation import each_or_error
from service.settings import Settings

if TYPE_CHECKING:
    from service.ingest.records import RecordMaker

_IN_FLIGHT_PER_WORKER = 3
GC_THRESHOLDS = (50_000, 20, 100)
"""A batch makes many small values that live briefly; the usual thresholds cost an eighth of the time."""
Batch = Sequence[Transcript]
Made = list[TranscriptRecord | VocError]
"""One per transcript of a batch, in order: its record, or why it has none."""
BuildMaker = Callable[[Settings, Digests], "RecordMaker"]


def build_maker(settings: Settings, digests: Digests) -> RecordMaker:
    """The maker that ``settings`` ask for. Reads the sector pack and the models, and follows promotions.

    What it is built of is imported here: a process that leaves the analysis to others starts without it.
    """
    from service.ingest.records import RecordMaker
    from service.serving import LiveAnalyzer

    return RecordMaker(LiveAnalyzer(settings), digests, settings.zone)


def build_record_maker(settings: Settings) -> RecordMaker:
    """The maker for this process; the key of the digests is made where there is none."""
    return build_maker(settings, load_digests(settings))


def n_workers(settings: Settings) -> int:
    return settings.workers or os.cpu_count() or 1


def make_records(
    settings: Settings,
    batches: Iterable[Batch],
    *,
    now: datetime,
    processes: int,
    build: BuildMaker = build_maker,
) -> Iterator[tuple[Batch, Made]]:
    """Each batch with what was made of it, in order. One process means: here, without starting any.

    A transcript whose analysis fails costs itself alone. ``build`` is called in each process and must be
    importable by name. Raises ``JobError`` where a process dies.
    """
    digests = load_digests(settings)
    if processes <= 1:
        maker = build(settings, digests)
        for batch in batches:
            yield batch, make_each(maker, batch, now)
        return
    pool = ProcessPoolExecutor(processes, _context(), initializer=_start, initargs=(settings, digests, build))
    try:
        yield from _in_order(pool, batches, now, limit=processes * _IN_FLIGHT_PER_WORKER)
    except BrokenProcessPool as error:
        raise JobError(
            job="ingest",
            reason="一个分析进程意外中止（多为内存不足）。已入库的记录保留；请减少 VOC_WORKERS 或腾出内存后原样重新运行，不会重复入库",
            reason_en="an analysis process died (often for lack of memory). What was stored stays; "
            "lower VOC_WORKERS or free memory and run the same again: nothing is stored twice",
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def make_each(maker: RecordMaker, batch: Batch, now: datetime) -> Made:
    """Records of a batch; where its analysis fails, of each member by itself."""
    return each_or_error(lambda part: maker.make(part, now=now), batch)


def start_early() -> None:
    """Let the worker processes' imports run beside what comes before the first batch."""
    if _context().get_start_method() == "forkserver":
        from multiprocessing import forkserver

        forkserver.ensure_running()


def _context() -> BaseContext:
    """A server that has imported everything forks the workers: quicker to start than new interpreters."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, "service.serving", "service.ingest.records"])
    return context


def _pickle_by_fields() -> None:
    """Frozen dataclasses with slots travel field by field, a third of the cost of their own way."""
    for kind in (
        Transcript,
        Turn,
        TranscriptRecord,
        TranscriptRow,
        TurnRecord,
        AnalysisRow,
        CategoryRow,
    ):
        ForkingPickler.register(kind, _reducer(kind))


def _reducer(kind: type[Any]) -> Callable[[Any], tuple[type[Any], tuple[Any, ...]]]:
    values = attrgetter(*(field.name for field in fields(kind)))
    return lambda item: (kind, values(item))


def _in_order(
    pool: ProcessPoolExecutor, batches: Iterable[Batch], now: datetime, *, limit: int
) -> Iterator[tuple[Batch, Made]]:
    waiting: deque[tuple[Batch, Future[Made]]] = deque()
    for batch in batches:
        waiting.append((batch, pool.submit(_make, batch, now)))
        if len(waiting) >= limit:
            done, future = waiting.popleft()
            yield done, future.result()
    while waiting:
        done, future = waiting.popleft()
        yield done, future.result()


class _Worker:
    """What one worker process holds."""

    maker: RecordMaker | None = None


def _start(settings: Settings, digests: Digests, build: BuildMaker) -> None:
    from threadpoolctl import threadpool_limits

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's affair
    threading.Thread(target=_end_with_parent, name="voc-parent-watch", daemon=True).start()
    threadpool_limits(1)
    _pickle_by_fields()
    _Worker.maker = build(settings, digests)
    gc.collect()
    gc.freeze()  # models and dictionaries stay; the collector need not walk them
    gc.set_threshold(*GC_THRESHOLDS)


def _end_with_parent() -> None:
    """No worker outlives a killed parent."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _make(batch: Batch, now: datetime) -> Made:
    if _Worker.maker is None:
        raise RuntimeError("the worker was not started")
    return make_each(_Worker.maker, batch, now)
