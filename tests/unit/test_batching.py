"""Micro-batches: in order, each caller its own answer, nothing lost at the end."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import pytest

from models.core.errors import StorageError
from service.api.batching import MicroBatcher


class Gate:
    """Work that waits until it may go on, and remembers its batches."""

    def __init__(self, answer: Callable[[int], int | Exception] = lambda item: item * 10) -> None:
        self.batches: list[list[int]] = []
        self.open = threading.Event()
        self._answer = answer

    def __call__(self, items: Sequence[int]) -> list[int | Exception]:
        self.batches.append(list(items))
        assert self.open.wait(10)
        return [self._answer(item) for item in items]


def run(main: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(asyncio.wait_for(main, 20))


def test_items_that_wait_go_together_and_each_gets_its_own_answer() -> None:
    gate = Gate()

    async def main() -> list[int]:
        batcher: MicroBatcher[int, int] = MicroBatcher(gate)
        batcher.start()
        tasks = [asyncio.create_task(batcher.submit(0))]
        while not gate.batches:
            await asyncio.sleep(0.001)
        tasks += [asyncio.create_task(batcher.submit(i)) for i in range(1, 6)]
        await asyncio.sleep(0.01)
        gate.open.set()
        results = await asyncio.gather(*tasks)
        await batcher.close()
        return results

    assert run(main()) == [0, 10, 20, 30, 40, 50]
    assert gate.batches == [[0], [1, 2, 3, 4, 5]]


def test_a_batch_is_never_larger_than_allowed() -> None:
    gate = Gate()
    gate.open.set()

    async def main() -> list[int]:
        batcher: MicroBatcher[int, int] = MicroBatcher(gate, max_items=4)
        batcher.start()
        results = await asyncio.gather(*(batcher.submit(i) for i in range(11)))
        await batcher.close()
        return results

    assert run(main()) == [i * 10 for i in range(11)]
    assert [item for batch in gate.batches for item in batch] == list(range(11))
    assert max(len(batch) for batch in gate.batches) == 4


def test_a_failed_item_fails_alone() -> None:
    gate = Gate(lambda item: ValueError("bad") if item == 2 else item)
    gate.open.set()

    async def main() -> list[Any]:
        batcher: MicroBatcher[int, int] = MicroBatcher(gate)
        batcher.start()
        tasks = (batcher.submit(i) for i in range(4))
        results = await asyncio.gather(*tasks, return_exceptions=True)
        await batcher.close()
        return results

    results = run(main())
    assert [results[0], results[1], results[3]] == [0, 1, 3]
    assert isinstance(results[2], ValueError)


@pytest.mark.parametrize(
    "work",
    [lambda items: [int("none")], lambda items: [1]],
    ids=["raises", "gives too few results"],
)
def test_work_that_breaks_fails_its_batch_and_the_next_one_is_served(work: Callable[..., Any]) -> None:
    calls: list[int] = []

    def once(items: Sequence[int]) -> Sequence[int]:
        calls.append(len(items))
        return work(items) if len(calls) == 1 else list(items)

    async def main() -> list[Any]:
        batcher: MicroBatcher[int, int] = MicroBatcher(once)
        batcher.start()
        first = await asyncio.gather(batcher.submit(1), batcher.submit(2), return_exceptions=True)
        second = await batcher.submit(3)
        await batcher.close()
        return [*first, second]

    first, second, third = run(main())
    assert isinstance(first, Exception) and isinstance(second, Exception)
    assert third == 3


def test_a_caller_that_leaves_takes_nobody_with_it() -> None:
    gate = Gate()

    async def main() -> list[Any]:
        batcher: MicroBatcher[int, int] = MicroBatcher(gate)
        batcher.start()
        tasks = [asyncio.create_task(batcher.submit(i)) for i in range(3)]
        await asyncio.sleep(0.01)
        tasks[1].cancel()
        gate.open.set()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        await batcher.close()
        return results

    results = run(main())
    assert [results[0], results[2]] == [0, 20]
    assert isinstance(results[1], asyncio.CancelledError)
    assert [item for batch in gate.batches for item in batch] == [0, 1, 2]


def test_close_finishes_what_waits_and_refuses_what_comes_later() -> None:
    gate = Gate()

    async def main() -> tuple[list[int], Exception | None]:
        batcher: MicroBatcher[int, int] = MicroBatcher(gate, max_items=1)
        batcher.start()
        tasks = [asyncio.create_task(batcher.submit(i)) for i in range(5)]
        await asyncio.sleep(0.01)
        closing = asyncio.create_task(batcher.close())
        await asyncio.sleep(0.01)
        late: Exception | None = None
        try:
            await batcher.submit(9)
        except StorageError as error:
            late = error
        gate.open.set()
        results = await asyncio.gather(*tasks)
        await closing
        return results, late

    results, late = run(main())
    assert results == [0, 10, 20, 30, 40]
    assert isinstance(late, StorageError)


def test_closing_an_idle_batcher_returns() -> None:
    async def main() -> None:
        batcher: MicroBatcher[int, int] = MicroBatcher(lambda items: list(items))
        batcher.start()
        await batcher.close()

    run(main())
