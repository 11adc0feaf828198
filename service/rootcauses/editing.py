"""Analysts' edits of root causes: one event in the ledger, and all months as they stand since.

An edit is one transaction. What runs found is never touched, so that undoing an edit gives every month back
byte for byte.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

import numpy as np
from sqlalchemy import Connection

from models.core.errors import InputError, LimitError
from models.rootcause.ledger import edits
from models.rootcause.ledger.edits import Author
from models.rootcause.ledger.events import SYSTEM, LedgerEvent
from models.rootcause.ledger.state import ClauseKey, LedgerState, replay
from models.rootcause.vectors import Encoder
from models.text.pii import find_pii, mask
from service.database import ledger, ownership, root_causes
from service.database.engine import Database
from service.database.ownership import Clause
from service.rootcauses.clauses import ClauseVectors
from service.rootcauses.owning import Overlay, reown_causes

MAX_WHY_CHARS = 500
MAX_OTHERS = 200
MAX_CLAUSES = 2000
"""Named in one split; the others go by nearness."""

EditKind = Literal["rename", "merge", "split", "retire", "restore", "undo"]


@dataclass(frozen=True, slots=True)
class CauseEdit:
    """What an analyst asks for.

    By kind: rename ``name``; merge ``others``; split ``name`` and ``clauses`` or ``transcript_ids``; undo
    ``seq`` (None: the newest edit of the cause that counts).
    """

    kind: EditKind
    cause_id: str
    author: Author
    name: str = ""
    others: tuple[str, ...] = ()
    clauses: tuple[ClauseKey, ...] = ()
    transcript_ids: tuple[str, ...] = ()
    seq: int | None = None


@dataclass(frozen=True, slots=True)
class Edited:
    """The event that was appended and the causes that it changed and that still are there."""

    event: LedgerEvent
    cause_ids: tuple[str, ...]


def apply_edit(database: Database, tenant: str, edit: CauseEdit, encoder: Encoder) -> Edited:
    """Check, append and carry out ``edit``.

    Raises ``NotFoundError``, ``InputError``, ``LimitError``, and ``EditConflictError`` where the present state
    does not allow it; the ledger and the months are then as they were.
    """
    vectors = prepare_edit(database, tenant, edit, encoder)
    with database.begin() as connection:
        return edit_within(connection, tenant, edit, vectors)


def prepare_edit(database: Database, tenant: str, edit: CauseEdit, encoder: Encoder) -> ClauseVectors:
    """Work out the vectors that ``edit`` will need, so that its transaction is short."""
    vectors = ClauseVectors(encoder)
    with database.read() as connection:
        state, events = ledger.read_state(connection, tenant)
        touched = {edit.cause_id, *edit.others}
        if edit.kind == "undo":
            touched |= {key for event in events if edit.cause_id in event.touches for key in event.touches}
        bases = ownership.base_ids_of(connection, tenant, touched)
        known = state.causes.keys() | state.returned.keys()
        split = {key for key in bases if edit.kind == "split" or (key in known and state.is_split(key))}
        moving = edit.kind in ("merge", "split", "undo")
        if moving and split:
            vectors.of(connection, tenant, ownership.list_clauses(connection, tenant, base_ids=split))
    return vectors


def edit_within(connection: Connection, tenant: str, edit: CauseEdit, vectors: ClauseVectors) -> Edited:
    """``apply_edit`` inside the caller's transaction."""
    edit = _checked(edit)
    ledger.hold_ledger(connection, tenant)
    ensure_births(connection, tenant, edit.author.at)
    event, state = ledger.append_edit(
        connection, tenant, lambda state, events: _event(connection, tenant, edit, state, events, vectors)
    )
    _, events = ledger.read_state(connection, tenant)
    reown_causes(Overlay(connection, tenant, state, events, vectors), event.touches)
    return Edited(event, tuple(key for key in state.causes if key in event.touches))


def ensure_births(connection: Connection, tenant: str, now: datetime) -> int:
    """Append a birth for every stored cause that the ledger does not know; how many there were."""
    ledger.hold_ledger(connection, tenant)
    state, _ = ledger.read_state(connection, tenant)
    unknown = [
        cause
        for cause in root_causes.list_causes(connection, tenant)
        if cause.id not in state.causes and cause.id not in state.returned
    ]
    centroids = _centroids(connection, tenant, [cause.id for cause in unknown])
    births = []
    for seq, cause in enumerate(unknown, state.seq + 1):
        payload = {"month": cause.born_month, "name": cause.name} | (
            {"centroid": centroids[cause.id]} if cause.id in centroids else {}
        )
        births.append(LedgerEvent(seq, now, "birth", cause.id, SYSTEM, payload=payload))
    ledger.append_events(connection, tenant, births)
    return len(births)


def _centroids(connection: Connection, tenant: str, cause_ids: Sequence[str]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for month in ownership.months_of(connection, tenant, cause_ids) if cause_ids else ():
        for row in ownership.base_months(connection, tenant, month):
            if row.root_cause_id in cause_ids and "centroid" in row.detail:
                found.setdefault(row.root_cause_id, list(row.detail["centroid"]))
    return found


def _checked(edit: CauseEdit) -> CauseEdit:
    """Masked and within the limits."""
    if len(edit.author.why) > MAX_WHY_CHARS:
        raise InputError(
            reason=f"修改原因最多 {MAX_WHY_CHARS} 个字",
            reason_en=f"why has at most {MAX_WHY_CHARS} characters",
        )
    for what, what_en, given, limit in (
        ("一次合并的根因数", "number of causes in one merge", edit.others, MAX_OTHERS),
        ("一次拆分指定的原话数", "number of clauses in one split", edit.clauses, MAX_CLAUSES),
        ("一次拆分指定的会话数", "number of transcripts in one split", edit.transcript_ids, MAX_CLAUSES),
    ):
        if len(given) > limit:
            raise LimitError(what=what, what_en=what_en, actual=len(given), limit=limit)
    author = replace(edit.author, by=_masked(edit.author.by), why=_masked(edit.author.why))
    return replace(edit, author=author, name=_masked(edit.name))


def _masked(text: str) -> str:
    found = find_pii(text) if text else []
    return mask(text, found).text if found else text


def _event(
    connection: Connection,
    tenant: str,
    edit: CauseEdit,
    state: LedgerState,
    events: Sequence[LedgerEvent],
    vectors: ClauseVectors,
) -> LedgerEvent:
    state = _as_shown(connection, tenant, state)
    author, cause_id = edit.author, edit.cause_id
    if edit.kind == "rename":
        return edits.rename(state, cause_id, edit.name, author)
    if edit.kind == "merge":
        return edits.merge(state, cause_id, edit.others, author)
    if edit.kind == "split":
        return _split(connection, tenant, edit, state, vectors)
    if edit.kind == "retire":
        return edits.retire(state, cause_id, author)
    if edit.kind == "restore":
        event = edits.restore(state, cause_id, author)
    else:
        edits.check_seen(state, cause_id, author)
        seq = edits.last_edit(state, events, cause_id) if edit.seq is None else edit.seq
        event = edits.undo(state, events, seq, author)
        _check_about(event, cause_id, seq)
    after = _as_shown(connection, tenant, replay([*events, event]))
    edits.check_names(after, event.touches)
    return event


def _check_about(event: LedgerEvent, cause_id: str, seq: int) -> None:
    if cause_id not in event.touches:
        raise InputError(
            reason=f"第 {seq} 号事件与根因 {cause_id} 无关", reason_en=f"event {seq} is not about {cause_id}"
        )


def _as_shown(connection: Connection, tenant: str, state: LedgerState) -> LedgerState:
    """With the names that runs gave since the birth, which a new name must not repeat."""
    bases = ownership.base_causes(connection, tenant)
    causes = {
        key: replace(cause, name=bases[key].name) if cause.named_by == SYSTEM and key in bases else cause
        for key, cause in state.causes.items()
    }
    return replace(state, causes=causes)


def _split(
    connection: Connection, tenant: str, edit: CauseEdit, state: LedgerState, vectors: ClauseVectors
) -> LedgerEvent:
    clauses = ownership.list_clauses(connection, tenant, root_cause_ids=[edit.cause_id])
    named = _named(edit, clauses)
    found = vectors.of(connection, tenant, clauses)
    is_named = np.array([clause.key in named for clause in clauses], dtype=bool)
    return edits.split(
        state,
        edit.cause_id,
        found[is_named],
        found[~is_named],
        part_id=_new_id(state, edit),
        name=edit.name,
        author=edit.author,
        clauses=sorted(named),
    )


def _named(edit: CauseEdit, clauses: Sequence[Clause]) -> set[ClauseKey]:
    """The clauses of the cause that ``edit`` names. Raises ``InputError`` for one that is not there."""
    keys = {clause.key for clause in clauses}
    spoken = {key[0] for key in keys}
    strange = sorted({str(list(key)) for key in set(edit.clauses) - keys} | set(edit.transcript_ids) - spoken)
    if strange and clauses:
        shown = "、".join(strange[:3])
        raise InputError(
            reason=f"这些原话不属于根因 {edit.cause_id}：{shown}",
            reason_en=f"these clauses do not belong to {edit.cause_id}: {', '.join(strange[:3])}",
        )
    return set(edit.clauses) | {key for key in keys if key[0] in set(edit.transcript_ids)}


def _new_id(state: LedgerState, edit: CauseEdit) -> str:
    """A permanent id from what the part was made of."""
    taken = state.causes.keys() | state.returned.keys()
    for salt in range(1000):
        said = f"{edit.cause_id}|{edit.name}|{state.seq}#{salt}"
        made = f"rc-{hashlib.sha256(said.encode('utf-8', 'surrogatepass')).hexdigest()[:10]}"
        if made not in taken:
            return made
    raise ValueError("no free id")  # pragma: no cover - a thousand collisions of 40 bits
