"""Storing, reading and removing transcripts, the same on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
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


def make_record(
    words: str = "申请 退款", *, sentiment: str = "negative", category: str = "refund", **row: Any
) -> TranscriptRecord:
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
    analysis = AnalysisRow(sentiment, 0.9, -0.8, 0.7, b'{"language":"zh"}', {"sentiment": "s1"}, MORNING)
    categories = (CategoryRow(category, ("售后", category), 0.8, "model"),)
    return TranscriptRecord(TranscriptRow(**(values | row)), analysis, categories, words)


def store(database: Database, *records: TranscriptRecord, tenant: str = TENANT) -> list[tuple[str, str]]:
    with database.begin() as connection:
        return [(o.status, o.id) for o in transcripts.insert_many(connection, tenant, records)]


def found_ids(database: Database, wanted: TranscriptFilter, tenant: str = TENANT) -> list[str]:
    with database.read() as connection:
        page = transcript_queries.find(connection, tenant, wanted)
    return [item.row.id for item in page.items]


def test_what_was_stored_is_read_back_unchanged(database: Database) -> None:
    record = make_record(
        external_id="A-1", product="X5", region="上海", segment="vip", agent_id="9", customer_key="ab",
        scores={"nps": 3.0}, signature=bytes(range(256)),
    )  # fmt: skip
    assert store(database, record) == [("stored", record.row.id)]
    with database.read() as connection:
        stored = transcript_queries.get(connection, TENANT, record.row.id)
    assert (stored.row, stored.analysis, stored.categories) == (
        record.row,
        record.analysis,
        record.categories,
    )
    assert stored.turn_text(stored.row.turns[0]) == record.row.text


def test_the_same_external_id_is_a_duplicate_or_a_conflict_and_changes_nothing(database: Database) -> None:
    first = make_record(external_id="A-1")
    again = make_record(external_id="A-1")
    other = make_record("完全 不同", external_id="A-1")
    store(database, first)
    assert store(database, again, other) == [("duplicate", first.row.id), ("conflict", first.row.id)]
    with database.read() as connection:
        assert transcript_queries.get(connection, TENANT, first.row.id).row.text == first.row.text
        assert transcript_queries.count(connection, TENANT).n == 1


def test_a_repeat_within_one_batch_is_stored_once(database: Database) -> None:
    first, again = make_record(external_id="A-1"), make_record(external_id="A-1")
    other, free = make_record("不同", external_id="A-1"), make_record(external_id=None)
    assert store(database, first, again, other, free, free) == [
        ("stored", first.row.id),
        ("duplicate", first.row.id),
        ("conflict", first.row.id),
        ("stored", free.row.id),
        ("duplicate", free.row.id),
    ]


def test_stream_month_gives_the_month_in_order_of_time(database: Database) -> None:
    days = [3, 1, 2]
    records = [make_record(occurred_at=MORNING + timedelta(days=n), external_id=str(n)) for n in days]
    store(database, *records, make_record(month="2024-04"))
    with database.read() as connection:
        rows = list(transcript_queries.stream_month(connection, TENANT, "2024-03"))
    assert [row.id for row in rows] == [records[1].row.id, records[2].row.id, records[0].row.id]
    assert rows[0].body == b'{"language":"zh"}'
    assert rows[0].turns == records[0].row.turns
