"""Rules: Nelson 1984, J. Quality Technology 16, 237-239; Western Electric 1956."""

from itertools import permutations

import numpy as np
import pytest

from models.statistics.charts.rules import NELSON, RULES, WESTERN_ELECTRIC, find_patterns


def ends(z: list[float], code: str) -> list[int]:
    scores = np.array(z)
    return [i for i, codes in enumerate(find_patterns(scores, scores, [RULES[code]])) if codes]


@pytest.mark.parametrize(
    ("code", "z", "found"),
    [
        ("n1", [0, 3.1, -3.1, 2.9, 3.0], [1, 2]),
        ("n2", [0.1] * 10 + [-0.1], [8, 9]),
        ("n2", [0.1] * 8 + [-0.1], []),
        ("n3", [-2, -1, 0, 0.5, 1, 2, 1], [5]),
        ("n3", [2, 1, 0.5, 0, -1, -2], [5]),
        ("n3", [0, 1, 1, 2, 2.5, 2.7], []),
        ("n4", [0.5, -0.5] * 7, [13]),
        ("n4", [-0.5, 0.5] * 7 + [0.6], [13]),
        ("n5", [2.1, 0, 2.2], [2]),
        ("n5", [2.1, 0, -2.2], []),
        ("n5", [2.1, 2.2, 0], [1]),
        ("n6", [1.1, 1.2, 0, 1.3, 1.4], [4]),
        ("n6", [-1.1, -1.2, 0, -1.3, 1.4], []),
        ("n7", [0.9, -0.9] * 8, [14, 15]),
        ("n8", [1.1, -1.1] * 4, [7]),
        ("we4", [-0.1] * 8, [7]),
        ("we2", [-2.1, -2.1], [1]),
    ],
)
def test_patterns_end_where_nelson_draws_them(code: str, z: list[float], found: list[int]) -> None:
    assert ends(z, code) == found


@pytest.mark.parametrize(
    ("code", "rate"),
    [
        ("we1", 0.0026998),
        ("we2", 2 * 0.0227501 * (1 - 0.9772499**2)),
        ("we4", 2 / 2**8),
        ("n2", 2 / 2**9),
        ("n3", 2 / 720),
        ("n4", 2 * 199360981 / 87178291200),
        ("n7", 0.6826895**15),
        ("n8", 0.3173105**8),
    ],
)
def test_stated_rates_are_the_exact_ones(code: str, rate: float) -> None:
    assert RULES[code].rate == pytest.approx(rate, rel=1e-4)


def test_orders_of_six_confirm_the_rate_of_a_trend() -> None:
    found = sum(bool(ends(list(order), "n3")) for order in permutations(range(6)))
    assert found / 720 == pytest.approx(RULES["n3"].rate)


def test_rules_fire_as_often_as_stated_on_normal_points() -> None:
    z = np.random.default_rng(3).standard_normal(60_000)
    codes = [code for found in find_patterns(z, z, WESTERN_ELECTRIC + NELSON) for code in found]
    for rule in WESTERN_ELECTRIC + NELSON:
        # Runs overlap, so a count varies more than a Poisson one: by up to its mean run of repeats.
        spread = 4 * (rule.rate * len(z) * 3) ** 0.5
        assert codes.count(rule.code) == pytest.approx(rule.rate * len(z), abs=spread), rule.code


def test_intervals_fire_no_rule_that_some_score_inside_them_would_not() -> None:
    rng = np.random.default_rng(5)
    low = rng.standard_normal(3000) * 2
    high = low + rng.exponential(0.3, 3000)
    sure = find_patterns(low, high, NELSON)
    for share in (0.0, 0.3, 1.0):
        z = low + share * (high - low)
        some = find_patterns(z, z, NELSON)
        assert all(set(a) <= set(b) for a, b in zip(sure, some, strict=True))


def test_wide_intervals_say_nothing() -> None:
    wide = np.full(30, np.inf)
    assert not any(find_patterns(-wide, wide, NELSON))


@pytest.mark.parametrize(("low", "high"), [([1.0], [0.0]), ([np.nan], [1.0]), ([0.0, 1.0], [1.0])])
def test_impossible_scores_are_refused(low: list[float], high: list[float]) -> None:
    with pytest.raises(ValueError, match="scores"):
        find_patterns(np.array(low), np.array(high), NELSON)
