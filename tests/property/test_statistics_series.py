"""Whatever the counts: judgements and charts are finite, ordered, and blind to the future."""

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from models.statistics.charts.attributes import rate_chart, share_chart
from models.statistics.charts.individuals import individuals_chart
from models.statistics.charts.values import BASELINE_REASONS, ControlChart
from models.statistics.signals import judge_series

pairs = st.lists(
    st.integers(0, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=1, max_size=40
)


@settings(max_examples=60, deadline=None)
@given(pairs, st.sampled_from(["binomial", "poisson"]))
def test_every_judgement_is_a_probability(series: list[tuple[int, int]], law: str) -> None:
    judged = judge_series([k for k, _ in series], [n for _, n in series], law=law)
    assert len(judged) == len(series)
    for point, (_, n) in zip(judged, series, strict=True):
        assert 0 <= point.p_value <= 1
        assert point.expected is None or math.isfinite(point.expected)
        assert n > 0 or (not point.patterns)


@settings(max_examples=40, deadline=None)
@given(pairs, st.data())
def test_judgements_do_not_see_the_future(series: list[tuple[int, int]], data: st.DataObject) -> None:
    cut = data.draw(st.integers(1, len(series)))
    counts, totals = [k for k, _ in series], [n for _, n in series]
    assert judge_series(counts, totals)[:cut] == judge_series(counts[:cut], totals[:cut])


@settings(max_examples=60, deadline=None)
@given(pairs, st.sampled_from([None, True, False]))
def test_every_chart_has_finite_ordered_limits(series: list[tuple[int, int]], prime: bool | None) -> None:
    counts, totals = [k for k, _ in series], [n for _, n in series]
    for chart in (share_chart(counts, totals, prime=prime), rate_chart(counts, totals, prime=prime)):
        assert_sound(chart, len(series))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.none() | st.floats(-1e6, 1e6), max_size=30))
def test_every_xmr_chart_has_finite_ordered_limits(values: list[float | None]) -> None:
    assert_sound(individuals_chart(values), len(values))


def assert_sound(chart: ControlChart, n_points: int) -> None:
    assert len(chart.points) == n_points
    for point in chart.points + chart.ranges:
        known = (point.value, point.centre, point.lower, point.upper, point.z)
        assert all(number is None or math.isfinite(number) for number in known)
        if point.lower is not None and point.centre is not None and point.upper is not None:
            slack = 1e-9 * (1 + abs(point.centre))
            assert point.lower <= point.centre + slack and point.centre <= point.upper + slack
    assert all(set(baseline.reasons) <= set(BASELINE_REASONS) for baseline in chart.baselines)
