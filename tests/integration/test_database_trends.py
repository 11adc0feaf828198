"""The rollup stays right, and series answered from it agree with the transcripts."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from stored_records import MORNING, TENANT, make_analysis, make_category, make_record, store

from models.core.errors import FieldError
from service.database import root_causes, transcript_queries, transcripts, trends
from service.database.engine import Database
from service.database.records import (
    AnalysisReplacement,
    AssignmentRecord,
    CategoryRow,
    Counts,
    Dimension,
    Grain,
    MonthCause,
    RootCauseMonthRecord,
    RootCauseRecord,
    Series,
    SeriesFilter,
    TranscriptFilter,
    TranscriptRecord,
)
from service.database.rollup import recompute_rollup, rollup_counts

SENTIMENTS = ("negative", "neutral", "positive")
FIRST, LAST = date(2024, 2, 26), date(2024, 4, 8)


def some_categories(rng: random.Random) -> tuple[CategoryRow, ...]:
    chosen = rng.sample(["退款", "物流", "态度", "质量"], rng.randrange(4))
    source = rng.choice(["model", "rule", "analyst"])
    return tuple(make_category(name, rng.choice(["售后", "服务"]), source=source) for name in chosen)


def some_record(rng: random.Random) -> TranscriptRecord:
    day = FIRST + timedelta(days=rng.randrange((LAST - FIRST).days))
    return make_record(
        sentiment=rng.choice(SENTIMENTS),
        categories=some_categories(rng),
        day=day.isoformat(),
        month=day.isoformat()[:7],
        occurred_at=MORNING + (day - date(2024, 3, 5)),
        channel=rng.choice(["phone", "chat"]),
        product=rng.choice([None, "X3", "X5"]),
        region=rng.choice([None, "上海", "成都"]),
        segment=rng.choice([None, "vip"]),
        external_id=f"A-{rng.randrange(60)}",
    )


def assert_rollup_is_right(database: Database) -> None:
    with database.begin() as connection:
        kept = rollup_counts(connection, TENANT)
        recompute_rollup(connection, TENANT)
        assert kept == rollup_counts(connection, TENANT)


def counted(database: Database, by: Dimension, grain: Grain, wanted: SeriesFilter | None = None) -> Series:
    with database.read() as connection:
        return trends.series(connection, TENANT, by, FIRST, LAST, grain, wanted)


def as_table(series: Series) -> dict[tuple[str, str], tuple[int, int]]:
    return {(p.period, p.label): (p.counts.n, p.counts.negative) for p in series.points}


@pytest.mark.parametrize("seed", range(4))
def test_rollup_equals_the_rows_after_any_inserts_removals_and_analyses(
    database: Database, seed: int
) -> None:
    rng = random.Random(seed)
    for _ in range(25):
        with database.begin() as connection:
            transcripts.insert_many(connection, TENANT, [some_record(rng) for _ in range(rng.randrange(8))])
            transcripts.insert_many(connection, "other", [some_record(rng)])
            stored = list(transcript_queries.stream_ids(connection, TENANT, TranscriptFilter()))
            removed = rng.sample(stored, min(len(stored), rng.randrange(3)))
            transcripts.delete_many(connection, TENANT, removed)
            redone = rng.sample(stored, min(len(stored), rng.randrange(5)))
            new = [
                AnalysisReplacement(
                    transcript_id, make_analysis(rng.choice(SENTIMENTS)), some_categories(rng)
                )
                for transcript_id in redone
            ]
            transcripts.replace_analysis(connection, TENANT, new)
    assert_rollup_is_right(database)
    with database.read() as connection:
        counts = rollup_counts(connection, TENANT)
        n = transcript_queries.count(connection, TENANT).n
    assert n > 20
    assert sum(value for key, value in counts.items() if key.dimension == "all") == n


def test_rollup_stays_right_when_several_write_at_once(
    database: Database, open_again: Callable[..., Database]
) -> None:
    rng = random.Random(3)
    store(database, *(some_record(rng) for _ in range(40)))
    failures: list[BaseException] = []

    def work(other: Database, rng: random.Random) -> None:
        try:
            for _ in range(15):
                with other.begin() as connection:
                    stored = list(transcript_queries.stream_ids(connection, TENANT, TranscriptFilter()))
                    transcripts.delete_many(connection, TENANT, rng.sample(stored, min(len(stored), 2)))
                with other.begin() as connection:
                    transcripts.insert_many(connection, TENANT, [some_record(rng) for _ in range(5)])
                with other.begin() as connection:
                    redone = rng.sample(stored, min(len(stored), 3))
                    new = [
                        AnalysisReplacement(i, make_analysis("neutral"), some_categories(rng)) for i in redone
                    ]
                    transcripts.replace_analysis(connection, TENANT, new)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(open_again(), random.Random(seed))) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert_rollup_is_right(database)


@pytest.mark.parametrize("grain", ["day", "week", "month"])
@pytest.mark.parametrize(
    "by", ["all", "channel", "sentiment", "product", "region", "segment", "category", "category_group"]
)
def test_the_rollup_and_the_rows_give_the_same_series(
    database: Database, by: Dimension, grain: Grain, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = random.Random(7)
    store(database, *(some_record(rng) for _ in range(80)))
    for channel in (None, "chat"):
        wanted = SeriesFilter(channel=channel)
        from_rollup = counted(database, by, grain, wanted)
        with monkeypatch.context() as patched:
            patched.setattr(
                trends,
                "_from_rollup",
                lambda tenant, by, days, grain, channel: trends._from_rows(
                    tenant, by, days, grain, SeriesFilter(channel=channel)
                ),
            )
            assert counted(database, by, grain, wanted) == from_rollup
        assert from_rollup.points


def test_weeks_begin_on_monday_and_months_are_local(database: Database) -> None:
    days = ["2024-03-03", "2024-03-04", "2024-03-10", "2024-03-31", "2024-04-01"]
    store(database, *(make_record(day=day, month=day[:7]) for day in days))
    weekly = counted(database, "all", "week")
    assert weekly.periods == tuple((FIRST + timedelta(weeks=n)).isoformat() for n in range(6))
    assert {p.period: p.counts.n for p in weekly.points} == {
        "2024-02-26": 1,
        "2024-03-04": 2,
        "2024-03-25": 1,
        "2024-04-01": 1,
    }
    monthly = counted(database, "all", "month")
    assert monthly.periods == ("2024-02", "2024-03", "2024-04")
    assert {p.period: p.counts.n for p in monthly.points} == {"2024-03": 4, "2024-04": 1}
    assert monthly.totals["2024-03"] == Counts(negative=4)


def test_the_range_is_half_open(database: Database) -> None:
    days = ["2024-03-04", "2024-03-05", "2024-03-06"]
    store(database, *(make_record(day=day, month=day[:7]) for day in days))
    with database.read() as connection:
        found = trends.series(connection, TENANT, "all", date(2024, 3, 5), date(2024, 3, 6), "day")
    assert found.periods == ("2024-03-05",)
    assert found.totals == {"2024-03-05": Counts(negative=1)}


def test_a_transcript_of_two_categories_counts_in_both_and_once_in_the_totals(database: Database) -> None:
    both = (make_category("退款"), make_category("物流"))
    store(database, make_record(categories=both), make_record(categories=(), sentiment="positive"))
    found = counted(database, "category", "month")
    assert as_table(found) == {("2024-03", "售后/退款"): (1, 1), ("2024-03", "售后/物流"): (1, 1)}
    assert found.totals == {"2024-03": Counts(negative=1, positive=1)}
    assert as_table(counted(database, "category_group", "month")) == {("2024-03", "售后"): (1, 1)}


def test_other_filters_narrow_points_and_totals(database: Database) -> None:
    store(
        database,
        make_record(product="X5", region="上海", categories=(make_category("退款"),)),
        make_record(product="X5", region="成都", categories=(make_category("物流"), make_category("退款"))),
        make_record(product="X3", region="上海", categories=(make_category("退款"),), sentiment="neutral"),
    )
    found = counted(database, "category", "month", SeriesFilter(product="X5"))
    assert as_table(found) == {("2024-03", "售后/退款"): (2, 2), ("2024-03", "售后/物流"): (1, 1)}
    assert found.totals == {"2024-03": Counts(negative=2)}
    by_product = counted(database, "product", "month", SeriesFilter(category_id="退款", region="上海"))
    assert as_table(by_product) == {("2024-03", "X5"): (1, 1), ("2024-03", "X3"): (1, 0)}


def test_root_causes_count_each_transcript_once(database: Database) -> None:
    one, two = make_record(), make_record()
    store(database, one, two, make_record())
    cause = RootCauseRecord("rc1", "退款迟迟不到账", "new", "2024-03", {}, MORNING)
    month = MonthCause(cause, RootCauseMonthRecord("rc1", "2024-03", 2, 2, 1))
    spans = [(one.row.id, 0, 2), (one.row.id, 2, 4), (two.row.id, 0, 2)]
    with database.begin() as connection:
        assignments = [AssignmentRecord(i, "rc1", start, end, 0.9) for i, start, end in spans]
        root_causes.save_month(connection, TENANT, "2024-03", [month], assignments)
    found = counted(database, "root_cause", "month")
    assert as_table(found) == {("2024-03", "退款迟迟不到账"): (2, 2)}
    assert found.totals == {"2024-03": Counts(negative=3)}


def test_an_unknown_dimension_or_grain_is_refused(database: Database) -> None:
    with pytest.raises(FieldError):
        counted(database, "shoe_size", "day")  # type: ignore[arg-type]
    with pytest.raises(FieldError):
        counted(database, "all", "year")  # type: ignore[arg-type]
