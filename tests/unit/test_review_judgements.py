"""What a review judges: alarms, changes at equal mix, days, scores, and that repeats are one voice."""

from __future__ import annotations

import importlib.util
import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import ModuleType

import pytest

from models.core.month import Month
from models.review import (
    CategoryRef,
    CauseFact,
    MonthFacts,
    PreviousMonth,
    ReviewSnapshot,
    TranscriptFact,
    build_snapshot,
)
from models.review.judged import Judgements
from models.review.past import CauseMonth, DaySeries, MixCounts, MonthSeries, Past, RepeatFact

PRICE = CategoryRef("price", ("价格", "降价"))
WAIT = CategoryRef("wait", ("服务", "等待"))


def _fact(
    at: int, *, negative: bool = False, category: CategoryRef | None = None, **changes: object
) -> TranscriptFact:
    day = date(2024, 3, 1) + timedelta(days=at % 31)
    fact = TranscriptFact(
        id=f"t{at:05}",
        external_id=None,
        occurred_at=datetime(day.year, day.month, day.day, 4, tzinfo=UTC),
        day=day,
        channel="电话",
        product=None,
        region=None,
        sentiment="negative" if negative else "neutral",
        polarity=-0.5 if negative else 0.0,
        categories=(category,) if category else (),
        voice=f"v{at}",
    )
    return replace(fact, **changes)  # type: ignore[arg-type]


def _month(n_price: int, n: int = 1000, **of_price: object) -> list[TranscriptFact]:
    rows = [_fact(at, negative=True, category=PRICE, **of_price) for at in range(n_price)]
    return rows + [_fact(at) for at in range(n_price, n)]


def _judged(rows: list[TranscriptFact], past: Past | None = None, **changes: object) -> Judgements:
    facts = MonthFacts(
        month=Month(2024, 3),
        timezone="Asia/Shanghai",
        tenant="示例",
        sector="generic",
        transcripts=rows,
        previous=None,
        causes=(),
        versions={},
        generated_at=datetime(2024, 4, 1, tzinfo=UTC),
        past=past or Past(),
    )
    found = build_snapshot(replace(facts, **changes)).judgements  # type: ignore[arg-type]
    assert found is not None
    return found


def _months(*price: int, n: int = 1000) -> Past:
    names = tuple(str(Month(2024, 3).shifted(at - len(price))) for at in range(len(price)))
    contacts = (n,) * len(price)
    return Past(months=MonthSeries(names, contacts, price, {"price": price}, {}, (False,) * len(price)))


STEADY = (31, 28, 33, 30, 27, 32, 29, 31, 30, 34, 28, 30)


def _price_course(found: Judgements) -> tuple[str, str]:
    assert found.courses is not None
    row = next(row for row in found.courses.rows if row.id == "price")
    return row.reading, row.trust


def test_a_category_that_doubles_alarms_and_one_that_stays_does_not() -> None:
    assert _price_course(_judged(_month(62), _months(*STEADY))) == ("rise", "stable")
    assert _price_course(_judged(_month(31), _months(*STEADY))) == ("steady", "stable")


def test_two_months_of_history_are_too_few_to_judge_and_have_no_limits() -> None:
    found = _judged(_month(90), _months(30, 31))
    assert _price_course(found) == ("short", "too_short")
    assert found.courses is not None
    assert {point.upper for row in found.courses.rows for point in row.points} == {None}


def test_a_baseline_with_an_outlier_is_called_unstable() -> None:
    wild = (31, 28, 90, 30, 27, 32, 29, 31, 30, 34, 28, 30, 31, 29)
    assert _price_course(_judged(_month(31), _months(*wild)))[1] == "unstable"


def test_a_lasting_change_begins_a_new_phase() -> None:
    found = _judged(_month(60), _months(30, 28, 33, 29, 31, 27, 32, 61, 58, 63, 59, 60, 62, 57))
    assert found.courses is not None
    row = next(row for row in found.courses.rows if row.id == "price")
    assert [item.month for item in row.breaks] == ["2023-08"]
    assert row.reading == "steady" and {point.phase for point in row.points} == {0, 1}


def test_a_hundred_copies_of_one_text_are_one_voice_that_alarms_nobody() -> None:
    own = _month(130)
    copies = _month(130, voice="campaign")
    repeats = (RepeatFact("campaign", "t00000", "请统一退还差价"),)
    days = DaySeries(date(2023, 12, 1), (33,) * 91, (1,) * 91, {"price": (1,) * 91}, {}, (False,) * 91)
    past = replace(
        _months(*STEADY),
        days=days,
        mix=MixCounts({("电话", "", ""): 1000}, {"price": {("电话", "", ""): 30}}),
    )
    loud, one = (_judged(rows, past, repeats=repeats) for rows in (own, copies))
    assert _price_course(loud)[0] == "rise" and _price_course(one)[0] == "steady"
    assert loud.shifts and one.shifts
    assert (loud.shifts.rows[0].verdict, one.shifts.rows[0].verdict) == ("up", "few")
    assert loud.outbreaks and one.outbreaks
    assert [row.kind for row in loud.outbreaks.rows] != [] and one.outbreaks.rows == ()
    assert [(row.copies.value, row.quote.text) for row in one.repeats] == [(130, "请统一退还差价")]
    assert loud.repeats == ()


def test_a_rise_that_only_the_mix_makes_is_not_called_a_rise() -> None:
    """Complaints are one in five by telephone and none by app, in both months; now more call."""
    now = [_fact(at, negative=at % 5 == 0, category=PRICE if at % 5 == 0 else None) for at in range(800)]
    now += [_fact(at, channel="App") for at in range(800, 1000)]
    phone, app = ("电话", "", ""), ("App", "", "")
    past = Past(mix=MixCounts({phone: 200, app: 800}, {"price": {phone: 40}}))
    found = _judged(now, past).shifts
    assert found is not None and found.fields == ("channel",)
    row = found.rows[0]
    assert row.raw.value == pytest.approx(120) and row.raw.interval and row.raw.interval[0] > 0
    assert row.adjusted and row.adjusted.value == pytest.approx(0, abs=1e-6)
    assert row.mix and row.mix.value == pytest.approx(120)
    assert row.verdict == "unclear"


def test_a_rise_at_the_same_mix_is_called_one_with_its_interval() -> None:
    past = Past(mix=MixCounts({("电话", "", ""): 1000}, {"price": {("电话", "", ""): 30}}))
    found = _judged(_month(80), past).shifts
    assert found is not None
    row = found.rows[0]
    assert (row.verdict, row.now.value, row.before.value) == ("up", 80.0, 30.0)
    assert (
        row.adjusted
        and row.adjusted.interval
        and 0 < row.adjusted.interval[0] < 50 < row.adjusted.interval[1]
    )
    assert row.q_value is not None and row.q_value < 0.001


def test_three_complaints_are_too_few_for_any_verdict() -> None:
    past = replace(
        _months(*STEADY), mix=MixCounts({("电话", "", ""): 1000}, {"price": {("电话", "", ""): 30}})
    )
    found = _judged(_month(3, n=3), past)
    assert found.shifts and {row.verdict for row in found.shifts.rows} == {"few"}
    assert found.concentration == () and found.comparisons == ()
    assert found.courses and {row.reading for row in found.courses.rows} <= {"steady", "hint_rise", "rise"}


def test_a_burst_of_days_is_found_with_its_days() -> None:
    quiet = DaySeries(
        date(2023, 12, 1), (33,) * 91, (1,) * 91, {"price": (0, 1, 1) * 30 + (1,)}, {}, (False,) * 91
    )
    burst = [_fact(at, negative=True, category=PRICE) for at in range(62)]
    for at in range(62, 92):
        day = date(2024, 3, 12 + at % 3)
        burst.append(
            _fact(
                at,
                negative=True,
                category=PRICE,
                day=day,
                occurred_at=datetime(2024, 3, day.day, 4, tzinfo=UTC),
            )
        )
    found = _judged(burst + [_fact(at) for at in range(92, 1000)], Past(days=quiet)).outbreaks
    assert found is not None
    row = next(row for row in found.rows if row.kind == "category")
    assert "2024-03-12" <= row.began <= row.alarm_day <= "2024-03-14"
    assert (row.sure, found.family_rate) == (True, 0.05)


def test_days_without_history_are_said_to_have_none() -> None:
    days = DaySeries(date(2024, 2, 20), (30,) * 10, (1,) * 10, {}, {}, (False,) * 10)
    found = _judged(_month(200), Past(days=days)).outbreaks
    assert found is not None and (found.n_scanned, found.n_short, found.rows) == (0, 2, ())


def test_without_scores_there_are_no_drivers_and_it_is_known() -> None:
    found = _judged(_month(40)).satisfaction
    assert found is not None and found.score is None and found.models == ()


def _scored(n: int, seed: int = 3) -> list[TranscriptFact]:
    """Waiting costs two points, price half a point; a third of contacts each."""
    chance = random.Random(seed)
    rows = []
    for at in range(n):
        category = (PRICE, WAIT, None)[at % 3]
        level = 4.0 - (2.0 if category is WAIT else 0.5 if category is PRICE else 0.0)
        score = level + chance.gauss(0, 0.5)
        rows.append(_fact(at, negative=category is not None, category=category, scores={"csat": score}))
    return rows


def test_drivers_have_the_effects_that_made_the_scores() -> None:
    found = _judged(_scored(600)).satisfaction
    assert found is not None and found.score == "csat"
    model = found.models[0]
    effects = {row.id: row.effect for row in model.rows}
    for name, effect in (("wait", -2.0), ("price", -0.5)):
        interval = effects[name].interval
        assert interval and interval[0] - 0.05 < effect < interval[1] + 0.05
    assert model.enough and model.rows[0].id == "wait"
    assert sum(row.importance.value or 0 for row in model.rows) == pytest.approx(1, abs=0.01)


def test_customers_without_a_key_are_not_one_customer() -> None:
    found = _judged(
        [replace(row, customer=None if at % 2 else f"c{at}") for at, row in enumerate(_month(60))]
    )
    customers = next(row for row in found.concentration if row.field == "customer")
    assert (customers.n_units, customers.n_unknown) == (1000, 30)


def test_a_small_region_is_not_ranked_above_a_large_one_by_luck() -> None:
    rows = []
    for at in range(1200):
        region = "小县" if at < 4 else f"区{at % 6}"
        rows.append(_fact(at, negative=at < 3 or (at % 6 == 2 and at % 4 < 2) or at % 10 == 0, region=region))
    found = next(row for row in _judged(rows).comparisons if row.field == "region")
    names = [row.name for row in found.rows]
    assert names[0] == "区2" and names.index("小县") > 0
    assert next(row.raw.value for row in found.rows if row.name == "小县") == 0.75


def test_the_order_of_rows_changes_no_judgement() -> None:
    rows = [
        replace(row, region=f"区{at % 5}", customer=f"c{at % 70}", segment="甲乙"[at % 2])
        for at, row in enumerate(_scored(400))
    ]
    past = replace(
        _months(*STEADY), mix=MixCounts({("电话", "", "区1"): 1000}, {"price": {("电话", "", "区1"): 30}})
    )
    other = list(rows)
    random.Random(5).shuffle(other)
    assert _judged(rows, past) == _judged(other, past)


def test_a_cause_that_was_not_looked_for_has_no_past_there() -> None:
    cause = CauseFact("c", "降价", (), 60, 60, None, "linked", (), tuple(f"t{at:05}" for at in range(60)))
    months = _months(*STEADY).months
    assert months is not None
    series = replace(
        months,
        causes={"c": (CauseMonth(0, 0),) * 8 + (CauseMonth(30, 30),) * 4},
        looked=(False,) * 8 + (True,) * 4,
    )
    found = _judged(_month(60), Past(months=series), causes=(cause,)).courses
    assert found is not None
    row = next(row for row in found.rows if row.kind == "cause")
    assert [point.rate.value for point in row.points[:8]] == [None] * 8
    assert row.reading == "short"


def test_a_review_frozen_before_there_were_judgements_reads_as_it_was() -> None:
    snapshot = replace(build_snapshot(_demo().demo_facts(with_previous=False)), judgements=None)
    plain = snapshot.to_dict()
    assert "judgements" not in plain
    assert ReviewSnapshot.from_dict(plain) == snapshot


def test_judgements_come_back_from_their_json_unchanged() -> None:
    snapshot = build_snapshot(_demo().demo_facts())
    assert ReviewSnapshot.from_dict(snapshot.to_dict()).judgements == snapshot.judgements


def _demo() -> ModuleType:
    spec = importlib.util.spec_from_file_location("review_demo", Path(__file__).parents[1] / "review_demo.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_first_month_is_compared_with_nothing() -> None:
    found = _judged(_month(40), previous=PreviousMonth(0, 0))
    assert (found.courses, found.shifts, found.outbreaks) == (None, None, None)
    assert Counter(row.field for row in found.concentration) == {}
