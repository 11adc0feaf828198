"""Alarms on monthly series that fire no more often than they say.

Every point is judged against the points before it in its phase. So the judgements of one series are nearly
independent of each other, although the rate and the spread are estimated (Quesenberry 1991, J. Quality
Technology 23, 213-224: Q charts), and rates of run rules hold from the first months on. Points that belong
to a special cause or to an accepted change are kept out of the past by ``excluded`` and by phase starts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from models.statistics.charts.phases import Phasing
from models.statistics.charts.rules import NELSON, Rule, find_patterns
from models.statistics.predictive import Past, Tails, dispersion, predictive_tails
from models.statistics.series import Floats, Law, Numbers, checked_series

Direction = Literal["rise", "fall"]


@dataclass(frozen=True, slots=True)
class AlarmSettings:
    """``family_rate``: chance that a series without any change alarms in ``horizon_points`` points.

    ``windows``: lengths, in points, of the latest stretches that are tested; longer ones find smaller shifts.
    ``minimum_points``: fewer points with data in the past say nothing.
    """

    family_rate: float = 0.05
    horizon_points: int = 12
    windows: tuple[int, ...] = (1, 2)
    minimum_points: int = 6

    def __post_init__(self) -> None:
        if not 0 < self.family_rate < 1 or self.horizon_points < 1 or self.minimum_points < 2:
            raise ValueError(f"the settings of an alarm are out of range: {self}")
        if not self.windows or min(self.windows) < 1:
            raise ValueError(f"windows must be at least one point long: {self.windows}")

    @property
    def point_rate(self) -> float:
        """Chance of an alarm per point; the family's by Boole's inequality."""
        return self.family_rate / self.horizon_points


@dataclass(frozen=True, slots=True)
class PointJudgement:
    """One point against its past.

    ``expected``: count expected at this exposure, ``None`` without a past. ``p_value``: two-sided, over all
    windows, against no change; 1 where nothing can be said. ``direction`` and ``window`` of the stronger
    evidence. ``alarm``: ``p_value`` at most the point rate. ``patterns``: codes of run rules on the scores,
    each at its own stated rate, beside the alarm and not part of its family.
    """

    expected: float | None
    p_value: float
    direction: Direction | None
    window: int | None
    alarm: bool
    patterns: tuple[str, ...]


def judge_series(
    counts: Numbers,
    exposures: Numbers,
    *,
    law: Law = "binomial",
    phasing: Phasing | None = None,
    settings: AlarmSettings | None = None,
    rules: Sequence[Rule] = NELSON,
) -> tuple[PointJudgement, ...]:
    """A judgement per point, ``(n,)``, of ``counts`` among ``exposures`` in time order.

    ``law``: ``binomial`` for shares of contacts (counts up to the exposure), ``poisson`` for events per
    exposure. P-values of many series go through ``benjamini_hochberg`` together. Of ``phasing`` only starts
    and excluded points matter. Raises ``ValueError`` for impossible counts.
    """
    k, n = checked_series(counts, exposures, law)
    options, phases = settings or AlarmSettings(), phasing or Phasing()
    history = _History.of(k, n, phases, law)
    single = history.tails(1, options.minimum_points)
    by_window = [
        single if window == 1 else history.tails(window, options.minimum_points) for window in options.windows
    ]
    rise = np.min([tails.at_least for tails in by_window], axis=0, initial=1.0)
    fall = np.min([tails.at_most for tails in by_window], axis=0, initial=1.0)
    p_values = np.minimum(1.0, 2 * len(options.windows) * np.minimum(rise, fall))
    expected = history.past(1, options.minimum_points).expected(n)
    patterns = _patterns(single, n > 0, phases, rules)
    return tuple(
        _judgement(i, p_values[i], expected[i], bool(rise[i] <= fall[i]), by_window, options, patterns[i])
        for i in range(len(k))
    )


@dataclass(frozen=True, slots=True)
class _History:
    """Running totals over points that may serve as past; each ``(n + 1,)``, 0 first."""

    k: Floats
    n: Floats
    start: NDArray[np.int64]
    sums: Floats
    law: Law

    @staticmethod
    def of(k: Floats, n: Floats, phasing: Phasing, law: Law) -> _History:
        used = n > 0
        used[[i for i in phasing.excluded if 0 <= i < len(k)]] = False
        squares = np.divide(k**2, n, out=np.zeros(len(k)), where=n > 0)
        columns = np.stack([k, n, np.ones(len(k)), squares]) * used
        sums = np.concatenate([np.zeros((4, 1)), np.cumsum(columns, axis=1)], axis=1)
        starts = np.array(phasing.starts)
        start = starts[np.searchsorted(starts, np.arange(len(k)), side="right") - 1]
        return _History(k, n, start, sums, law)

    def past(self, window: int, minimum_points: int) -> Past:
        """What was seen before the window that ends at each point; empty where it is too little."""
        end = np.maximum(np.arange(len(self.k)) - window + 1, self.start)
        events, exposure, points, squares = self.sums[:, end] - self.sums[:, self.start]
        spread = dispersion(events, exposure, squares, points, self.law)
        enough = points >= minimum_points
        return Past(events * enough, exposure * enough, points * enough, spread)

    def tails(self, window: int, minimum_points: int) -> Tails:
        before = np.arange(len(self.k)) - window + 1
        fits = (before >= self.start).astype(np.float64)
        first = np.maximum(before, 0)
        k, n = _sum_from(self.k, first), _sum_from(self.n, first)
        return predictive_tails(k * fits, n * fits, self.past(window, minimum_points), self.law)


def _sum_from(values: Floats, first: NDArray[np.int64]) -> Floats:
    total = np.concatenate([[0.0], np.cumsum(values)])
    return np.asarray(total[1:] - total[first])


def _patterns(
    single: Tails, has_data: NDArray[np.bool_], phasing: Phasing, rules: Sequence[Rule]
) -> list[tuple[str, ...]]:
    low, high = single.scores
    found: list[tuple[str, ...]] = [()] * len(low)
    if not rules:
        return found
    stops = (*phasing.starts[1:], len(low))
    for start, stop in zip(phasing.starts, stops, strict=True):
        where = np.flatnonzero(has_data[start:stop]) + start
        for i, codes in zip(where, find_patterns(low[where], high[where], rules), strict=True):
            found[i] = codes
    return found


def _judgement(
    i: int,
    p_value: float,
    expected: float,
    rising: bool,
    by_window: Sequence[Tails],
    options: AlarmSettings,
    patterns: tuple[str, ...],
) -> PointJudgement:
    known = float(expected) if np.isfinite(expected) else None
    if p_value >= 1:
        return PointJudgement(known, 1.0, None, None, False, patterns)
    sides = [float((tails.at_least if rising else tails.at_most)[i]) for tails in by_window]
    window = options.windows[int(np.argmin(sides))]
    alarm = bool(p_value <= options.point_rate)
    return PointJudgement(known, float(p_value), "rise" if rising else "fall", window, alarm, patterns)
