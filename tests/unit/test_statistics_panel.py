import numpy as np
import pytest

from models.statistics.panel import PanelSettings, Verdict, judge_panel
from models.statistics.signals import judge_series

STEADY = [100, 96, 104, 99, 101, 103, 97, 100, 100, 98, 102, 100]


def test_a_doubling_is_signalled_beside_quiet_series_and_they_stay_quiet() -> None:
    found = judge_panel(
        {"刹车": ([*STEADY, 200], [2000] * 13), "空调": ([*STEADY, 100], [2000] * 13)},
    )
    assert found["刹车"].latest is not None and found["空调"].latest is not None
    assert (found["刹车"].latest.signal, found["刹车"].latest.alarm) == ("up", True)
    assert (found["空调"].latest.signal, found["空调"].latest.alarm) == ("none", False)
    assert found["刹车"].latest.expected == pytest.approx(100.0)
    assert found["刹车"].latest.patterns == ("n1",)


def test_the_last_point_does_not_widen_or_unsettle_its_own_limits() -> None:
    jump = judge_panel({"a": ([*STEADY, 400], [2000] * 13)})["a"]
    calm = judge_panel({"a": ([*STEADY, 100], [2000] * 13)})["a"]
    assert jump.points[-1].upper == calm.points[-1].upper
    assert (jump.verdict, calm.verdict) == (Verdict.STABLE, Verdict.STABLE)


def test_points_lie_between_limits_of_their_own_size() -> None:
    found = judge_panel({"a": (STEADY, [2000] * 6 + [500] * 6)})["a"]
    small, large = found.points[-1], found.points[0]
    assert None not in (small.lower, small.upper, large.lower, large.upper)
    assert small.upper > large.upper  # type: ignore[operator]


def test_one_small_p_value_among_many_lines_is_no_signal() -> None:
    """A p-value that alarms in its own series is not enough where fifty lines were looked at."""
    alone = judge_panel({"a": ([*STEADY, 140], [2000] * 13)})["a"].points[-1]
    lines = {str(i): ([*STEADY, 100], [2000] * 13) for i in range(49)}
    among = judge_panel({"a": ([*STEADY, 140], [2000] * 13), **lines})["a"].points[-1]
    assert alone.signal == "up"
    assert among.p_value == alone.p_value and among.alarm == alone.alarm
    assert among.q_value == pytest.approx(50 * alone.p_value)
    assert among.signal == "none"


def test_too_little_history_is_said_and_nothing_is_tested() -> None:
    found = judge_panel({"a": ([5, 6, 90], [100, 100, 100])})["a"]
    assert found.verdict is Verdict.TOO_SHORT
    assert [(p.tested, p.alarm, p.signal, p.q_value) for p in found.points] == [
        (False, False, "none", None)
    ] * 3


def test_a_year_that_is_not_full_is_provisional_and_a_shift_inside_makes_the_baseline_unstable() -> None:
    assert judge_panel({"a": (STEADY[:8], [2000] * 8)})["a"].verdict is Verdict.PROVISIONAL
    shifted = judge_panel({"a": ([*STEADY, *[300] * 12], [2000] * 24)})["a"]
    assert shifted.verdict is Verdict.UNSTABLE
    assert "signals_inside" in shifted.reasons


def test_two_of_three_events_in_one_week_do_not_make_a_sparse_baseline_unstable() -> None:
    counts, totals = [0, 1, *[0] * 8, 2, *[0] * 8], [70] * 19
    found = judge_panel({"a": (counts, totals)})["a"]
    assert "n1" in found.points[10].patterns and not found.points[10].alarm
    assert (found.verdict, found.reasons) == (Verdict.STABLE, ())
    burst = judge_panel({"a": ([*counts[:10], 20, *counts[11:]], totals)})["a"]
    assert burst.points[10].alarm and burst.verdict is Verdict.UNSTABLE


def test_a_new_phase_has_limits_of_its_own_and_the_change_still_alarmed_when_it_came() -> None:
    counts, totals = (
        [*STEADY, *[300, 296, 304, 299, 301, 303, 297, 300, 300, 298, 302, 301, 300]],
        [2000] * 25,
    )
    found = judge_panel({"a": (counts, totals)}, starts={"a": (0, 12)})["a"]
    assert found.points[12].alarm and found.points[12].phase == 1
    assert found.points[-1].centre == pytest.approx(0.15, abs=0.002)
    assert not found.points[-1].alarm and found.verdict is Verdict.STABLE


def test_an_unfinished_period_is_never_judged_and_is_no_past() -> None:
    counts, totals = [*STEADY, 40], [2000] * 12 + [50]
    found = judge_panel({"a": (counts, totals)}, excluded=(12,))["a"]
    assert found.last == 11
    assert (found.points[12].alarm, found.points[12].signal, found.points[12].p_value) == (False, "none", 1.0)
    assert found.points[:12] == judge_panel({"a": (STEADY, [2000] * 12)})["a"].points


def test_judgements_are_those_of_the_series_alone() -> None:
    rng = np.random.default_rng(3)
    counts, totals = rng.binomial(1000, 0.3, 14), [1000] * 14
    alone = judge_series(counts, totals, law="binomial", rules=())
    found = judge_panel({"a": (counts, totals)})["a"]
    assert [p.p_value for p in found.points] == [p.p_value for p in alone]
    events = judge_series(counts, totals, law="poisson", rules=())
    assert [p.p_value for p in judge_panel({"a": (counts, totals)}, law="poisson")["a"].points] == [
        p.p_value for p in events
    ]


def test_no_series_and_no_points_are_answered() -> None:
    assert judge_panel({}) == {}
    empty = judge_panel({"a": ([], [])})["a"]
    assert (empty.points, empty.verdict, empty.latest) == ((), Verdict.TOO_SHORT, None)
    nothing = judge_panel({"a": ([0] * 8, [0] * 8)})["a"]
    assert nothing.verdict is Verdict.TOO_SHORT and not any(p.tested for p in nothing.points)


def test_impossible_panels_are_refused() -> None:
    with pytest.raises(ValueError, match="same periods"):
        judge_panel({"a": ([1], [2]), "b": ([1, 1], [2, 2])})
    with pytest.raises(ValueError, match="between 0 and its total"):
        judge_panel({"a": ([3], [2])})
    with pytest.raises(ValueError, match="out of range"):
        PanelSettings(false_discovery_rate=0)
