"""``/v1/transcripts``: store one or many, search, read, remove."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

import orjson
import structlog
from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse

from models.core.errors import FieldError, LimitError, NotFoundError, VocError
from models.core.month import Month
from service.api.access import Admin, Caller, Ingester, Reader
from service.api.parameters import mark_filter, moment_of, search_phrases
from service.api.posts import Post
from service.api.schemas import TRANSCRIPT_SCHEMA
from service.api.state import ServiceState, State, in_thread
from service.database import transcript_queries, transcripts
from service.database.records import Page, TranscriptFilter
from service.errors import problem
from service.ingest.posted import Stored, stored_body

router = APIRouter(prefix="/v1/transcripts", tags=["transcripts"])

NDJSON = "application/x-ndjson"
_log = structlog.get_logger("voc.transcripts")
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
async def store(request: Request, state: State, caller: Ingester, key: IdempotencyKey = None) -> Response:
    """Store one transcript: 201 with id and analysis, 200 if it was there already, 409 with other content."""
    answer = await state.batcher.submit(Post(caller.tenant, await request.body(), key))
    return Response(
        answer.body,
        status_code=201 if answer.created else 200,
        media_type="application/json",
        headers={"Location": f"/v1/transcripts/{answer.id}"},
    )


async def store_batch(
    request: Request, state: State, caller: Ingester, key: IdempotencyKey = None
) -> StreamingResponse:
    """Store one transcript per line; the answer has one line per line, in order, each with its own status.

    Blank lines are left out; ``line`` counts them, from 1. ``index`` counts answers, from 0.
    """
    lines = [
        (number, line)
        for number, line in enumerate((await request.body()).split(b"\n"), 1)
        if line.removeprefix(b"\xef\xbb\xbf").strip()
    ]
    if not lines:
        raise FieldError(field="body", reason="没有任何一行", reason_en="there is no line in it")
    if len(lines) > state.settings.max_batch_items:
        raise LimitError(
            what="一批的条数",
            what_en="number of lines",
            actual=len(lines),
            limit=state.settings.max_batch_items,
        )
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
    mark: Annotated[
        str | None,
        Query(description="`kind` or `kind:value`: step:washing, survey:waiting.dissatisfied, churn."),
    ] = None,
    product: str | None = None,
    region: str | None = None,
    store: str | None = None,
    external_id: str | None = None,
    q: Annotated[str | None, Query(description="Words to find in the text, all of them.")] = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """Search, newest first. ``next_cursor`` leads to the next page."""
    zone, now = state.settings.zone, state.clock()
    if sentiment not in (None, "negative", "neutral", "positive"):
        raise FieldError(field="sentiment", reason="应为 negative、neutral 或 positive", reason_en="unknown")
    if month is not None:
        Month.parse(month)
    wanted = TranscriptFilter(
        since=moment_of("from", since, zone, now),
        until=moment_of("to", until, zone, now),
        month=month,
        channel=channel,
        sentiment=sentiment,
        category_id=category,
        root_cause_id=root_cause,
        mark=mark_filter(mark, state.settings.sector),
        product=product,
        region=region,
        store=store,
        external_id=state.maker.external_id(external_id),
        words=search_phrases(state.maker.analyzer.segmenter, q),
    )
    page = await in_thread(_find, state, caller.tenant, wanted, cursor, limit)
    return {"items": [stored_body(item) for item in page.items], "next_cursor": page.next_cursor}


@router.get("/{transcript_id}")
async def read(transcript_id: str, state: State, caller: Reader) -> dict[str, Any]:
    """One transcript with its analysis and tokens."""
    return await in_thread(state.desk.read, caller.tenant, transcript_id)


@router.delete("/{transcript_id}", status_code=204)
async def remove(transcript_id: str, state: State, caller: Admin) -> Response:
    """Remove a transcript with everything that hangs on it; trends are corrected."""
    if not await in_thread(_delete, state, caller.tenant, transcript_id):
        raise NotFoundError(what="会话", what_en="transcript", key=transcript_id)
    return Response(status_code=204)


async def _batch_answers(
    state: ServiceState, caller: Caller, lines: list[tuple[int, bytes]], key: str | None
) -> AsyncIterator[bytes]:
    for start in range(0, len(lines), _GROUP_LINES):
        group = lines[start : start + _GROUP_LINES]
        for answer in await in_thread(_store_group, state, caller, group, start, key):
            yield orjson.dumps(answer) + b"\n"


def _store_group(
    state: ServiceState, caller: Caller, lines: list[tuple[int, bytes]], start: int, key: str | None
) -> list[dict[str, Any]]:
    """Answers of some lines; a bad line answers with its problem and fails no other."""
    posts = [Post(caller.tenant, line, f"{key}:{number}" if key else None) for number, line in lines]
    return [
        {"index": at, "line": number, **_line_answer(state, result)}
        for at, ((number, _), result) in enumerate(zip(lines, state.desk.stored(posts), strict=True), start)
    ]


def _line_answer(state: ServiceState, result: Stored | Exception) -> dict[str, Any]:
    if isinstance(result, Exception):
        if not isinstance(result, VocError):
            _log.error("line failed", exception=type(result).__name__)
        status, body = problem(result, language=state.settings.language)
        return {"status": status, "error": body}
    return {
        "status": 201 if result.created else 200,
        "id": result.id,
        "external_id": result.record.row.external_id,
        "sentiment": result.record.analysis.sentiment,
    }


def _find(state: ServiceState, tenant: str, wanted: TranscriptFilter, cursor: str | None, limit: int) -> Page:
    with state.database.read() as connection:
        return transcript_queries.find(connection, tenant, wanted, cursor, limit)


def _delete(state: ServiceState, tenant: str, transcript_id: str) -> bool:
    with state.database.begin() as connection:
        return transcripts.delete_transcript(connection, tenant, transcript_id)
