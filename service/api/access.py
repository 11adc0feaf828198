"""Who calls: API keys, scopes, and this machine while there is no key."""

from __future__ import annotations

import asyncio
import ipaddress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import urlsplit

import structlog
from fastapi import Request, Security
from fastapi.security import HTTPBearer, SecurityScopes

from models.core.errors import AccessError, ScopeError, StorageError
from service.api.state import ServiceState, in_thread, state_of
from service.database import api_keys
from service.database.records import ApiKeyRecord

_BEARER = HTTPBearer(
    scheme_name="key", auto_error=False, description="A key of `voc keys create`, also as header `X-API-Key`."
)
_USE_GRAIN = timedelta(minutes=1)
_log = structlog.get_logger("voc.access")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: the tenant, the scopes and the name of the key; ``local`` is this machine without one."""

    tenant: str
    scopes: frozenset[str]
    name: str = "local"


@dataclass(slots=True)
class KeyUses:
    """Notes the use of keys, to the minute, behind the request; what cannot be written is left out."""

    _noted: dict[str, datetime] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def note(self, state: ServiceState, key: ApiKeyRecord) -> None:
        now = state.clock()
        before = self._noted.get(key.id)
        if before is not None and now - before < _USE_GRAIN:
            return
        self._noted[key.id] = now
        task = asyncio.get_running_loop().create_task(in_thread(_write_use, state, key, now))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        await asyncio.gather(*self._tasks)


async def _caller(
    request: Request, wanted: SecurityScopes, _: Annotated[object, Security(_BEARER)]
) -> Caller:
    """The caller, who must hold the scopes of the route (``admin`` holds all).

    Without any key in the database, callers on this machine may do everything and others nothing.
    """
    state = state_of(request)
    presented = _presented_key(request)
    if presented:
        key = await in_thread(_find, state, presented)
        request.app.state.key_uses.note(state, key)
        caller = Caller(key.tenant, frozenset(key.scopes), key.name)
    else:
        if not _is_local(request) or await in_thread(_has_keys, state):
            raise AccessError()
        caller = Caller(state.settings.tenant, frozenset({"admin"}))
    for scope in wanted.scopes:
        if scope not in caller.scopes and "admin" not in caller.scopes:
            raise ScopeError(scope=scope)
    return caller


def is_loopback(host: str) -> bool:
    """Whether ``host``, an address or a name, is this machine for sure."""
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _is_local(request: Request) -> bool:
    """From this machine, to this machine: a page of another site in a local browser names its own host."""
    if request.client is None or not is_loopback(request.client.host):
        return False
    names = [urlsplit("//" + request.headers.get("host", "")).hostname]
    origin = request.headers.get("origin")
    if origin is not None:
        names.append(urlsplit(origin).hostname)
    return all(name is not None and is_loopback(name) for name in names)


def _presented_key(request: Request) -> str | None:
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and value.strip():
        return value.strip()
    return request.headers.get("x-api-key")


def _find(state: ServiceState, presented: str) -> ApiKeyRecord:
    with state.database.read() as connection:
        found = api_keys.find_key(connection, presented)
    if found is None:
        raise AccessError()
    return found


def _has_keys(state: ServiceState) -> bool:
    with state.database.read() as connection:
        return api_keys.has_keys(connection)


def _write_use(state: ServiceState, key: ApiKeyRecord, now: datetime) -> None:
    try:
        if api_keys.needs_touch(key, now):
            with state.database.begin() as connection:
                api_keys.touch_key(connection, key, now)
    except StorageError as error:
        _log.warning("use of a key not noted", code=error.code)


Ingester = Annotated[Caller, Security(_caller, scopes=["ingest"])]
Reader = Annotated[Caller, Security(_caller, scopes=["read"])]
Analyst = Annotated[Caller, Security(_caller, scopes=["analyst"])]
Admin = Annotated[Caller, Security(_caller, scopes=["admin"])]
