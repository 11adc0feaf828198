"""Contacts with their satisfaction and what they speak of, for drivers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import orjson
from sqlalchemy import Connection, func, select

from service.database.cells import Stretch, same_transcript
from service.database.records import MARK_KINDS
from service.database.schema import analysis, transcript, transcript_category, transcript_mark

MAX_ROWS = 20_000
Topics = Literal["category", "category_group", "touchpoint", "step"]


@dataclass(frozen=True, slots=True)
class RatedContact:
    """``score`` was given in a survey, ``predicted`` comes from a dialogue model; ``None`` where there is none."""

    id: str
    customer: str
    sentiment: str
    score: float | None
    predicted: float | None
    topics: frozenset[str]


def rated_contacts(
    connection: Connection, stretch: Stretch, topics: Topics, score: str, segment: str | None
) -> tuple[int, list[RatedContact]]:
    """How many contacts there are, and the newest ``MAX_ROWS`` of them, by id.

    A contact without a customer stands for a customer of its own.
    """
    conditions = [
        transcript.c.tenant == stretch.tenant,
        transcript.c.day >= stretch.since.isoformat(),
        transcript.c.day < stretch.until.isoformat(),
    ]
    if segment is not None:
        conditions.append(transcript.c.segment == segment)
    source = transcript.join(analysis, same_transcript(analysis))
    n = connection.execute(select(func.count()).select_from(source).where(*conditions)).scalar_one()
    chosen = (
        select(transcript.c.id).where(*conditions).order_by(transcript.c.id.desc()).limit(MAX_ROWS).subquery()
    )
    spoken = _topics(connection, stretch.tenant, topics, select(chosen.c.id))
    columns = (transcript.c.id, transcript.c.customer_key, transcript.c.scores, analysis.c.sentiment)
    query = (
        select(*columns, analysis.c.body)
        .select_from(source)
        .where(*conditions, transcript.c.id.in_(select(chosen.c.id)))
        .order_by(transcript.c.id)
    )
    return n, [
        RatedContact(
            row.id,
            row.customer_key or row.id,
            row.sentiment,
            _number(row.scores.get(score)),
            None if score in row.scores else _predicted(row.body),
            frozenset(spoken.get(row.id, ())),
        )
        for row in connection.execute(query)
    ]


def _topics(connection: Connection, tenant: str, topics: Topics, ids: object) -> dict[str, set[str]]:
    if topics in MARK_KINDS:
        table, topic, wanted = transcript_mark, transcript_mark.c.value, [transcript_mark.c.kind == topics]
    else:
        table, wanted = transcript_category, []
        topic = transcript_category.c["category_id" if topics == "category" else topics]
    query = select(table.c.transcript_id, topic.label("topic")).where(
        table.c.tenant == tenant,
        table.c.transcript_id.in_(ids),  # type: ignore[arg-type]
        *wanted,
    )
    found: dict[str, set[str]] = {}
    for row in connection.execute(query):
        found.setdefault(row.transcript_id, set()).add(row.topic)
    return found


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None


def _predicted(body: bytes) -> float | None:
    if b'"dialogue"' not in body:
        return None
    dialogue = orjson.loads(body).get("dialogue") or {}
    return _number((dialogue.get("satisfaction") or {}).get("value"))
