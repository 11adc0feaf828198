"""The ledger's state laid over what runs found: which cause each clause counts for, months, records.

Everything here follows from what runs stored and the events alone, so it can be worked out again at any time.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from models.rootcause.ledger.events import SYSTEM, LedgerEvent
from models.rootcause.ledger.life import last_life_state
from models.rootcause.ledger.state import LedgerCause, LedgerState, SplitRule, owners
from models.rootcause.vectors import Encoder
from service.database import ledger, ownership, root_causes
from service.database.ownership import BaseCause, Clause, Counted
from service.database.records import RootCauseMonthRecord
from service.rootcauses.clauses import ClauseVectors
from service.rootcauses.lives import Calendar, read_calendar
from service.rootcauses.shown import Group, groups_of, joined_month, ranked

_N_QUOTED = 50
"""Clauses of a joined cause whose texts are read for quotes."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """A state of the ledger and where to lay it."""

    connection: Connection
    tenant: str
    state: LedgerState
    events: Sequence[LedgerEvent]
    vectors: ClauseVectors

    def owner(self, cause_id: str) -> str:
        """What all of ``cause_id`` counts as; a cause that the ledger does not know is its own."""
        known = cause_id in self.state.causes or cause_id in self.state.returned
        return self.state.owner(cause_id) if known else cause_id

    def is_split(self, cause_id: str) -> bool:
        known = cause_id in self.state.causes or cause_id in self.state.returned
        return known and self.state.is_split(cause_id)

    def name(self, cause_id: str, bases: dict[str, BaseCause]) -> str:
        cause = self.state.causes.get(cause_id)
        if cause is not None and cause.named_by != SYSTEM:
            return cause.name
        return bases[cause_id].name


def reown_month(connection: Connection, tenant: str, month: str, encoder: Encoder) -> None:
    """Lay analysts' edits over a month that a run has just stored. Births must be in the ledger already."""
    ledger.hold_ledger(connection, tenant)
    overlay = _read_overlay(connection, tenant, encoder)
    _add_parts(overlay)
    found = {row.root_cause_id for row in ownership.base_months(connection, tenant, month)}
    shares = ownership.month_shares(connection, tenant, month)
    own_clauses(overlay, found | {share.base_id for share in shares}, month)
    show_month(overlay, month)
    refresh_causes(overlay)


def reown_all(connection: Connection, tenant: str, encoder: Encoder) -> None:
    """Work out everything anew from what runs found and from all events."""
    ledger.hold_ledger(connection, tenant)
    overlay = _read_overlay(connection, tenant, encoder)
    _add_parts(overlay)
    bases = {cause.id for cause in root_causes.list_causes(connection, tenant)}
    own_clauses(overlay, bases)
    for month in ownership.months_of(connection, tenant):
        show_month(overlay, month)
    ownership.remove_causes(connection, tenant, overlay.state.returned.keys() - overlay.state.causes.keys())
    refresh_causes(overlay)


def reown_causes(overlay: Overlay, touched: Collection[str]) -> None:
    """Lay an event about ``touched`` over the months that it changes."""
    connection, tenant = overlay.connection, overlay.tenant
    bases = ownership.base_ids_of(connection, tenant, touched)
    _add_parts(overlay)
    own_clauses(overlay, bases)
    for month in ownership.months_of(connection, tenant, bases):
        show_month(overlay, month)
    ownership.remove_causes(connection, tenant, set(touched) - overlay.state.causes.keys())
    refresh_causes(overlay, touched)


def own_clauses(overlay: Overlay, base_ids: Collection[str], month: str | None = None) -> None:
    """Give the clauses of ``base_ids`` to the causes that they count for."""
    connection, tenant = overlay.connection, overlay.tenant
    for base_id in sorted(base_ids):
        if not overlay.is_split(base_id):
            ownership.set_owner(connection, tenant, base_id, overlay.owner(base_id), month)
            continue
        clauses = ownership.list_clauses(connection, tenant, base_ids=[base_id], month=month)
        vectors = overlay.vectors.of(connection, tenant, clauses)
        keys = [clause.key for clause in clauses]
        found = owners(overlay.state, [base_id] * len(clauses), vectors, keys)
        ownership.set_owners(connection, tenant, zip(clauses, found, strict=True))


def show_month(overlay: Overlay, month: str) -> None:
    """Make the rows that a month shows; those of causes that nobody edited are as the run found them."""
    connection, tenant = overlay.connection, overlay.tenant
    found = ownership.base_months(connection, tenant, month)
    groups = groups_of(found, ownership.month_shares(connection, tenant, month), overlay.owner)
    rows = [group.parts[0].found for group in groups if group.is_as_found]
    changed = [group for group in groups if not group.is_as_found]
    rows += _joined(overlay, month, changed) if changed else []
    retired = {cause.id for cause in overlay.state.causes.values() if cause.is_retired}
    if changed or retired & {row.root_cause_id for row in rows}:
        rows = ranked(rows, retired)
    ownership.replace_months(connection, tenant, month, rows)


def refresh_causes(overlay: Overlay, cause_ids: Collection[str] | None = None) -> None:
    """Write what the ledger and the months say of each cause, or of ``cause_ids``, into its record."""
    connection, tenant, state = overlay.connection, overlay.tenant, overlay.state
    wanted = state.causes.keys() if cause_ids is None else state.causes.keys() & set(cause_ids)
    bases = ownership.base_causes(connection, tenant)
    voices = ownership.voices_by_month(connection, tenant, None if cause_ids is None else wanted)
    calendar = read_calendar(connection, tenant)
    moved = _moved_ids(state)
    for cause_id in sorted(wanted & bases.keys()):
        values = _record(overlay, state.causes[cause_id], bases, voices.get(cause_id, {}), calendar)
        values["detail"] = bases[cause_id].detail
        if cause_id in moved:
            values["detail"] = _moved_detail(overlay, bases[cause_id])
        ownership.update_cause(connection, tenant, cause_id, values)
    for part in sorted(state.returned.keys() & bases.keys() - state.causes.keys()):
        values = {"state": "merged", "merged_into": state.owner(part)}
        ownership.update_cause(connection, tenant, part, values)


def _read_overlay(connection: Connection, tenant: str, encoder: Encoder) -> Overlay:
    return Overlay(connection, tenant, *ledger.read_state(connection, tenant), ClauseVectors(encoder))


def _add_parts(overlay: Overlay) -> None:
    """Records of the causes that were split off; clauses refer to them."""
    made: dict[str, datetime] = {
        event.payload["part"]: event.at for event in overlay.events if event.kind == "split"
    }
    parts = [cause for cause in overlay.state.causes.values() if cause.split_from is not None]
    rows = [ownership.record_of_part(part.id, part.name, part.born_month, made[part.id]) for part in parts]
    ownership.add_causes(overlay.connection, overlay.tenant, rows)


def _joined(overlay: Overlay, month: str, groups: Sequence[Group]) -> list[RootCauseMonthRecord]:
    connection, tenant = overlay.connection, overlay.tenant
    counts = ownership.month_counts(connection, tenant, month)
    bases = ownership.base_causes(connection, tenant)
    clauses: dict[str, list[Clause]] = {group.id: [] for group in groups}
    for clause in ownership.list_clauses(connection, tenant, root_cause_ids=clauses, month=month):
        clauses[clause.assigned.root_cause_id].append(clause)
    quoted = {c.assigned.transcript_id for found in clauses.values() for c in found[:_N_QUOTED]}
    texts = ownership.texts_of(connection, tenant, quoted)
    return [
        joined_month(
            group,
            overlay.name(group.id, bases),
            counts.get(group.id, Counted(0, 0)),
            clauses[group.id],
            texts,
        )
        for group in groups
        if clauses[group.id]
    ]


def _record(
    overlay: Overlay,
    cause: LedgerCause,
    bases: dict[str, BaseCause],
    voices: dict[str, int],
    calendar: Calendar,
) -> dict[str, Any]:
    life = last_life_state(calendar.series(voices)) or "new"
    return {
        "name": overlay.name(cause.id, bases),
        "named_by": "model" if cause.named_by == SYSTEM else "analyst",
        "state": "merged" if cause.merged_into else life,
        "born_month": _born_month(overlay, cause, voices),
        "merged_into": cause.merged_into,
        "split_from": cause.split_from,
        "is_retired": cause.is_retired,
        "changed_seq": cause.changed_seq,
    }


def _born_month(overlay: Overlay, cause: LedgerCause, voices: dict[str, int]) -> str:
    """Of a part the first month that shows it; of a joined cause the earliest of those that count as it."""
    if cause.split_from is not None and voices:
        return min(voices)
    if cause.merged_into is not None:
        return cause.born_month
    others = overlay.state.causes.values()
    return min(other.born_month for other in others if overlay.owner(other.id) == cause.id)


def _moved_ids(state: LedgerState) -> set[str]:
    moved: set[str] = set()
    for move in state.moves:
        if isinstance(move, SplitRule):
            moved |= {move.parent, move.part}
        else:
            moved |= {move.into} | move.others
    return moved


def _moved_detail(overlay: Overlay, base: BaseCause) -> dict[str, Any]:
    """With the keywords of the last month that shows the cause."""
    months = root_causes.list_cause_months(overlay.connection, overlay.tenant, base.id)
    if not months or "keywords" not in months[-1].detail:
        return dict(base.detail)
    return dict(base.detail) | {"keywords": months[-1].detail["keywords"]}
