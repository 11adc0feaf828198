"""Panels without any change fire no more often than they say, and find what changes; seeds are fixed."""

import numpy as np
import pytest

from benchmarks import statistics_panel
from models.statistics.panel import judge_panel


def test_a_panel_without_change_signals_no_more_often_than_stated() -> None:
    """80 panels of 8 series, bursty counts: a signal in the last period in at most 5 % of them."""
    rng = np.random.default_rng(11)
    fired = alarms = 0
    for _ in range(80):
        contacts = rng.integers(800, 1200, 13)
        lines = {
            str(i): (np.minimum(rng.poisson(rng.gamma(contacts * 0.02, 1.0)), contacts), contacts)
            for i in range(8)
        }
        found = judge_panel(lines)
        fired += any(one.points[-1].signal != "none" for one in found.values())
        alarms += sum(one.points[-1].alarm for one in found.values())
    # Chance of more at the stated rates: 80 at 5 % give more than 9 in 1 % of runs, 640 at 1 in 240 more than 7.
    assert fired <= 9
    assert alarms <= 7


@pytest.mark.parametrize("panel", ["dispersion 1 and 4 in turn", "all lines share their good and bad months"])
def test_lines_that_lend_each_other_their_unevenness_keep_the_stated_rate_where_they_differ(
    panel: str,
) -> None:
    found = statistics_panel.null_of(panel, 6, runs=12, seed=2)
    assert found["months_of_year"]["interval"][0] <= 0.05, found
    assert found["months_of_year"]["n"] == 144


def test_a_rise_by_half_of_100_a_month_is_signalled_among_20_lines_within_two_months() -> None:
    found = statistics_panel.power_of(100, 1.0, 20, 6, runs=30, seed=2)
    assert found["share"] >= 0.9 > found["each_alone"]["share"]


def test_the_base_needed_is_the_least_from_which_on_enough_is_found() -> None:
    rows = [
        {"base": base, "dispersion": 1.0, "lines": 1, "baseline": 6, "share": share}
        for base, share in ((25, 0.95), (50, 0.5), (100, 0.9), (200, 1.0))
    ]
    assert [row["base_for_0.9"] for row in statistics_panel.needed(rows)] == [100]
    assert statistics_panel.needed(rows[1:2])[0]["base_for_0.9"] is None
