"""Micro-batches: calls that arrive together are worked on together, off the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic, TypeVar

from models.core.errors import StorageError

Item = TypeVar("Item")
Result = TypeVar("Result")


class MicroBatcher(Generic[Item, Result]):
    """Collects items while the one worker thread is busy, then hands it all that waited.

    There is no timer: an item that arrives alone starts at once, so batching adds no latency, and under
    load the batches grow by themselves. ``work`` takes a batch and returns one result per item, in order; an
    exception as a result is raised to its caller alone, an exception out of ``work`` to all of the batch.
    A caller that goes away loses its own answer and nobody else's; its item is worked on all the same.
    """

    def __init__(
        self, work: Callable[[Sequence[Item]], Sequence[Result | Exception]], *, max_items: int = 64
    ) -> None:
        self._work = work
        self._max_items = max_items
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._wake = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="voc-batch")
        self._task: asyncio.Task[None] | None = None
        self._closing = False

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def submit(self, item: Item) -> Result:
        """The result of ``item``. Raises what ``work`` raised for it, ``StorageError`` once closed."""
        if self._closing:
            raise StorageError(reason="服务正在停止", reason_en="the service is stopping")
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        self._wake.set()
        return await future

    async def close(self) -> None:
        """Finish what waits, then stop."""
        self._closing = True
        self._wake.set()
        if self._task is not None:
            await self._task
        self._thread.shutdown()

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                batch, self._waiting = self._waiting[: self._max_items], self._waiting[self._max_items :]
                results = await self._results([item for item, _ in batch])
                _settle([future for _, future in batch], results)
            if self._closing:
                return

    async def _results(self, items: Sequence[Item]) -> Sequence[Any]:
        try:
            results = await asyncio.get_running_loop().run_in_executor(self._thread, self._work, items)
            if len(results) != len(items):
                raise RuntimeError(f"{len(results)} results for {len(items)} items")
            return results
        except Exception as error:  # handed to every caller of the batch
            return [error] * len(items)


def _settle(futures: Sequence[asyncio.Future[Any]], results: Sequence[Any]) -> None:
    for future, result in zip(futures, results, strict=True):
        if future.done():
            continue
        if isinstance(result, Exception):
            future.set_exception(result)
        else:
            future.set_result(result)
