"""Marks of the experience in rows of their own: written, replaced and removed with the analysis, searched, counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import orjson
import pytest
from sqlalchemy import select
from stored_records import MORNING, TENANT, found_ids, make_analysis, make_category, make_record, store

from models.taxonomy.taxonomy import Taxonomy
from service.database import transcript_queries, transcripts, trends
from service.database.cells import Stretch, count_cells
from service.database.engine import Database
from service.database.records import (
    AnalysisReplacement,
    Counts,
    Dimension,
    MarkFilter,
    SeriesFilter,
    TranscriptFilter,
    TranscriptRecord,
)
from service.database.schema import transcript_mark
from service.database.transcript_rows import mark_pairs
from service.labelling.corrections import apply_corrections, read_correction
from service.labelling.relabelling import replace_analyses

TAXONOMY = Taxonomy.parse({"name": "t", "categories": [{"id": "price", "zh": "价格", "en": "P"}]})


def marked(*marks: tuple[str, str], sentiment: str = "negative", **row: object) -> TranscriptRecord:
    return replace(make_record(sentiment=sentiment, **row), marks=marks)


def body_with(*marks: dict[str, object]) -> bytes:
    tone = {"label": "negative", "score": 0.9, "polarity": -0.8, "intensity": 0.7, "spans": []}
    experience = {"marks": list(marks), "measures": {}}
    return orjson.dumps({"sentiment": tone, "categories": [], "clauses": [], "experience": experience})


def rows_of(database: Database, transcript_id: str, tenant: str = TENANT) -> list[tuple[str, str]]:
    columns = (transcript_mark.c.kind, transcript_mark.c.value)
    wanted = (transcript_mark.c.tenant == tenant, transcript_mark.c.transcript_id == transcript_id)
    with database.read() as connection:
        return sorted((row.kind, row.value) for row in connection.execute(select(*columns).where(*wanted)))


def table_of(
    database: Database, by: Dimension, wanted: SeriesFilter | None = None
) -> dict[tuple[str, str], tuple[int, int]]:
    with database.read() as connection:
        found = trends.series(connection, TENANT, by, date(2024, 2, 1), date(2024, 5, 1), "month", wanted)
    return {(p.period, p.value): (p.counts.n, p.counts.negative) for p in found.points}


def test_a_survey_mark_is_stored_with_its_answer_and_each_mark_once(database: Database) -> None:
    step = {"kind": "step", "value": "repair", "span": [0, 2], "turn": 0}
    item = {"kind": "survey", "value": "waiting", "detail": "dissatisfied", "span": [2, 4], "turn": 0}
    churn = {"kind": "churn", "value": "price", "detail": "x", "span": [2, 4], "turn": 0}
    felt = {"kind": "felt", "value": "negative", "span": [2, 4], "turn": 0}
    pairs = mark_pairs({"marks": [step, item, step | {"span": [5, 7]}, churn, felt], "measures": {}})
    assert pairs == (("churn", "price"), ("step", "repair"), ("survey", "waiting.dissatisfied"))
    assert mark_pairs(None) == mark_pairs({}) == ()
    record = marked(*pairs, *pairs)
    store(database, record)
    assert rows_of(database, record.row.id) == sorted(pairs)


def test_a_duplicate_keeps_the_marks_of_the_first(database: Database) -> None:
    first = marked(("step", "repair"), external_id="A-1")
    again = marked(("step", "washing"), external_id="A-1")
    assert [status for status, _ in store(database, first, again)] == ["stored", "duplicate"]
    assert rows_of(database, first.row.id) == [("step", "repair")]
    assert rows_of(database, again.row.id) == []


def test_a_new_analysis_brings_its_own_marks(database: Database) -> None:
    one, other = marked(("step", "repair"), ("churn", "price")), marked(("step", "repair"))
    store(database, one, other)
    body = body_with({"kind": "step", "value": "washing", "span": [0, 2], "turn": 0})
    with database.begin() as connection:
        new = [AnalysisReplacement(one.row.id, make_analysis(body=body), ())]
        assert transcripts.replace_analysis(connection, TENANT, new) == [one.row.id]
    assert rows_of(database, one.row.id) == [("step", "washing")]
    assert rows_of(database, other.row.id) == [("step", "repair")]
    with database.begin() as connection:
        bare = [AnalysisReplacement(one.row.id, make_analysis(), ())]
        transcripts.replace_analysis(connection, TENANT, bare)
    assert rows_of(database, one.row.id) == []


def test_an_analysts_label_keeps_the_marks_also_over_a_new_analysis(database: Database) -> None:
    first = {"kind": "step", "value": "repair", "span": [0, 2], "turn": 0}
    plain = marked(("step", "repair"), categories=())
    record = replace(plain, analysis=replace(plain.analysis, body=body_with(first)))
    store(database, record)
    correction = read_correction(
        {"transcript_id": record.row.id, "task": "category", "label": "price"}, TAXONOMY
    )
    with database.begin() as connection:
        apply_corrections(connection, TENANT, [correction], TAXONOMY, MORNING)
    assert found_ids(database, category_id="price") == [record.row.id]
    assert rows_of(database, record.row.id) == [("step", "repair")]
    body = body_with(first | {"value": "washing"})
    with database.begin() as connection:
        fresh = [AnalysisReplacement(record.row.id, make_analysis(body=body), ())]
        replace_analyses(connection, TENANT, fresh, TAXONOMY)
    assert found_ids(database, category_id="price") == [record.row.id]
    assert rows_of(database, record.row.id) == [("step", "washing")]


def test_marks_of_more_transcripts_than_a_statement_can_hold_are_stored_and_removed(
    database: Database,
) -> None:
    records = [marked(("step", "repair"), ("wait", "wait")) for _ in range(1100)]
    store(database, *records)
    assert table_of(database, "step") == {("2024-03", "repair"): (1100, 1100)}
    with database.begin() as connection:
        assert transcripts.delete_many(connection, TENANT, [r.row.id for r in records[1:]]) == 1099
        assert len(connection.execute(select(transcript_mark.c.kind)).all()) == 2
    assert rows_of(database, records[0].row.id) == [("step", "repair"), ("wait", "wait")]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (MarkFilter("step"), {"both", "repair", "washing"}),
        (MarkFilter("step", ("repair",)), {"both", "repair"}),
        (MarkFilter("step", ("repair", "washing")), {"both", "repair", "washing"}),
        (MarkFilter("churn", ("repair",)), {"churn"}),
        (MarkFilter("step", ("lounge",)), set()),
        (MarkFilter("promise"), set()),
    ],
)
def test_a_search_narrows_to_transcripts_with_the_mark(
    database: Database, wanted: MarkFilter, expected: set[str]
) -> None:
    records = {
        "both": marked(("step", "repair"), ("step", "washing")),
        "repair": marked(("step", "repair")),
        "washing": marked(("step", "washing")),
        "churn": marked(("churn", "repair")),
        "none": marked(),
    }
    store(database, *records.values())
    store(database, marked(("step", "repair")), tenant="other")
    assert sorted(found_ids(database, mark=wanted)) == sorted(records[name].row.id for name in expected)


def test_pages_of_a_mark_give_each_transcript_once(database: Database) -> None:
    times = [MORNING + timedelta(hours=n // 3) for n in range(20)]
    mine = [marked(("step", "repair"), ("step", "washing"), occurred_at=at) for at in times]
    store(database, *mine, *(marked(("step", "lounge"), occurred_at=at) for at in times))
    wanted = TranscriptFilter(mark=MarkFilter("step", ("repair", "washing")))
    seen: list[str] = []
    cursor: str | None = None
    while True:
        with database.read() as connection:
            page = transcript_queries.find(connection, TENANT, wanted, cursor, 6)
        seen += [item.row.id for item in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    newest_first = sorted(mine, key=lambda r: (r.row.occurred_at, r.row.id), reverse=True)
    assert seen == [record.row.id for record in newest_first]


def test_a_series_by_touchpoint_counts_each_transcript_once_per_value(database: Database) -> None:
    april = {"day": "2024-04-02", "month": "2024-04"}
    store(
        database,
        marked(("touchpoint", "app"), ("touchpoint", "website"), ("step", "app")),
        marked(("touchpoint", "app"), sentiment="positive", channel="chat"),
        marked(("touchpoint", "app"), **april),
        marked(("step", "repair")),
    )
    store(database, marked(("touchpoint", "app")), tenant="other")
    found = {("2024-03", "app"): (2, 1), ("2024-03", "website"): (1, 1), ("2024-04", "app"): (1, 1)}
    assert table_of(database, "touchpoint") == found
    assert table_of(database, "step") == {("2024-03", "app"): (1, 1), ("2024-03", "repair"): (1, 1)}
    assert table_of(database, "touchpoint", SeriesFilter(channel="chat")) == {("2024-03", "app"): (1, 0)}
    with database.read() as connection:
        whole = trends.series(connection, TENANT, "touchpoint", date(2024, 3, 1), date(2024, 4, 1), "month")
    assert whole.totals == {"2024-03": Counts(negative=2, positive=1)}


def test_a_mark_narrows_series_and_cells(database: Database) -> None:
    store(
        database,
        marked(("step", "repair"), store="A", categories=(make_category("refund"),)),
        marked(("step", "repair"), ("churn", "price"), store="B", sentiment="neutral"),
        marked(("step", "washing"), store="B"),
    )
    repair = SeriesFilter(mark=MarkFilter("step", ("repair",)))
    assert table_of(database, "all", repair) == {("2024-03", ""): (2, 1)}
    assert table_of(database, "store", repair) == {("2024-03", "A"): (1, 1), ("2024-03", "B"): (1, 0)}
    assert table_of(database, "churn", repair) == {("2024-03", "price"): (1, 0)}
    stretch = Stretch(TENANT, date(2024, 3, 1), date(2024, 4, 1))
    with database.read() as connection:
        cells = count_cells(connection, stretch, "step", ("store",))
    assert cells == {
        "repair": {("A",): Counts(negative=1), ("B",): Counts(neutral=1)},
        "washing": {("B",): Counts(negative=1)},
    }


def test_months_without_any_mark_are_told_apart(database: Database) -> None:
    store(
        database,
        marked(month="2024-02", day="2024-02-10"),
        marked(("step", "repair"), month="2024-03"),
        marked(month="2024-03"),
    )
    store(database, marked(("step", "repair"), month="2024-02", day="2024-02-10"), tenant="other")
    with database.read() as connection:
        found = trends.months_with_marks(connection, TENANT, ["2024-01", "2024-02", "2024-03"])
    assert found == {"2024-03"}
