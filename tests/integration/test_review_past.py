"""What a review compares its month with, read from real databases."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

from stored_records import MORNING, TENANT, make_category, make_record, store

from models.core.month import Month
from models.review.past import CauseMonth
from service.database import review_facts, root_causes
from service.database.engine import Database
from service.database.records import AssignmentRecord, MonthCause, RootCauseMonthRecord, RootCauseRecord
from service.reviews.past import past_of
from service.rootcauses.work import MonthWork
from service.settings import Settings


def _stored(database: Database) -> list[str]:
    """January: one neutral by app. February: two negative ones by telephone, one with a score."""
    found = store(
        database,
        make_record(
            "你好",
            sentiment="neutral",
            categories=(),
            channel="app",
            month="2024-01",
            day="2024-01-20",
            occurred_at=datetime(2024, 1, 20, 4, tzinfo=UTC),
        ),
        make_record("申请 退款", month="2024-02", day="2024-02-10", product="甲", scores={"csat": 2.0}),
        make_record("退款 太慢", month="2024-02", day="2024-02-11", categories=(make_category("wait"),)),
        make_record("三月 的"),
    )
    return [transcript_id for _, transcript_id in found]


def _save_cause(database: Database, transcript_id: str) -> None:
    cause = RootCauseRecord("rc-1", "退款慢", "new", "2024-02", {}, MORNING)
    month = RootCauseMonthRecord("rc-1", "2024-02", 1, 1, 1)
    with database.begin() as connection:
        root_causes.save_month(
            connection,
            TENANT,
            "2024-02",
            [MonthCause(cause, month)],
            [AssignmentRecord(transcript_id, "rc-1", 0, 2, 0.9)],
        )


def _past(database: Database) -> Any:
    work = SimpleNamespace(database=database, tenant=TENANT, month=Month(2024, 3), settings=Settings())
    with database.read() as connection:
        return past_of(connection, cast(MonthWork, work))


def test_months_days_mix_and_scores_before_the_month_are_read_and_the_month_itself_is_not(
    database: Database,
) -> None:
    ids = _stored(database)
    _save_cause(database, ids[1])
    past = _past(database)
    assert past.months.months == ("2024-01", "2024-02")
    assert (past.months.contacts, past.months.negatives) == ((1, 2), (0, 2))
    assert past.months.categories == {"refund": (0, 1), "wait": (0, 1)}
    assert past.months.causes == {"rc-1": (CauseMonth(0, 0), CauseMonth(1, 1))}
    assert past.months.looked == (False, True)
    assert past.days.first.isoformat() == "2024-01-20" and sum(past.days.contacts) == 3
    assert sum(past.days.causes["rc-1"]) == 1
    assert past.mix.contacts == {("phone", "", ""): 1, ("phone", "甲", ""): 1}
    assert past.mix.causes == {"rc-1": {("phone", "甲", ""): 1}}
    assert [(fact.id, fact.scores, fact.categories) for fact in past.scored] == [
        (ids[1], {"csat": 2.0}, ("refund",))
    ]


def test_nothing_stored_before_is_no_past(database: Database) -> None:
    store(database, make_record("三月 的"))
    past = _past(database)
    assert (past.months, past.days, past.mix, past.scored) == (None, None, None, ())


def test_paths_of_categories_are_those_written_last(database: Database) -> None:
    _stored(database)
    with database.read() as connection:
        assert review_facts.category_paths(connection, TENANT, ["wait", "none"]) == {"wait": ("售后", "wait")}
