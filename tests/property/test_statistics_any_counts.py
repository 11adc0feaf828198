"""What holds of the statistics for any input: parts sum up, order does not matter, intervals are ordered."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.statistics.concentration import concentration, gini
from models.statistics.dominance import dominance
from models.statistics.effect import ArmCounts, effect_on_rates
from models.statistics.funnel import FunnelPlace, funnel
from models.statistics.mix import mix_adjusted_change
from models.statistics.parallel import pre_trend

pair = st.integers(0, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
strata = st.lists(st.tuples(pair, pair), min_size=1, max_size=6)


@settings(max_examples=25, deadline=None)
@given(strata)
def test_the_parts_of_a_change_sum_to_it_and_the_order_of_strata_does_not_matter(
    rows: list[tuple[tuple[int, int], tuple[int, int]]],
) -> None:
    def change(of: list[tuple[tuple[int, int], tuple[int, int]]]):  # type: ignore[no-untyped-def]
        return mix_adjusted_change(*([row[m][c] for row in of] for m in (0, 1) for c in (0, 1)))

    found, turned = change(rows), change(rows[::-1])
    assert 0 <= found.p_value <= 1
    assert turned.p_value == pytest.approx(found.p_value)
    if found.adjusted is None:
        return
    parts = found.adjusted
    total = parts.rate.estimate + parts.mix.estimate + parts.entered + parts.left
    assert total == pytest.approx(found.crude.difference.estimate)
    for interval in (parts.rate, parts.mix, parts.standardised_before, parts.standardised_now):
        assert -1 <= interval.low <= interval.estimate <= interval.high <= 1


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 6), st.integers(0, 10_000))
def test_parts_of_r2_are_not_negative_sum_up_and_follow_their_columns(p: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    table = rng.normal(size=(30, p + 1)) @ rng.normal(size=(p + 1, p + 1))
    gram = np.cov(table.T)
    found = dominance(gram)
    order = np.r_[rng.permutation(p), p]
    turned = dominance(gram[np.ix_(order, order)])
    assert (found.parts > -1e-9).all()
    assert found.parts.sum() == pytest.approx(found.r2)
    assert turned.parts == pytest.approx(found.parts[order[:-1]], abs=1e-7)
    assert found.shares.sum() == pytest.approx(1.0)


@settings(max_examples=25, deadline=None)
@given(pair, pair, pair, pair)
def test_an_effect_turns_its_sign_when_the_groups_change_places(
    a: tuple[int, int], b: tuple[int, int], c: tuple[int, int], d: tuple[int, int]
) -> None:
    treated, control = ArmCounts(*a, *b), ArmCounts(*c, *d)
    if 0 in (a[1], b[1], c[1], d[1]):
        with pytest.raises(ValueError, match="no contacts"):
            effect_on_rates(treated, control)
        return
    one, other = effect_on_rates(treated, control), effect_on_rates(control, treated)
    assert one.effect.estimate == pytest.approx(-other.effect.estimate)
    assert one.effect.low == pytest.approx(-other.effect.high)
    assert one.p_value == pytest.approx(other.p_value, abs=1e-6)
    assert one.effect.low <= one.effect.estimate <= one.effect.high
    assert one.minimum_detectable > 0


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=1, max_size=30))
def test_concentration_lies_between_equal_and_all_and_doubling_counts_leaves_it(counts: list[int]) -> None:
    if sum(counts) == 0:
        with pytest.raises(ValueError, match="nothing was counted"):
            concentration(counts, n_resamples=50)
        return
    found = concentration(counts, n_resamples=50)
    assert 0.2 - 1e-9 <= found.top_share.estimate <= 1 + 1e-9
    assert 0 <= found.gini.low <= found.gini.estimate <= found.gini.high <= 1 + 1e-9
    assert gini([2 * count for count in counts]) == pytest.approx(found.gini.estimate)


@settings(max_examples=25, deadline=None)
@given(st.lists(pair, min_size=1, max_size=12))
def test_funnel_limits_hold_the_target_and_action_lies_outside_warning(rows: list[tuple[int, int]]) -> None:
    k, n = [row[0] for row in rows], [row[1] for row in rows]
    if sum(n) == 0:
        return
    found = funnel([str(at) for at in range(len(rows))], k, n)
    for point in found.points:
        assert point.action[0] <= point.warning[0] <= found.target + 1e-9
        assert found.target - 1e-9 <= point.warning[1] <= point.action[1]
        assert point.rate is not None or point.place is FunnelPlace.WITHIN


@settings(max_examples=25, deadline=None)
@given(strata)
def test_a_trend_has_an_ordered_slope_whatever_the_counts(
    rows: list[tuple[tuple[int, int], tuple[int, int]]],
) -> None:
    found = pre_trend(*([row[m][c] for row in rows] for m in (0, 1) for c in (0, 1)))
    assert 0 <= found.p_value <= 1
    assert (found.slope is None) == (found.n_periods < 2)
    if found.slope is not None:
        assert found.slope.low < found.slope.estimate < found.slope.high
