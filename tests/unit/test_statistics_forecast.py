import math

import pytest

from models.statistics.forecast import forecast_rate


def test_a_constant_rate_is_expected_to_stay() -> None:
    found = forecast_rate([100, 96, 104, 99, 101, 103, 97, 100, 100, 98, 102, 100], [2000] * 12, [2000, 4000])
    assert found.status == "ok"
    assert found.points[0].expected == pytest.approx(100, rel=0.03)
    assert found.points[1].expected == pytest.approx(200, rel=0.03)
    assert 75 <= found.points[0].low <= 85 and 115 <= found.points[0].high <= 130


def test_a_rate_that_moved_is_followed() -> None:
    found = forecast_rate([50] * 10 + [100] * 6, [1000] * 16, [1000])
    assert found.points[0].expected > 90
    assert found.discount < 1


def test_further_ahead_is_less_sure() -> None:
    found = forecast_rate([30, 36, 44, 40, 52, 61, 57, 70, 66, 80, 74, 90], [1000] * 12, [1000] * 6)
    widths = [point.high - point.low for point in found.points]
    assert widths == sorted(widths)
    assert widths[-1] > widths[0]


def test_wild_counts_widen_the_interval() -> None:
    calm = forecast_rate([50, 52, 48, 51, 49, 50, 52, 50], [1000] * 8, [1000]).points[0]
    wild = forecast_rate([20, 90, 30, 70, 15, 80, 35, 60], [1000] * 8, [1000]).points[0]
    assert wild.high - wild.low > 2 * (calm.high - calm.low)


def test_more_confidence_is_a_wider_interval() -> None:
    counts = [50, 52, 48, 51, 49, 50, 52, 50]
    less = forecast_rate(counts, [1000] * 8, [1000], confidence=0.8).points[0]
    more = forecast_rate(counts, [1000] * 8, [1000], confidence=0.99).points[0]
    assert more.low < less.low < less.high < more.high


def test_nothing_seen_is_a_small_count_to_expect() -> None:
    point = forecast_rate([0] * 12, [1000] * 12, [1000]).points[0]
    assert 0 < point.expected < 0.2
    assert point.low == 0 and 0 <= point.high <= 2


def test_no_exposure_expects_nothing_and_few_points_say_so() -> None:
    none = forecast_rate([5] * 8, [100] * 8, [0]).points[0]
    assert (none.expected, none.low, none.high) == (0.0, 0.0, 0.0)
    assert none.rate == pytest.approx(0.05, rel=0.05)
    few = forecast_rate([5] * 8, [100] * 5 + [100] * 3, [100])
    assert few.status == "ok"
    assert forecast_rate([5] * 5 + [0], [100] * 5 + [0], [100]).status == "too_short"


def test_every_number_is_finite() -> None:
    for counts in ([0] * 7 + [900], [900] + [0] * 7, [1000] * 8):
        for point in forecast_rate(counts, [1000] * 8, [1, 1e6]).points:
            assert all(math.isfinite(x) for x in (point.rate, point.expected, point.low, point.high))


def test_impossible_input_is_refused() -> None:
    with pytest.raises(ValueError, match="count"):
        forecast_rate([1], [0], [1])
    with pytest.raises(ValueError, match="confidence"):
        forecast_rate([1] * 8, [9] * 8, [1], confidence=1.0)
