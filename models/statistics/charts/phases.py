"""Phases of a chart, and which of their points set the limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.statistics.charts.rules import NELSON, Rule, find_patterns

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

# Rules that, found inside a baseline, make it unstable: a point out, or a lasting shift.
STABILITY_RULES = tuple(rule for rule in NELSON if rule.code in ("n1", "n2"))


@dataclass(frozen=True, slots=True)
class Phasing:
    """How limits come about.

    ``starts``: first point of each phase, the first one 0; give a new one after a change that was accepted.
    ``baseline_points``: points with data at the head of a phase that set its limits; ``None`` takes the whole
    phase. ``excluded``: points with a known special cause, plotted and left out of baselines.
    ``minimum_points``: a baseline with fewer is called unstable.
    """

    starts: tuple[int, ...] = (0,)
    baseline_points: int | None = None
    excluded: tuple[int, ...] = ()
    minimum_points: int = 12

    def __post_init__(self) -> None:
        rising = all(a < b for a, b in zip(self.starts, self.starts[1:], strict=False))
        if not self.starts or self.starts[0] != 0 or not rising:
            raise ValueError(f"phases must start at 0 and rise: {self.starts}")
        if self.baseline_points is not None and self.baseline_points < 1:
            raise ValueError(f"a baseline needs at least one point: {self.baseline_points}")


@dataclass(frozen=True, slots=True)
class Phase:
    """Points ``[start, stop)``; ``used``, ``(n,)`` over the whole series, marks those of the baseline."""

    start: int
    stop: int
    baseline_stop: int
    used: Bools


def split_phases(has_data: Bools, phasing: Phasing) -> tuple[Phase, ...]:
    """The phases of a series; ``has_data``, ``(n,)``. A start beyond the end raises ``ValueError``."""
    n = len(has_data)
    if phasing.starts[-1] >= max(n, 1):
        raise ValueError(f"a phase starts at {phasing.starts[-1]}, the series has {n} points")
    usable = has_data.copy()
    usable[[i for i in phasing.excluded if 0 <= i < n]] = False
    stops = (*phasing.starts[1:], n)
    return tuple(
        _phase(usable, start, stop, phasing.baseline_points)
        for start, stop in zip(phasing.starts, stops, strict=True)
    )


def _phase(usable: Bools, start: int, stop: int, baseline_points: int | None) -> Phase:
    inside = np.flatnonzero(usable[start:stop]) + start
    chosen = inside if baseline_points is None else inside[:baseline_points]
    cut = baseline_points is not None and len(inside) > baseline_points
    used = np.zeros(len(usable), dtype=bool)
    used[chosen] = True
    return Phase(start, stop, int(chosen[-1]) + 1 if cut else stop, used)


def baseline_reasons(z: Floats, phase: Phase, minimum_points: int, spread: float) -> tuple[str, ...]:
    """Why the baseline of a phase is not to be trusted; ``z``, ``(n,)``, ``nan`` where there is none."""
    n_points = int(phase.used.sum())
    if n_points == 0:
        return ("no_data",)
    reasons = ["too_few_points"] if n_points < minimum_points else []
    if spread == 0:
        reasons.append("no_variation")
    elif any(signals_of(z, phase.used, STABILITY_RULES)):
        reasons.append("signals_inside")
    return tuple(reasons)


def signals_of(z: Floats, among: Bools, rules: Sequence[Rule]) -> list[tuple[str, ...]]:
    """Signals at each point, ``(n,)``: patterns run over the marked points that have a score."""
    where = np.flatnonzero(among & np.isfinite(z))
    found: list[tuple[str, ...]] = [()] * len(z)
    for i, codes in zip(where, find_patterns(z[where], z[where], rules), strict=True):
        found[i] = codes
    return found


def moving_range_sigma(values: Floats) -> float:
    """Spread of ``values``, ``(n,)``, from the mean moving range of two: ``MR / 1.128``; 0 for one point.

    Source: Montgomery, Introduction to Statistical Quality Control, 6th ed., eq. 6.33 (d2 of table VI).
    """
    return float(np.mean(np.abs(np.diff(values)))) / 1.128 if len(values) > 1 else 0.0
