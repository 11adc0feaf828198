"""Several series judged together: limits, patterns, alarms, and signals at one false discovery rate.

Three things stand beside each other at every point, each with a rate of its own. ``patterns`` are those of a
textbook chart (``charts``), for people who read charts. ``alarm`` fires in a series without change with chance
``AlarmSettings.family_rate`` in ``horizon_points`` points (``signals``). ``signal`` is the verdict over all
series of a period: Benjamini-Hochberg over their p-values of that period, so that a panel of a hundred lines
without any change shows a signal in a period with chance ``false_discovery_rate`` at most. How uneven counts
are is learnt from all series together (``pooled``), for a year of months of one tells little of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from models.statistics.changes import benjamini_hochberg
from models.statistics.charts.attributes import rate_chart, share_chart
from models.statistics.charts.phases import Phasing
from models.statistics.charts.values import Baseline, ControlChart
from models.statistics.pooled import Panel, judge_lines
from models.statistics.series import Floats, Law, Numbers, checked_series
from models.statistics.signals import AlarmSettings, PointJudgement

Signal = Literal["up", "down", "none"]
Value = TypeVar("Value")
SeriesOf = Mapping[Value, tuple[Numbers, Numbers]]
Judged = tuple[PointJudgement, ...]

# Below this share the law of rare events stands for that of shares: hardly wider, and a hundred times faster.
RARE_SHARE = 0.1


class Verdict(StrEnum):
    """How far the limits of a series can be trusted, from the points before the last one."""

    STABLE = "stable"
    PROVISIONAL = "provisional"  # tested, but too few points (or no variation) for limits to stay
    UNSTABLE = "unstable"  # points or runs out of control inside the baseline itself
    TOO_SHORT = "too_short"  # nothing is tested


# Verdict -> (Chinese, English).
VERDICT_WORDS = MappingProxyType(
    {
        Verdict.STABLE: ("基线稳定，控制限可用", "the baseline is stable, its limits can be used"),
        Verdict.PROVISIONAL: (
            "历史点数偏少或没有波动，控制限是暂定的",
            "few points so far, or no variation: the limits are provisional",
        ),
        Verdict.UNSTABLE: (
            "基线不稳定：历史中已有异常点或偏移，控制限仅供参考",
            "the baseline is unstable: it holds points or shifts out of control, so mind the limits",
        ),
        Verdict.TOO_SHORT: (
            "历史太短，无法判断是否异常",
            "too little history: nothing can be tested",
        ),
    }
)


@dataclass(frozen=True, slots=True)
class PanelSettings:
    """``false_discovery_rate`` over the series of one period; ``baseline_points``: fewer are provisional."""

    alarm: AlarmSettings = field(default_factory=AlarmSettings)
    false_discovery_rate: float = 0.05
    baseline_points: int = 12

    def __post_init__(self) -> None:
        if not 0 < self.false_discovery_rate < 1 or self.baseline_points < 1:
            raise ValueError(f"the settings of a panel are out of range: {self}")


@dataclass(frozen=True, slots=True)
class PanelPoint:
    """One period of one series. ``value``, ``centre`` and limits are per unit of exposure, ``None`` if unknown.

    ``expected`` is a count. ``tested`` says whether there was enough past; else ``p_value`` is 1 and
    ``q_value`` ``None``. ``patterns`` are codes of ``charts.rules``; ``phase`` counts from 0.
    """

    value: float | None
    centre: float | None
    lower: float | None
    upper: float | None
    expected: float | None
    tested: bool
    p_value: float
    q_value: float | None
    alarm: bool
    signal: Signal
    patterns: tuple[str, ...]
    phase: int


@dataclass(frozen=True, slots=True)
class PanelJudgement:
    """One series: ``points`` one per period; ``reasons`` are keys of ``BASELINE_REASONS``, none if stable.

    ``last`` is the place of the newest period that is judged, ``None`` where all are left out.
    """

    verdict: Verdict
    reasons: tuple[str, ...]
    chart: ControlChart
    points: tuple[PanelPoint, ...]
    last: int | None

    @property
    def latest(self) -> PanelPoint | None:
        return None if self.last is None else self.points[self.last]


def judge_panel(
    series: SeriesOf[Value],
    *,
    law: Law | None = None,
    excluded: Sequence[int] = (),
    starts: Mapping[Value, tuple[int, ...]] | None = None,
    settings: PanelSettings | None = None,
) -> dict[Value, PanelJudgement]:
    """Judgement of each series, ``(counts, exposures)`` over the same periods ``(n,)`` in time order.

    ``law``: ``binomial`` for shares of contacts, ``poisson`` for events per exposure; ``None`` takes shares,
    judged by the Poisson law where they are below ``RARE_SHARE`` (conservative by at most 5 % of a standard
    deviation). ``excluded`` periods (unfinished ones) are drawn, never judged, and no past of others.
    ``starts`` are phases after accepted changes, first 0, per series: limits begin anew there, alarms once the
    new phase has the points that a past needs, so that a change still alarms when it comes. The last judged
    point sets no limits of its own. Raises ``ValueError`` for impossible counts or series of unequal length.
    """
    options = settings or PanelSettings()
    lengths = {len(counts) for counts, _ in series.values()}
    if len(lengths) > 1:
        raise ValueError(f"the series of a panel cover the same periods: {sorted(lengths)}")
    n_points = lengths.pop() if lengths else 0
    left_out, given = frozenset(excluded), starts or {}
    raw = [
        _raw(counts, exposures, law, given.get(value, (0,))) for value, (counts, exposures) in series.items()
    ]
    judged = _judge_all(raw, sorted(left_out), options.alarm) if raw and n_points else [()] * len(raw)
    lines = [_line(one, found, law, left_out, options) for one, found in zip(raw, judged, strict=True)]
    adjusted = _adjusted(lines, n_points)
    return {
        value: _judgement(line, q_values, options)
        for value, line, q_values in zip(series, lines, adjusted, strict=True)
    }


@dataclass(frozen=True, slots=True)
class _Raw:
    """One series as given, ``law`` chosen."""

    k: Floats
    n: Floats
    law: Law
    starts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Line:
    chart: ControlChart
    judged: Judged
    tested: tuple[bool, ...]
    last: int | None


def _raw(counts: Numbers, exposures: Numbers, law: Law | None, starts: tuple[int, ...]) -> _Raw:
    k, n = checked_series(counts, exposures, law or "binomial")
    return _Raw(k, n, law or ("poisson" if k.sum() < RARE_SHARE * n.sum() else "binomial"), starts)


def _line(
    raw: _Raw, judged: Judged, law: Law | None, excluded: frozenset[int], options: PanelSettings
) -> _Line:
    inside = [i for i in range(len(raw.k)) if i not in excluded]
    last = inside[-1] if inside else None
    out = tuple(sorted(excluded if last is None else excluded | {last}))
    draw = rate_chart if law == "poisson" else share_chart
    phasing = Phasing(raw.starts, excluded=out, minimum_points=options.baseline_points)
    tested = tuple(
        i not in excluded and point.expected is not None and bool(raw.n[i] > 0)
        for i, point in enumerate(judged)
    )
    return _Line(draw(raw.k, raw.n, phasing=phasing), judged, tested, last)


def _judge_all(lines: Sequence[_Raw], excluded: Sequence[int], options: AlarmSettings) -> list[Judged]:
    counts, exposures = (np.stack([getattr(line, name) for line in lines]) for name in ("k", "n"))
    used = exposures > 0
    used[:, [i for i in excluded if 0 <= i < counts.shape[1]]] = False
    start = np.stack([_past_starts(line, options.minimum_points) for line in lines])
    is_share = np.array([line.law == "binomial" for line in lines])
    return judge_lines(Panel(counts, exposures, used, start, is_share), options)


def _past_starts(line: _Raw, minimum_points: int) -> NDArray[np.int64]:
    """First point of the past of each point: of the latest phase that is old enough to be one."""
    found = np.zeros(len(line.k), dtype=np.int64)
    for start in line.starts[1:]:
        found[start + minimum_points :] = start
    return found


def _adjusted(lines: Sequence[_Line], n_points: int) -> list[list[float | None]]:
    """q-values, per line and point, over the lines that are tested at that point."""
    found: list[list[float | None]] = [[None] * n_points for _ in lines]
    for i in range(n_points):
        among = [number for number, line in enumerate(lines) if line.tested[i]]
        adjusted = benjamini_hochberg([lines[number].judged[i].p_value for number in among])
        for number, q_value in zip(among, adjusted, strict=True):
            found[number][i] = float(q_value)
    return found


def _judgement(line: _Line, adjusted: Sequence[float | None], options: PanelSettings) -> PanelJudgement:
    points = tuple(
        _point(line, i, q_value, options.false_discovery_rate) for i, q_value in enumerate(adjusted)
    )
    baseline = line.chart.baselines[-1] if line.chart.baselines else None
    reasons = _reasons(line, baseline)
    enough = line.last is not None and line.tested[line.last]
    return PanelJudgement(_verdict(reasons, enough), reasons, line.chart, points, line.last)


def _reasons(line: _Line, baseline: Baseline | None) -> tuple[str, ...]:
    """Reasons of the chart; on sparse counts, whose normal limits are rough, an alarm must say the same."""
    if baseline is None:
        return ("no_data",)
    alarmed = any(point.alarm for point in line.judged[baseline.start : line.last])
    if baseline.sparse and not alarmed:
        return tuple(reason for reason in baseline.reasons if reason != "signals_inside")
    return baseline.reasons


def _point(line: _Line, i: int, q_value: float | None, level: float) -> PanelPoint:
    drawn, judged, tested = line.chart.points[i], line.judged[i], line.tested[i]
    signal: Signal = "none"
    if q_value is not None and q_value <= level and judged.direction is not None:
        signal = "up" if judged.direction == "rise" else "down"
    return PanelPoint(
        value=drawn.value,
        centre=drawn.centre,
        lower=drawn.lower,
        upper=drawn.upper,
        expected=judged.expected,
        tested=tested,
        p_value=judged.p_value if tested else 1.0,
        q_value=q_value,
        alarm=tested and judged.alarm,
        signal=signal,
        patterns=drawn.signals,
        phase=drawn.phase,
    )


def _verdict(reasons: Sequence[str], enough: bool) -> Verdict:
    if not enough:
        return Verdict.TOO_SHORT
    if "signals_inside" in reasons:
        return Verdict.UNSTABLE
    return Verdict.PROVISIONAL if reasons else Verdict.STABLE
