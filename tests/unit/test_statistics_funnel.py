import numpy as np
import pytest
from scipy import stats

from models.statistics.funnel import FunnelPlace, funnel, funnel_limits


def test_the_limits_are_exact_quantiles_by_hand() -> None:
    """n = 4, share ½: chances 1, 4, 6, 4, 1 of 16. 4 of 4 has 6 %, so it lies within 95 % but not within 80 %."""
    assert funnel_limits([4], 0.5, 0.95)[0].tolist() == [0.0, 1.0]
    assert funnel_limits([4], 0.5, 0.8)[0].tolist() == [0.25, 0.75]


def test_limits_close_in_on_the_normal_ones_for_large_units() -> None:
    low, high = funnel_limits([100_000], 0.1, 0.998)[0]
    reach = stats.norm.isf(0.001) * np.sqrt(0.09 / 100_000)
    assert (low, high) == pytest.approx((0.1 - reach, 0.1 + reach), abs=2e-5)


def test_the_same_rate_is_within_for_a_small_store_and_far_above_for_a_large_one() -> None:
    found = funnel(["小", "大", "其余", "空"], [2, 200, 900, 0], [10, 1000, 18000, 0])
    places = {point.name: point.place for point in found.points}
    assert places["小"] is FunnelPlace.WITHIN
    assert places["大"] is FunnelPlace.FAR_ABOVE
    assert places["空"] is FunnelPlace.WITHIN and found.points[3].rate is None
    assert found.points[3].action == (0.0, 1.0)


def test_chance_alone_puts_one_in_twenty_beyond_the_warning_limits() -> None:
    n = np.random.default_rng(1).integers(100, 2000, size=2000)
    k = np.random.default_rng(2).binomial(n, 0.1)
    found = funnel([str(at) for at in range(2000)], k, n)
    outside = np.mean([point.place is not FunnelPlace.WITHIN for point in found.points])
    assert found.overdispersion == 1.0
    assert 0.025 < outside <= 0.055


def test_stores_that_all_differ_widen_the_limits() -> None:
    rng = np.random.default_rng(3)
    n = np.full(200, 1000)
    k = rng.binomial(n, rng.beta(20, 180, size=200))
    found = funnel([str(at) for at in range(200)], k, n)
    assert found.overdispersion > 2
    assert np.mean([point.place is not FunnelPlace.WITHIN for point in found.points]) < 0.12


def test_no_complaint_anywhere_puts_everyone_within() -> None:
    found = funnel(["a", "b"], [0, 0], [5, 9])
    assert [point.place for point in found.points] == [FunnelPlace.WITHIN] * 2


@pytest.mark.parametrize(
    ("k", "n", "target", "says"),
    [
        ([3], [2], None, "between 0"),
        ([0], [0], None, "no unit"),
        ([1], [2], 1.5, "share"),
        ([1, 2], [3], None, "length"),
    ],
)
def test_what_cannot_be_placed_is_refused(
    k: list[int], n: list[int], target: float | None, says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        funnel(["a"], k, n, target=target)
