"""A short run of ``benchmarks.statistics_null``: alarms keep their rates without a change, and find planted ones.

Seeds are fixed, so the answers are too; a row fails only when it is above its stated rate by more than chance.
"""

import pytest

from benchmarks import statistics_null
from benchmarks.statistics_series import Scenario

SCENARIOS = (Scenario(2, 300, 4.0), Scenario(10, 1000, 1.0), Scenario(50, 3000, 2.0))


@pytest.mark.parametrize("check", ["null_alarms", "null_scan", "null_change_points", "null_season"])
def test_without_a_change_alarms_fire_no_more_often_than_stated(check: str) -> None:
    rows = getattr(statistics_null, check)
    for scenario in SCENARIOS:
        for row in rows(scenario, 60, 3):
            assert row.figures()["holds"], row


def test_a_textbook_chart_does_not_keep_its_rate_on_overdispersed_counts() -> None:
    """The check can fail: without allowance for spread and for an estimated baseline the rate is exceeded."""
    (row,) = statistics_null.null_textbook(Scenario(50, 3000, 4.0), 60, 3)
    assert not row.figures()["holds"]


def test_a_rise_by_half_is_found_within_two_months_where_causes_are_large_enough() -> None:
    assert statistics_null.power_of(Scenario(100, 2000, 1.0), months_before=12, runs=60, seed=3) >= 0.9
    assert statistics_null.power_of(Scenario(200, 4000, 2.0), months_before=24, runs=60, seed=3) >= 0.9


def test_the_same_seed_gives_the_same_rows() -> None:
    once = statistics_null.null_alarms(SCENARIOS[0], 10, 5)
    assert once == statistics_null.null_alarms(SCENARIOS[0], 10, 5)
    assert once[0].kind == "series alarm"
