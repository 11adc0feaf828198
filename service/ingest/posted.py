"""Transcripts as they are posted: one by one or as lines of a batch, stored once, answered one for one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

import orjson
from sqlalchemy import Connection

from data.formats.transcripts import FIELDS, ReadingRules, content_bytes, transcript_from
from models.core.errors import ConflictError, FieldError, IdempotencyError, StorageError
from models.core.transcript import Transcript
from service.database import idempotency, transcripts
from service.database.engine import Database
from service.database.records import Outcome, StoredTranscript, TranscriptRecord
from service.ingest.records import RecordMaker

Item = TypeVar("Item")
Result = TypeVar("Result")
_KEY_ID_PREFIX = "content-key-"  # a prefix that RecordMaker turns into a keyed digest
_MAX_START_MS = 2**31


@dataclass(frozen=True, slots=True)
class Posted:
    """A transcript to store for a tenant; ``key`` is the Idempotency-Key it came under, if any."""

    tenant: str
    transcript: Transcript
    now: datetime
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of it. ``created`` is false where it was there already."""

    created: bool
    id: str
    record: TranscriptRecord


def read_posted(body: Any, *, tenant: str, rules: ReadingRules, key: str | None = None) -> Posted:
    """A checked request body. Raises an ``InputError`` that names the field.

    A transcript without ``external_id`` is told from others by the Idempotency-Key; without that, by its
    content, if it says when it occurred. Otherwise each post is a contact of its own.
    """
    if not isinstance(body, dict):
        raise FieldError(field="body", reason="应是一个 JSON 对象", reason_en="a JSON object is expected")
    _refuse_nul(body)
    transcript = transcript_from(body, rules)
    _check_start_times(transcript)
    if transcript.external_id is None:
        transcript = replace(transcript, external_id=_derived_id(transcript, key))
    return Posted(tenant, transcript, rules.now, key)


def store_posted(database: Database, maker: RecordMaker, items: Sequence[Posted]) -> list[Stored | Exception]:
    """Analyse and store a batch in one transaction per tenant; one result or error per item, in order."""
    results: list[Stored | Exception] = [RuntimeError("not reached")] * len(items)
    for tenant in dict.fromkeys(item.tenant for item in items):
        places = [at for at, item in enumerate(items) if item.tenant == tenant]
        own = [items[at] for at in places]
        for at, result in zip(
            places, each_result(lambda some: _store(database, maker, some), own), strict=True
        ):
            results[at] = result
    return results


def each_result(
    work: Callable[[Sequence[Item]], Sequence[Result | Exception]], items: Sequence[Item]
) -> list[Result | Exception]:
    """What ``work`` gives for all ``items``; where it raises, for ever smaller parts of them.

    So one item that cannot be worked on fails alone. A ``StorageError`` concerns all items alike.
    """
    try:
        return list(work(items))
    except StorageError as error:
        return [error] * len(items)
    except Exception as error:
        if len(items) == 1:
            return [error]
        half = len(items) // 2
        return each_result(work, items[:half]) + each_result(work, items[half:])


def stored_body(stored: StoredTranscript) -> dict[str, Any]:
    """A stored transcript as the API shows it: masked text, turns, analysis."""
    row = stored.row
    return {
        "id": row.id,
        "external_id": row.external_id,
        "channel": row.channel,
        "occurred_at": row.occurred_at.isoformat(),
        "customer_key": row.customer_key,
        "agent_id": row.agent_id,
        "product": row.product,
        "region": row.region,
        "segment": row.segment,
        "store": row.store,
        "scores": dict(row.scores),
        "text": row.text,
        "turns": [
            {
                "speaker": turn.speaker,
                "text": row.text[turn.start : turn.end],
                "start": turn.start,
                "end": turn.end,
                **({} if turn.start_ms is None else {"start_ms": turn.start_ms}),
            }
            for turn in row.turns
        ],
        "analysis": {**orjson.loads(stored.analysis.body), "masked_text": row.text},
    }


def record_body(record: TranscriptRecord, transcript_id: str) -> dict[str, Any]:
    """The same for a transcript that was just stored."""
    row = replace(record.row, id=transcript_id)
    return stored_body(StoredTranscript(row, record.analysis, record.categories))


def _store(database: Database, maker: RecordMaker, items: Sequence[Posted]) -> list[Stored | Exception]:
    """Items of one tenant, in one transaction."""
    tenant = items[0].tenant
    records = maker.make([item.transcript for item in items], now=items[0].now)
    with database.begin() as connection:
        clashes = _key_clashes(connection, tenant, items, records)
        wanted = [at for at in range(len(items)) if at not in clashes]
        outcomes = transcripts.insert_many(connection, tenant, [records[at] for at in wanted])
    results: dict[int, Stored | Exception] = dict(clashes)
    for at, outcome in zip(wanted, outcomes, strict=True):
        results[at] = _result(items[at], records[at], outcome)
    return [results[at] for at in range(len(items))]


def _key_clashes(
    connection: Connection, tenant: str, items: Sequence[Posted], records: Sequence[TranscriptRecord]
) -> dict[int, IdempotencyError]:
    """Items with an id of their own whose Idempotency-Key came with another transcript before."""
    clashes = {}
    keyed = sorted((item.key, at) for at, item in enumerate(items) if item.key and not _is_derived(item))
    for key, at in keyed:  # in one order, so that two writers cannot deadlock
        row = records[at].row
        digest = hashlib.sha256(f"{row.content_digest}:{row.external_id}".encode()).hexdigest()
        try:
            idempotency.begin_request(connection, tenant, _key_digest(key), digest, items[at].now)
        except IdempotencyError:
            clashes[at] = IdempotencyError(key=key[:80])
    return clashes


def _refuse_nul(body: Mapping[str, Any]) -> None:
    for name in FIELDS:
        _refuse_nul_in(name, body.get(name))
    turns = body.get("turns")
    for at, turn in enumerate(turns if isinstance(turns, list) else ()):
        _refuse_nul_in(f"turns[{at}].text", turn.get("text") if isinstance(turn, dict) else None)


def _refuse_nul_in(name: str, value: Any) -> None:
    if isinstance(value, str) and "\0" in value:
        raise FieldError(
            field=name,
            reason=f"第 {value.index(chr(0)) + 1} 个字符是 NUL（\\u0000），请去掉后重发",
            reason_en=f"character {value.index(chr(0)) + 1} is NUL (\\u0000); send it without",
        )


def _check_start_times(transcript: Transcript) -> None:
    for at, turn in enumerate(transcript.turns):
        if turn.start_ms is not None and abs(turn.start_ms) > _MAX_START_MS:
            raise FieldError(
                field=f"turns[{at}].start_ms",
                reason=f"应是毫秒数，不超过 {_MAX_START_MS}",
                reason_en=f"milliseconds, at most {_MAX_START_MS}",
            )


def _derived_id(transcript: Transcript, key: str | None) -> str | None:
    if key:
        return _KEY_ID_PREFIX + _key_digest(key)
    if transcript.extra.get("occurred_at_missing"):
        return None
    return "content-" + hashlib.sha256(content_bytes(transcript)).hexdigest()[:32]


def _key_digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:32]


def _is_derived(item: Posted) -> bool:
    return (item.transcript.external_id or "").startswith(_KEY_ID_PREFIX)


def _result(item: Posted, record: TranscriptRecord, outcome: Outcome) -> Stored | Exception:
    if outcome.status == "conflict":
        if item.key and _is_derived(item):
            return IdempotencyError(key=item.key[:80])
        return ConflictError(external_id=record.row.external_id)
    return Stored(outcome.status == "stored", outcome.id, record)
