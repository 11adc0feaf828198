"""Records for the storage tests, and short ways to store and find them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from service.database import transcript_queries, transcripts
from service.database.engine import Database
from service.database.ids import time_ordered_id
from service.database.records import (
    AnalysisRow,
    CategoryRow,
    TranscriptFilter,
    TranscriptRecord,
    TranscriptRow,
    TurnRecord,
)

TENANT = "default"
MORNING = datetime(2024, 3, 5, 1, 30, tzinfo=UTC)


def make_analysis(sentiment: str = "negative", body: bytes = b'{"language":"zh"}') -> AnalysisRow:
    return AnalysisRow(sentiment, 0.9, -0.8, 0.7, body, {"sentiment": "s1"}, MORNING)


def make_category(category_id: str, group: str = "售后", *, source: str = "model") -> CategoryRow:
    return CategoryRow(category_id, (group, category_id), 0.8, source)


def make_record(
    words: str = "申请 退款",
    *,
    sentiment: str = "negative",
    categories: tuple[CategoryRow, ...] | None = None,
    **row: Any,
) -> TranscriptRecord:
    """A transcript of one turn; ``row`` are fields of ``TranscriptRow``."""
    text = words.replace(" ", "")
    values: dict[str, Any] = {
        "id": time_ordered_id(),
        "content_digest": f"digest of {text}",
        "occurred_at": MORNING,
        "day": "2024-03-05",
        "month": "2024-03",
        "channel": "phone",
        "text": text,
        "turns": (TurnRecord("customer", 0, len(text), 120),),
        "created_at": MORNING,
    }
    found = (make_category("refund"),) if categories is None else categories
    return TranscriptRecord(TranscriptRow(**(values | row)), make_analysis(sentiment), found, words)


def store(database: Database, *records: TranscriptRecord, tenant: str = TENANT) -> list[tuple[str, str]]:
    """Status and id of each."""
    with database.begin() as connection:
        return [(o.status, o.id) for o in transcripts.insert_many(connection, tenant, records)]


def found_ids(database: Database, tenant: str = TENANT, **wanted: Any) -> list[str]:
    with database.read() as connection:
        page = transcript_queries.find(connection, tenant, TranscriptFilter(**wanted))
    return [item.row.id for item in page.items]


def n_stored(database: Database, tenant: str = TENANT) -> int:
    with database.read() as connection:
        return transcript_queries.count(connection, tenant).n
