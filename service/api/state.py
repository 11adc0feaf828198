"""What a running service holds, and the small questions that every route asks of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import anyio.to_thread
from fastapi import Depends, Request

from data.formats.transcripts import ReadingRules
from models.core.errors import AccessError, ScopeError
from service.api.batching import MicroBatcher
from service.database import api_keys
from service.database.engine import Database
from service.ingest.posted import Posted, Stored
from service.ingest.records import RecordMaker
from service.jobs.engine import JobEngine
from service.settings import Settings

Result = TypeVar("Result")
_LOOPBACK = ("127.0.0.1", "::1", "localhost", "testclient")


@dataclass(slots=True)
class ServiceState:
    """Made at start-up by ``service.app``. ``batcher`` stores, ``maker`` analyses, ``jobs`` works behind."""

    settings: Settings
    database: Database
    maker: RecordMaker
    batcher: MicroBatcher[Posted, Stored]
    jobs: JobEngine
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def rules(self) -> ReadingRules:
        return ReadingRules(zone=self.settings.zone, now=self.clock(), max_chars=self.settings.max_text_chars)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: the tenant and the scopes of the key."""

    tenant: str
    scopes: frozenset[str]


def state_of(request: Request) -> ServiceState:
    state: ServiceState = request.app.state.voc
    return state


async def in_thread(work: Callable[..., Result], *arguments: Any) -> Result:
    """Run blocking ``work`` off the event loop."""
    return await anyio.to_thread.run_sync(work, *arguments)


def _require(scope: str) -> Callable[[Request], Awaitable[Caller]]:
    """A dependency: the caller, who must hold ``scope`` (``admin`` holds all).

    Without any key in the database, callers on this machine may do everything and others nothing.
    """

    async def check(request: Request) -> Caller:
        state = state_of(request)
        presented = _presented_key(request)
        caller = await in_thread(_identify, state, presented, request.client.host if request.client else "")
        if scope not in caller.scopes and "admin" not in caller.scopes:
            raise ScopeError(scope=scope)
        return caller

    return check


def _identify(state: ServiceState, presented: str | None, address: str) -> Caller:
    with state.database.read() as connection:
        if presented:
            found = api_keys.find_key(connection, presented)
            if found is not None:
                return Caller(found.tenant, frozenset(found.scopes))
            raise AccessError()
        if address in _LOOPBACK and not api_keys.has_keys(connection):
            return Caller(state.settings.tenant, frozenset({"admin"}))
    raise AccessError()


def _presented_key(request: Request) -> str | None:
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and value.strip():
        return value.strip()
    return request.headers.get("x-api-key")


State = Annotated[ServiceState, Depends(state_of)]
Ingester = Annotated[Caller, Depends(_require("ingest"))]
Reader = Annotated[Caller, Depends(_require("read"))]
Analyst = Annotated[Caller, Depends(_require("analyst"))]
Admin = Annotated[Caller, Depends(_require("admin"))]
