"""Worked examples: Montgomery, Introduction to Statistical Quality Control (6th ed., chapters 6 and 7);
NIST/SEMATECH e-Handbook of Statistical Methods, sections 6.3.2.2 and 6.3.3."""

from itertools import pairwise

import numpy as np
import pytest

from models.statistics.charts.attributes import count_chart, rate_chart, share_chart
from models.statistics.charts.individuals import individuals_chart
from models.statistics.charts.phases import Phasing

# Montgomery example 7.1: cans of orange juice, 30 samples of 50. NIST 6.3.3.2 has the same numbers for chips.
CANS = [12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22, 8, 10, 5, 13, 11, 20, 18, 24, 15, 9, 12, 7]
CANS += [13, 9, 6]
# Montgomery example 7.3: printed circuit boards, 26 samples.
BOARDS = [
    21,
    24,
    16,
    12,
    15,
    5,
    28,
    20,
    31,
    25,
    20,
    24,
    16,
    19,
    10,
    17,
    13,
    22,
    18,
    39,
    30,
    24,
    16,
    19,
    17,
    15,
]


def test_p_chart_of_orange_juice_cans_is_montgomerys() -> None:
    chart = share_chart(CANS, [50] * 30, prime=False)
    first = chart.points[0]
    assert chart.kind == "p"
    assert (first.centre, first.lower, first.upper) == pytest.approx((0.2313, 0.0524, 0.4102), abs=5e-5)
    out = [i + 1 for i, point in enumerate(chart.points) if "n1" in point.signals]
    assert out == [15, 23]
    assert "signals_inside" in chart.baselines[0].reasons


def test_revised_limits_leave_out_the_points_with_a_known_cause() -> None:
    chart = share_chart(CANS, [50] * 30, prime=False, phasing=Phasing(excluded=(14, 22)))
    first = chart.points[0]
    assert (first.centre, first.lower, first.upper) == pytest.approx((0.2150, 0.0407, 0.3893), abs=5e-5)
    assert chart.baselines[0].n_points == 28
    assert len(chart.points) == 30


def test_c_chart_of_circuit_boards_is_montgomerys() -> None:
    chart = count_chart(BOARDS)
    first = chart.points[0]
    assert (first.centre, first.lower, first.upper) == pytest.approx((19.85, 6.48, 33.21), abs=0.011)
    assert [i + 1 for i, point in enumerate(chart.points) if "n1" in point.signals] == [6, 20]


def test_c_chart_of_wafers_is_nists() -> None:
    wafers = [
        16,
        14,
        28,
        16,
        12,
        20,
        10,
        12,
        10,
        17,
        19,
        17,
        14,
        16,
        15,
        13,
        14,
        16,
        11,
        20,
        11,
        19,
        16,
        31,
        13,
    ]
    chart = count_chart(wafers)
    first = chart.points[0]
    assert (first.centre, first.lower, first.upper) == (16.0, 4.0, 28.0)
    assert [i + 1 for i, point in enumerate(chart.points) if "n1" in point.signals] == [24]


def test_p_chart_with_varying_totals_is_montgomerys_purchase_orders() -> None:
    """Montgomery table 7.4: 234 of 2450; sample 11, 20 of 110, is out."""
    late = [12, 8, 6, 9, 10, 12, 11, 16, 10, 6, 20, 15, 9, 8, 6, 8, 10, 7, 5, 8, 5, 8, 10, 6, 9]
    orders = [100, 80, 80, 100, 110, 110, 100, 100, 90, 90, 110, 120, 120, 120, 110, 80, 80, 80, 90]
    orders += [100, 100, 100, 100, 90, 90]
    chart = share_chart(late, orders, prime=False)
    assert chart.baselines[0].centre == pytest.approx(0.0955, abs=5e-5)
    assert chart.points[0].upper == pytest.approx(0.184, abs=5e-4)
    assert chart.points[1].upper == pytest.approx(0.194, abs=5e-4)
    assert [i + 1 for i, point in enumerate(chart.points) if "n1" in point.signals] == [11]


def test_u_chart_with_varying_exposure_is_montgomerys_dyed_cloth() -> None:
    """Montgomery table 7.10: nonconformities per 50 square metres of cloth."""
    found = [14, 12, 20, 11, 7, 10, 21, 16, 19, 23]
    units = [10, 8, 13, 10, 9.5, 10, 12, 10.5, 12, 12.5]
    chart = rate_chart(found, units, prime=False)
    assert chart.baselines[0].centre == pytest.approx(1.42, abs=5e-3)
    assert (chart.points[0].lower, chart.points[0].upper) == pytest.approx((0.29, 2.55), abs=6e-3)
    assert (chart.points[2].lower, chart.points[2].upper) == pytest.approx((0.43, 2.41), abs=6e-3)
    assert not any(point.signals for point in chart.points)


def test_xmr_chart_of_paint_viscosity_is_montgomerys() -> None:
    viscosity = [33.75, 33.05, 34.00, 33.81, 33.46, 34.02, 33.68, 33.27, 33.49, 33.20, 33.62, 33.00, 33.54]
    chart = individuals_chart([*viscosity, 33.12, 33.84])
    first, second = chart.points[0], chart.ranges[1]
    assert (first.centre, first.lower, first.upper) == pytest.approx((33.52, 32.24, 34.80), abs=6e-3)
    assert (second.centre, second.upper) == pytest.approx((0.48, 1.57), abs=5e-3)
    assert chart.ranges[0].value is None
    assert chart.baselines[0].stable


def test_xmr_chart_of_flow_rates_is_nists() -> None:
    chart = individuals_chart([49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1])
    first = chart.points[0]
    assert (first.centre, first.lower, first.upper) == pytest.approx((50.81, 45.8159, 55.8041), abs=1e-3)
    assert chart.ranges[1].centre == pytest.approx(1.8778, abs=5e-5)
    assert chart.baselines[0].reasons == ("too_few_points",)


def test_laneys_chart_of_equal_totals_is_the_xmr_chart() -> None:
    """Laney 2002: with equal subgroups the p' chart is the XmR chart of the shares, whatever the spread."""
    laney = share_chart(CANS, [50] * 30, prime=True).points[0]
    plain = individuals_chart([k / 50 for k in CANS]).points[0]
    assert laney.centre == pytest.approx(plain.centre)
    assert laney.upper == pytest.approx(plain.upper)
    assert laney.z == pytest.approx(plain.z)


def test_laneys_sigma_is_the_moving_range_of_standardised_points() -> None:
    chart = rate_chart([4, 16, 9, 25], [1.0, 4.0, 1.0, 4.0], prime=True)
    u = 54 / 10
    z = [(4 - u) / u**0.5, (4 - u) / (u / 4) ** 0.5, (9 - u) / u**0.5, (6.25 - u) / (u / 4) ** 0.5]
    expected = sum(abs(b - a) for a, b in pairwise(z)) / 3 / 1.128
    assert chart.baselines[0].sigma_z == pytest.approx(expected)
    assert chart.points[2].upper == pytest.approx(u + 3 * u**0.5 * expected)


def test_the_choice_takes_laneys_chart_for_overdispersed_shares_only() -> None:
    rng = np.random.default_rng(11)
    plain = [share_chart(rng.binomial(5000, 0.05, 24), [5000] * 24) for _ in range(200)]
    spread = [share_chart(rng.binomial(5000, rng.beta(20, 380, 24)), [5000] * 24) for _ in range(50)]
    assert sum(chart.kind == "p_prime" for chart in plain) <= 16
    assert all(chart.kind == "p_prime" for chart in spread)
    assert all(chart.baselines[0].overdispersion_p < 1e-4 for chart in spread)


def test_a_shift_inside_the_baseline_is_not_taken_for_overdispersion() -> None:
    chart = share_chart([50] * 12 + [80] * 12, [1000] * 24)
    assert chart.kind == "p"
    assert "signals_inside" in chart.baselines[0].reasons


def test_each_phase_has_its_own_limits_and_the_baseline_is_its_head() -> None:
    phasing = Phasing(starts=(0, 12), baseline_points=8, minimum_points=8)
    chart = share_chart([50, 52] * 6 + [80, 84] * 6, [1000] * 24, prime=False, phasing=phasing)
    assert [b.centre for b in chart.baselines] == pytest.approx([0.051, 0.082])
    assert [(b.start, b.stop, b.n_points) for b in chart.baselines] == [(0, 8, 8), (12, 20, 8)]
    assert [point.phase for point in chart.points] == [0] * 12 + [1] * 12


def test_points_after_the_baseline_do_not_move_its_limits() -> None:
    calm, wild = [50, 52] * 6 + [51] * 2, [50, 52] * 6 + [500] * 2
    phasing = Phasing(baseline_points=12)
    before = share_chart(calm, [1000] * 14, phasing=phasing)
    after = share_chart(wild, [1000] * 14, phasing=phasing)
    assert after.points[0] == before.points[0]
    assert "n1" in after.points[13].signals
    assert after.baselines[0].stable


def test_an_empty_month_has_no_value_and_breaks_nothing() -> None:
    chart = share_chart([5, 0, 6] * 5, [100, 0, 100] * 5)
    assert chart.points[1].value is None
    assert chart.points[1].z is None
    assert chart.points[1].lower is None
    assert chart.points[1].centre == pytest.approx(0.055)
    assert chart.baselines[0].n_points == 10


def test_zero_counts_give_a_zero_centre_and_no_limits_to_trust() -> None:
    chart = rate_chart([0] * 12 + [3], [100.0] * 13, phasing=Phasing(baseline_points=12))
    assert chart.baselines[0].reasons == ("no_variation",)
    assert (chart.points[0].value, chart.points[0].upper, chart.points[0].z) == (0.0, 0.0, 0.0)
    assert chart.points[12].z is None
    assert chart.points[12].signals == ()


@pytest.mark.parametrize("n", [0, 1])
def test_none_and_one_point_are_charts_too(n: int) -> None:
    for chart in (share_chart([3] * n, [10] * n), count_chart([3] * n), individuals_chart([3.0] * n)):
        assert len(chart.points) == n
        assert all("too_few_points" in b.reasons for b in chart.baselines)


def test_only_empty_points_have_no_centre() -> None:
    chart = share_chart([0, 0], [0, 0])
    assert chart.baselines[0].reasons == ("no_data",)
    assert chart.baselines[0].centre is None
    assert all(point.centre is None and point.value is None for point in chart.points)


def test_constant_measurements_have_no_variation() -> None:
    chart = individuals_chart([7.0] * 15)
    assert chart.baselines[0].reasons == ("no_variation",)
    assert all(point.z == 0.0 for point in chart.points)


def test_missing_measurements_are_left_out() -> None:
    chart = individuals_chart([1.0, None, 3.0, float("nan"), 2.0])
    assert chart.points[1].value is None
    assert chart.points[0].centre == pytest.approx(2.0)
    assert [point.value for point in chart.ranges] == [None, None, 2.0, None, 1.0]


def test_sparse_counts_are_said_to_be_sparse() -> None:
    assert share_chart([2, 3] * 6, [1000] * 12).baselines[0].sparse
    assert not share_chart([20, 30] * 6, [1000] * 12).baselines[0].sparse


@pytest.mark.parametrize(
    ("counts", "totals"),
    [([-1], [5]), ([6], [5]), ([1, 2], [5]), ([float("nan")], [5]), ([1], [float("inf")])],
)
def test_impossible_counts_are_refused(counts: list[int], totals: list[int]) -> None:
    with pytest.raises(ValueError, match=r"count"):
        share_chart(counts, totals)


@pytest.mark.parametrize("starts", [(), (1,), (0, 5, 5), (0, 9)])
def test_impossible_phases_are_refused(starts: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="phase"):
        share_chart([1] * 9, [10] * 9, phasing=Phasing(starts=starts))


def test_events_without_exposure_are_refused() -> None:
    with pytest.raises(ValueError, match="exposure"):
        rate_chart([1], [0.0])
