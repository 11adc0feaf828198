"""XmR charts: individual measurements and their moving ranges."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.statistics.charts.phases import (
    Phase,
    Phasing,
    baseline_reasons,
    moving_range_sigma,
    signals_of,
    split_phases,
)
from models.statistics.charts.rules import NELSON, RULES, Rule
from models.statistics.charts.values import Baseline, ChartPoint, ControlChart

Floats = NDArray[np.float64]

# D4 of two observations: Montgomery, table VI.
RANGE_LIMIT = 3.267


def individuals_chart(
    values: Sequence[float | None], *, phasing: Phasing | None = None, rules: Sequence[Rule] = NELSON
) -> ControlChart:
    """XmR chart of measurements ``(n,)``; ``None`` or ``nan`` is an empty point.

    Centre: mean of the baseline; limits ``mean ± 3 MR / 1.128`` with MR the mean moving range; range chart
    with centre MR and upper limit ``3.267 MR`` (Montgomery, Introduction to Statistical Quality Control, 6th
    ed., eq. 6.33; Wheeler, Understanding Variation, 1993). Ranges do not reach over a phase's start, and
    neighbours are the nearest points with data. Raises ``ValueError`` for infinite values.
    """
    x = np.array([np.nan if value is None else float(value) for value in values], dtype=np.float64)
    if bool(np.any(np.isinf(x))):
        raise ValueError("measurements must be finite")
    chosen = phasing or Phasing()
    parts = [
        _drawn(x, phase, number, chosen.minimum_points, rules)
        for number, phase in enumerate(split_phases(np.isfinite(x), chosen) if len(x) else ())
    ]
    points = tuple(point for _, drawn, _ in parts for point in drawn)
    ranges = tuple(point for _, _, drawn in parts for point in drawn)
    return ControlChart("xmr", points, tuple(baseline for baseline, _, _ in parts), ranges)


def _drawn(
    x: Floats, phase: Phase, number: int, minimum_points: int, rules: Sequence[Rule]
) -> tuple[Baseline, list[ChartPoint], list[ChartPoint]]:
    used, n_points = phase.used, int(phase.used.sum())
    centre = float(x[used].mean()) if n_points else np.nan
    sigma = moving_range_sigma(x[used])
    z = (x - centre) / sigma if sigma > 0 else np.full(len(x), np.nan)
    reasons = baseline_reasons(z, phase, minimum_points, sigma)
    known = centre if n_points else None
    baseline = Baseline(phase.start, phase.baseline_stop, n_points, known, 1.0, None, reasons, False)
    within = np.zeros(len(x), dtype=bool)
    within[phase.start : phase.stop] = True
    signals = signals_of(z, within, rules)
    places = range(phase.start, phase.stop)
    points = [_point(x, i, known, 3 * sigma, z, signals[i], number) for i in places]
    return baseline, points, _ranges(x, phase, sigma * 1.128 if n_points > 1 else None, number)


def _point(
    x: Floats, i: int, centre: float | None, reach: float, z: Floats, signals: tuple[str, ...], number: int
) -> ChartPoint:
    value = float(x[i]) if np.isfinite(x[i]) else None
    if centre is None:
        return ChartPoint(value, None, None, None, None, (), number)
    score = float(z[i]) if np.isfinite(z[i]) else (0.0 if value == centre else None)
    return ChartPoint(value, centre, centre - reach, centre + reach, score, signals, number)


def _ranges(x: Floats, phase: Phase, mean: float | None, number: int) -> list[ChartPoint]:
    points, before = [], np.nan
    upper = None if mean is None else RANGE_LIMIT * mean
    for value in x[phase.start : phase.stop]:
        step = abs(float(value - before))
        found = step if np.isfinite(step) else None
        # One sigma of a range is (D4 - 1) MR / 3.
        z = None if found is None or not mean else 3 * (found / mean - 1) / (RANGE_LIMIT - 1)
        out = z is not None and z > RULES["n1"].sigma
        points.append(ChartPoint(found, mean, None if mean is None else 0.0, upper, z, ("n1",) * out, number))
        before = value if np.isfinite(value) else before
    return points
