"""What analysts may do to root causes: each edit is checked against the state and becomes one event."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from models.core.errors import EditConflictError, InputError, NotFoundError
from models.rootcause.ledger.events import EDIT_KINDS, EventKind, LedgerEvent
from models.rootcause.ledger.state import ClauseKey, LedgerCause, LedgerState
from models.rootcause.vectors import Vectors, unit_rows

MAX_NAME_CHARS = 40


@dataclass(frozen=True, slots=True)
class Author:
    """Who edits, when and why. ``seen_seq`` is the event they last saw of the cause; None: do not check."""

    by: str
    at: datetime
    why: str = ""
    seen_seq: int | None = None


def rename(state: LedgerState, cause_id: str, name: str, author: Author) -> LedgerEvent:
    """Raises ``InputError`` for a blank, too long or taken name."""
    cause = _open(state, cause_id, author)
    name = _checked_name(state, name, cause_id)
    return _event(state, "rename", cause.id, author, {"name": name})


def merge(state: LedgerState, cause_id: str, others: Sequence[str], author: Author) -> LedgerEvent:
    """``others`` count as ``cause_id`` from now on, in all months. Raises ``InputError`` for itself or none."""
    cause = _open(state, cause_id, author)
    wanted = sorted(set(others))
    if not wanted or cause_id in wanted:
        raise InputError(
            reason="请给出至少一个其他根因；根因不能与自己合并",
            reason_en="name at least one other root cause; a cause cannot be merged with itself",
        )
    for other in wanted:
        _living(state, other)
    return _event(state, "merge", cause.id, author, {"others": wanted})


def split(
    state: LedgerState,
    cause_id: str,
    part_vectors: Vectors,
    rest_vectors: Vectors,
    *,
    part_id: str,
    name: str,
    author: Author,
    clauses: Sequence[ClauseKey] = (),
) -> LedgerEvent:
    """``clauses``, and all that lie near ``part_vectors`` ``(n, dim)``, become the cause ``part_id``.

    Raises ``InputError`` for a side that is empty or like the other one.
    """
    cause = _open(state, cause_id, author)
    if not len(part_vectors) or not len(rest_vectors):
        raise InputError(
            reason="拆分后两边都必须有原话：请既选出一部分，也留下一部分",
            reason_en="both sides of a split need evidence: choose some clauses and leave some",
        )
    centroids = [unit_rows(side.mean(axis=0, keepdims=True))[0] for side in (part_vectors, rest_vectors)]
    if np.allclose(centroids[0], centroids[1], atol=1e-4):
        raise InputError(
            reason="两边的原话没有区别，无法拆分；请另选原话",
            reason_en="the two sides do not differ; choose other clauses",
        )
    part_centroid, rest_centroid = ([round(float(x), 5) for x in centroid] for centroid in centroids)
    payload = {
        "part": part_id,
        "name": _checked_name(state, name),
        "part_centroid": part_centroid,
        "rest_centroid": rest_centroid,
        "clauses": sorted(map(list, clauses)),
    }
    return _event(state, "split", cause.id, author, payload)


def retire(state: LedgerState, cause_id: str, author: Author) -> LedgerEvent:
    return _event(state, "retire", _open(state, cause_id, author).id, author, {})


def restore(state: LedgerState, cause_id: str, author: Author) -> LedgerEvent:
    """Raises ``EditConflictError`` for a cause that is not retired."""
    cause = _known(state, cause_id)
    _check_seen(cause, author)
    if not cause.is_retired:
        raise _conflict(cause_id, "没有停用，不需要恢复", "is not retired")
    return _event(state, "restore", cause_id, author, {})


def undo(state: LedgerState, events: Sequence[LedgerEvent], seq: int, author: Author) -> LedgerEvent:
    """Take back the analyst's event ``seq``.

    Raises ``NotFoundError`` for no such event, ``InputError`` for one of the system, ``EditConflictError`` where
    it was undone before or later edits of the same causes stand on it (undo those first).
    """
    found = next((event for event in events if event.seq == seq), None)
    if found is None:
        raise NotFoundError(what="根因事件", what_en="event of root causes", key=str(seq))
    if found.kind not in EDIT_KINDS:
        raise InputError(
            reason=f"第 {seq} 号事件由系统产生，不能撤销；分析员的改名、合并、拆分、停用和恢复可以撤销",
            reason_en=f"event {seq} was made by the system; only edits of analysts can be undone",
        )
    if seq in state.void:
        raise _conflict(str(seq), "已经撤销过", "was undone already")
    later = _standing_on(state, events, found)
    if later:
        listed = "、".join(map(str, later))
        raise _conflict(
            str(seq),
            f"之后又有编辑（事件 {listed}），请先撤销它们",
            f"has later edits ({', '.join(map(str, later))}); undo those first",
        )
    return _event(state, "undo", found.cause_id, author, {"seq": seq, "others": sorted(found.touches)})


def last_edit(state: LedgerState, events: Sequence[LedgerEvent], cause_id: str) -> int:
    """Number of the newest edit of a cause that counts. Raises ``NotFoundError``, ``EditConflictError``."""
    _known(state, cause_id)
    for event in reversed(events):
        edited = event.kind in EDIT_KINDS - {"undo"} and event.seq not in state.void
        if edited and cause_id in event.touches:
            return event.seq
    raise _conflict(cause_id, "没有可以撤销的编辑", "has no edit that could be undone")


def check_seen(state: LedgerState, cause_id: str, author: Author) -> None:
    """Raises ``EditConflictError`` where the cause was changed after what ``author`` saw of it."""
    if cause_id in state.causes:
        _check_seen(state.causes[cause_id], author)


def check_names(state: LedgerState, cause_ids: Iterable[str]) -> None:
    """Raises ``EditConflictError`` where a living one of ``cause_ids`` has the name of another living cause."""
    held: dict[str, str] = {}
    for cause in state.living():
        held.setdefault(cause.name, cause.id)
    mine = set(cause_ids)
    for cause in state.living():
        pair = {cause.id, held[cause.name]}
        if len(pair) == 2 and pair & mine:
            other = held[cause.name]
            raise _conflict(
                cause.id,
                f"名称“{cause.name}”现已用于 {other}，请先给 {other} 改名",
                f"would have the name of {other}; rename that one first",
            )


def _standing_on(state: LedgerState, events: Sequence[LedgerEvent], found: LedgerEvent) -> list[int]:
    """Later events about the same causes that count: edits, and what took back edits from before ``found``.

    An undo of a later edit cancels out with it.
    """
    by_seq = {event.seq: event for event in events}
    standing: list[int] = []
    for event in events:
        if event.seq <= found.seq or event.kind not in EDIT_KINDS or event.seq in state.void:
            continue
        target = event
        while target.kind == "undo":
            target = by_seq[int(target.payload["seq"])]
        is_net = event.kind != "undo" or target.seq < found.seq
        if is_net and event.touches & found.touches:
            standing.append(event.seq)
    return standing


def _event(
    state: LedgerState, kind: EventKind, cause_id: str, author: Author, payload: dict[str, Any]
) -> LedgerEvent:
    return LedgerEvent(state.seq + 1, author.at, kind, cause_id, author.by, author.why, payload)


def _known(state: LedgerState, cause_id: str) -> LedgerCause:
    cause = state.causes.get(cause_id)
    if cause is None:
        raise NotFoundError(what="根因", what_en="root cause", key=cause_id)
    return cause


def _living(state: LedgerState, cause_id: str) -> LedgerCause:
    cause = _known(state, cause_id)
    if cause.merged_into is not None:
        into = state.owner(cause_id)
        raise _conflict(cause_id, f"已并入 {into}，请对它操作", f"was merged into {into}; edit that one")
    if cause.is_retired:
        raise _conflict(cause_id, "已停用，请先恢复", "is retired; restore it first")
    return cause


def _open(state: LedgerState, cause_id: str, author: Author) -> LedgerCause:
    cause = _living(state, cause_id)
    _check_seen(cause, author)
    return cause


def _check_seen(cause: LedgerCause, author: Author) -> None:
    if author.seen_seq is not None and author.seen_seq < cause.changed_seq:
        raise _conflict(
            cause.id,
            f"已被他人修改（事件 {cause.changed_seq}），请读取最新状态后再试",
            f"was changed meanwhile (event {cause.changed_seq}); read it again",
        )


def _checked_name(state: LedgerState, name: str, own_id: str = "") -> str:
    name = " ".join(name.split())
    if not name or len(name) > MAX_NAME_CHARS or not any(char.isalpha() for char in name):
        raise InputError(
            reason=f"根因名称须为 1 到 {MAX_NAME_CHARS} 个字，且不能只有数字或符号",
            reason_en=f"a name has 1 to {MAX_NAME_CHARS} characters, not digits or marks alone",
        )
    taken = next((c.id for c in state.living() if c.name == name and c.id != own_id), None)
    if taken:
        raise InputError(
            reason=f"名称“{name}”已用于 {taken}；若是同一原因请合并",
            reason_en=f"{taken} has that name already; merge them if they are the same",
        )
    return name


def _conflict(key: str, reason: str, reason_en: str) -> EditConflictError:
    return EditConflictError(what="根因", what_en="root cause", key=key, reason=reason, reason_en=reason_en)
