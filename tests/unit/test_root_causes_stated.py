"""Statements counted by cause, and the month and review rows they end in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from models.core.month import Month
from models.review.facts import CauseFact, MonthFacts, StatedFact, TranscriptFact
from models.review.snapshot import ReviewSnapshot, build_snapshot
from models.rootcause.cause import Assignment
from models.rootcause.statements import ClauseText, Statement, statements_of
from models.text.split import split_clauses
from service.reviews import render_html
from service.reviews.labels import Labels
from service.rootcauses.stated import MAX_RECORDS, stated_by_cause, stated_of


def said(text: str) -> list[Statement]:
    return statements_of([ClauseText(a, b, text[a:b]) for a, b in split_clauses(text)])


def at(transcript_id: str, text: str, piece: str, cause_id: str) -> Assignment:
    start = text.index(piece)
    return Assignment(transcript_id, start, start + len(piece), cause_id, 0.9)


def test_a_demand_counts_for_the_nearest_cause_before_it() -> None:
    text = "空调不制冷，要求退款，座椅异响，等了三天，要求道歉"
    own = [at("t", text, "空调不制冷", "cold"), at("t", text, "座椅异响", "noise")]
    found = stated_by_cause(own, {"t": said(text)}, {})
    assert [row["kind"] for row in found["cold"]["demands"]] == ["refund"]
    assert [row["kind"] for row in found["noise"]["demands"]] == ["apology"]
    assert found["cold"]["quantities"] == []


def test_what_stands_before_every_cause_counts_for_the_first() -> None:
    text = "要求退款，空调不制冷"
    found = stated_by_cause([at("t", text, "空调不制冷", "cold")], {"t": said(text)}, {})
    assert [row["kind"] for row in found["cold"]["demands"]] == ["refund"]


def test_typical_values_are_over_voices_and_counts_over_transcripts() -> None:
    texts = {
        "a": "没人管，等了一小时",
        "b": "没人管，等了一小时",
        "c": "没人管，等了三小时，又等了五小时",
        "d": "没人管，等了2小时",
    }
    own = [at(key, text, "没人管", "wait") for key, text in texts.items()]
    voices = {"a": "a", "b": "a", "c": "c", "d": "d"}
    found = stated_by_cause(own, {key: said(text) for key, text in texts.items()}, voices)["wait"]
    (row,) = found["quantities"]
    assert (row["kind"], row["unit"], row["n_transcripts"], row["n_voices"]) == ("waiting", "minutes", 4, 3)
    assert (row["low"], row["median"], row["high"]) == (60, 120, 300)
    assert row["transcript_ids"] == ["a", "b", "c", "d"]
    assert [quote["transcript_id"] for quote in row["examples"]] == ["a", "c", "d"]
    for quote in row["examples"]:
        assert texts[quote["transcript_id"]][quote["start"] : quote["end"]] == quote["text"]


def test_records_are_capped_and_counts_are_not() -> None:
    text = "空调不制冷，要求退款"
    ids = [f"t{i:02}" for i in range(MAX_RECORDS + 5)]
    own = [at(key, text, "空调不制冷", "cold") for key in ids]
    (row,) = stated_by_cause(own, dict.fromkeys(ids, said(text)), {})["cold"]["demands"]
    assert (row["n_transcripts"], row["transcript_ids"]) == (MAX_RECORDS + 5, ids[:MAX_RECORDS])


def test_a_cause_that_was_joined_or_divided_since_shows_nothing() -> None:
    stated = {"n_units": 3, "demands": []}
    assert stated_of({"n_units": 3, "stated": stated}) == stated
    assert stated_of({"n_units": 5, "stated": stated}) == {}
    assert stated_of({"n_units": 5}) == {}


def month(demands: tuple[StatedFact, ...] = (), quantities: tuple[StatedFact, ...] = ()) -> MonthFacts:
    facts = [
        TranscriptFact(
            id=f"t{day}",
            external_id=None,
            occurred_at=datetime(2024, 3, day, tzinfo=UTC),
            day=date(2024, 3, day),
            channel="phone",
            product=None,
            region=None,
            sentiment="negative",
            polarity=-0.5,
            categories=(),
            voice=f"t{day}",
        )
        for day in range(1, 7)
    ]
    ids = tuple(fact.id for fact in facts)
    plain = CauseFact("c", "空调不制冷", (), 6, 6, None, "new", (), ids)
    cause = replace(plain, demands=demands, quantities=quantities)
    return MonthFacts(
        month=Month(2024, 3),
        timezone="Asia/Shanghai",
        tenant="示例",
        sector="automotive",
        transcripts=tuple(facts),
        previous=None,
        causes=(cause,),
        versions={},
        generated_at=datetime(2024, 4, 1, tzinfo=UTC),
    )


DEMANDS = (StatedFact("refund", 30, 28, ("t1", "t2")), StatedFact("apology", 2, 2, ("t3", "t4")))
WAITS = (
    StatedFact("waiting", 4, 4, ("t1", "t2", "t3", "t4"), "minutes", 90, 20, 4320),
    StatedFact("money", 1, 1, ("t5",), "yuan", 500, 500, 500),
    StatedFact("duration", 5, 5, ("t5",), "minutes", 500, 500, 500),
)


def test_a_review_row_has_demands_and_typical_quantities_with_their_records() -> None:
    snapshot = build_snapshot(month(demands=DEMANDS, quantities=WAITS))
    (row,) = snapshot.causes
    assert [(d.name, d.figure.value, d.figure.n_records) for d in row.demands] == [
        ("refund", 30, 30),
        ("apology", 2, 2),
    ]
    (waits,) = row.quantities
    assert (waits.median.value, waits.low.value, waits.high.value) == (90, 20, 4320)
    assert waits.median.records == ("t1", "t2", "t3", "t4") and waits.median.query == row.transcripts.query
    assert ReviewSnapshot.from_dict(snapshot.to_dict()) == snapshot


def test_a_cause_without_statements_leaves_no_trace_in_the_snapshot() -> None:
    (row,) = build_snapshot(month()).to_dict()["causes"]
    assert "demands" not in row and "quantities" not in row


def test_the_page_says_them_in_words_with_links() -> None:
    snapshot = build_snapshot(month(demands=DEMANDS, quantities=WAITS))
    page = render_html(snapshot, link_base="https://voc.example")
    assert "客户要求" in page and "退款退货" in page
    assert 'data-figure="causes.0.demands.0.figure" data-value="30"' in page
    assert 'data-figure="causes.0.quantities.0.median" data-value="90.0">90 分钟</a>' in page
    assert ">20 分钟</a>" in page and ">3 天</a>" in page
    assert "money back" in render_html(snapshot, language="en")


def test_quantities_are_said_in_the_unit_of_their_size() -> None:
    zh, en = Labels("zh"), Labels("en")
    said = [zh.quantity(value, "minutes") for value in (80, 150, 2880, 86400, 525600, 0.5)]
    assert said == ["80 分钟", "2.5 小时", "2 天", "2 个月", "1 年", "0.5 分钟"]
    assert [zh.quantity(12500, "yuan"), en.quantity(3, "times")] == ["12,500 元", "3 times"]
