"""Whatever the counts: scans, change points, seasons and forecasts answer with finite, ordered numbers."""

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from models.statistics.change_points import find_change_points, phase_starts
from models.statistics.charts.phases import Phasing
from models.statistics.emerging import DailySeries, scan_month
from models.statistics.forecast import forecast_rate
from models.statistics.seasonality import monthly_seasonality

pair = st.integers(0, 3000).flatmap(lambda n: st.tuples(st.integers(0, 2 * n), st.just(n)))


def lists(least: int, most: int) -> st.SearchStrategy[tuple[list[int], list[int]]]:
    return st.lists(pair, min_size=least, max_size=most).map(
        lambda pairs: ([k for k, _ in pairs], [n for _, n in pairs])
    )


@settings(max_examples=40, deadline=None)
@given(lists(0, 60), lists(0, 31), st.integers(0, 6))
def test_every_scan_is_a_probability_with_days_in_order(
    history: tuple[list[int], list[int]], month: tuple[list[int], list[int]], weekday: int
) -> None:
    found = scan_month(DailySeries(*history, *month, weekday))
    assert 0 <= found.p_value <= 1
    assert math.isfinite(found.expected)
    if found.began_day is not None and found.strongest_day is not None:
        assert 0 <= found.began_day <= found.strongest_day < len(month[0])
        assert found.alarm_day is None or found.alarm_day < len(month[0])


@settings(max_examples=25, deadline=None)
@given(lists(0, 30))
def test_change_points_are_in_order_and_make_phases(series: tuple[list[int], list[int]]) -> None:
    found = find_change_points(*series, n_permutations=39)
    places = [point.index for point in found]
    assert places == sorted(set(places))
    assert all(0 < place < len(series[0]) for place in places)
    assert all(math.isfinite(x) for point in found for x in (point.before, point.after, point.p_value))
    assert Phasing(starts=phase_starts(found)).starts[0] == 0


@settings(max_examples=40, deadline=None)
@given(lists(0, 30), st.lists(st.integers(0, 5000), max_size=4))
def test_forecasts_are_ordered(series: tuple[list[int], list[int]], ahead: list[int]) -> None:
    found = forecast_rate(*series, ahead)
    assert len(found.points) == (len(ahead) if found.status == "ok" else 0)
    for point in found.points:
        assert 0 <= point.low <= point.high
        assert math.isfinite(point.high) and math.isfinite(point.expected)


@settings(max_examples=25, deadline=None)
@given(lists(20, 40), st.integers(1, 12))
def test_seasons_are_probabilities(series: tuple[list[int], list[int]], first_month: int) -> None:
    found = monthly_seasonality(*series, first_month=first_month)
    assert (found.p_value is None) == (found.status != "tested")
    assert found.p_value is None or 0 <= found.p_value <= 1
    assert all(0 <= f.low <= f.factor <= f.high and math.isfinite(f.high) for f in found.factors)
