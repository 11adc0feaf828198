import numpy as np
import pytest
from numpy.typing import NDArray

from models.statistics.panel import PanelJudgement, judge_panel
from models.statistics.pooled import moderated, worth_in_points
from models.statistics.predictive import Past, dispersion_df
from models.statistics.signals import judge_series

Floats = NDArray[np.float64]


def lines(n_lines: int, n_points: int, dispersion: float, seed: int, mean: float = 100.0) -> Floats:
    rng = np.random.default_rng(seed)
    means = np.full((n_lines, n_points), mean)
    if dispersion > 1:
        means = rng.gamma(means / (dispersion - 1), dispersion - 1)
    return rng.poisson(means).astype(np.float64)


def judged(counts: Floats) -> list[PanelJudgement]:
    return list(judge_panel({i: (k, [2000] * len(k)) for i, k in enumerate(counts)}).values())


def test_a_rise_is_surer_beside_lines_that_are_counted_alike() -> None:
    counts = lines(20, 12, 1.0, seed=1)
    counts[0, -1] = 150
    alone, among = judged(counts[:1])[0].points[-1], judged(counts)[0].points[-1]
    assert among.p_value < alone.p_value / 5
    assert (alone.expected, among.signal) == (among.expected, "up")


def test_a_rise_is_less_sure_beside_lines_that_are_very_uneven() -> None:
    calm, wild = lines(20, 12, 1.0, seed=1), lines(20, 12, 6.0, seed=2)
    wild[0] = calm[0]
    calm[0, -1] = wild[0, -1] = 150
    assert judged(calm)[0].points[-1].p_value < judged(wild)[0].points[-1].p_value / 10


def test_copies_of_a_line_lend_it_nothing() -> None:
    counts = lines(1, 12, 2.0, seed=4)
    copies = np.repeat(counts, 20, axis=0)
    assert judged(copies)[0].points[-1].p_value >= 0.5 * judged(counts)[0].points[-1].p_value


def test_a_single_line_is_judged_as_alone_with_phases_and_points_left_out() -> None:
    counts, totals = lines(1, 30, 2.0, seed=5)[0], [2000] * 30
    found = judge_panel({"a": (counts, totals)}, excluded=(4, 20), starts={"a": (0, 10)}, law="poisson")["a"]
    first = judge_series(counts[:16], totals[:16], law="poisson", rules=())
    assert [point.p_value for point in found.points[6:10]] != [1.0] * 4
    assert found.points[8].p_value != first[8].p_value  # point 4 is no past
    later = judge_series(counts[10:], totals[10:], law="poisson", rules=())
    assert [point.p_value for point in found.points[16:20]] == [point.p_value for point in later[6:10]]


def test_the_order_of_lines_does_not_matter() -> None:
    counts = lines(7, 12, 2.0, seed=6)
    turned = judged(counts[::-1])[::-1]
    for here, there in zip(judged(counts), turned, strict=True):
        assert [p.p_value for p in here.points] == pytest.approx([p.p_value for p in there.points], rel=1e-9)


def test_later_points_change_no_earlier_judgement_of_a_panel() -> None:
    counts = lines(7, 16, 2.0, seed=7)
    longer, shorter = judged(counts), judged(counts[:, :12])
    for here, there in zip(longer, shorter, strict=True):
        assert [p.p_value for p in here.points[:12]] == pytest.approx([p.p_value for p in there.points])


def test_lines_that_agree_are_drawn_together_and_those_that_differ_stay_apart() -> None:
    rng = np.random.default_rng(8)
    df, means = np.full(40, 10.0), np.full(40, 100.0)
    alike = 2 * rng.chisquare(10, 40) / 10
    differing = np.where(np.arange(40) % 2, 1.0, 20.0) * rng.chisquare(10, 40) / 10
    (close, close_df), (apart, apart_df) = moderated(alike, df, means), moderated(differing, df, means)
    assert np.std(np.log(close)) < 0.4 * np.std(np.log(alike))
    assert np.std(np.log(apart)) > 0.5 * np.std(np.log(differing))
    assert close_df.min() > 2 * apart_df.max() > 20


def test_dispersion_that_grows_with_the_count_is_followed() -> None:
    rng = np.random.default_rng(9)
    means = np.geomspace(10, 1000, 40)
    truth = 1 + means / 100
    drawn, _ = moderated(truth * rng.chisquare(10, 40) / 10, np.full(40, 10.0), means)
    assert np.all((drawn / truth > 0.5) & (drawn / truth < 2))


def test_what_a_dispersion_is_worth_in_points_is_the_inverse_of_its_degrees_of_freedom() -> None:
    events, spread = np.array([50.0, 400.0, 3000.0]), np.array([1.0, 2.5, 4.0])
    past = Past(events, events * 10, np.full(3, 11.0), spread)
    assert worth_in_points(dispersion_df(past), past) == pytest.approx(past.points)
    few = Past(np.full(1, 3.0), np.full(1, 30.0), np.full(1, 11.0), np.ones(1))
    assert 0 < worth_in_points(np.full(1, 1e6), few)[0] < np.inf
