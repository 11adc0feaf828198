"""Transcripts as they are posted: one by one or as lines of a batch, stored once, answered one for one."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson

from data.formats.transcripts import ReadingRules, content_bytes, transcript_from
from models.core.errors import ConflictError, FieldError, IdempotencyError
from models.core.transcript import Transcript
from service.database import transcripts
from service.database.engine import Database
from service.database.records import Outcome, StoredTranscript, TranscriptRecord
from service.ingest.records import RecordMaker


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
    transcript = transcript_from(body, rules)
    if transcript.external_id is None:
        transcript = replace(transcript, external_id=_derived_id(transcript, key))
    return Posted(tenant, transcript, rules.now, key)


def store_posted(database: Database, maker: RecordMaker, items: Sequence[Posted]) -> list[Stored | Exception]:
    """Analyse and store a batch in one transaction per tenant; one result or error per item, in order."""
    results: list[Stored | Exception] = [RuntimeError("not reached")] * len(items)
    for tenant in dict.fromkeys(item.tenant for item in items):
        places = [at for at, item in enumerate(items) if item.tenant == tenant]
        records = maker.make([items[at].transcript for at in places], now=items[places[0]].now)
        with database.begin() as connection:
            outcomes = transcripts.insert_many(connection, tenant, records)
        for at, record, outcome in zip(places, records, outcomes, strict=True):
            results[at] = _result(items[at], record, outcome)
    return results


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


def _derived_id(transcript: Transcript, key: str | None) -> str | None:
    if key is not None:
        return "key-" + hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:32]
    if transcript.extra.get("occurred_at_missing"):
        return None
    return "content-" + hashlib.sha256(content_bytes(transcript)).hexdigest()[:32]


def _result(item: Posted, record: TranscriptRecord, outcome: Outcome) -> Stored | Exception:
    if outcome.status == "conflict":
        if item.key is not None and (item.transcript.external_id or "").startswith("key-"):
            return IdempotencyError(key=item.key[:80])
        return ConflictError(external_id=record.row.external_id)
    return Stored(outcome.status == "stored", outcome.id, record)
