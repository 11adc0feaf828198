"""Worked values: UCBAdmissions (Bickel et al. 1975) as in R's ``mantelhaen.test``; the rest by hand."""

import math

import numpy as np
import pytest
from scipy import stats

from models.statistics.changes import newcombe_difference
from models.statistics.mix import MonthCounts, compare_months, mix_adjusted_change

MEN, MEN_ADMITTED = [825, 560, 325, 417, 191, 373], [512, 353, 120, 138, 53, 22]
WOMEN, WOMEN_ADMITTED = [108, 25, 593, 375, 393, 341], [89, 17, 202, 131, 94, 24]


def test_berkeley_admissions_fall_by_mix_and_not_by_rate() -> None:
    found = mix_adjusted_change(MEN_ADMITTED, MEN, WOMEN_ADMITTED, WOMEN)
    assert found.crude.difference.high < -0.1
    assert found.adjusted is not None
    assert found.adjusted.rate.estimate > 0
    assert found.adjusted.mix.high < -0.1
    # R: mantelhaen.test(UCBAdmissions, correct = FALSE): X² = 1.5246
    assert stats.chi2.isf(found.p_value, 1) == pytest.approx(1.5246, abs=5e-5)
    # R: vcd::woolf_test(UCBAdmissions): X² = 17.902, df = 5
    assert found.adjusted.uneven_p_value is not None
    assert stats.chi2.isf(found.adjusted.uneven_p_value, 5) == pytest.approx(17.902, abs=5e-4)


def test_the_parts_by_hand() -> None:
    """Rates 10 % and 30 % in both months; the mix goes from 80:20 to 40:60: all mix, 0.4 × 0.2 = 8 points."""
    found = mix_adjusted_change([80, 60], [800, 200], [40, 180], [400, 600])
    assert found.adjusted is not None
    assert found.crude.difference.estimate == pytest.approx(0.08)
    assert found.adjusted.rate.estimate == pytest.approx(0.0)
    assert found.adjusted.mix.estimate == pytest.approx(0.08)
    assert found.p_value == pytest.approx(1.0)
    assert found.adjusted.standardised_now.estimate == pytest.approx(0.6 * 0.1 + 0.4 * 0.3)


def test_strata_of_one_month_are_said_and_the_parts_still_sum_to_the_crude_change() -> None:
    found = mix_adjusted_change([5, 9, 40], [100, 50, 80], [12, 30, 0], [150, 60, 0])
    parts = found.adjusted
    assert parts is not None and parts.n_strata == 2
    assert (found.n_unmatched_before, found.n_unmatched_now) == (80, 0)
    total = parts.rate.estimate + parts.mix.estimate + parts.entered + parts.left
    assert total == pytest.approx(found.crude.difference.estimate)
    assert parts.entered == 0.0
    assert parts.left == pytest.approx(14 / 150 - 54 / 230)


def test_one_stratum_is_the_plain_comparison() -> None:
    found = mix_adjusted_change([48], [80], [56], [70])
    plain = newcombe_difference(48, 80, 56, 70)
    assert found.adjusted is not None
    rate = found.adjusted.rate
    assert (rate.estimate, rate.low, rate.high) == pytest.approx((plain.estimate, plain.low, plain.high))
    few = mix_adjusted_change([1], [40], [6], [45])
    assert few.p_value == pytest.approx(stats.fisher_exact([[1, 39], [6, 39]]).pvalue)


def test_few_cases_in_many_strata_are_tested_exactly() -> None:
    """Three pairs of one contact each, cases only now: the only table, 3 of 3, has chance 1/8, as has 0 of 3."""
    found = mix_adjusted_change([0, 0, 0], [1, 1, 1], [1, 1, 1], [1, 1, 1])
    assert found.p_value == pytest.approx(0.25)


def test_months_without_a_common_stratum_cannot_be_adjusted_and_raise_no_alarm() -> None:
    found = mix_adjusted_change([5, 0], [10, 0], [0, 5], [0, 10])
    assert found.adjusted is None
    assert found.p_value == 1.0
    assert (found.n_unmatched_before, found.n_unmatched_now) == (10, 10)


@pytest.mark.parametrize(
    ("k1", "n1", "k2", "n2"), [([0], [9], [0], [9]), ([9], [9], [9], [9]), ([0], [1], [1], [1])]
)
def test_edges_give_ordered_intervals(k1: list[int], n1: list[int], k2: list[int], n2: list[int]) -> None:
    found = mix_adjusted_change(k1, n1, k2, n2)
    assert found.adjusted is not None
    assert -1 <= found.adjusted.rate.low <= found.adjusted.rate.estimate <= found.adjusted.rate.high <= 1
    assert found.p_value == 1.0


def test_no_stratum_at_all_is_not_comparable() -> None:
    assert mix_adjusted_change([], [], [], []).adjusted is None


def test_under_no_change_within_strata_alarms_are_as_rare_as_stated_and_the_interval_holds_the_truth() -> (
    None
):
    rng = np.random.default_rng(0)
    rates = np.array([0.02, 0.05, 0.10, 0.20, 0.05, 0.02])
    n1, n2 = np.array([400, 200, 100, 50, 6, 2]), np.array([100, 200, 300, 90, 3, 5])
    alarms, missed = 0, 0
    for _ in range(100):
        found = mix_adjusted_change(rng.binomial(n1, rates), n1, rng.binomial(n2, rates), n2)
        assert found.adjusted is not None
        alarms += found.p_value < 0.05
        missed += not found.adjusted.rate.low <= 0 <= found.adjusted.rate.high
    assert alarms / 100 <= 0.1
    assert missed / 100 <= 0.1


def test_all_causes_are_compared_at_once_with_adjusted_p_values() -> None:
    before = MonthCounts(
        {"app": 500, "店": 500}, {"异响": {"app": 10, "店": 10}, "降价": {"店": 1}, "旧": {"app": 4}}
    )
    now = MonthCounts({"app": 400, "店": 600}, {"异响": {"app": 8, "店": 12}, "降价": {"app": 30, "店": 40}})
    found = {row.cause: row for row in compare_months(before, now)}
    assert list(found) == sorted(found) and set(found) == {"异响", "降价", "旧"}
    assert found["降价"].q_value < 1e-6
    assert found["异响"].q_value > 0.5
    assert found["旧"].change.crude.k2 == 0
    assert all(row.q_value >= row.change.p_value for row in found.values())
    adjusted = found["降价"].change.adjusted
    assert adjusted is not None and adjusted.ratio is not None
    assert 5 < adjusted.ratio.low < adjusted.ratio.estimate < math.inf


def test_a_birth_has_an_infinite_ratio_with_a_lower_limit_and_no_case_at_all_has_none() -> None:
    born = mix_adjusted_change([0, 0], [300, 200], [20, 10], [300, 200]).adjusted
    assert born is not None and born.ratio is not None
    assert born.ratio.estimate == math.inf and 1 < born.ratio.low < math.inf
    silent = mix_adjusted_change([0, 0], [300, 200], [0, 0], [300, 200]).adjusted
    assert silent is not None and silent.ratio is None


def test_an_empty_month_raises_no_alarm() -> None:
    rows = compare_months(MonthCounts({}, {}), MonthCounts({"a": 3}, {"x": {"a": 2}}))
    assert [(row.q_value, row.change.adjusted) for row in rows] == [(1.0, None)]
    assert compare_months(MonthCounts({}, {}), MonthCounts({}, {})) == ()


@pytest.mark.parametrize(
    "counts", [([3], [2], [1], [2]), ([-1], [2], [1], [2]), ([0.5], [2], [1], [2]), ([1, 1], [2], [1], [2])]
)
def test_impossible_counts_are_refused(counts: tuple[list[float], ...]) -> None:
    with pytest.raises(ValueError, match=r"between 0|whole|n_strata"):
        mix_adjusted_change(*counts)


def test_a_cause_in_an_unknown_stratum_is_refused() -> None:
    with pytest.raises(ValueError, match="without contacts"):
        compare_months(MonthCounts({"a": 1}, {"x": {"b": 1}}), MonthCounts({"a": 1}, {}))
