"""``/v1/root-causes``: read; the edits are in ``root_cause_edits``."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from models.core.errors import CursorError
from models.core.month import Month
from service.api import root_cause_edits
from service.api.access import Reader
from service.api.root_cause_bodies import cause_items, event_body, month_items, run_body, whole_cause
from service.api.state import ServiceState, State, in_thread
from service.database import ledger, root_causes

router = APIRouter(prefix="/v1/root-causes", tags=["root causes"])
_All = Annotated[
    bool, Query(alias="all", description="Also causes that were retired or merged into another one.")
]
_Limit = Annotated[int, Query(ge=1, le=200)]


@router.get("")
async def list_causes(
    state: State, caller: Reader, month: str | None = None, everything: _All = False
) -> dict[str, Any]:
    """Root causes of a month by rank, or all there ever were, with the analysts' edits over them.

    `state` is `new`, `growing`, `steady`, `shrinking`, `gone` or `back`: of that month, else of the last one.
    With a month, `run` says what its last run left without a cause and why, the clauses farthest from any cause
    with the nearest one, and `proposals`: causes that the month's voices do not tell apart (`merge`), and causes
    that gave way to new ones most like them (`lineage`).
    """
    if month is not None:
        Month.parse(month)
    return await in_thread(_list, state, caller.tenant, month, everything)


@router.get("/events")
async def list_events(
    state: State, caller: Reader, cursor: str | None = None, limit: _Limit = 50
) -> dict[str, Any]:
    """What happened to root causes, the first event first: births, runs and edits, by whom, when and why."""
    return await in_thread(_events, state, caller.tenant, None, cursor, limit)


@router.get("/{root_cause_id}")
async def read_cause(root_cause_id: str, state: State, caller: Reader) -> dict[str, Any]:
    """One root cause: its months, and evidence with exact offsets into the stored text.

    `changed_seq` is the last event about it: send it as `seen_seq` with an edit.
    """
    return await in_thread(_read, state, caller.tenant, root_cause_id)


@router.get("/{root_cause_id}/events")
async def list_cause_events(
    root_cause_id: str, state: State, caller: Reader, cursor: str | None = None, limit: _Limit = 50
) -> dict[str, Any]:
    """What happened to one root cause, the first event first."""
    return await in_thread(_events, state, caller.tenant, root_cause_id, cursor, limit)


router.include_router(root_cause_edits.router)


def _list(state: ServiceState, tenant: str, month: str | None, everything: bool) -> dict[str, Any]:
    with state.database.read() as connection:
        if month is None:
            return {"items": cause_items(connection, tenant, everything)}
        items = month_items(connection, tenant, month, everything)
        return {"items": items, "run": run_body(connection, tenant, month)}


def _read(state: ServiceState, tenant: str, root_cause_id: str) -> dict[str, Any]:
    with state.database.read() as connection:
        return whole_cause(connection, tenant, root_cause_id)


def _events(
    state: ServiceState, tenant: str, root_cause_id: str | None, cursor: str | None, limit: int
) -> dict[str, Any]:
    if cursor is not None and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 10):
        raise CursorError(cursor=cursor)
    after = int(cursor or 0)
    with state.database.read() as connection:
        if root_cause_id is None:
            found = ledger.list_events(connection, tenant, after=after, limit=limit + 1)
        else:
            every = ledger.list_events(connection, tenant, after=after, with_months=False)
            found = [event for event in every if root_cause_id in event.touches][: limit + 1]
            if not found and after == 0:
                root_causes.get_cause(connection, tenant, root_cause_id)
    more = len(found) > limit
    items = [event_body(event) for event in found[:limit]]
    return {"items": items, "next_cursor": str(found[limit - 1].seq) if more else None}
