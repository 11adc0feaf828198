"""Worked values: Card and Krueger 1994, table 3, from the printed means; the rest by hand."""

import numpy as np
import pytest
from scipy import stats

from models.statistics.changes import newcombe_difference, rate_change
from models.statistics.effect import (
    ArmCounts,
    EffectMethod,
    effect_by_unit,
    effect_on_rates,
    effect_on_scores,
)


def test_the_effect_is_that_of_card_and_krueger() -> None:
    """New Jersey 20.44 to 21.03, Pennsylvania 23.33 to 21.17 full-time equivalents per store: 2.76 by table 3."""
    treated, before = np.repeat([1, 1, 0, 0], 2), np.array([20.44, 21.03, 23.33, 21.17])
    spread = np.tile([-1.0, 1.0], 4)
    found = effect_on_scores(np.repeat(before, 2) + spread, treated, np.tile([0, 0, 1, 1], 2))
    assert found.effect.estimate == pytest.approx(2.76, abs=0.015)
    # each of the four means has variance 2 / 2 = 1, so the error is 2 with 4 degrees of freedom
    assert found.effect.high - found.effect.estimate == pytest.approx(2 * stats.t.ppf(0.975, 4))
    assert found.method is EffectMethod.WELCH


def test_rates_by_hand() -> None:
    found = effect_on_rates(ArmCounts(60, 400, 30, 400), ArmCounts(45, 300, 42, 300))
    a, b = newcombe_difference(60, 400, 30, 400), newcombe_difference(45, 300, 42, 300)
    assert found.effect.estimate == pytest.approx(-0.075 + 0.01)
    assert found.effect.low == pytest.approx(-0.065 - np.hypot(a.estimate - a.low, b.high - b.estimate))
    assert found.effect.high == pytest.approx(-0.065 + np.hypot(a.high - a.estimate, b.estimate - b.low))
    assert found.relative is not None
    assert found.relative.estimate == pytest.approx((30 / 60) / (42 / 45))
    error = np.sqrt(1 / 30 + 1 / 60 - 2 / 400 + 1 / 42 + 1 / 45 - 2 / 300)
    assert found.relative.high / found.relative.estimate == pytest.approx(np.exp(1.959964 * error))


def test_a_control_of_millions_without_change_leaves_the_plain_comparison() -> None:
    found = effect_on_rates(ArmCounts(50, 500, 25, 500), ArmCounts(10**8, 10**9, 10**8, 10**9))
    plain = rate_change(50, 500, 25, 500)
    assert found.effect.low == pytest.approx(plain.difference.low, abs=1e-4)
    assert found.effect.high == pytest.approx(plain.difference.high, abs=1e-4)
    assert found.p_value == pytest.approx(plain.p_value, abs=0.002)


@pytest.mark.parametrize("k_after", [20, 30, 38, 42, 60, 95])
def test_the_p_value_and_the_interval_agree(k_after: int) -> None:
    found = effect_on_rates(ArmCounts(60, 400, k_after, 400), ArmCounts(50, 400, 50, 400))
    assert found.significant == (found.p_value < 0.05)


def test_both_groups_falling_alike_is_no_effect() -> None:
    found = effect_on_rates(ArmCounts(100, 500, 50, 500), ArmCounts(100, 500, 50, 500))
    assert found.effect.estimate == 0 and found.p_value == 1.0 and not found.significant
    assert found.treated_change.high < 0


def test_changes_that_differ_by_rounding_alone_are_no_effect() -> None:
    """3/10 - 1/10 is not 2/10 in floating point."""
    found = effect_on_rates(ArmCounts(1, 10, 3, 10), ArmCounts(0, 10, 2, 10))
    assert found.effect.estimate != 0 and found.p_value == 1.0


def test_the_minimum_detectable_effect_is_found_as_often_as_its_power_says() -> None:
    """Bloom 1995, Evaluation Review 19, 547-556: 1.96 + 0.84 = 2.80 standard errors."""
    found = effect_on_rates(ArmCounts(60, 400, 60, 400), ArmCounts(60, 400, 60, 400))
    error = (found.effect.high - found.effect.low) / (2 * stats.norm.ppf(0.975))
    assert found.minimum_detectable == pytest.approx(2.8016 * error, rel=1e-4)
    rng = np.random.default_rng(0)
    seen = []
    for _ in range(100):
        k = rng.binomial(400, [0.15, 0.15 + found.minimum_detectable, 0.15, 0.15])
        seen.append(
            effect_on_rates(ArmCounts(k[0], 400, k[1], 400), ArmCounts(k[2], 400, k[3], 400)).significant
        )
    assert np.mean(seen) == pytest.approx(0.8, abs=0.1)


def test_stores_of_one_contact_each_period_give_the_paired_t_test() -> None:
    """With equal sizes the jackknife is the variance of the stores' own changes, over the number of stores."""
    rng = np.random.default_rng(1)
    before, after = rng.normal(size=24), rng.normal(size=24)
    treated, one = np.arange(24) < 10, np.ones(24)
    found = effect_by_unit(treated, before, one, after, one)
    change = after - before
    peer = stats.ttest_ind(change[treated], change[~treated], equal_var=False)
    interval = peer.confidence_interval()
    assert found.p_value == pytest.approx(peer.pvalue)
    assert (found.effect.low, found.effect.high) == pytest.approx((interval.low, interval.high))


def test_rows_with_their_stores_give_the_same_as_sums_by_store() -> None:
    rng = np.random.default_rng(2)
    stores, after, scores = (
        rng.integers(0, 12, size=300),
        rng.random(300) < 0.5,
        rng.integers(-2, 3, size=300),
    )
    sums = [np.bincount(stores, w * m, minlength=12) for m in (~after, after) for w in (scores, np.ones(300))]
    by_rows = effect_on_scores(scores, stores < 6, after, units=stores)
    assert by_rows == effect_by_unit(np.arange(12) < 6, *sums)
    assert by_rows.method is EffectMethod.UNITS and not by_rows.few_units


def test_stores_with_their_own_shocks_alarm_at_the_stated_rate_and_blind_contacts_do_not() -> None:
    rng = np.random.default_rng(3)
    by_unit, blind = 0, 0
    treated = np.arange(20) < 10
    for _ in range(200):
        rate_before = np.clip(rng.normal(0.2, 0.06, 20), 0.01, 0.9)
        rate_after = np.clip(rng.normal(0.2, 0.06, 20), 0.01, 0.9)
        n = rng.integers(100, 300, 20)
        k_before, k_after = rng.binomial(n, rate_before), rng.binomial(n, rate_after)
        by_unit += effect_by_unit(treated, k_before, n, k_after, n).significant
        arms = [
            ArmCounts(int(k_before[arm].sum()), int(n[arm].sum()), int(k_after[arm].sum()), int(n[arm].sum()))
            for arm in (treated, ~treated)
        ]
        blind += abs(_simple_z(*arms)) > 1.96
    assert by_unit / 200 <= 0.085
    assert blind / 200 > 0.15


def _simple_z(treated: ArmCounts, control: ArmCounts) -> float:
    cells = [(a.k_before, a.n_before) for a in (treated, control)] + [
        (a.k_after, a.n_after) for a in (treated, control)
    ]
    shares = [k / n for k, n in cells]
    error = np.sqrt(sum(p * (1 - p) / n for p, (_, n) in zip(shares, cells, strict=True)))
    return float((shares[2] - shares[0] - shares[3] + shares[1]) / error)


def test_few_stores_are_said() -> None:
    found = effect_by_unit([1, 1, 1, 0, 0, 0], [5, 6, 7, 5, 6, 9], [50] * 6, [2, 4, 3, 6, 6, 8], [50] * 6)
    assert found.few_units


@pytest.mark.parametrize("k", [0, 10])
def test_none_or_all_in_every_group_is_no_effect(k: int) -> None:
    found = effect_on_rates(ArmCounts(k, 10, k, 10), ArmCounts(k, 10, k, 10))
    assert found.p_value == 1.0
    assert found.effect.low < 0 < found.effect.high and found.minimum_detectable > 0


def test_impossible_input_is_refused_with_what_to_do() -> None:
    good = ArmCounts(1, 10, 1, 10)
    with pytest.raises(ValueError, match="no contacts"):
        effect_on_rates(ArmCounts(0, 0, 1, 10), good)
    with pytest.raises(ValueError, match="between 0"):
        effect_on_rates(ArmCounts(11, 10, 1, 10), good)
    with pytest.raises(ValueError, match="power"):
        effect_on_rates(good, good, power=1.0)
    with pytest.raises(ValueError, match="fewer than 2 contacts"):
        effect_on_scores([], [], [])
    with pytest.raises(ValueError, match="nothing varies"):
        effect_on_scores(np.ones(8), np.arange(8) % 2, np.arange(8) // 4)
    with pytest.raises(ValueError, match="both groups"):
        effect_on_scores(np.arange(8), np.arange(8) % 2, np.arange(8) // 4, units=["甲"] * 8)
    with pytest.raises(ValueError, match="finite"):
        effect_on_scores([np.nan] * 8, np.arange(8) % 2, np.arange(8) // 4)
    with pytest.raises(ValueError, match="has 1 units"):
        effect_by_unit([1, 0, 0], [1, 2, 3], [9, 9, 9], [1, 2, 3], [9, 9, 9])
    with pytest.raises(ValueError, match="rests on one unit"):
        effect_by_unit([1, 1, 0, 0], [1, 0, 1, 2], [9, 0, 9, 9], [1, 2, 3, 3], [9, 9, 9, 9])
