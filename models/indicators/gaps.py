"""The KEI table: every key experience indicator against its target, its past and its weight.

A gap counts in points of the indicator's own scale (0 the worst, 100 the best value of ``scale``), so that minutes,
shares and scores stand in one order and one index. The index is the weighted mean of those points.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from models.core.month import Month
from models.indicators.course import UNTOLD, CourseSignal, course_signals
from models.indicators.plain import to_plain
from models.indicators.registry import SYSTEMS, Indicator, System
from models.indicators.sums import Estimate
from models.indicators.tally import EVERYWHERE, IndicatorTally, Where
from models.indicators.trends import Trend, compare, judged

Standing = Literal["missed", "met", "unsure", "no_target", "no_data"]

MIN_JUDGED = 10
"""Of fewer transcripts a figure is shown and not judged: one bad answer of one is no missed target."""


@dataclass(frozen=True, slots=True)
class KeiRow:
    """``gap`` is actual less target in the unit; ``shortfall`` how far the actual is worse, in points of the scale
    (negative where it is better), ``priority`` that times the weight.

    ``significant``: the interval excludes the target, and ``MIN_JUDGED`` transcripts or more tell of it. ``standing`` is ``missed`` or ``met`` only then, else ``unsure``.
    """

    indicator: str
    zh: str
    en: str
    system: System
    version: str
    unit: str
    direction: str
    owner: str
    weight: float
    actual: Estimate
    weighted: Estimate
    target: float | None
    gap: float | None
    shortfall: float | None
    priority: float | None
    significant: bool
    standing: Standing
    points: float | None
    versus_last: Trend
    versus_year: Trend
    course: CourseSignal = UNTOLD

    def to_dict(self) -> dict[str, Any]:
        return dict(to_plain(self))


@dataclass(frozen=True, slots=True)
class KeiIndex:
    """Weighted mean of points, [0, 100], of indicators with a weight, a figure and a target; ``target`` alike.

    ``low`` and ``high`` take all indicators to err together, which they cannot do by more: at least 95 %.
    ``covered`` is the share of all weights that had a figure. ``value`` is ``None`` where none had.
    """

    value: float | None
    low: float | None
    high: float | None
    target: float | None
    covered: float

    def to_dict(self) -> dict[str, Any]:
        return dict(to_plain(self))


@dataclass(frozen=True, slots=True)
class KeiTable:
    """``rows`` by priority, largest first; behind them those of fewer than ``MIN_JUDGED`` transcripts, likewise; then those
    without a target or figure in the order of the registry.
    """

    month: str
    rows: tuple[KeiRow, ...]
    index: KeiIndex
    weighted_index: KeiIndex
    systems: dict[str, KeiIndex]

    def to_dict(self) -> dict[str, Any]:
        return dict(to_plain(self))


def kei_table(tally: IndicatorTally, month: str, where: Where = EVERYWHERE) -> KeiTable:
    """The table of a month, and where given of one store, segment or agent.

    Compared with the month before and the same month a year before; all comparisons are judged together. ``course``
    says beside them whether the month stands out of the indicator's own past.
    """
    indicators = tally.registry.indicators
    this = Month.parse(month)
    trends = [
        compare(one, tally.sums(one.id, str(this.shifted(-ago)), where), tally.sums(one.id, month, where))
        for ago in (1, 12)
        for one in indicators
    ]
    verdicts = judged(trends, [*indicators, *indicators])
    courses = course_signals(tally, month, where)
    rows = [
        replace(
            _row(tally, one, month, where, verdicts[at], verdicts[at + len(indicators)]),
            course=courses[one.id],
        )
        for at, one in enumerate(indicators)
    ]
    known = {one.id: one for one in indicators}
    return KeiTable(
        month,
        tuple(sorted(rows, key=_place)),
        index_of(rows, known),
        index_of(rows, known, weighted=True),
        {system: index_of([row for row in rows if row.system == system], known) for system in SYSTEMS},
    )


def index_of(rows: Sequence[KeiRow], known: dict[str, Indicator], *, weighted: bool = False) -> KeiIndex:
    """The index of some rows; ``weighted`` by what customers are worth."""
    weights = [row.weight for row in rows if row.target is not None]
    counted = [
        (row, figure)
        for row in rows
        if row.target is not None
        and row.weight
        and (figure := row.weighted if weighted else row.actual).value is not None
    ]
    total = sum(row.weight for row, _ in counted)
    if not total:
        return KeiIndex(None, None, None, None, 0.0)
    value = sum(row.weight * known[row.indicator].points(figure.value or 0.0) for row, figure in counted)
    target = sum(row.weight * known[row.indicator].points(row.target or 0.0) for row, _ in counted)
    ends = [
        [known[row.indicator].points(end) for end in (figure.low, figure.high) if end is not None]
        or [0.0, 100.0]
        for row, figure in counted
    ]
    low = sum(row.weight * min(own) for (row, _), own in zip(counted, ends, strict=True))
    high = sum(row.weight * max(own) for (row, _), own in zip(counted, ends, strict=True))
    return KeiIndex(value / total, low / total, high / total, target / total, total / sum(weights))


def _place(row: KeiRow) -> tuple[int, float]:
    if row.priority is None:
        return 2, 0.0
    return int(row.actual.n < MIN_JUDGED), -row.priority


def _row(tally: IndicatorTally, one: Indicator, month: str, where: Where, last: Trend, year: Trend) -> KeiRow:
    found = tally.result(one.id, month, where)
    actual, target = found.actual, one.target
    value = actual.value
    shortfall = None if value is None or target is None else one.points(target) - one.points(value)
    significant = target is not None and actual.n >= MIN_JUDGED and actual.excludes(target)
    return KeiRow(
        one.id,
        one.zh,
        one.en,
        one.system,
        one.version,
        one.unit,
        one.direction,
        one.owner,
        one.weight,
        actual,
        found.weighted,
        target,
        None if value is None or target is None else value - target,
        shortfall,
        None if shortfall is None else one.weight * shortfall,
        significant,
        _standing(one, actual, significant),
        None if value is None else one.points(value),
        last,
        year,
    )


def _standing(one: Indicator, actual: Estimate, significant: bool) -> Standing:
    if actual.value is None:
        return "no_data"
    if one.target is None:
        return "no_target"
    if not significant:
        return "unsure"
    return "met" if (actual.value > one.target) == (one.direction == "higher") else "missed"
