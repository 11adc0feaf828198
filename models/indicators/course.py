"""Whether a month stands out of an indicator's own course, all indicators judged in each other's company.

Two months differ by more than chance of contacts says: seasons, mixes and staff change too. The months before tell how
uneven an indicator is, and all indicators together tell it better (``models.statistics.panel``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from models.core.month import Month
from models.indicators.plain import to_plain
from models.indicators.registry import Indicator
from models.indicators.sums import RatioSums, effective_counts
from models.indicators.tally import EVERYWHERE, IndicatorTally, Where
from models.statistics.panel import PanelPoint, judge_panel

HISTORY_MONTHS = 24

StandsOut = Literal["better", "worse", "none", "untold"]


@dataclass(frozen=True, slots=True)
class CourseSignal:
    """``signal`` of the month against its own past at a false discovery rate of 5 % over all indicators; ``untold`` with
    fewer than 6 months before, and for means. ``expected`` is in the unit of the indicator.
    """

    signal: StandsOut
    expected: float | None = None
    q_value: float | None = None

    def to_dict(self) -> dict[str, Any]:
        return dict(to_plain(self))


UNTOLD = CourseSignal("untold")


def course_signals(
    tally: IndicatorTally, month: str, where: Where = EVERYWHERE, *, history_months: int = HISTORY_MONTHS
) -> dict[str, CourseSignal]:
    """By id of indicator. Shares alone are judged: the panel counts cases among contacts."""
    last = Month.parse(month)
    known = set(tally.months())
    months = [str(last.shifted(-ago)) for ago in range(history_months, -1, -1)]
    months = [one for one in months if one in known or one == month]
    shares = [one for one in tally.registry.indicators if one.formula.law == "share"]
    lines = {one.id: [_counts(tally.sums(one.id, at, where)) for at in months] for one in shares}
    series = {
        key: ([k for k, _ in pairs], [n for _, n in pairs])
        for key, pairs in lines.items()
        if any(n for _, n in pairs)
    }
    judged = judge_panel(series) if series else {}
    return {
        one.id: _signal(one, judged[one.id].points[-1], series[one.id][1][-1]) if one.id in judged else UNTOLD
        for one in tally.registry.indicators
    }


def _counts(sums: RatioSums) -> tuple[int, int]:
    """Whole cases and contacts that tell as much as these."""
    if sums.b <= 0:
        return 0, 0
    _, size = effective_counts(sums)
    n = max(1, round(size))
    return min(n, round(sums.a / sums.b * n)), n


def _signal(one: Indicator, point: PanelPoint, n: int) -> CourseSignal:
    if not point.tested or not n:
        return UNTOLD
    expected = None if point.expected is None else point.expected / n * one.factor
    if point.signal == "none":
        return CourseSignal("none", expected, point.q_value)
    better = (point.signal == "up") == (one.direction == "higher")
    return CourseSignal("better" if better else "worse", expected, point.q_value)
