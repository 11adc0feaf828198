"""Many series judged in each other's company: what all of them show of unevenness serves each.

A year of months tells little of how uneven the counts of one series are, so that judged alone it needs five
standard deviations where fifty series are looked at. The series of a panel are counted in one way: so the
dispersion of each is drawn towards that of all, as far as they agree among themselves (Smyth 2004, Statistical
Applications in Genetics and Molecular Biology 3, 3: moderated variances; Lund et al. 2012, ibid. 11, 5: counts).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import special

from models.statistics.predictive import GUESSED_DISPERSION, Past, Tails, dispersion_df, predictive_tails
from models.statistics.series import Floats, Law
from models.statistics.signals import AlarmSettings, PointJudgement

Integers = NDArray[np.int64]

# Grid of what the lines may share: dispersion where counts are few, its growth with the mean count (relative to
# the median line; counts that vary by a constant share, as a common season or fashion makes them), and how
# closely lines follow it, in degrees of freedom, uniform in the share that is drawn over (as in ``priors``).
_LEVELS = np.geomspace(1.0, 8.0, 10)
_GROWTHS = np.array([0.0, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0])
_SHARES = (np.arange(10) + 0.5) / 10
_LEAST_TOLD = 2.0
_FLOOR = 0.05


@dataclass(frozen=True, slots=True)
class Panel:
    """``counts`` among ``exposures``, ``(lines, n)``; ``used`` points may serve as past, from ``start`` on.

    ``start`` ``(lines, n)``: first point of the past of each point. ``is_share`` ``(lines,)``: binomial, not Poisson.
    """

    counts: Floats
    exposures: Floats
    used: NDArray[np.bool_]
    start: Integers
    is_share: NDArray[np.bool_]

    def _totals(self, values: Floats, stop: Integers) -> Floats:
        sums = np.concatenate([np.zeros((len(values), 1)), np.cumsum(values * self.used, axis=1)], axis=1)
        return np.asarray(np.take_along_axis(sums, stop, 1) - np.take_along_axis(sums, self.start, 1))

    def past(self, window: int, minimum_points: int) -> Past:
        """Before the window that ends at each point, ``(lines, n)``; empty where too little. Dispersion may be < 1."""
        stop = np.maximum(np.arange(self.counts.shape[1]) - window + 1, self.start)
        squares = np.divide(self.counts**2, self.exposures, out=np.zeros(self.counts.shape), where=self.used)
        ones = np.ones(self.counts.shape)
        k, n, points, x2 = (self._totals(one, stop) for one in (self.counts, self.exposures, ones, squares))
        enough = points >= minimum_points
        spread = _pearson(k, n, points, x2, self.is_share[:, None])
        return Past(k * enough, n * enough, points * enough, spread)

    def likeness(self, past: Past, window: int) -> Floats:
        """Mean squared correlation of two lines over their pasts, ``(n,)``, less what chance makes of it."""
        n_points = self.counts.shape[1]
        found = np.zeros(n_points)
        rates = _rate(self.counts, self.exposures)
        for i in range(n_points):
            inside = self.used & (np.arange(n_points) >= self.start[:, [i]])
            inside &= np.arange(n_points) <= i - window
            among = inside[past.points[:, i] > 2]
            if len(among) > 1:
                found[i] = _likeness(rates[past.points[:, i] > 2], among)
        return found

    def latest(self, window: int) -> tuple[Floats, Floats]:
        """Counts and exposures of the window that ends at each point; 0 where it reaches beyond the start."""
        first = np.arange(self.counts.shape[1]) - window + 1
        fits = first >= self.start
        return _summed(self.counts, first) * fits, _summed(self.exposures, first) * fits


def judge_lines(panel: Panel, settings: AlarmSettings) -> list[tuple[PointJudgement, ...]]:
    """``judge_series`` of each line without run rules, its dispersion drawn towards that of all lines.

    A single line is judged as alone. Lines must be judged at the same points; ``(lines, n)`` judgements.
    """
    by_window = [_tails(panel, window, settings.minimum_points) for window in settings.windows]
    rise = np.min([tails.at_least for tails in by_window], axis=0)
    fall = np.min([tails.at_most for tails in by_window], axis=0)
    p_values = np.minimum(1.0, 2 * len(by_window) * np.minimum(rise, fall))
    at_least = np.argmin([tails.at_least for tails in by_window], axis=0)
    at_most = np.argmin([tails.at_most for tails in by_window], axis=0)
    windows = np.asarray(settings.windows)[np.where(rise <= fall, at_least, at_most)]
    past = panel.past(1, settings.minimum_points)
    expected = _rate(past.events, past.exposure) * panel.exposures
    known = past.exposure > 0
    return [
        tuple(
            _judgement(
                float(expected[line, i]) if known[line, i] else None,
                float(p_values[line, i]),
                bool(rise[line, i] <= fall[line, i]),
                int(windows[line, i]),
                settings.point_rate,
            )
            for i in range(p_values.shape[1])
        )
        for line in range(len(p_values))
    ]


def _judgement(
    expected: float | None, p_value: float, rising: bool, window: int, rate: float
) -> PointJudgement:
    if p_value >= 1:
        return PointJudgement(expected, 1.0, None, None, False, ())
    return PointJudgement(expected, p_value, "rise" if rising else "fall", window, p_value <= rate, ())


def _tails(panel: Panel, window: int, minimum_points: int) -> Tails:
    k, n = panel.latest(window)
    past = panel.past(window, minimum_points)
    past = shared_dispersion(past, panel.likeness(past, window))
    found = Tails(np.ones(k.shape), np.ones(k.shape))
    laws: tuple[Law, ...] = ("binomial", "poisson")
    for law in laws:
        lines = panel.is_share == (law == "binomial")
        if lines.any():
            own = Past(*(part[lines].ravel() for part in _parts(past)))
            tails = predictive_tails(k[lines].ravel(), n[lines].ravel(), own, law)
            found.at_most[lines] = tails.at_most.reshape(-1, k.shape[1])
            found.at_least[lines] = tails.at_least.reshape(-1, k.shape[1])
    return found


def shared_dispersion(past: Past, likeness: Floats) -> Past:
    """``past`` ``(lines, n)``, at each point with the dispersion drawn towards all lines; at least 1.

    ``points`` become what the dispersion is worth (``worth_in_points``). ``likeness`` ``(n,)``: mean squared
    correlation of two lines; so alike, L lines tell of their spread what ``L / (1 + (L - 1) likeness)`` would.
    """
    own = replace(past, dispersion=np.maximum(past.dispersion, 1.0))
    worth = dispersion_df(own)
    spread, df = own.dispersion.copy(), worth.copy()
    for i in range(past.events.shape[1]):
        told = np.flatnonzero(worth[:, i] >= _LEAST_TOLD)
        if len(told) > 1:
            means = past.events[told, i] / past.points[told, i]
            seen = np.maximum(past.dispersion[told, i], _FLOOR)
            spread[told, i], gained = moderated(seen, worth[told, i], means)
            together = worth[told, i].sum() / (1 + (len(told) - 1) * likeness[i])
            df[told, i] = np.maximum(np.minimum(gained, together), worth[told, i])
    drawn = replace(own, dispersion=np.maximum(spread, 1.0))
    gains = (df > worth) & (past.points > 0)
    return replace(drawn, points=np.where(gains, worth_in_points(df, drawn), past.points))


def moderated(spread: Floats, df: Floats, means: Floats) -> tuple[Floats, Floats]:
    """Dispersions and their degrees of freedom, each drawn towards what all lines ``(n,)`` share.

    ``spread`` (any size above 0) worth ``df``, at mean counts ``means``. Given the shared dispersion s² at its
    mean and d₀, ``spread / s²`` has the F distribution with df and d₀; a line then has
    ``(df·spread + d₀·s²) / (df + d₀)``, worth ``df + d₀`` (Smyth 2004, section 3). s² and 1/d₀ are means over a
    grid, weighted by their likelihood, so that lines that may well differ are drawn together less.
    """
    size = means / np.median(means)
    shared = _LEVELS[:, None, None] + _GROWTHS[None, :, None] * size
    prior_df = np.median(df) * _SHARES / (1 - _SHARES)
    d0 = prior_df[:, None, None, None]
    ratio = spread / shared
    logs = (
        special.xlogy(d0 / 2, d0 / (d0 + df * ratio))
        + special.xlogy(df / 2, df * ratio / (d0 + df * ratio))
        - special.betaln(df / 2, d0 / 2)
    ).sum(axis=-1)
    weights = special.softmax(logs)
    centre = np.tensordot(weights.sum(axis=0), shared, axes=2)
    trust = 1 / float(weights.sum(axis=(1, 2)) @ (1 / prior_df))
    return (df * spread + trust * centre) / (df + trust), df + trust


def worth_in_points(df: Floats, past: Past) -> Floats:
    """Points whose dispersion would be worth ``df`` at the events of ``past``: the inverse of ``dispersion_df``.

    Few events tell little of their spread however many points there were: ``df`` is cut where no number would do.
    """
    per_event = _per_event(past)
    most = 2 * np.maximum(past.events, 1.0) / per_event
    wanted = np.minimum(df, 0.9 * most)
    return np.asarray(2 * (wanted + 1) / (2 - wanted * per_event / np.maximum(past.events, 1.0)))


def _parts(past: Past) -> tuple[Floats, Floats, Floats, Floats]:
    return past.events, past.exposure, past.points, past.dispersion


def _per_event(past: Past) -> Floats:
    """Excess kurtosis of a point with one event, ``κ μ`` of ``dispersion_df``."""
    spread = np.maximum(past.dispersion, GUESSED_DISPERSION)
    return np.asarray(6 * (spread - 1) + 1 / spread)


def _pearson(k: Floats, n: Floats, points: Floats, squares: Floats, is_share: NDArray[np.bool_]) -> Floats:
    """``X² / (points - 1)`` as ``predictive.dispersion``, but not cut at 1; 1 where it cannot be told."""
    rate = _rate(k, n)
    usable = (rate > 0) & (points > 1) & ~(is_share & (rate >= 1))
    x2 = np.divide(squares, rate, out=np.zeros(k.shape), where=usable) - k
    scale = (points - 1) * np.where(is_share, 1 - rate, 1.0)
    return np.divide(x2, scale, out=np.ones(k.shape), where=usable)


def _likeness(rates: Floats, inside: NDArray[np.bool_]) -> float:
    n_points = inside.sum(axis=1, keepdims=True)
    rest = (rates - (rates * inside).sum(axis=1, keepdims=True) / n_points) * inside
    size = np.sqrt((rest**2).sum(axis=1, keepdims=True))
    unit = np.divide(rest, size, out=np.zeros(rest.shape), where=size > 0)
    n_lines, chance = len(rates), 1 / (float(np.median(n_points)) - 1)
    squared = (float(((unit.T @ unit) ** 2).sum()) - n_lines) / (n_lines * (n_lines - 1))
    return float(np.clip((squared - chance) / (1 - chance), 0.0, 1.0))


def _rate(k: Floats, n: Floats) -> Floats:
    return np.divide(k, n, out=np.zeros(k.shape), where=n > 0)


def _summed(values: Floats, first: Integers) -> Floats:
    total = np.concatenate([np.zeros((len(values), 1)), np.cumsum(values, axis=1)], axis=1)
    return np.asarray(total[:, 1:] - total[:, np.maximum(first, 0)])
