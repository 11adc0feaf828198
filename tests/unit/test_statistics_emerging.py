import numpy as np
import pytest

from models.statistics.emerging import DailySeries, ScanSettings, scan_many, scan_month, weekday_factors

QUIET = [2, 3, 2, 1, 3, 2, 2] * 8


def test_a_burst_is_found_on_its_day() -> None:
    month = [2, 3, 2, 1, 3, 2, 2, 2, 2, 3, 14, 16, 13, 15, 17]
    found = scan_month(DailySeries(QUIET, [100] * 56, month, [100] * 15))
    assert found.alarm
    assert (found.alarm_day, found.began_day) == (10, 10)
    assert found.p_value < 0.001
    assert found.observed >= 14
    assert found.expected < 12


def test_later_days_change_no_earlier_alarm() -> None:
    month = [2, 3, 2, 1, 12, 16, 2, 2, 2, 3, 2, 2, 3]
    days = [scan_month(DailySeries(QUIET, [100] * 56, month[:n], [100] * n)).alarm_day for n in range(1, 14)]
    first = next(day for day in days if day is not None)
    assert days == [None] * first + [first] * (13 - first)


def test_more_contacts_are_no_burst() -> None:
    assert not scan_month(DailySeries(QUIET, [100] * 56, [8, 9, 8], [400] * 3)).alarm


def test_a_regular_weekday_peak_is_no_burst() -> None:
    week = [2, 3, 2, 3, 2, 12, 11]
    found = scan_month(DailySeries(week * 8, [100] * 56, week * 4, [100] * 28, first_weekday=2))
    factors = weekday_factors(np.array(week * 8, dtype=float), np.full(56, 100.0), 2)
    assert not found.alarm
    assert factors[(2 + 5) % 7] > 1.8
    assert factors[2] < 0.6


def test_weekdays_that_differ_by_chance_alone_are_left_alike() -> None:
    counts = np.array([4, 5, 6, 5, 4, 6, 5] * 8, dtype=float)
    assert weekday_factors(counts, np.full(56, 100.0), 0) == pytest.approx(np.ones(7))


def test_many_of_something_never_seen_alarm_and_a_few_do_not() -> None:
    def alarms(month: list[int]) -> bool:
        return scan_month(DailySeries([0] * 56, [100] * 56, month, [100] * len(month))).alarm

    assert alarms([0, 0, 20, 25, 20])
    assert not alarms([0, 0, 1, 0, 1])


def test_a_short_history_says_so() -> None:
    found = scan_month(DailySeries([1] * 20, [100] * 20, [50], [100]))
    assert not found.enough_history
    assert (found.p_value, found.alarm_day) == (1.0, None)


@pytest.mark.parametrize(("month", "exposures"), [([], []), ([0, 0], [0, 0]), ([0] * 5, [100] * 5)])
def test_empty_months_do_not_alarm(month: list[int], exposures: list[int]) -> None:
    found = scan_month(DailySeries(QUIET, [100] * 56, month, exposures))
    assert (found.p_value, found.alarm) == (1.0, False)


def test_many_series_are_judged_together() -> None:
    quiet = DailySeries(QUIET, [100] * 56, [2, 3, 2], [100] * 3)
    burst = DailySeries(QUIET, [100] * 56, [2, 30, 40], [100] * 3)
    young = DailySeries([1], [100], [5], [100])
    found = scan_many([quiet, burst, young])
    assert found[1].q_value == pytest.approx(2 * found[1].p_value)
    assert found[0].q_value == pytest.approx(1.0)
    assert found[2].q_value is None
    assert scan_many([]) == ()


def test_impossible_input_is_refused() -> None:
    with pytest.raises(ValueError, match="exposure"):
        scan_month(DailySeries(QUIET, [100] * 56, [3], [0]))
    with pytest.raises(ValueError, match="scan"):
        ScanSettings(windows=())
