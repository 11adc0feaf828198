"""What ``/v1/trends`` says of each line and point, worked out from counts alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Literal

from models.core.month import Month
from models.statistics.change_points import ChangePoint, find_change_points, phase_starts
from models.statistics.intervals import Interval, wilson
from models.statistics.panel import PanelJudgement, PanelPoint, PanelSettings, judge_panel
from models.statistics.series import Law
from models.statistics.signals import AlarmSettings
from service.api.answers import days_of_month, number
from service.database.records import Counts, Grain, Series

Measure = Literal["contacts", "negatives", "negative_rate"]

SETTINGS: Mapping[Grain, PanelSettings] = {
    "month": PanelSettings(AlarmSettings(horizon_points=12, minimum_points=6), baseline_points=12),
    "week": PanelSettings(AlarmSettings(horizon_points=13, minimum_points=8), baseline_points=13),
    "day": PanelSettings(AlarmSettings(horizon_points=31, minimum_points=14), baseline_points=28),
}
"""Alarms of a line without change: 5 % in a year of months, a quarter of weeks, a month of days."""

MAX_JUDGED = 200
MAX_CELLS = 12_000
CHANGE_RATE = 0.01
_MOST_PERIODS_FOR_CHANGES = 150
_CHANGE_WORK = 20_000


@dataclass(frozen=True, slots=True)
class Line:
    """One line over all periods. ``exposures`` are contacts, or days of a volume (``law`` is then Poisson)."""

    value: str
    label: str
    counts: tuple[Counts, ...]
    events: tuple[int, ...]
    exposures: tuple[int, ...]
    of: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Periods:
    """``names`` in time order; ``partial`` are the places of those not over, or cut by the range."""

    names: tuple[str, ...]
    grain: Grain
    partial: frozenset[int]
    days: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Trend:
    """Lines, largest first; ``judged`` has those that were judged, ``changes`` those looked at for change points."""

    measure: Measure
    periods: Periods
    lines: tuple[Line, ...]
    judged: Mapping[str, PanelJudgement]
    changes: Mapping[str, tuple[ChangePoint, ...]]
    law: Law | None


def periods_of(series: Series, grain: Grain, since: date, until: date, today: date) -> Periods:
    """A period is partial where it reaches beyond ``since`` to ``until``, or ``today`` is not behind it."""
    partial, days = set(), []
    for place, name in enumerate(series.periods):
        start, stop = bounds_of(name, grain)
        if start < since or stop > min(until, today):
            partial.add(place)
        days.append(max(0, (min(stop, until, today + timedelta(days=1)) - max(start, since)).days))
    return Periods(series.periods, grain, frozenset(partial), tuple(days))


def bounds_of(period: str, grain: Grain) -> tuple[date, date]:
    """First day, and the day after the last."""
    if grain == "month":
        return days_of_month(Month.parse(period))
    start = date.fromisoformat(period)
    return start, start + timedelta(days=7 if grain == "week" else 1)


def months_of(period: str, grain: Grain) -> tuple[str, ...]:
    """The months in which a period has days."""
    start, stop = bounds_of(period, grain)
    return tuple(sorted({day.isoformat()[:7] for day in (start, stop - timedelta(days=1))}))


def lines_of(
    series: Series, measure: Measure, periods: Periods, *, volume_days: Sequence[int] | None
) -> tuple[Line, ...]:
    """Every value over all periods, also those without it; the value with most contacts first.

    ``volume_days``: days of each period that can have contacts; then a line is contacts per day.
    """
    counted = {(point.period, point.value): point.counts for point in series.points}
    labels = {point.value: point.label for point in series.points}
    lines = []
    for value, label in labels.items():
        counts = tuple(counted.get((period, value), Counts()) for period in periods.names)
        of = tuple(
            one.n if measure == "negative_rate" else series.totals.get(period, Counts()).n
            for period, one in zip(periods.names, counts, strict=True)
        )
        events = tuple(one.n if measure == "contacts" else one.negative for one in counts)
        lines.append(Line(value, label, counts, events, tuple(volume_days or of), of))
    return tuple(sorted(lines, key=lambda line: (-sum(one.n for one in line.counts), line.value)))


def judge(measure: Measure, periods: Periods, lines: tuple[Line, ...], *, is_volume: bool) -> Trend:
    """Judge the largest lines together, within ``MAX_JUDGED`` lines and ``MAX_CELLS`` points."""
    n_periods = max(len(periods.names), 1)
    chosen = lines[: max(1, min(MAX_JUDGED, MAX_CELLS // n_periods))]
    law: Law | None = "poisson" if is_volume else None
    changes = _changes(chosen, periods)
    judged = judge_panel(
        {line.value: (line.events, line.exposures) for line in chosen},
        law=law,
        excluded=sorted(periods.partial),
        starts={value: phase_starts(found) for value, found in changes.items()},
        settings=SETTINGS[periods.grain],
    )
    return Trend(measure, periods, lines, judged, changes, law)


def _changes(lines: Sequence[Line], periods: Periods) -> dict[str, tuple[ChangePoint, ...]]:
    n_periods = len(periods.names)
    if not 0 < n_periods <= _MOST_PERIODS_FOR_CHANGES:
        return {}
    chosen = lines[: max(1, min(30, _CHANGE_WORK // n_periods**2))]
    whole = [0 if place in periods.partial else 1 for place in range(n_periods)]
    return {
        line.value: find_change_points(
            [k * kept for k, kept in zip(line.events, whole, strict=True)],
            [n * kept for n, kept in zip(line.exposures, whole, strict=True)],
            rate=CHANGE_RATE,
        )
        for line in chosen
    }


def rows_of(trend: Trend) -> list[dict[str, Any]]:
    """One row per period and value, by period, the larger first.

    Lines that were judged have a row in every period that has contacts at all, others where they have some.
    """
    rows = []
    for place, period in enumerate(trend.periods.names):
        here = []
        for line in trend.lines:
            judged = trend.judged.get(line.value)
            if line.counts[place].n or (judged is not None and line.of[place]):
                here.append((line.counts[place].n, _row(trend, line, judged, place, period)))
        rows += [row for _, row in sorted(here, key=lambda pair: (-pair[0], pair[1]["value"]))]
    return rows


def _row(trend: Trend, line: Line, judged: PanelJudgement | None, place: int, period: str) -> dict[str, Any]:
    k, n = line.events[place], line.of[place]
    interval = _wilson(k, n)
    return {
        "period": period,
        "value": line.value,
        "label": line.label,
        "n": line.counts[place].n,
        "negative": line.counts[place].negative,
        "of": n,
        "rate": round(k / n, 6) if n else None,
        "low": round(interval.low, 6),
        "high": round(interval.high, 6),
        "per_1000": round(1000 * k / n, 2) if n else None,
        **_control(judged.points[place] if judged else None),
        "is_partial": place in trend.periods.partial,
    }


def _control(point: PanelPoint | None) -> dict[str, Any]:
    if point is None:
        empty = dict.fromkeys(("charted", "centre", "lower_limit", "upper_limit", "expected", "p_value"))
        return {"signal": "none", **empty, "q_value": None, "alarm": False, "patterns": [], "phase": None}
    return {
        "signal": point.signal,
        "charted": number(point.value),
        "centre": number(point.centre),
        "lower_limit": number(point.lower),
        "upper_limit": number(point.upper),
        "expected": number(point.expected, 2),
        "p_value": number(point.p_value) if point.tested else None,
        "q_value": number(point.q_value),
        "alarm": point.alarm,
        "patterns": list(point.patterns),
        "phase": point.phase,
    }


@lru_cache(maxsize=20_000)
def _wilson(k: int, n: int) -> Interval:
    return wilson(k, n)
