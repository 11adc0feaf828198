from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from models.indicators.registry import Registry
from models.indicators.response import response_of, response_time
from models.indicators.row import IndicatorRow
from models.indicators.tally import tally_rows


def test_the_median_of_answered_contacts() -> None:
    found = response_time([(hours, True) for hours in (1.0, 2.0, 3.0, 50.0, 90.0)])
    assert (found.n, found.answered, found.median_hours) == (5, 5, 3.0)
    assert [(part.k, part.n) for part in found.within] == [(3, 5), (4, 5)]


def test_open_contacts_have_waited_and_are_not_missing() -> None:
    # Answered at 1, 2 and 4 hours, open since 3 and since 30: S(1) = 4/5, S(2) = 3/5, S(4) = 3/5 · 1/2 = 0.3.
    found = response_time([(1.0, True), (2.0, True), (3.0, False), (4.0, True), (30.0, False)])
    assert found.median_hours == 4.0
    # Within 24: three answered, one open too briefly watched, one open for longer.
    assert [(part.k, part.n) for part in found.within] == [(3, 4), (3, 3)]


def test_a_median_that_was_not_reached_is_not_told() -> None:
    found = response_time([(1.0, True)] + [(10.0, False)] * 9)
    assert (found.median_hours, found.high_hours) == (None, None)


def test_the_interval_of_the_median_holds_it_and_narrows_with_more() -> None:
    few = response_time([(float(n), True) for n in range(1, 21)])
    many = response_time([(n / 20, True) for n in range(1, 401)])
    for found in (few, many):
        assert found.low_hours is not None and found.high_hours is not None and found.median_hours is not None
        assert found.low_hours <= found.median_hours <= found.high_hours
    assert many.high_hours - many.low_hours < few.high_hours - few.low_hours  # type: ignore[operator]


def test_nothing_asked_is_no_median() -> None:
    found = response_time([])
    assert (found.n, found.median_hours, found.within[0].n) == (0, None, 0)


def contact(
    hour: float, customer: str, asks: str = "", *, answers: bool = False, store: str = "A"
) -> IndicatorRow:
    when = datetime(2024, 3, 1, tzinfo=UTC) + timedelta(hours=hour)
    return IndicatorRow(
        "2024-03",
        store=store,
        customer=customer,
        occurred_at=when,
        asks=asks,
        answers=answers,  # type: ignore[arg-type]
    )


def test_a_complaint_is_answered_by_the_next_contact_of_the_company_with_its_customer() -> None:
    rows = [
        contact(0, "a", "complaint"),
        contact(1, "a"),
        contact(5, "a", answers=True),
        contact(2, "b", "complaint", store="B"),
        contact(3, "c", answers=True),
        contact(10, "d", "lead"),
        contact(12, "d", answers=True),
        contact(100, "e"),
    ]
    tally = tally_rows(Registry(()), rows)
    complaints = response_of(tally, "complaint", month="2024-03")
    assert (complaints.n, complaints.answered) == (2, 1)
    assert response_of(tally, "complaint", where={"store": "A"}).median_hours == 5.0
    assert response_of(tally, "lead").median_hours == pytest.approx(2.0)
    assert response_of(tally, "lead", month="2024-02").n == 0


def test_reply_times_of_the_source_go_before_the_timeline() -> None:
    rows = [
        replace(contact(0, "a", "complaint"), reply_hours=6.0),
        contact(50, "a", answers=True),
        replace(contact(0, "", "complaint"), reply_hours=8.0),
        replace(contact(0, "b"), reply_hours=1.0),
    ]
    found = response_of(tally_rows(Registry(()), rows), "complaint")
    assert (found.n, found.answered, found.median_hours) == (2, 2, 6.0)
    one, other = tally_rows(Registry(()), rows[:1]), tally_rows(Registry(()), rows[1:])
    one.merge(other)
    assert response_of(one, "complaint") == found
