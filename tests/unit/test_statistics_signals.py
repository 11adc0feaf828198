import numpy as np
import pytest
from scipy import stats

from models.statistics.charts.phases import Phasing
from models.statistics.predictive import Past, dispersion, predictive_tails
from models.statistics.signals import AlarmSettings, judge_series

ONE = np.ones(1)


def past(events: float, exposure: float, points: float, spread: float = 1.0) -> Past:
    return Past(events * ONE, exposure * ONE, points * ONE, spread * ONE)


def test_shares_are_judged_at_least_as_carefully_as_by_fishers_exact_test() -> None:
    tails = predictive_tails(30 * ONE, 400 * ONE, past(150, 4000, 10), "binomial")
    exact = stats.fisher_exact([[30, 370], [150, 3850]], alternative="greater").pvalue
    assert tails.at_least[0] >= exact * (1 - 1e-9)


def test_first_events_are_never_surer_than_their_exact_probability() -> None:
    """All k events of K + k = k fall into the last n of N + n: (n / (N + n)) to the k."""
    few = predictive_tails(3 * ONE, 100 * ONE, past(0, 900, 9), "poisson")
    many = predictive_tails(30 * ONE, 100 * ONE, past(0, 900, 9), "poisson")
    assert 0.1**3 <= few.at_least[0] < 0.05
    assert 0.1**30 <= many.at_least[0] < 0.001
    assert few.at_most[0] == pytest.approx(1.0)


def test_more_dispersion_and_fewer_points_make_a_count_less_surprising() -> None:
    def rise(points: float, spread: float) -> float:
        return float(predictive_tails(90 * ONE, 100 * ONE, past(600, 1200, points, spread)).at_least[0])

    assert rise(12, 1.0) < rise(12, 2.0) < rise(12, 4.0)
    assert rise(40, 2.0) < rise(12, 2.0) < rise(6, 2.0)


def test_dispersion_is_pearsons_statistic_over_its_degrees_of_freedom() -> None:
    k, n = np.array([3.0, 9.0, 4.0, 12.0]), np.array([50.0, 80.0, 60.0, 90.0])
    expected = n * k.sum() / n.sum()
    plain = float(np.sum((k - expected) ** 2 / expected)) / 3
    found = dispersion(k.sum() * ONE, n.sum() * ONE, float(np.sum(k**2 / n)) * ONE, 4 * ONE, "poisson")
    assert found[0] == pytest.approx(max(1.0, plain))


def test_scores_bracket_the_step_of_the_distribution() -> None:
    low, high = predictive_tails(12 * ONE, 100 * ONE, past(100, 1000, 10)).scores
    assert low[0] < 1 and high[0] > 0 and low[0] <= high[0]


def test_a_doubling_alarms_at_once_and_says_so() -> None:
    judged = judge_series([100, 96, 104, 99, 101, 103, 97, 100, 100, 98, 102, 100, 200], [2000] * 13)
    last = judged[-1]
    assert last.alarm
    assert (last.direction, last.window) == ("rise", 1)
    assert last.expected == pytest.approx(100.0)
    assert not any(point.alarm for point in judged[:-1])


def test_a_fall_alarms_too() -> None:
    last = judge_series([100, 96, 104, 99, 101, 103, 97, 100, 100, 98, 102, 100, 40], [2000] * 13)[-1]
    assert (last.alarm, last.direction) == (True, "fall")


def test_a_small_rise_that_lasts_is_found_by_the_longer_window() -> None:
    counts = [100, 96, 104, 99, 101, 103, 97, 100, 100, 98, 102, 100] * 2 + [136, 136]
    judged = judge_series(counts, [2000] * 26)
    assert judged[-1].p_value < judged[-2].p_value
    assert judged[-1].window == 2


def test_later_points_change_no_earlier_judgement() -> None:
    rng = np.random.default_rng(2)
    counts, totals = rng.poisson(30, 24), np.full(24, 1000)
    longer = judge_series(counts, totals)
    assert judge_series(counts[:15], totals[:15]) == longer[:15]


def test_a_phase_knows_nothing_of_the_one_before() -> None:
    counts, totals = [20] * 10 + [60] * 10, [1000] * 20
    judged = judge_series(counts, totals, phasing=Phasing(starts=(0, 10)))
    assert not any(point.alarm for point in judged)
    assert judged[10].expected is None
    assert judged[10:] == judge_series(counts[10:], totals[10:])
    assert judge_series(counts, totals)[10].alarm


def test_an_excluded_point_is_judged_and_not_learnt_from() -> None:
    counts = [50] * 12 + [150] + [50]
    judged = judge_series(counts, [1000] * 14, phasing=Phasing(excluded=(12,)))
    assert judged[12].alarm
    assert judged[13].expected == pytest.approx(50.0)


def test_the_first_points_are_not_judged() -> None:
    judged = judge_series([5, 500, 5, 5, 5, 5, 5], [1000] * 7, settings=AlarmSettings(minimum_points=6))
    assert [point.p_value for point in judged[:6]] == [1.0] * 6
    assert [point.expected for point in judged[:6]] == [None] * 6
    assert judged[6].expected is not None


def test_empty_months_are_passed_over() -> None:
    judged = judge_series([50, 0] * 8, [1000, 0] * 8, settings=AlarmSettings(windows=(1,)))
    assert all(point.p_value == 1.0 and not point.alarm for point in judged[1::2])
    assert judged[14].expected == pytest.approx(50.0)


@pytest.mark.parametrize(
    ("counts", "totals"),
    [([], []), ([0], [0]), ([3], [10]), ([0] * 20, [100] * 20), ([7] * 20, [7] * 20), ([0] * 20, [0] * 20)],
)
def test_series_without_change_or_data_do_not_alarm(counts: list[int], totals: list[int]) -> None:
    judged = judge_series(counts, totals)
    assert len(judged) == len(counts)
    assert all(0 <= point.p_value <= 1 and not point.alarm and not point.patterns for point in judged)
    assert all(point.expected is None or point.expected >= 0 for point in judged)


@pytest.mark.parametrize(
    ("counts", "totals"), [([2], [1]), ([-1], [1]), ([1, 2], [3]), ([1], [float("nan")])]
)
def test_impossible_series_are_refused(counts: list[int], totals: list[float]) -> None:
    with pytest.raises(ValueError, match="count"):
        judge_series(counts, totals)


@pytest.mark.parametrize("wrong", [{"family_rate": 0.0}, {"horizon_points": 0}, {"windows": ()}])
def test_impossible_settings_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"alarm|windows"):
        AlarmSettings(**wrong)
