import math
from datetime import UTC, datetime, timedelta

import pytest

from models.indicators.registry import Registry, parse_registry
from models.indicators.row import IndicatorRow
from models.indicators.sums import RatioSums, estimate
from models.indicators.tally import IndicatorTally, tally_rows
from models.statistics.intervals import wilson

CHURN = {"id": "churn", "zh": "流失", "en": "Churn", "system": "loyalty", "direction": "lower",
         "formula": {"kind": "mark_share", "marks": {"kind": "churn"}}}  # fmt: skip
SCORE = {"id": "score", "zh": "均分", "en": "Score", "system": "satisfaction", "unit": "score", "scale": [1, 5],
         "formula": {"kind": "score_mean", "scores": ["csat"]}}  # fmt: skip
NPS = {"id": "nps", "zh": "净推荐", "en": "NPS", "system": "loyalty", "unit": "points", "scale": [-100, 100],
       "formula": {"kind": "nps", "scores": ["nps"]}}  # fmt: skip
REPEAT = {"id": "repeat", "zh": "重复", "en": "Repeat", "system": "behaviour", "direction": "lower",
          "formula": {"kind": "repeated", "days": 7}}  # fmt: skip
ONCE = {"id": "once", "zh": "一次解决", "en": "Once", "system": "behaviour",
        "formula": {"kind": "first_contact", "days": 7}}  # fmt: skip


def registry(*items: dict) -> Registry:
    return parse_registry(items, pack="p")


def row(*, leaving: bool = False, month: str = "2024-03", **more) -> IndicatorRow:
    marks = [{"kind": "churn", "value": "price"}] if leaving else []
    return IndicatorRow(month, {"marks": marks}, **more)


def test_an_unweighted_share_has_wilsons_interval() -> None:
    tally = tally_rows(registry(CHURN), [row(leaving=n < 3) for n in range(20)])
    found, expected = tally.result("churn", "2024-03").actual, wilson(3, 20)
    assert (found.value, found.n) == (0.15, 20)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_weighted_counts_customers_by_value_and_leaves_out_those_without() -> None:
    rows = [row(leaving=True, value=90.0), row(value=10.0), row(value=0.0), row(value=-5.0), row()]
    found = tally_rows(registry(CHURN), rows).result("churn", "2024-03")
    assert (found.actual.value, found.actual.n) == (0.2, 5)
    assert (found.weighted.value, found.weighted.n) == (0.9, 2)


def test_equal_weights_change_nothing() -> None:
    rows = [row(leaving=n < 3, value=7.5) for n in range(20)]
    found = tally_rows(registry(CHURN), rows).result("churn", "2024-03")
    expected = (found.actual.value, found.actual.low, found.actual.high)
    assert (found.weighted.value, found.weighted.low, found.weighted.high) == pytest.approx(expected)


def test_a_mean_has_the_t_interval_computed_by_hand() -> None:
    # 2, 4, 4, 5, 5: mean 4, s² = 6/4 = 1.5, error sqrt(1.5/5) = 0.5477, t(4) = 2.7764.
    rows = [row(scores={"csat": score}) for score in (2.0, 4.0, 4.0, 5.0, 5.0)]
    found = tally_rows(registry(SCORE), rows).result("score", "2024-03").actual
    assert found.value == 4.0
    assert (found.low, found.high) == pytest.approx(
        (4 - 2.77645 * 0.547723, 4 + 2.77645 * 0.547723), abs=1e-4
    )


def test_scores_that_are_all_the_same_have_no_interval() -> None:
    found = tally_rows(registry(SCORE), [row(scores={"csat": 5.0})] * 4).result("score", "2024-03").actual
    assert (found.value, found.low, found.high, found.n) == (5.0, None, None, 4)


def test_net_promoters_have_the_adjusted_interval_computed_by_hand() -> None:
    # 5 promoters, 3 passives, 2 detractors: 30 points. With 3/4, 3/2, 3/4 added: n 13, mean 3/13,
    # variance ((7 + 1.5)/13 - (3/13)²)/13 = 0.0462, reach 1.95996 * 0.21497 = 0.42134.
    rows = [row(scores={"nps": score}) for score in (10.0,) * 5 + (8.0,) * 3 + (2.0,) * 2]
    found = tally_rows(registry(NPS), rows).result("nps", "2024-03").actual
    assert found.value == pytest.approx(30.0)
    variance = ((7 + 1.5) / 13 - (3 / 13) ** 2) / 13
    reach = 1.959964 * math.sqrt(variance)
    assert (found.low, found.high) == pytest.approx(
        (100 * (3 / 13 - reach), 100 * (3 / 13 + reach)), abs=1e-3
    )


def test_transcripts_without_analysis_are_none_of_those_counted() -> None:
    tally = tally_rows(registry(CHURN), [row(leaving=True), row(), IndicatorRow("2024-03")])
    assert tally.result("churn", "2024-03").actual.value == 0.5
    assert tally.n_transcripts("2024-03") == 3


def test_results_of_a_store_are_of_its_rows() -> None:
    rows = [
        row(leaving=True, store="A"),
        row(store="A"),
        row(store="B"),
        row(leaving=True, month="2024-02", store="B"),
    ]
    tally = tally_rows(registry(CHURN), rows)
    assert tally.result("churn", "2024-03", {"store": "A"}).actual.value == 0.5
    assert tally.result("churn", "2024-03", {"store": "B"}).actual.value == 0.0
    assert (tally.months(), tally.values("store")) == (["2024-02", "2024-03"], ["A", "B"])


def test_nothing_seen_is_no_figure() -> None:
    found = IndicatorTally(registry(CHURN)).result("churn", "2024-03")
    assert (found.actual.value, found.weighted.value) == (None, None)


def test_tallies_of_other_indicators_are_not_joined() -> None:
    with pytest.raises(ValueError, match="joined"):
        IndicatorTally(registry(CHURN)).merge(IndicatorTally(registry(SCORE)))


START = datetime(2024, 3, 1, tzinfo=UTC)


def at(day: float, customer: str, **more) -> IndicatorRow:
    return row(customer=customer, occurred_at=START + timedelta(days=day), **more)


def test_repeats_and_first_contacts_are_read_from_timelines() -> None:
    # Watched from day 0 to day 40. a: 10, 12, 30; b: 15; c: 38. Window 7 days.
    rows = [at(0, "x"), at(40, "y"), at(10, "a"), at(12, "a"), at(30, "a"), at(15, "b"), at(38, "c")]
    tally = tally_rows(registry(REPEAT, ONCE), rows)
    # Known before them: all but x's. Repeated: a's second, of a 10, 12, 30; b; c; y.
    assert tally.result("repeat", "2024-03").actual.value == pytest.approx(1 / 6)
    # First contacts with a known week after: a 10 (not solved), a 30, b 15 (solved); c and y end too late.
    assert tally.result("once", "2024-03").actual.value == pytest.approx(2 / 3)


def test_a_customer_who_calls_ten_times_is_one_witness() -> None:
    many = [at(10 + n / 10, "a") for n in range(10)] + [at(0, "x"), at(30, "y")]
    tally = tally_rows(registry(REPEAT), many)
    assert tally.sums("repeat", "2024-03").n == 2


def test_the_sample_of_customers_is_bounded_and_the_same_in_any_order() -> None:
    rows = [at(n % 40, f"c{n % 300}") for n in range(900)]
    tallies = []
    for ordered in (rows, rows[::-1]):
        tally = IndicatorTally(registry(REPEAT), most_customers=100)
        for one in ordered:
            tally.add(one)
        tallies.append((tally.result("repeat", "2024-03"), len(tally.timelines)))
    assert tallies[0] == tallies[1]
    assert tallies[0][1] == 100


def test_the_variance_of_a_ratio_computed_by_hand() -> None:
    # Rows (1, 2), (0, 1): ratio 1/3, Σ(a - rb)² = (1/3)² + (1/3)² = 2/9, over (Σb)² = 9: 2/81.
    sums = RatioSums()
    sums.add(10_000, 20_000)
    sums.add(0, 10_000)
    assert sums.variance == pytest.approx(2 / 81)
    assert estimate(sums, "share").value == pytest.approx(1 / 3)
