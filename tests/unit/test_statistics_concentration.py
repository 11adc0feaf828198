import numpy as np
import pytest

from models.statistics.concentration import concentration, gini, lorenz, top_share


def test_gini_by_hand() -> None:
    """1..5: Σ(2i-n-1)x = -4 -4 +0 +8 +20 = 20; 20 / (5·15) · 5/4 = 1/3."""
    assert gini([5, 3, 1, 2, 4]) == pytest.approx(1 / 3)


def test_gini_is_the_mean_difference_over_twice_the_mean() -> None:
    values = np.random.default_rng(1).integers(0, 50, size=40)
    differences = np.abs(values[:, None] - values[None, :]).sum() / (40 * 39)
    assert gini(values) == pytest.approx(differences / (2 * values.mean()))


def test_equal_units_have_no_concentration_and_one_with_all_has_it_full() -> None:
    assert gini([3, 3, 3]) == 0.0
    assert gini([0, 0, 7]) == pytest.approx(1.0)
    assert gini([7]) == 0.0


def test_the_top_fifth_by_hand_and_in_part() -> None:
    assert top_share([50, 30, 10, 6, 4]) == pytest.approx(0.5)
    # 20 % of 7 units are 1.4 units: 40 and 0.4 of 20, of 100
    assert top_share([40, 20, 10, 10, 10, 5, 5]) == pytest.approx(0.48)
    assert top_share([3, 3, 3]) == pytest.approx(0.2)


def test_the_lorenz_curve_runs_from_nothing_to_all() -> None:
    units, share = lorenz([3, 1])
    assert units.tolist() == [0.0, 0.5, 1.0]
    assert share == pytest.approx([0.0, 0.25, 1.0])


def test_few_complaints_over_many_stores_are_concentrated_by_luck_alone() -> None:
    """30 complaints over 100 equal stores: at most 30 stores have any, so the top fifth has most of them."""
    counts = np.bincount(np.random.default_rng(2).integers(0, 100, size=30), minlength=100)
    found = concentration(counts)
    assert found.top_share.estimate > 0.7
    assert found.top_share_by_chance == pytest.approx(found.top_share.estimate, abs=0.15)
    assert found.p_value > 0.05


def test_large_stores_have_more_complaints_without_being_worse() -> None:
    size = np.r_[np.full(10, 5000), np.full(40, 500)]
    counts = np.random.default_rng(3).binomial(size, 0.02)
    assert concentration(counts).p_value < 0.01
    assert concentration(counts, exposure=size).p_value > 0.05


def test_a_true_concentration_is_told_from_luck_with_an_interval() -> None:
    counts = np.r_[np.full(8, 60), np.full(32, 5)]
    found = concentration(counts)
    assert found.p_value < 0.01
    assert found.top_share.estimate == pytest.approx(0.75)
    assert found.top_share.low < 0.75 < found.top_share.high
    assert 0 < found.gini.low < found.gini.estimate < found.gini.high < 1


def test_the_order_of_units_does_not_matter() -> None:
    counts = [9, 1, 4, 4, 0, 2, 30]
    assert concentration(counts) == concentration(counts[::-1])


def test_the_interval_holds_the_populations_value_most_of_the_time() -> None:
    truth = gini(np.random.default_rng(0).poisson(np.random.default_rng(1).gamma(2, 5, 100_000)))
    held = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        found = concentration(rng.poisson(rng.gamma(2, 5, 60)), n_resamples=200, seed=seed).gini
        held += found.low <= truth <= found.high
    assert held / 60 >= 0.88


@pytest.mark.parametrize("counts", [[4], [4, 0], [1, 1, 1]])
def test_edges_give_ordered_intervals(counts: list[int]) -> None:
    found = concentration(counts)
    for interval in (found.top_share, found.gini):
        assert 0 <= interval.low <= interval.estimate <= interval.high <= 1
    assert 0 < found.p_value <= 1


@pytest.mark.parametrize(
    ("counts", "exposure", "says"),
    [
        ([], None, "at least one"),
        ([0, 0], None, "nothing was counted"),
        ([-1, 2], None, "negative"),
        ([0.5, 2], None, "whole"),
        ([1, 2], [0, 5], "without exposure"),
        ([1, 2], [5], "n_units"),
    ],
)
def test_what_cannot_be_measured_is_refused(
    counts: list[float], exposure: list[float] | None, says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        concentration(counts, exposure=exposure)
