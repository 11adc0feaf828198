"""``/v1/transcripts``: store one or many, search, read, remove."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from models.core.errors import FieldError, LimitError, NotFoundError, StorageError, VocError
from service.api.parameters import moment_of, search_phrases
from service.api.schemas import TRANSCRIPT_SCHEMA
from service.api.state import Admin, Caller, Ingester, Reader, ServiceState, State, in_thread
from service.database import transcript_queries, transcripts
from service.database.records import Page, TranscriptFilter
from service.errors import problem
from service.ingest.posted import Posted, Stored, read_posted, record_body, store_posted, stored_body

router = APIRouter(prefix="/v1/transcripts", tags=["transcripts"])

NDJSON = "application/x-ndjson"
_GROUP_LINES = 64
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key", max_length=200, description="Stores a transcript without an id only once."
    ),
]
BATCH_SCHEMA = {
    "requestBody": {
        "required": True,
        "description": "One transcript per line, each as in POST /v1/transcripts.",
        "content": {NDJSON: {"schema": {"type": "string"}}},
    }
}
_POST_SCHEMA = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": TRANSCRIPT_SCHEMA,
                "example": {
                    "external_id": "call-20240305-0001",
                    "channel": "phone",
                    "occurred_at": "2024-03-05T14:30:00+08:00",
                    "product": "远航S7",
                    "turns": [
                        {"speaker": "agent", "text": "您好，请问有什么可以帮您？"},
                        {"speaker": "customer", "text": "空调不制冷，修了三次还没修好。"},
                    ],
                },
            }
        },
    }
}


@router.post("", status_code=201, openapi_extra=_POST_SCHEMA)
async def store(request: Request, state: State, caller: Ingester, key: IdempotencyKey = None) -> JSONResponse:
    """Store one transcript: 201 with id and analysis, 200 if it was there already, 409 with other content."""
    posted = read_posted(_json(await request.body()), tenant=caller.tenant, rules=state.rules(), key=key)
    stored = await state.batcher.submit(posted)
    body = await in_thread(_answer, state, caller.tenant, stored)
    headers = {"Location": f"/v1/transcripts/{stored.id}"}
    return JSONResponse(body, status_code=201 if stored.created else 200, headers=headers)


async def store_batch(
    request: Request, state: State, caller: Ingester, key: IdempotencyKey = None
) -> StreamingResponse:
    """Store one transcript per line; the answer has one line per line, in order, each with its own status."""
    lines = [line for line in (await request.body()).split(b"\n") if line.strip()]
    if len(lines) > state.settings.max_batch_items:
        raise LimitError(what="一批的条数", actual=len(lines), limit=state.settings.max_batch_items)
    return StreamingResponse(_batch_answers(state, caller, lines, key), media_type=NDJSON)


@router.get("")
async def search(
    state: State,
    caller: Reader,
    since: Annotated[str | None, Query(alias="from", description="Time or day, inclusive.")] = None,
    until: Annotated[str | None, Query(alias="to", description="Time or day, exclusive.")] = None,
    month: Annotated[str | None, Query(description="A local month such as 2024-03.")] = None,
    channel: str | None = None,
    category: Annotated[str | None, Query(description="Category id.")] = None,
    sentiment: str | None = None,
    root_cause: str | None = None,
    product: str | None = None,
    region: str | None = None,
    external_id: str | None = None,
    q: Annotated[str | None, Query(description="Words to find in the text, all of them.")] = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """Search, newest first. ``next_cursor`` leads to the next page."""
    zone, now = state.settings.zone, state.clock()
    if sentiment not in (None, "negative", "neutral", "positive"):
        raise FieldError(field="sentiment", reason="应为 negative、neutral 或 positive", reason_en="unknown")
    wanted = TranscriptFilter(
        since=moment_of("from", since, zone, now),
        until=moment_of("to", until, zone, now),
        month=month,
        channel=channel,
        sentiment=sentiment,
        category_id=category,
        root_cause_id=root_cause,
        product=product,
        region=region,
        external_id=state.maker.external_id(external_id),
        words=search_phrases(state.maker.analyzer.segmenter, q),
    )
    page = await in_thread(_find, state, caller.tenant, wanted, cursor, limit)
    return {"items": [stored_body(item) for item in page.items], "next_cursor": page.next_cursor}


@router.get("/{transcript_id}")
async def read(transcript_id: str, state: State, caller: Reader) -> dict[str, Any]:
    """One transcript with its analysis and tokens."""
    return await in_thread(_read, state, caller.tenant, transcript_id)


@router.delete("/{transcript_id}", status_code=204)
async def remove(transcript_id: str, state: State, caller: Admin) -> Response:
    """Remove a transcript with everything that hangs on it; trends are corrected."""
    if not await in_thread(_delete, state, caller.tenant, transcript_id):
        raise NotFoundError(what="会话", key=transcript_id)
    return Response(status_code=204)


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise FieldError(
            field="body",
            reason=f"不是合法的 UTF-8 JSON（{error}）",
            reason_en=f"not valid UTF-8 JSON ({error})",
        ) from error


async def _batch_answers(
    state: ServiceState, caller: Caller, lines: list[bytes], key: str | None
) -> AsyncIterator[bytes]:
    for start in range(0, len(lines), _GROUP_LINES):
        group = lines[start : start + _GROUP_LINES]
        for answer in await in_thread(_store_group, state, caller, group, start, key):
            yield orjson.dumps(answer) + b"\n"


def _store_group(
    state: ServiceState, caller: Caller, lines: list[bytes], start: int, key: str | None
) -> list[dict[str, Any]]:
    """Answers of some lines; a bad line answers with its problem and fails no other."""
    items: list[Posted | VocError] = []
    for at, line in enumerate(lines, start):
        line_key = f"{key}:{at}" if key else None
        try:
            items.append(read_posted(_json(line), tenant=caller.tenant, rules=state.rules(), key=line_key))
        except VocError as error:
            items.append(error)
    good = [item for item in items if isinstance(item, Posted)]
    try:
        done = iter(store_posted(state.database, state.maker, good))
    except StorageError as error:
        done = iter([error] * len(good))
    return [
        _line_answer(state, at, next(done) if isinstance(item, Posted) else item)
        for at, item in enumerate(items, start)
    ]


def _line_answer(state: ServiceState, at: int, result: Stored | Exception) -> dict[str, Any]:
    if isinstance(result, VocError):
        status, body = problem(result, language=state.settings.language)
        return {"index": at, "status": status, "error": body}
    if isinstance(result, Exception):
        raise result
    sentiment = result.record.analysis.sentiment
    return {
        "index": at,
        "status": 201 if result.created else 200,
        "id": result.id,
        "external_id": result.record.row.external_id,
        "sentiment": sentiment,
    }


def _answer(state: ServiceState, tenant: str, stored: Stored) -> dict[str, Any]:
    if not stored.created:
        return _read(state, tenant, stored.id)
    body = record_body(stored.record, stored.id)
    body["analysis"]["tokens"] = _tokens(state, stored.record.row.text)
    return body


def _read(state: ServiceState, tenant: str, transcript_id: str) -> dict[str, Any]:
    with state.database.read() as connection:
        stored = transcript_queries.get(connection, tenant, transcript_id)
    body = stored_body(stored)
    body["analysis"]["tokens"] = _tokens(state, stored.row.text)
    return body


def _tokens(state: ServiceState, text: str) -> list[dict[str, Any]]:
    return [
        {"text": t.text, "start": t.start, "end": t.end, "pos": t.pos}
        for t in state.maker.analyzer.tokens(text)
    ]


def _find(state: ServiceState, tenant: str, wanted: TranscriptFilter, cursor: str | None, limit: int) -> Page:
    with state.database.read() as connection:
        return transcript_queries.find(connection, tenant, wanted, cursor, limit)


def _delete(state: ServiceState, tenant: str, transcript_id: str) -> bool:
    with state.database.begin() as connection:
        return transcripts.delete_transcript(connection, tenant, transcript_id)
