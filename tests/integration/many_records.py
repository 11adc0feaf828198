"""Months of made-up records put straight into the database of a running service."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

from starlette.testclient import TestClient
from stored_records import TENANT, make_category, make_record

from service.database import root_causes, transcripts
from service.database.records import (
    AssignmentRecord,
    MonthCause,
    RootCauseMonthRecord,
    RootCauseRecord,
    TranscriptRecord,
)

MORNING = datetime(2024, 3, 5, 2, tzinfo=UTC)


def database_of(client: TestClient) -> Any:
    return client.app.state.voc.database  # type: ignore[attr-defined]


def at_day(day: date, *categories: str, negative: bool = True, **row: Any) -> TranscriptRecord:
    """One transcript of ``day`` with these categories; ``row`` are fields of ``TranscriptRow``."""
    values = {"day": day.isoformat(), "month": day.isoformat()[:7]}
    values["occurred_at"] = datetime(day.year, day.month, day.day, 2, tzinfo=UTC)
    return make_record(
        sentiment="negative" if negative else "positive",
        categories=tuple(make_category(name) for name in categories),
        **(values | row),
    )


def month_of(month: str, n: int, counts: dict[str, int], **row: Any) -> Iterator[TranscriptRecord]:
    """``n`` transcripts spread over the first 28 days; the first ``counts[c]`` of them speak of ``c``."""
    year, number = (int(part) for part in month.split("-"))
    for i in range(n):
        spoken = [name for name, k in counts.items() if i < k]
        yield at_day(date(year, number, 1 + i % 28), *spoken, negative=bool(spoken), **row)


def put(client: TestClient, records: Sequence[TranscriptRecord]) -> None:
    with database_of(client).begin() as connection:
        transcripts.insert_many(connection, TENANT, records)


def put_causes(client: TestClient, month: str, causes: dict[str, list[str]]) -> None:
    """Make ``causes``, ids of transcripts by root cause, the result of a month."""
    found, assignments = [], []
    for rank, (cause, ids) in enumerate(causes.items(), start=1):
        record = RootCauseRecord(cause, f"根因{cause}", "new", month, {}, MORNING)
        found.append(MonthCause(record, RootCauseMonthRecord(cause, month, len(ids), len(ids), rank)))
        assignments += [AssignmentRecord(one, cause, 0, 2, 0.9) for one in ids]
    with database_of(client).begin() as connection:
        root_causes.save_month(connection, TENANT, month, found, assignments)
