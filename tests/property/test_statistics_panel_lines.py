"""Panels of any lines: every figure is one, and no line is judged by what comes later."""

from __future__ import annotations

import math
import warnings

from hypothesis import given, settings
from hypothesis import strategies as st

from models.statistics.panel import PanelJudgement, judge_panel

Series = tuple[list[int], list[int]]


@st.composite
def panels(draw: st.DrawFn) -> dict[str, Series]:
    """Lines over the same months: empty months, lines without events, lines that are in every contact."""
    n_points = draw(st.integers(1, 16))
    found: dict[str, Series] = {}
    for line in range(draw(st.integers(1, 6))):
        totals = draw(
            st.lists(st.sampled_from([0, 1, 7, 300, 100_000]), min_size=n_points, max_size=n_points)
        )
        shares = draw(st.lists(st.sampled_from([0, 0, 1, 50, 100]), min_size=n_points, max_size=n_points))
        found[str(line)] = ([n * share // 100 for n, share in zip(totals, shares, strict=True)], totals)
    return found


def judged(panel: dict[str, Series], excluded: list[int]) -> dict[str, PanelJudgement]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return judge_panel(panel, excluded=excluded)


@settings(max_examples=60, deadline=None)
@given(panels(), st.lists(st.integers(0, 15), max_size=2))
def test_every_figure_of_a_panel_is_a_number(panel: dict[str, Series], excluded: list[int]) -> None:
    for line in judged(panel, excluded).values():
        for i, point in enumerate(line.points):
            assert 0 <= point.p_value <= 1 and (point.q_value is None or 0 <= point.q_value <= 1)
            assert point.expected is None or (math.isfinite(point.expected) and point.expected >= 0)
            assert i not in excluded or not (point.tested or point.alarm)


@settings(max_examples=40, deadline=None)
@given(panels(), st.integers(1, 16))
def test_later_months_change_no_earlier_p_value(panel: dict[str, Series], cut: int) -> None:
    whole = judge_panel(panel, law="poisson")
    early = judge_panel({line: (k[:cut], n[:cut]) for line, (k, n) in panel.items()}, law="poisson")
    for line, before in early.items():
        for here, there in zip(whole[line].points, before.points, strict=False):
            assert math.isclose(here.p_value, there.p_value, rel_tol=1e-6, abs_tol=1e-12)
