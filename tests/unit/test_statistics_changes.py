"""Worked values: Newcombe 1998, Statistics in Medicine 17, 873-890, table II, method 10."""

import math

import pytest
from scipy import stats

from models.statistics.changes import benjamini_hochberg, log_ratio, newcombe_difference, rate_change


@pytest.mark.parametrize(
    ("a", "m", "b", "n", "low", "high"),
    [
        (56, 70, 48, 80, 0.0524, 0.3339),
        (9, 10, 3, 10, 0.1705, 0.8090),
        (5, 56, 0, 29, -0.0381, 0.1926),
        (0, 10, 0, 20, -0.1611, 0.2775),
        (10, 10, 0, 10, 0.6075, 1.0),
    ],
)
def test_the_difference_has_the_limits_of_newcombes_table(
    a: int, m: int, b: int, n: int, low: float, high: float
) -> None:
    found = newcombe_difference(b, n, a, m)
    assert found.estimate == pytest.approx(a / m - b / n)
    assert found.low == pytest.approx(low, abs=6e-5)
    assert found.high == pytest.approx(high, abs=6e-5)


def test_the_ratio_is_scipys_katz_interval_where_no_count_is_zero() -> None:
    found = log_ratio(30, 400, 60, 500)
    peer = stats.contingency.relative_risk(60, 500, 30, 400).confidence_interval(0.95)
    assert found.estimate == pytest.approx(1.6)
    assert (found.low, found.high) == pytest.approx((peer.low, peer.high))


@pytest.mark.parametrize(
    ("k1", "n1", "k2", "n2"),
    [(0, 0, 0, 0), (0, 0, 3, 10), (3, 10, 0, 0), (0, 9, 0, 9), (9, 9, 9, 9), (0, 9, 9, 9)],
)
def test_edges_give_ordered_intervals_and_no_exception(k1: int, n1: int, k2: int, n2: int) -> None:
    found = rate_change(k1, n1, k2, n2)
    assert -1 <= found.difference.low <= found.difference.high <= 1
    assert 0 <= found.ratio.low <= found.ratio.high
    assert 0 <= found.p_value <= 1


def test_a_birth_has_an_infinite_ratio_with_a_finite_lower_limit() -> None:
    found = log_ratio(0, 500, 40, 500)
    assert found.estimate == math.inf
    assert 1 < found.low < math.inf


def test_no_change_is_not_significant_and_a_doubling_of_many_is() -> None:
    assert rate_change(50, 1000, 50, 1000).p_value == pytest.approx(1.0)
    assert rate_change(50, 1000, 100, 1000).p_value < 0.001
    assert rate_change(50, 1000, 100, 1000).difference.low > 0


def test_few_cases_are_tested_exactly() -> None:
    assert rate_change(1, 10, 5, 10).p_value == pytest.approx(stats.fisher_exact([[1, 9], [5, 5]]).pvalue)


def test_swapping_the_periods_turns_the_change_around() -> None:
    there, back = rate_change(12, 300, 30, 280), rate_change(30, 280, 12, 300)
    assert there.difference.low == pytest.approx(-back.difference.high)
    assert there.ratio.low == pytest.approx(1 / back.ratio.high)
    assert there.p_value == pytest.approx(back.p_value)


def test_benjamini_hochberg_finds_the_four_of_the_1995_paper() -> None:
    """Benjamini and Hochberg 1995, section 4.1: 15 p-values, 4 rejected at q = 0.05."""
    p = [
        0.0001,
        0.0004,
        0.0019,
        0.0095,
        0.0201,
        0.0278,
        0.0298,
        0.0344,
        0.0459,
        0.3240,
        0.4262,
        0.5719,
        0.6528,
        0.7590,
        1.0,
    ]
    adjusted = benjamini_hochberg(p)
    assert [bool(x) for x in adjusted <= 0.05] == [True] * 4 + [False] * 11
    assert adjusted[3] == pytest.approx(0.0095 * 15 / 4)


def test_benjamini_hochberg_of_nothing_is_nothing() -> None:
    assert len(benjamini_hochberg([])) == 0
