import numpy as np
import pytest

from models.statistics.change_points import find_change_points, phase_starts, split_ratios


def test_a_step_is_found_where_it_is() -> None:
    found = find_change_points([50, 52, 49, 51, 48, 50, 80, 82, 79, 81, 78, 83], [1000] * 12)
    assert [point.index for point in found] == [6]
    assert found[0].before == pytest.approx(0.05)
    assert found[0].after == pytest.approx(0.0805)
    assert found[0].p_value <= 0.05


def test_a_step_up_and_down_again_is_two_changes() -> None:
    counts = [50, 48, 52, 51, 49, 50, 50, 52, 90, 92, 88, 91, 90, 89, 90, 93, 51, 49, 50, 52, 48, 50, 51, 49]
    found = find_change_points(counts, [1000] * 24)
    assert [point.index for point in found] == [8, 16]
    assert phase_starts(found) == (0, 8, 16)


def test_more_contacts_are_no_change_of_the_rate() -> None:
    assert find_change_points([10, 12, 9, 11, 10, 20, 22, 19, 21, 20], [200] * 5 + [400] * 5) == ()


def test_wild_series_need_more_than_calm_ones() -> None:
    calm = [50, 52, 48, 51, 49, 50, 62, 60, 63, 61, 59, 62]
    wild = [20, 90, 30, 70, 15, 75, 32, 100, 42, 82, 27, 90]
    assert find_change_points(calm, [1000] * 12)
    assert find_change_points(wild, [1000] * 12) == ()


def test_points_without_exposure_are_passed_over() -> None:
    counts = [50, 52, 0, 49, 51, 48, 50, 80, 82, 0, 79, 81, 78, 83]
    totals = [1000, 1000, 0, 1000, 1000, 1000, 1000, 1000, 1000, 0, 1000, 1000, 1000, 1000]
    assert [point.index for point in find_change_points(counts, totals)] == [7]


@pytest.mark.parametrize("counts", [[], [5], [1, 9, 1, 9, 9], [0] * 20, [7] * 20])
def test_short_empty_and_constant_series_have_none(counts: list[int]) -> None:
    assert find_change_points(counts, [100] * len(counts)) == ()


def test_the_same_seed_gives_the_same_answer() -> None:
    counts = np.random.default_rng(4).poisson(np.repeat([20, 30], 10))
    assert find_change_points(counts, [500] * 20, seed=9) == find_change_points(counts, [500] * 20, seed=9)


def test_the_ratio_is_the_poisson_deviance_saved_by_a_split() -> None:
    k, n = np.array([3.0, 5.0, 9.0, 11.0]), np.array([10.0, 10.0, 10.0, 20.0])

    def deviance(part: slice) -> float:
        mean = n[part] * k[part].sum() / n[part].sum()
        return 2 * float(np.sum(k[part] * np.log(k[part] / mean)))

    saved = deviance(slice(0, 4)) - deviance(slice(0, 2)) - deviance(slice(2, 4))
    assert split_ratios(k, n, 1)[2] == pytest.approx(saved)


@pytest.mark.parametrize(("counts", "totals"), [([1], [0]), ([-1], [1]), ([1, 2], [1])])
def test_impossible_counts_are_refused(counts: list[int], totals: list[int]) -> None:
    with pytest.raises(ValueError, match="count"):
        find_change_points(counts, totals)
