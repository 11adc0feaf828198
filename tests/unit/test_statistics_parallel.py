import numpy as np
import pytest

from models.statistics.parallel import TrendVerdict, pre_trend, pre_trend_of_differences


def test_the_slope_by_hand() -> None:
    """Differences 0, 1, 2 with errors 1: slope 1, its error 1/sqrt(2), Q = 2 on 2 degrees of freedom, p = e⁻¹."""
    found = pre_trend_of_differences([0.0, 1.0, 2.0], [1.0, 1.0, 1.0])
    assert found.slope is not None
    assert found.slope.estimate == pytest.approx(1.0)
    assert found.slope.high - 1.0 == pytest.approx(1.959964 / np.sqrt(2))
    assert found.p_value == pytest.approx(np.exp(-1))
    assert found.verdict is TrendVerdict.NO_DIFFERENCE_SEEN


def test_groups_that_part_before_the_action_are_found() -> None:
    n = np.full(6, 1000)
    found = pre_trend([100, 120, 140, 160, 180, 200], n, [100] * 6, n)
    assert found.verdict is TrendVerdict.DIFFERENT
    assert found.slope is not None and found.slope.low > 0.01


def test_groups_that_move_together_pass_as_often_as_stated() -> None:
    rng, passed = np.random.default_rng(1), 0
    for _ in range(300):
        shares = rng.uniform(0.1, 0.3, size=6)
        n = rng.integers(100, 400, size=(2, 6))
        found = pre_trend(rng.binomial(n[0], shares), n[0], rng.binomial(n[1], shares), n[1])
        passed += found.verdict is TrendVerdict.NO_DIFFERENCE_SEEN
    assert passed / 300 >= 0.92


def test_empty_periods_are_left_out_and_keep_their_place_in_time() -> None:
    whole = pre_trend([10, 20, 30, 40], [100] * 4, [10] * 4, [100] * 4)
    gap = pre_trend([10, 0, 30, 40], [100, 0, 100, 100], [10] * 4, [100] * 4)
    assert gap.n_periods == 3
    assert gap.slope is not None and whole.slope is not None
    assert gap.slope.estimate == pytest.approx(whole.slope.estimate, abs=0.002)


@pytest.mark.parametrize("n_periods", [0, 1, 2])
def test_too_few_periods_are_said(n_periods: int) -> None:
    n = [50] * n_periods
    assert pre_trend([5] * n_periods, n, [5] * n_periods, n).verdict is TrendVerdict.TOO_FEW


def test_nothing_counted_passes_without_a_wrong_certainty() -> None:
    found = pre_trend([0, 0, 0], [50] * 3, [0, 0, 0], [50] * 3)
    assert found.verdict is TrendVerdict.NO_DIFFERENCE_SEEN
    assert found.slope is not None and found.slope.low < 0 < found.slope.high


def test_impossible_periods_are_refused() -> None:
    with pytest.raises(ValueError, match="between 0"):
        pre_trend([5], [4], [1], [4])
    with pytest.raises(ValueError, match="periods"):
        pre_trend([5, 1], [9], [1], [4])
    with pytest.raises(ValueError, match="positive"):
        pre_trend_of_differences([1.0, 2.0], [1.0, 0.0])
