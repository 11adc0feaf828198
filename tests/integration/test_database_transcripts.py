"""Storing, reading and removing transcripts, the same on both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from stored_records import (
    MORNING,
    TENANT,
    found_ids,
    make_analysis,
    make_category,
    make_record,
    n_stored,
    store,
)

from models.core.errors import CursorError, NotFoundError
from service.database import root_causes, transcript_queries, transcripts
from service.database.engine import Database
from service.database.records import (
    AnalysisReplacement,
    AssignmentRecord,
    MonthCause,
    RootCauseMonthRecord,
    RootCauseRecord,
    TranscriptFilter,
)
from service.database.rollup import rollup_counts


def test_what_was_stored_is_read_back_unchanged(database: Database) -> None:
    record = make_record(
        external_id="A-1", product="X5", region="上海", segment="vip", agent_id="9", customer_key="ab",
        scores={"nps": 3.0}, signature=bytes(range(256)),
    )  # fmt: skip
    assert store(database, record) == [("stored", record.row.id)]
    with database.read() as connection:
        stored = transcript_queries.get(connection, TENANT, record.row.id)
    assert stored.row == record.row
    assert (stored.analysis, stored.categories) == (record.analysis, record.categories)
    assert stored.turn_text(stored.row.turns[0]) == record.row.text


def test_a_time_of_any_zone_comes_back_as_the_same_moment_in_utc(database: Database) -> None:
    moment = datetime.fromisoformat("2024-03-01T00:30:00.123456+08:00")
    record = make_record(occurred_at=moment)
    store(database, record)
    with database.read() as connection:
        stored = transcript_queries.get(connection, TENANT, record.row.id).row.occurred_at
    assert stored == moment
    assert stored.tzinfo is UTC


def test_the_same_external_id_is_a_duplicate_or_a_conflict_and_changes_nothing(database: Database) -> None:
    first, again = make_record(external_id="A-1"), make_record(external_id="A-1")
    other = make_record("完全 不同", external_id="A-1")
    store(database, first)
    assert store(database, again, other) == [("duplicate", first.row.id), ("conflict", first.row.id)]
    with database.read() as connection:
        assert transcript_queries.get(connection, TENANT, first.row.id).row.text == first.row.text
    assert n_stored(database) == 1
    assert found_ids(database, words=("不同",)) == []


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


def test_transcripts_without_an_external_id_are_all_stored(database: Database) -> None:
    assert [status for status, _ in store(database, make_record(), make_record())] == ["stored"] * 2


def test_a_batch_larger_than_a_statement_can_hold_is_stored_whole(database: Database) -> None:
    records = [make_record(external_id=f"{n}") for n in range(1203)]
    assert [o[0] for o in store(database, *records)] == ["stored"] * 1203
    assert [o[0] for o in store(database, *records)] == ["duplicate"] * 1203
    assert n_stored(database) == 1203


def test_tenants_do_not_see_each_other(database: Database) -> None:
    mine, theirs = make_record(external_id="A-1"), make_record(external_id="A-1")
    assert store(database, mine) == [("stored", mine.row.id)]
    assert store(database, theirs, tenant="other") == [("stored", theirs.row.id)]
    assert found_ids(database, words=("退款",)) == [mine.row.id]
    with database.begin() as connection:
        assert not transcripts.delete_transcript(connection, "other", mine.row.id)
        assert transcripts.replace_analysis(
            connection, "other", [AnalysisReplacement(mine.row.id, make_analysis(), ())]
        ) == []  # fmt: skip
        with pytest.raises(NotFoundError):
            transcript_queries.get(connection, "other", mine.row.id)


def test_two_writers_of_the_same_external_ids_store_each_once(
    database: Database, open_again: Callable[..., Database]
) -> None:
    names = [f"A-{n}" for n in range(60)]
    batches = [[make_record(external_id=name) for name in order] for order in (names, names[::-1], names)]
    outcomes: list[list[tuple[str, str]]] = []
    start = threading.Barrier(len(batches))

    def write(other: Database, batch: list) -> None:
        start.wait()
        for at in range(0, len(batch), 20):
            outcomes.append(store(other, *batch[at : at + 20]))

    threads = [threading.Thread(target=write, args=(open_again(), batch)) for batch in batches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    flat = [outcome for part in outcomes for outcome in part]
    assert sorted(status for status, _ in flat) == ["duplicate"] * 120 + ["stored"] * 60
    assert n_stored(database) == 60
    with database.read() as connection:
        counts = rollup_counts(connection, TENANT)
    assert sum(n for key, n in counts.items() if key.dimension == "all") == 60


def test_removing_takes_everything_along(database: Database) -> None:
    marks = (("step", "repair"),)
    gone, kept = (replace(make_record(external_id=name), marks=marks) for name in ("A-1", "A-2"))
    store(database, gone, kept)
    cause = RootCauseRecord("rc1", "退款慢", "new", "2024-03", {}, MORNING)
    month = RootCauseMonthRecord("rc1", "2024-03", 2, 2, 1)
    assignments = [AssignmentRecord(r.row.id, "rc1", 0, 4, 0.9) for r in (gone, kept)]
    with database.begin() as connection:
        root_causes.save_month(connection, TENANT, "2024-03", [MonthCause(cause, month)], assignments)
        assert transcripts.delete_transcript(connection, TENANT, gone.row.id)
        assert not transcripts.delete_transcript(connection, TENANT, gone.row.id)
    assert found_ids(database) == found_ids(database, words=("退款",)) == [kept.row.id]
    with database.read() as connection:
        assert root_causes.list_assignments(connection, TENANT, "2024-03") == assignments[1:]
        for table in (
            "transcript",
            "analysis",
            "transcript_category",
            "transcript_mark",
            "transcript_search",
        ):
            assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar() == 1, table
    assert [o[0] for o in store(database, gone)] == ["stored"]


def test_a_new_analysis_replaces_the_old_one_but_not_what_an_analyst_said(database: Database) -> None:
    record = make_record(
        categories=(make_category("refund"), make_category("manners", "服务", source="analyst"))
    )
    store(database, record)
    fresh = (make_category("delivery", "物流"), make_category("manners", "服务"))
    replacement = AnalysisReplacement(record.row.id, make_analysis("positive", b"{}"), fresh, "发货 很快")
    gone = replace(replacement, transcript_id="0" * 32)
    with database.begin() as connection:
        assert transcripts.replace_analysis(connection, TENANT, [replacement, gone]) == [record.row.id]
    with database.read() as connection:
        stored = transcript_queries.get(connection, TENANT, record.row.id)
    assert stored.analysis == replacement.analysis
    assert {(c.category_id, c.source) for c in stored.categories} == {
        ("delivery", "model"),
        ("manners", "analyst"),
    }
    assert found_ids(database, words=("退款",)) == []
    assert found_ids(database, words=("发货",), category_id="delivery") == [record.row.id]


def test_a_category_given_twice_is_stored_once_with_the_stronger_source(database: Database) -> None:
    record = make_record(categories=(make_category("refund"), make_category("refund", source="rule")))
    store(database, record)
    with database.read() as connection:
        stored = transcript_queries.get(connection, TENANT, record.row.id)
    assert [(c.category_id, c.source) for c in stored.categories] == [("refund", "rule")]


def test_every_filter_narrows_to_what_it_names(database: Database) -> None:
    one = make_record(
        channel="chat", sentiment="positive", product="X5", region="上海", external_id="A-1",
        categories=(make_category("praise"),), month="2024-04", day="2024-04-01",
        occurred_at=MORNING + timedelta(days=27),
    )  # fmt: skip
    store(database, one, make_record(product="X3"))
    for wanted in (
        {"channel": "chat"},
        {"sentiment": "positive"},
        {"product": "X5"},
        {"region": "上海"},
        {"external_id": "A-1"},
        {"category_id": "praise"},
        {"month": "2024-04"},
        {"since": one.row.occurred_at},
        {"since": one.row.occurred_at, "until": one.row.occurred_at + timedelta(microseconds=1)},
        {"channel": "chat", "words": ("退款",), "category_id": "praise"},
    ):
        assert found_ids(database, **wanted) == [one.row.id], wanted
    assert one.row.id not in found_ids(database, until=one.row.occurred_at)
    assert found_ids(database, channel="chat", product="X3") == []


def test_pages_give_each_transcript_once_newest_first(database: Database) -> None:
    times = [MORNING + timedelta(hours=n // 3) for n in range(25)]  # three at a time, so ids decide
    records = [make_record(occurred_at=at) for at in times]
    store(database, *records)
    seen: list[str] = []
    cursor: str | None = None
    while True:
        with database.read() as connection:
            page = transcript_queries.find(connection, TENANT, TranscriptFilter(), cursor, 7)
        seen += [item.row.id for item in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
        store(database, make_record(occurred_at=MORNING + timedelta(days=9)))  # a newer one disturbs nothing
    newest_first = sorted(records, key=lambda r: (r.row.occurred_at, r.row.id), reverse=True)
    assert seen == [r.row.id for r in newest_first]


@pytest.mark.parametrize("cursor", ["", "x", "abc=", "W10", "WyJhIiwiYiJd", "é", "bnVsbA"])
def test_a_foreign_cursor_is_refused(database: Database, cursor: str) -> None:
    with database.read() as connection, pytest.raises(CursorError):
        transcript_queries.find(connection, TENANT, TranscriptFilter(), cursor)


def test_stream_month_gives_the_month_in_order_of_time(database: Database) -> None:
    records = [make_record(occurred_at=MORNING + timedelta(days=n), signature=b"s" * 256) for n in (3, 1, 2)]
    store(database, *records, make_record(month="2024-04"))
    with database.read() as connection:
        rows = list(transcript_queries.stream_month(connection, TENANT, "2024-03"))
        counts = transcript_queries.count_by_month(connection, TENANT)
    assert [row.id for row in rows] == [records[n].row.id for n in (1, 2, 0)]
    assert rows[0].body == b'{"language":"zh"}'
    assert rows[0].turns == records[1].row.turns
    assert rows[0].signature == b"s" * 256
    assert counts == {"2024-03": 3, "2024-04": 1}


def test_stream_month_does_not_read_ahead_of_its_reader(database: Database) -> None:
    store(database, *(make_record() for _ in range(1100)))
    with database.read() as connection:
        rows = transcript_queries.stream_month(connection, TENANT, "2024-03")
        assert len({next(rows).id for _ in range(3)}) == 3
        rows.close()
        assert len(list(transcript_queries.stream_ids(connection, TENANT, TranscriptFilter()))) == 1100
