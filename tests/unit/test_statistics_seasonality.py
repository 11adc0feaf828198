import math

import numpy as np
import pytest

from models.statistics.seasonality import monthly_seasonality


def test_a_summer_peak_is_found_with_its_months() -> None:
    year = [50, 50, 50, 50, 60, 90, 110, 100, 60, 50, 50, 50]
    found = monthly_seasonality(year * 3, [1000] * 36, first_month=1)
    assert found.status == "tested"
    assert found.p_value == pytest.approx(0.001)
    peak = max(found.factors, key=lambda factor: factor.factor)
    assert (peak.month, len(found.factors)) == (7, 12)
    assert peak.low > 1.4
    assert np.prod([factor.factor for factor in found.factors]) == pytest.approx(1.0)


def test_the_first_month_moves_the_calendar() -> None:
    year = [50, 50, 50, 50, 60, 90, 110, 100, 60, 50, 50, 50]
    found = monthly_seasonality(year * 3, [1000] * 36, first_month=10)
    assert max(found.factors, key=lambda factor: factor.factor).month == 4


def test_a_trend_alone_is_no_season() -> None:
    counts = [round(40 * 1.02**i) for i in range(36)]
    assert monthly_seasonality(counts, [1000] * 36, first_month=1).p_value > 0.1


def test_fewer_than_24_months_say_how_many_are_missing() -> None:
    found = monthly_seasonality([50] * 23, [1000] * 23, first_month=1)
    assert (found.status, found.p_value, found.months_needed) == ("too_short", None, 1)
    assert found.factors == ()
    gap = monthly_seasonality([50] * 24, [1000] * 23 + [1000], first_month=1)
    assert gap.status == "tested"
    holes = monthly_seasonality([0] * 4 + [50] * 26, [0] * 4 + [1000] * 26, first_month=1)
    assert holes.status == "tested"


def test_no_events_and_months_without_events_are_answered() -> None:
    assert monthly_seasonality([0] * 24, [100] * 24, first_month=1).status == "no_events"
    found = monthly_seasonality([0, 5, 6, 5, 4, 6, 5, 5, 6, 4, 5, 5] * 2, [100] * 24, first_month=1)
    assert 0 < found.p_value <= 1
    assert all(math.isfinite(x) for f in found.factors for x in (f.factor, f.low, f.high))


@pytest.mark.parametrize(("counts", "totals", "month"), [([1], [0], 1), ([-1], [1], 1), ([1], [1], 13)])
def test_impossible_input_is_refused(counts: list[int], totals: list[int], month: int) -> None:
    with pytest.raises(ValueError, match=r"count|month"):
        monthly_seasonality(counts, totals, first_month=month)
