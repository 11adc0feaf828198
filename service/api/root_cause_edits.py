"""``/v1/root-causes/{id}:…``: what analysts correct."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, Request, Response
from sqlalchemy import Connection

from models.core.errors import EditConflictError, FieldError, IdempotencyError
from models.rootcause.ledger.edits import Author
from models.rootcause.ledger.state import ClauseKey
from service.api.access import Analyst, Caller
from service.api.bodies import parse_json
from service.api.root_cause_bodies import event_body, whole_cause, with_newer_state
from service.api.schemas import MERGE_SCHEMA, RENAME_SCHEMA, RETIRE_SCHEMA, SPLIT_SCHEMA, UNDO_SCHEMA
from service.api.state import ServiceState, State, in_thread
from service.building import build_encoder
from service.database import idempotency
from service.rootcauses.editing import MAX_WHY_CHARS, CauseEdit, EditKind, edit_within, prepare_edit

router = APIRouter()
_MAX_ID_CHARS = 64
_COMMON = ("why", "seen_seq")
_FIELDS: dict[EditKind, tuple[str, ...]] = {
    "rename": ("name", *_COMMON),
    "merge": ("others", *_COMMON),
    "split": ("name", "clauses", "transcript_ids", *_COMMON),
    "retire": _COMMON,
    "restore": _COMMON,
    "undo": ("seq", *_COMMON),
}
Key = Annotated[
    str | None,
    Header(alias="Idempotency-Key", max_length=200, description="The same key and body count only once."),
]


@router.post("/{root_cause_id}:rename", openapi_extra=RENAME_SCHEMA)
async def rename(
    root_cause_id: str, request: Request, state: State, caller: Analyst, key: Key = None
) -> Response:
    """Give a cause a name, which later runs keep. Answers the event and the causes as they stand since.

    409 `edit_conflict` carries the newer state as `report`: the cause, `changed_seq`, `changed_by`, `changed_at`.
    """
    return await _edited("rename", root_cause_id, request, state, caller, key)


@router.post("/{root_cause_id}:merge", openapi_extra=MERGE_SCHEMA)
async def merge(
    root_cause_id: str, request: Request, state: State, caller: Analyst, key: Key = None
) -> Response:
    """Other causes count as this one, in all months and in those to come; their ids stay known."""
    return await _edited("merge", root_cause_id, request, state, caller, key)


@router.post("/{root_cause_id}:split", openapi_extra=SPLIT_SCHEMA)
async def split(
    root_cause_id: str, request: Request, state: State, caller: Analyst, key: Key = None
) -> Response:
    """Part of a cause becomes one of its own, in all months: the clauses named, and those nearer to them."""
    return await _edited("split", root_cause_id, request, state, caller, key)


@router.post("/{root_cause_id}:retire", openapi_extra=RETIRE_SCHEMA)
async def retire(
    root_cause_id: str, request: Request, state: State, caller: Analyst, key: Key = None
) -> Response:
    """Show a cause no longer. It still takes its clauses, so that it is not found anew."""
    return await _edited("retire", root_cause_id, request, state, caller, key)


@router.post("/{root_cause_id}:restore", openapi_extra=RETIRE_SCHEMA)
async def restore(
    root_cause_id: str, request: Request, state: State, caller: Analyst, key: Key = None
) -> Response:
    """Show a retired cause again."""
    return await _edited("restore", root_cause_id, request, state, caller, key)


@router.post("/{root_cause_id}:undo", openapi_extra=UNDO_SCHEMA)
async def undo(
    root_cause_id: str, request: Request, state: State, caller: Analyst, key: Key = None
) -> Response:
    """Take an edit of this cause back: every month is as it was before. An undo may be undone by its `seq`.

    409 where later edits of the same causes stand on it; the message names them.
    """
    return await _edited("undo", root_cause_id, request, state, caller, key)


async def _edited(
    kind: EditKind, root_cause_id: str, request: Request, state: ServiceState, caller: Caller, key: str | None
) -> Response:
    body = await request.body()
    answer = await in_thread(_edit, state, caller, kind, root_cause_id, body, key)
    return Response(answer, media_type="application/json")


def _edit(
    state: ServiceState, caller: Caller, kind: EditKind, root_cause_id: str, body: bytes, key: str | None
) -> bytes:
    """The answer; with a key it is kept and given again."""
    wanted = read_edit(kind, root_cause_id, body, caller, state)
    kept = f"root-causes:{hashlib.sha256(key.encode()).hexdigest()[:32]}" if key else None
    try:
        vectors = prepare_edit(state.database, caller.tenant, wanted, build_encoder(state.settings))
        with state.database.begin() as connection:
            if kept:
                asked = f"{kind} {root_cause_id}\n".encode("utf-8", "surrogatepass") + body
                known = _known_answer(state, connection, caller.tenant, kept, asked, key or "")
                if known is not None:
                    return known
            done = edit_within(connection, caller.tenant, wanted, vectors)
            causes = [whole_cause(connection, caller.tenant, cause_id) for cause_id in done.cause_ids]
            answer = orjson.dumps({"event": event_body(done.event), "items": causes})
            if kept:
                idempotency.finish_request(connection, caller.tenant, kept, 200, answer)
    except EditConflictError as error:
        with state.database.read() as connection:
            raise with_newer_state(connection, caller.tenant, root_cause_id, error) from error
    return answer


def _known_answer(
    state: ServiceState, connection: Connection, tenant: str, kept: str, asked: bytes, key: str
) -> bytes | None:
    """What the same request was answered before. Raises ``IdempotencyError`` for another one."""
    digest = state.maker.digests.content(asked)
    try:
        known = idempotency.begin_request(connection, tenant, kept, digest, state.clock())
    except IdempotencyError as error:
        raise IdempotencyError(key=key[:80]) from error
    return (known.body or b"") if known.state == "done" else None


def read_edit(
    kind: EditKind, root_cause_id: str, body: bytes, caller: Caller, state: ServiceState
) -> CauseEdit:
    """A checked body. Raises ``FieldError`` naming the field that is wrong."""
    values = parse_json(body) if body.strip() else {}
    if not isinstance(values, dict):
        raise FieldError(field="body", reason="应是一个 JSON 对象", reason_en="a JSON object is expected")
    known = _FIELDS[kind]
    for name in sorted(set(values) - set(known)):
        listed = ", ".join(known)
        raise FieldError(
            field=name[:80], reason=f"没有这个字段，可用：{listed}", reason_en=f"one of {listed}"
        )
    author = Author(
        caller.name, state.clock(), _text(values, "why", MAX_WHY_CHARS), _number(values, "seen_seq")
    )
    return CauseEdit(
        kind,
        root_cause_id,
        author,
        name=_text(values, "name", 200),
        others=_ids(values, "others"),
        clauses=_clauses(values),
        transcript_ids=_ids(values, "transcript_ids"),
        seq=_number(values, "seq"),
    )


def _text(values: dict[str, Any], name: str, limit: int) -> str:
    value = values.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > limit or "\0" in value:
        raise FieldError(
            field=name,
            reason=f"应是不超过 {limit} 个字符的文字",
            reason_en=f"text of at most {limit} characters",
        )
    return value.strip()


def _number(values: dict[str, Any], name: str) -> int | None:
    value = values.get(name)
    if value is None:
        return None
    if type(value) is not int or not 0 <= value < 2**31:
        raise FieldError(field=name, reason="应为事件的序号（整数）", reason_en="the number of an event")
    return value


def _ids(values: dict[str, Any], name: str) -> tuple[str, ...]:
    value = values.get(name)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(_is_id(item) for item in value):
        raise FieldError(field=name, reason="应为编号的数组", reason_en="a list of ids")
    return tuple(dict.fromkeys(value))


def _clauses(values: dict[str, Any]) -> tuple[ClauseKey, ...]:
    value = values.get("clauses")
    if value is None:
        return ()
    found = [_clause(item) for item in value] if isinstance(value, list) else [None]
    clauses = tuple(clause for clause in found if clause is not None)
    if len(clauses) < len(found):
        raise FieldError(
            field="clauses",
            reason="应为原话的数组，每项含 transcript_id、start、end",
            reason_en="a list of objects with transcript_id, start and end",
        )
    return clauses


def _clause(item: Any) -> ClauseKey | None:
    """A clause or exemplar, or ``None`` for anything else."""
    if not isinstance(item, dict):
        return None
    transcript_id, start, end = (item.get(key) for key in ("transcript_id", "start", "end"))
    if not _is_id(transcript_id) or type(start) is not int or type(end) is not int:
        return None
    return str(transcript_id), start, end


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _MAX_ID_CHARS and "\0" not in value
