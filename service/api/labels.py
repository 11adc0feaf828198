"""``/v1/labels``: what analysts say, and what to ask them next."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, Query, Request, Response
from sqlalchemy import Connection

from models.core.errors import FieldError, IdempotencyError, LimitError, VocError
from models.taxonomy.taxonomy import Taxonomy
from service.api.access import Analyst, Reader
from service.api.bodies import parse_json
from service.api.schemas import LABELS_SCHEMA
from service.api.state import ServiceState, State, in_thread
from service.database import idempotency, labels
from service.database.labels import LabelPage, LabelRecord
from service.errors import problem
from service.labelling.corrections import Applied, Correction, apply_corrections, read_correction, task_of
from service.labelling.queue import Asked, Strategy, next_to_label

router = APIRouter(prefix="/v1/labels", tags=["labels"])
_MAX_ASKED = 200
IdempotencyKey = Annotated[
    str | None,
    Header(alias="Idempotency-Key", max_length=200, description="The same key and body count only once."),
]


@router.post("", status_code=201, openapi_extra=LABELS_SCHEMA)
async def add(request: Request, state: State, caller: Analyst, key: IdempotencyKey = None) -> Response:
    """Correct a transcript's labels: 201 with the label and the transcript's labels as they stand since.

    A list of corrections answers 200 with one entry per item, in order, each with its own status; a bad item
    fails no other. The history only grows: the latest label of a transcript, task and span counts, and
    ``null`` takes earlier ones back. From then on the transcript shows it with source ``analyst`` in reads,
    trends and reviews.
    """
    status, body = await in_thread(_add, state, caller.tenant, await request.body(), key)
    return Response(body, status_code=status, media_type="application/json")


@router.get("")
async def list_all(
    state: State,
    caller: Reader,
    task: str | None = None,
    transcript_id: str | None = None,
    in_force: Annotated[bool, Query(description="Without labels that were replaced or taken back.")] = False,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """The history of labels, newest first. ``next_cursor`` leads to the next page."""
    wanted = task_of(task) if task is not None else None
    page = await in_thread(_list, state, caller.tenant, wanted, transcript_id, in_force, cursor, limit)
    items = [{**label_body(item.record), "in_force": item.in_force} for item in page.items]
    return {"items": items, "next_cursor": page.next_cursor}


@router.get("/queue")
async def queue(
    state: State,
    caller: Reader,
    task: Annotated[str, Query(description="`sentiment` or `category`.")] = "sentiment",
    n: Annotated[int, Query(ge=1, le=_MAX_ASKED, description="How many at most.")] = 20,
    strategy: Annotated[
        Strategy,
        Query(
            description="`uncertain`: least certain first, spread over categories and channels. `diverse`: "
            "texts unlike each other. `disagree`: where shadow, rules or clauses contradict the label."
        ),
    ] = "uncertain",
) -> dict[str, Any]:
    """What to label next, never what is labelled already; each item says why it is asked."""
    asked = await in_thread(_asked, state, caller.tenant, task_of(task), strategy, n)
    return {"task": task_of(task), "strategy": strategy, "items": [_asked_body(item) for item in asked]}


def label_body(record: LabelRecord) -> dict[str, Any]:
    """A label as the API shows it."""
    return {
        "id": record.id,
        "transcript_id": record.transcript_id,
        "task": record.task,
        "labels": list(record.labels),
        "span": None if record.start is None else [record.start, record.end],
        "analyst": record.analyst,
        "note": record.note,
        "before": dict(record.before),
        "created_at": record.created_at.isoformat(),
    }


def _add(state: ServiceState, tenant: str, body: bytes, key: str | None) -> tuple[int, bytes]:
    """Status and body of the answer; with a key it is kept and given again."""
    parsed = parse_json(body)
    many = isinstance(parsed, list)
    items = parsed if many else [parsed]
    _check_count(items, state.settings.max_batch_items)
    taxonomy = state.live.categories.taxonomy
    kept = f"labels:{hashlib.sha256(key.encode()).hexdigest()[:32]}" if key else None
    with state.database.begin() as connection:
        if kept:
            known = _known_answer(state, connection, tenant, kept, body, key or "")
            if known is not None:
                return known
        checked = [_read(item, taxonomy) for item in items]
        good = [item for item in checked if isinstance(item, Correction)]
        done = iter(apply_corrections(connection, tenant, good, taxonomy, state.clock()))
        results = [next(done) if isinstance(item, Correction) else item for item in checked]
        if not many and isinstance(results[0], VocError):
            raise results[0]
        answer = _answer(results, many, state.settings.language)
        if kept:
            idempotency.finish_request(connection, tenant, kept, *answer)
    return answer


def _known_answer(
    state: ServiceState, connection: Connection, tenant: str, kept: str, body: bytes, key: str
) -> tuple[int, bytes] | None:
    """What the same request was answered before. Raises ``IdempotencyError`` for another one."""
    digest = state.maker.digests.content(body)
    try:
        known = idempotency.begin_request(connection, tenant, kept, digest, state.clock())
    except IdempotencyError as error:
        raise IdempotencyError(key=key[:80]) from error
    return (known.status or 200, known.body or b"") if known.state == "done" else None


def _check_count(items: Sequence[Any], limit: int) -> None:
    if not items:
        raise FieldError(field="body", reason="列表为空", reason_en="the list is empty")
    if len(items) > limit:
        raise LimitError(what="一次的标注数", what_en="number of labels", actual=len(items), limit=limit)


def _read(item: Any, taxonomy: Taxonomy) -> Correction | VocError:
    try:
        return read_correction(item, taxonomy)
    except VocError as error:
        return error


def _answer(results: Sequence[Applied | VocError], many: bool, language: str) -> tuple[int, bytes]:
    shown = [_shown(at, result, language) for at, result in enumerate(results)]
    if many:
        return 200, orjson.dumps({"items": shown})
    return 201, orjson.dumps({k: v for k, v in shown[0].items() if k not in ("index", "status")})


def _shown(at: int, result: Applied | VocError, language: str) -> dict[str, Any]:
    if isinstance(result, VocError):
        status, body = problem(result, language=language)
        return {"index": at, "status": status, "error": body}
    return {
        "index": at,
        "status": 201,
        **label_body(result.record),
        "sentiment": dict(result.sentiment),
        "categories": [dict(item) for item in result.categories],
    }


def _list(
    state: ServiceState,
    tenant: str,
    task: str | None,
    transcript_id: str | None,
    in_force: bool,
    cursor: str | None,
    limit: int,
) -> LabelPage:
    with state.database.read() as connection:
        return labels.list_labels(
            connection,
            tenant,
            task=task,
            transcript_id=transcript_id,
            in_force=in_force,
            cursor=cursor,
            limit=limit,
        )


def _asked(state: ServiceState, tenant: str, task: str, strategy: Strategy, n: int) -> list[Asked]:
    shadow = next((s for s in state.live.held.shadows if s.task.partition(".")[0] == task), None)
    with state.database.read() as connection:
        return next_to_label(connection, tenant, task, strategy, n, shadow=shadow)


def _asked_body(item: Asked) -> dict[str, Any]:
    return {
        "transcript_id": item.candidate.id,
        "channel": item.candidate.channel,
        "occurred_at": item.candidate.occurred_at.isoformat(),
        "text": item.candidate.text,
        "label": item.label,
        "certainty": round(item.certainty, 4),
        "why": item.why,
    }
