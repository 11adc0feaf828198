"""A stored transcript as the review reads it."""

from __future__ import annotations

from datetime import date

import orjson

from models.review.facts import CategoryRef, TranscriptFact
from service.database.records import MonthRow


def transcript_fact(row: MonthRow, voice: str) -> TranscriptFact:
    """``voice`` is shared by near-duplicates. The text goes along, for quotes."""
    body = orjson.loads(row.body)
    categories = tuple(CategoryRef(item["id"], tuple(item["path"])) for item in body["categories"])
    return TranscriptFact(
        id=row.id,
        external_id=None,
        occurred_at=row.occurred_at,
        day=date.fromisoformat(row.day),
        channel=row.channel,
        product=row.product,
        region=row.region,
        store=row.store,
        text=row.text,
        experience=body.get("experience"),
        sentiment=row.sentiment,  # type: ignore[arg-type]
        polarity=row.polarity,
        categories=categories,
        voice=voice,
        customer=row.customer_key,
        n_chars=len(row.text),
        agent=row.agent_id,
        segment=row.segment,
        scores=row.scores or {},
    )
