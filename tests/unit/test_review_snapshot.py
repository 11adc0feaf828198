"""The month's snapshot: what it counts, what it may say, and that it stays the same."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from models.core.errors import FieldError, InputError
from models.core.month import Month
from models.review import (
    CategoryRef,
    CauseFact,
    IntakeCounts,
    MonthFacts,
    PreviousMonth,
    Quote,
    ReviewSnapshot,
    TranscriptFact,
    build_snapshot,
)

WAIT = CategoryRef("wait", ("服务", "等待"))
PRICE = CategoryRef("price", ("价格", "降价"))


def _fact(name: str, day: int, sentiment: str = "negative", **changes: object) -> TranscriptFact:
    fact = TranscriptFact(
        id=name,
        external_id=f"ext-{name}",
        occurred_at=datetime(2024, 3, day, 4, 0, tzinfo=UTC),
        day=date(2024, 3, day),
        channel="电话",
        product=None,
        region=None,
        sentiment=sentiment,  # type: ignore[arg-type]
        polarity=-0.5,
        categories=(),
        voice=name,
    )
    return replace(fact, **changes)  # type: ignore[arg-type]


def _month(transcripts: Iterable[TranscriptFact] = (), **changes: object) -> MonthFacts:
    facts = MonthFacts(
        month=Month(2024, 3),
        timezone="Asia/Shanghai",
        tenant="示例",
        sector="automotive",
        transcripts=tuple(transcripts),
        previous=None,
        causes=(),
        versions={"taxonomy": "automotive 1.0.0"},
        generated_at=datetime(2024, 4, 1, tzinfo=UTC),
    )
    return replace(facts, **changes)  # type: ignore[arg-type]


def _cause(name: str, n: int, *, voices: int | None = None, previous: int | None = None) -> CauseFact:
    return CauseFact(name, f"根因{name}", ("词",), n, voices or n, previous, "linked", (), ())


def test_counts_are_those_of_the_rows() -> None:
    rows = [
        _fact("a", 1, voice="same", categories=(WAIT, PRICE)),
        _fact("b", 2, voice="same", categories=(WAIT,)),
        _fact("c", 4, "positive", channel="App", customer="k"),
        _fact("d", 31, "neutral"),
    ]
    snapshot = build_snapshot(_month(rows))
    assert snapshot.totals.transcripts.value == 4
    assert snapshot.totals.voices.value == 3
    assert snapshot.totals.customers is not None and snapshot.totals.customers.value == 1
    assert (snapshot.totals.negative_rate.n, snapshot.totals.negative_rate.of) == (2, 4)
    assert [(row.channel, row.transcripts.value) for row in snapshot.channels] == [("电话", 3), ("App", 1)]
    assert [(row.id, row.negative.value) for row in snapshot.pareto.rows] == [("wait", 2), ("price", 1)]
    assert snapshot.pareto.mentions.value == 3


def test_weeks_are_iso_weeks_cut_at_the_ends_of_the_month() -> None:
    snapshot = build_snapshot(_month([_fact("a", 3), _fact("b", 4), _fact("c", 31)]))
    weeks = [(row.week, row.first[8:], row.last[8:], row.transcripts.value) for row in snapshot.weeks]
    assert weeks == [
        ("2024-W09", "01", "03", 1),
        ("2024-W10", "04", "10", 1),
        ("2024-W11", "11", "17", 0),
        ("2024-W12", "18", "24", 0),
        ("2024-W13", "25", "31", 1),
    ]


def test_the_first_iso_week_of_a_january_may_belong_to_the_year_before() -> None:
    snapshot = build_snapshot(_month(month=Month(2021, 1)))
    assert snapshot.weeks[0].week == "2020-W53"
    assert snapshot.weeks[1].week == "2021-W01"


def test_a_transcript_late_in_the_last_local_night_counts_and_one_of_the_next_day_is_refused() -> None:
    inside = replace(_fact("a", 31), occurred_at=datetime(2024, 3, 31, 15, 59, tzinfo=UTC))
    assert build_snapshot(_month([inside])).totals.transcripts.value == 1
    outside = replace(inside, occurred_at=datetime(2024, 3, 31, 16, 0, tzinfo=UTC))
    with pytest.raises(FieldError):
        build_snapshot(_month([outside]))


def test_the_same_rows_in_any_order_give_the_same_fingerprint() -> None:
    chance = random.Random(3)
    rows = [
        _fact(
            f"t{at}",
            chance.randint(1, 31),
            chance.choice(("negative", "neutral", "positive")),
            polarity=chance.uniform(-1, 1),
            product=chance.choice(("甲", "乙", None)),
            categories=tuple(chance.sample((WAIT, PRICE), chance.randint(0, 2))),
        )
        for at in range(200)
    ]
    causes = (_cause("a", 12, previous=3), _cause("b", 12, previous=3), _cause("c", 40))
    first = build_snapshot(_month(rows, causes=causes))
    chance.shuffle(rows)
    second = build_snapshot(
        _month(iter(rows), causes=causes[::-1], generated_at=datetime(2025, 1, 1, tzinfo=UTC))
    )
    assert first.fingerprint == second.fingerprint
    assert first.generated_at != second.generated_at


def test_one_more_transcript_changes_the_fingerprint() -> None:
    one = build_snapshot(_month([_fact("a", 1)]))
    two = build_snapshot(_month([_fact("a", 1), _fact("b", 1)]))
    assert one.fingerprint != two.fingerprint


def test_json_round_trip_gives_the_same_snapshot() -> None:
    rows = [_fact(f"t{at}", at % 31 + 1, product="甲", categories=(WAIT,)) for at in range(60)]
    exemplar = Quote("t1", 0, 4, "等太久了")
    cause = replace(_cause("a", 30, previous=9), exemplars=(exemplar,), transcript_ids=("t1", "t2"))
    previous = PreviousMonth(50, 20, {"电话": 50}, {"wait": 9}, {"a": 9, "gone": 4}, {"gone": "旧根因"})
    snapshot = build_snapshot(_month(rows, causes=(cause,), previous=previous))
    plain = json.loads(json.dumps(snapshot.to_dict(), ensure_ascii=False))
    assert ReviewSnapshot.from_dict(plain) == snapshot


def test_a_snapshot_changed_afterwards_is_refused() -> None:
    plain = build_snapshot(_month([_fact("a", 1)])).to_dict()
    plain["totals"]["transcripts"]["value"] = 2
    with pytest.raises(InputError):
        ReviewSnapshot.from_dict(plain)
    with pytest.raises(InputError):
        ReviewSnapshot.from_dict({"schema": "voc.review.v0"})


def test_without_last_month_nothing_is_compared() -> None:
    rows = [_fact(f"t{at}", 1, categories=(WAIT,)) for at in range(40)]
    snapshot = build_snapshot(_month(rows, causes=(_cause("a", 40),)))
    changes = [snapshot.totals.negative_change, snapshot.channels[0].change, snapshot.causes[0].change]
    assert {change.verdict for change in changes} == {"no_previous"}
    assert snapshot.previous_month is None


def test_a_last_month_of_nothing_is_no_last_month() -> None:
    snapshot = build_snapshot(_month([_fact("a", 1)], previous=PreviousMonth(0, 0)))
    assert snapshot.totals.negative_change.verdict == "no_previous"
    assert snapshot.totals.transcripts_change.difference is None


def test_an_empty_month_is_a_review_that_says_so() -> None:
    snapshot = build_snapshot(_month(previous=PreviousMonth(100, 20, {"电话": 100}, {"wait": 20})))
    assert snapshot.totals.transcripts.value == 0
    assert snapshot.totals.negative_rate.value is None
    assert [finding.kind for finding in snapshot.findings] == ["empty"]
    assert snapshot.totals.negative_change.verdict == "small"


def test_a_month_of_one_transcript_leans_on_nothing() -> None:
    snapshot = build_snapshot(
        _month([_fact("a", 1, categories=(WAIT,))], previous=PreviousMonth(1000, 100, {}, {"wait": 50}))
    )
    assert snapshot.totals.negative_change.verdict == "small"
    assert snapshot.pareto.rows[0].change.verdict == "small"
    assert {finding.certainty for finding in snapshot.findings} == {"small"}


def test_changes_are_called_up_down_flat_new_and_small() -> None:
    rows = [_fact(f"t{at}", at % 31 + 1) for at in range(1000)]
    causes = (
        _cause("up", 120, previous=40),
        _cause("down", 40, previous=120),
        _cause("flat", 60, previous=58),
        _cause("new", 50),
        _cause("rare", 2, previous=3),
    )
    snapshot = build_snapshot(_month(rows, causes=causes, previous=PreviousMonth(1000, 500)))
    verdicts = {row.id: (row.change.verdict, row.change.small) for row in snapshot.causes}
    assert verdicts == {
        "up": ("up", False),
        "down": ("down", False),
        "flat": ("flat", False),
        "new": ("new", False),
        "rare": ("small", True),
    }


def test_a_difference_that_is_clear_alone_is_not_clear_among_many_comparisons() -> None:
    rows = [_fact(f"t{at}", at % 31 + 1) for at in range(1000)]
    one = _cause("x", 62, previous=40)
    others = tuple(_cause(f"o{at}", 50, previous=50) for at in range(20))
    previous = PreviousMonth(1000, 500, {"电话": 1000})
    alone = build_snapshot(_month(rows, causes=(one,), previous=replace(previous, by_channel={})))
    among = build_snapshot(_month(rows, causes=(one, *others), previous=previous))
    change_alone = next(row.change for row in alone.causes if row.id == "x")
    change_among = next(row.change for row in among.causes if row.id == "x")
    assert change_alone.p_value == change_among.p_value
    assert change_alone.p_value is not None and change_alone.p_value < 0.05
    assert change_among.q_value is not None and change_among.q_value > 0.05
    assert change_among.verdict == "flat"


def test_repeats_of_one_text_widen_the_interval_and_leave_the_rate() -> None:
    rows = [_fact(f"t{at}", 1) for at in range(1000)]
    plain, repeated = (
        build_snapshot(_month(rows, causes=(_cause("a", 60, voices=v),))).causes[0].rate for v in (60, 6)
    )
    assert plain.value == repeated.value == 60.0
    assert plain.interval and repeated.interval
    assert repeated.interval[0] < plain.interval[0] < 60 < plain.interval[1] < repeated.interval[1]


def test_causes_of_last_month_that_are_gone_are_listed_with_their_names() -> None:
    previous = PreviousMonth(100, 50, by_cause={"a": 9, "gone": 7}, cause_names={"gone": "救援慢"})
    snapshot = build_snapshot(
        _month([_fact("t", 1)], causes=(_cause("a", 1, previous=9),), previous=previous)
    )
    assert [(row.id, row.name, row.previous.value) for row in snapshot.ended] == [("gone", "救援慢", 7)]


def test_every_number_leads_to_its_records() -> None:
    rows = [_fact(f"t{at:03}", 1, product="甲", n_chars=4) for at in range(30)]
    cause = replace(_cause("a", 30), transcript_ids=tuple(f"t{at:03}" for at in range(30)))
    snapshot = build_snapshot(_month(rows, causes=(cause,)))
    transcripts = snapshot.causes[0].transcripts
    assert transcripts.query == (
        "/v1/transcripts?from=2024-03-01T00%3A00%3A00%2B08%3A00&to=2024-04-01T00%3A00%3A00%2B08%3A00"
        "&root_cause=a"
    )
    assert len(transcripts.records) == 20 and transcripts.n_records == 30
    product = snapshot.breakdowns[0].rows[0].transcripts
    assert product.query is not None and product.query.endswith("&product=%E7%94%B2")
    assert product.records[0] == "t000" and product.n_records == 30


def test_data_quality_counts_what_was_turned_away_repeated_short_and_unlabelled() -> None:
    rows = [_fact("a", 1, voice="v", n_chars=3), _fact("b", 1, voice="v", n_chars=50, categories=(WAIT,))]
    cause = replace(_cause("x", 1), transcript_ids=("a",))
    snapshot = build_snapshot(_month(rows, causes=(cause,), intake=IntakeCounts(rejected=2)))
    counts = {row.kind: row.count.value for row in snapshot.quality}
    assert counts == {
        "rejected": 2,
        "duplicates": None,
        "near_duplicates": 1,
        "short_texts": 1,
        "unknown_channel": 0,
        "uncategorised": 1,
        "unassigned": 1,
    }


def test_a_text_that_says_nothing_clear_is_no_category_of_the_pareto() -> None:
    unclear = CategoryRef("unclear", ("未明",))
    rows = [_fact("a", 1, categories=(unclear,)), _fact("b", 1, categories=(unclear, WAIT))]
    pareto = build_snapshot(_month(rows)).pareto
    assert [row.id for row in pareto.rows] == ["wait"]
    assert (pareto.uncategorised.n, pareto.uncategorised.records) == (1, ("a",))


def test_where_most_root_causes_are_new_the_review_doubts_the_grouping() -> None:
    rows = [_fact(f"t{at}", at % 31 + 1) for at in range(1000)]
    previous = PreviousMonth(1000, 500, by_cause={"old": 50})
    fresh = tuple(_cause(f"n{at}", 30 + at) for at in range(8))
    kept = _cause("old", 50, previous=50)
    many = build_snapshot(_month(rows, causes=(*fresh, kept), previous=previous))
    few = build_snapshot(_month(rows, causes=(*fresh[:2], kept), previous=previous))
    assert "regrouped" in {finding.kind for finding in many.findings}
    assert "new_causes" in {finding.kind for finding in few.findings}
    certainty = {finding.kind: finding.certainty for finding in many.findings}
    assert certainty["regrouped"] == "unjudged"
