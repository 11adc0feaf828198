"""What a running service holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import anyio.to_thread
from fastapi import Depends, Request

from service.api.batching import MicroBatcher
from service.api.posts import Answer, Post, PostDesk
from service.database.engine import Database
from service.ingest.records import RecordMaker
from service.jobs.engine import JobEngine
from service.serving import LiveAnalyzer
from service.settings import Settings

Result = TypeVar("Result")


@dataclass(slots=True)
class ServiceState:
    """Made at start-up by ``service.app``. ``desk`` stores, ``batcher`` in front of it; ``jobs`` works behind."""

    settings: Settings
    database: Database
    maker: RecordMaker
    desk: PostDesk
    batcher: MicroBatcher[Post, Answer]
    jobs: JobEngine
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    @property
    def live(self) -> LiveAnalyzer:
        """The analysis, with models that follow the registry."""
        analyzer = self.maker.analyzer
        if not isinstance(analyzer, LiveAnalyzer):
            raise TypeError("the service needs a LiveAnalyzer")
        return analyzer


def state_of(request: Request) -> ServiceState:
    state: ServiceState = request.app.state.voc
    return state


async def in_thread(work: Callable[..., Result], *arguments: Any) -> Result:
    """Run blocking ``work`` off the event loop."""
    return await anyio.to_thread.run_sync(work, *arguments)


State = Annotated[ServiceState, Depends(state_of)]
