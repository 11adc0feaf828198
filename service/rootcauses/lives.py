"""How causes fare from month to month, among the contacts of the months whose causes were sought."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from models.core.month import Month
from models.rootcause.ledger.life import LifeState, MonthCount, last_life_state, life_states
from service.database.ownership import months_run, voices_by_month
from service.database.transcript_queries import count_by_month


@dataclass(frozen=True, slots=True)
class Calendar:
    """Contacts of each month, in order and without gaps; 0 where causes were never sought."""

    contacts: Mapping[str, int]

    def series(self, voices: Mapping[str, int], until: str | None = None) -> list[MonthCount]:
        """``voices`` by month as a part of the contacts; transcripts removed since make no voices too many."""
        return [
            MonthCount(voices.get(month, 0), max(n, voices.get(month, 0)))
            for month, n in self.contacts.items()
            if until is None or month <= until
        ]


def read_calendar(connection: Connection, tenant: str) -> Calendar:
    """From the first to the last month whose causes were sought."""
    run = sorted(months_run(connection, tenant))
    counts = count_by_month(connection, tenant)
    contacts: dict[str, int] = {}
    if run:
        month = Month.parse(run[0])
        while str(month) <= run[-1]:
            contacts[str(month)] = counts.get(str(month), 0) if str(month) in run else 0
            month = month.shifted(1)
    return Calendar(contacts)


def states_in(
    connection: Connection, tenant: str, cause_ids: Collection[str], month: str | None = None
) -> dict[str, LifeState | None]:
    """The state of each cause in a month, or in the last one."""
    calendar = read_calendar(connection, tenant)
    voices = voices_by_month(connection, tenant, cause_ids)
    return {
        cause_id: last_life_state(calendar.series(voices.get(cause_id, {}), month)) for cause_id in cause_ids
    }


def states_of(connection: Connection, tenant: str, cause_id: str) -> dict[str, LifeState]:
    """The state of one cause in every month since its first."""
    calendar = read_calendar(connection, tenant)
    voices = voices_by_month(connection, tenant, [cause_id]).get(cause_id, {})
    states = life_states(calendar.series(voices))
    return {month: state for month, state in zip(calendar.contacts, states, strict=True) if state is not None}
