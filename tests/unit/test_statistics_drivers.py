import numpy as np
import pytest

from models.statistics.drivers import Quadrant, drivers_by_segment, find_drivers, quadrants, rows_needed
from models.statistics.intervals import Interval
from models.statistics.regression import fit_linear
from models.statistics.screening import DropReason, screen_drivers


def simulated(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    presence = (rng.random((n, 3)) < [0.4, 0.1, 0.3]).astype(float)
    return presence, presence @ [-1.0, -0.6, 0.0] + rng.normal(0, 1 + presence[:, 0])


def test_the_strong_frequent_topic_leads_and_a_topic_without_effect_is_unclear() -> None:
    presence, scores = simulated(2000, 1)
    found = find_drivers(presence, scores, ["维修", "等待", "前台"], n_bootstrap=100)
    assert [driver.name for driver in found.drivers][:2] == ["维修", "等待"]
    first = found.drivers[0]
    assert first.quadrant is Quadrant.FIX_FIRST
    assert found.drivers[2].quadrant is Quadrant.UNCLEAR
    assert first.contribution.estimate == pytest.approx(first.effect.estimate * presence[:, 0].mean())
    assert sum(driver.importance.estimate for driver in found.drivers) == pytest.approx(1.0)
    assert all(d.importance.low <= d.importance.estimate <= d.importance.high for d in found.drivers)
    assert found.exact and found.enough and not found.clustered


def test_known_coefficients_lie_in_their_intervals_as_often_as_stated() -> None:
    """300 seeds × 3 coefficients; the longer run with more designs is ``benchmarks/statistics_drivers.py``."""
    truth, inside = (-1.0, -0.6, 0.0), []
    for seed in range(300):
        fit = fit_linear(*simulated(200, 100 + seed))
        intervals = [fit.coefficient(index) for index in range(3)]
        inside += [found.low <= value <= found.high for found, value in zip(intervals, truth, strict=True)]
    assert 0.93 <= np.mean(inside) <= 0.98


def test_contacts_of_one_customer_count_as_one_voice() -> None:
    presence, scores = simulated(200, 3)
    copies, customers = 20, np.repeat(np.arange(200), 20)
    repeated, again = np.repeat(presence, copies, axis=0), np.repeat(scores, copies)
    once = find_drivers(presence, scores, ["a", "b", "c"], n_bootstrap=100)
    many = find_drivers(repeated, again, ["a", "b", "c"], groups=customers, n_bootstrap=100)
    blind = find_drivers(repeated, again, ["a", "b", "c"], n_bootstrap=100)
    width = {report: _width(report.drivers[0].effect) for report in (once, many, blind)}
    assert width[many] == pytest.approx(width[once], rel=0.03)
    assert width[blind] < 0.4 * width[once]
    assert _width(many.drivers[0].importance) == pytest.approx(_width(once.drivers[0].importance), rel=0.4)
    assert many.clustered


def test_noise_does_not_make_drivers_important() -> None:
    """Of two drivers one explains all: plain LMG gives the other a part on average, the corrected one hardly any."""
    plain, corrected = [], []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        presence = (rng.random((120, 6)) < 0.4).astype(float)
        scores = -1.0 * presence[:, 0] + rng.normal(size=120)
        found = find_drivers(presence, scores, list("abcdef"), n_bootstrap=100)
        first = next(driver for driver in found.drivers if driver.name == "a")
        plain.append(first.plain_importance)
        corrected.append(first.importance.estimate)
        assert found.r2.estimate < found.plain_r2
    assert np.mean(plain) < 0.86
    assert np.mean(corrected) > np.mean(plain) + 0.03


def _width(interval: Interval) -> float:
    return interval.high - interval.low


def test_the_same_seed_gives_the_same_report() -> None:
    presence, scores = simulated(150, 4)
    names = ["a", "b", "c"]
    assert find_drivers(presence, scores, names, seed=7) == find_drivers(presence, scores, names, seed=7)


def test_constant_rare_and_copied_topics_are_dropped_aloud() -> None:
    presence, scores = simulated(400, 5)
    rare = np.zeros((400, 1))
    rare[:4] = 1
    table = np.column_stack([presence, np.ones(400), rare, presence[:, 0], 1 - presence[:, 2]])
    found = find_drivers(table, scores, ["z", "b", "c", "全部", "少见", "a", "反面"], n_bootstrap=50)
    reasons = {item.name: (item.reason, item.beside) for item in found.dropped}
    assert reasons == {
        "全部": (DropReason.CONSTANT, None),
        "少见": (DropReason.RARE, None),
        "z": (DropReason.COLLINEAR, "a"),
        "c": (DropReason.COLLINEAR, "反面"),
    }
    assert {driver.name for driver in found.drivers} == {"a", "b", "反面"}


def test_presence_is_counted_in_customers_where_they_are_known() -> None:
    presence = np.r_[np.ones(30), np.zeros(60)][:, None]
    one_voice = np.r_[np.zeros(30), np.arange(1, 61)].astype(np.int64)
    kept, dropped = screen_drivers(presence, ["刷屏"], one_voice)
    assert kept == [] and dropped[0].n_present == 1
    assert screen_drivers(presence, ["刷屏"])[0] == [0]


def test_many_drivers_are_shared_out_by_sampled_orders_with_their_error() -> None:
    rng = np.random.default_rng(6)
    presence = (rng.random((500, 15)) < 0.3).astype(float)
    scores = presence @ np.r_[np.full(3, -1.0), np.zeros(12)] + rng.normal(size=500)
    found = find_drivers(
        presence, scores, [f"t{j:02}" for j in range(15)], n_bootstrap=50, n_permutations=100
    )
    assert not found.exact
    assert {driver.name for driver in found.drivers[:3]} == {"t00", "t01", "t02"}
    assert all(0 < driver.sampling_error < 0.02 for driver in found.drivers)


def test_a_small_segment_is_named_and_not_fitted() -> None:
    presence, scores = simulated(300, 8)
    segments = ["大"] * 260 + ["小"] * 40
    big, small = drivers_by_segment(presence, scores, ["a", "b", "c"], segments, n_bootstrap=50)
    assert big.report is not None and big.report.n == 260
    assert small.report is None and small.reason == "40 rows, 106 needed"
    few = np.arange(300) % 12
    by_customer = drivers_by_segment(presence, scores, ["a", "b", "c"], segments, groups=few, n_bootstrap=50)
    assert by_customer[0].reason == "12 customers, 30 needed"


def test_a_segment_whose_scores_are_all_equal_says_so() -> None:
    presence, scores = simulated(400, 9)
    scores[:200] = 1.0
    first, second = drivers_by_segment(
        presence, scores, ["a", "b", "c"], ["甲"] * 200 + ["乙"] * 200, n_bootstrap=50
    )
    assert {first.segment: first.report is None, second.segment: second.report is None} == {
        "乙": False,
        "甲": True,
    }
    assert "equal" in str(first.reason) + str(second.reason)


def test_rows_needed_follow_green() -> None:
    assert rows_needed(5) == 109
    assert rows_needed(20) == 210


def test_the_quadrants_split_each_sign_at_its_own_median() -> None:
    effects = {
        "a": Interval(-1.0, -1.2, -0.8),
        "b": Interval(-0.9, -1.8, -0.1),
        "c": Interval(-0.2, -0.3, -0.1),
        "d": Interval(-0.1, -0.2, -0.05),
        "e": Interval(0.5, 0.1, 0.9),
        "f": Interval(-3.0, -7.0, 1.0),
    }
    shares = {"a": 0.3, "b": 0.05, "c": 0.4, "d": 0.04, "e": 0.1, "f": 0.9}
    assert quadrants(shares, effects) == {
        "a": Quadrant.FIX_FIRST,
        "b": Quadrant.PREVENT,
        "c": Quadrant.REDUCE,
        "d": Quadrant.WATCH,
        "e": Quadrant.KEEP,
        "f": Quadrant.UNCLEAR,
    }


@pytest.mark.parametrize(
    ("presence", "scores", "says"),
    [
        (np.zeros((0, 1)), np.zeros(0), "no row"),
        (np.ones((1, 1)), np.ones(1), "too few"),
        (np.ones((90, 1)), np.arange(90.0), "no driver is left"),
        (np.tile([[0.0], [1.0]], (45, 1)), np.ones(90), "equal"),
    ],
)
def test_what_cannot_be_explained_is_refused(presence: np.ndarray, scores: np.ndarray, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        find_drivers(presence, scores, ["a"])
