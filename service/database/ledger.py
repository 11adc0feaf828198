"""The ledger of root causes as stored: events are appended and read, never changed."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, insert, select

from models.rootcause.ledger.events import LedgerEvent
from models.rootcause.ledger.state import LedgerState, replay
from service.database.engine import hold_name
from service.database.schema import root_cause_event

_COLUMNS = tuple(root_cause_event.c[name] for name in LedgerEvent.__slots__)
_SHORT = tuple(root_cause_event.c[name] for name in LedgerEvent.__slots__ if name != "payload")

Edit = Callable[[LedgerState, list[LedgerEvent]], LedgerEvent]
"""From the state and its events to the next event; raises where the state does not allow it."""


def list_events(
    connection: Connection,
    tenant: str,
    *,
    after: int = 0,
    limit: int | None = None,
    with_months: bool = True,
) -> list[LedgerEvent]:
    """Events in order, those with a number above ``after``; without those of monthly runs, if so asked."""
    table = root_cause_event
    query = select(*_COLUMNS).where(table.c.tenant == tenant, table.c.seq > after).order_by(table.c.seq)
    if not with_months:
        query = query.where(table.c.kind != "month")
    if limit is not None:
        query = query.limit(limit)
    return [LedgerEvent(**row._mapping) for row in connection.execute(query)]


def read_state(connection: Connection, tenant: str) -> tuple[LedgerState, list[LedgerEvent]]:
    """The newest state, and the events it is told from; of those of monthly runs only that they were."""
    events = list_events(connection, tenant, with_months=False)
    table = root_cause_event
    runs = select(*_SHORT).where(table.c.tenant == tenant, table.c.kind == "month")
    events += [LedgerEvent(**row._mapping) for row in connection.execute(runs)]
    events.sort(key=lambda event: event.seq)
    return replay(events), events


def last_run(connection: Connection, tenant: str, month: str) -> LedgerEvent | None:
    """The newest ``month`` event of ``month``; None where its causes were never sought."""
    table = root_cause_event
    query = select(*_COLUMNS).where(
        table.c.tenant == tenant, table.c.kind == "month", table.c.payload["month"].as_string() == month
    )
    row = connection.execute(query.order_by(table.c.seq.desc()).limit(1)).first()
    return LedgerEvent(**row._mapping) if row else None


def hold_ledger(connection: Connection, tenant: str) -> None:
    """Let one writer of root causes at a time pass, until its transaction ends: runs and analysts take turns."""
    hold_name(connection, f"root cause ledger {tenant}")


def append_edit(connection: Connection, tenant: str, edit: Edit) -> tuple[LedgerEvent, LedgerState]:
    """Append what ``edit`` makes of the newest state; the event and the state after it.

    Two editors take turns: the second sees what the first did. Nothing is written where ``edit`` raises.
    """
    hold_ledger(connection, tenant)
    state, events = read_state(connection, tenant)
    event = edit(state, events)
    append_events(connection, tenant, [event])
    return event, replay([*events, event])


def append_events(connection: Connection, tenant: str, events: list[LedgerEvent]) -> None:
    """Append ``events``. A number that was given out meanwhile is refused by the database."""
    rows = [
        {"tenant": tenant} | {name: getattr(event, name) for name in LedgerEvent.__slots__}
        for event in events
    ]
    if rows:
        connection.execute(insert(root_cause_event), rows)
