"""p, u and c charts, and Laney's p' and u' charts, of counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from models.statistics.charts.phases import (
    Phase,
    Phasing,
    baseline_reasons,
    moving_range_sigma,
    signals_of,
    split_phases,
)
from models.statistics.charts.rules import NELSON, Rule
from models.statistics.charts.values import Baseline, ChartKind, ChartPoint, ControlChart
from models.statistics.series import Floats, Law, Numbers, checked_series

OVERDISPERSION_LEVEL = 0.05
SPARSE_BELOW = 5.0


def share_chart(
    counts: Numbers,
    totals: Numbers,
    *,
    prime: bool | None = None,
    phasing: Phasing | None = None,
    rules: Sequence[Rule] = NELSON,
) -> ControlChart:
    """p chart, or Laney's p' chart, of ``counts`` among ``totals``, both ``(n,)``.

    Centre ``p = Σk / Σn`` of the baseline; limits ``p ± 3 sqrt(p (1 - p) / n_i)``, cut to [0, 1]
    (Montgomery, 6th ed., eq. 7.8). On a p' chart the 3 is times ``σ_z``, the spread of the standardised
    points from their moving range (Laney 2002, Quality Engineering 14, 531-537). ``prime=None`` takes p'
    where the baselines are overdispersed (``OVERDISPERSION_LEVEL``) and ``σ_z`` is above 1 there: a shift
    alone makes the one, not the other. A point with total 0 is empty. Raises ``ValueError`` unless
    ``0 <= k <= n``.
    """
    k, n = checked_series(counts, totals, "binomial")
    return _chart(_Series(k, n, "binomial"), prime, phasing or Phasing(), rules)


def rate_chart(
    counts: Numbers,
    exposures: Numbers,
    *,
    prime: bool | None = None,
    phasing: Phasing | None = None,
    rules: Sequence[Rule] = NELSON,
) -> ControlChart:
    """u chart, or Laney's u' chart, of events per unit of exposure; both ``(n,)``.

    Centre ``u = Σk / Σn``, limits ``u ± 3 sqrt(u / n_i)``, not below 0 (Montgomery, 6th ed., eq. 7.19 with
    the sample's own size); else as ``share_chart``. A point with exposure 0 is empty. Raises ``ValueError``
    for negative numbers and for events without exposure.
    """
    k, n = checked_series(counts, exposures)
    return _chart(_Series(k, n, "poisson"), prime, phasing or Phasing(), rules)


def count_chart(
    counts: Numbers,
    *,
    phasing: Phasing | None = None,
    rules: Sequence[Rule] = NELSON,
) -> ControlChart:
    """c chart of counts ``(n,)`` from equal exposures: ``c ± 3 sqrt(c)`` (Montgomery, 6th ed., eq. 7.17)."""
    k, n = checked_series(counts, np.ones(len(counts)))
    chart = _chart(_Series(k, n, "poisson"), False, phasing or Phasing(), rules)
    return ControlChart("c", chart.points, chart.baselines)


@dataclass(frozen=True, slots=True)
class _Series:
    """Counts and exposures, ``(n,)``."""

    k: Floats
    n: Floats
    law: Law

    @property
    def top(self) -> float:
        return 1.0 if self.law == "binomial" else np.inf

    def value(self, i: int) -> float | None:
        return float(self.k[i] / self.n[i]) if self.n[i] > 0 else None


@dataclass(frozen=True, slots=True)
class _Fit:
    """One phase: its centre, ``sigma`` and ``z``, ``(n,)``, of the plain law (``nan`` where there is none)."""

    series: _Series
    phase: Phase
    number: int
    centre: float
    sigma: Floats
    z: Floats
    chi2: float
    df: int
    sigma_z: float

    def widened(self, sigma_z: float) -> _Fit:
        """The same with limits ``sigma_z`` times as wide; no scores are left where nothing varies."""
        sigma = self.sigma * sigma_z
        varies = np.isfinite(sigma) & (sigma > 0)
        z = np.divide(self.z, sigma_z, out=np.full(len(sigma), np.nan), where=varies)
        return replace(self, sigma=sigma, z=z, sigma_z=sigma_z)


def _chart(series: _Series, prime: bool | None, phasing: Phasing, rules: Sequence[Rule]) -> ControlChart:
    phases = split_phases(series.n > 0, phasing) if len(series.k) else ()
    fits = [_fit(series, phase, number) for number, phase in enumerate(phases)]
    adjusted = _needs_adjustment(fits) if prime is None else prime
    drawn = [fit.widened(fit.sigma_z if adjusted else 1.0) for fit in fits]
    baselines = tuple(_baseline(fit, phasing.minimum_points) for fit in drawn)
    return ControlChart(_kind(series.law, adjusted), _points(drawn, rules), baselines)


def _fit(series: _Series, phase: Phase, number: int) -> _Fit:
    k, n, used = series.k, series.n, phase.used
    centre = float(k[used].sum() / n[used].sum()) if used.any() else np.nan
    variance = centre * (1 - centre) if series.law == "binomial" else centre
    with np.errstate(divide="ignore", invalid="ignore"):
        sigma = np.where(n > 0, np.sqrt(variance / n), np.nan)
        z = (k / n - centre) / sigma
    inside = z[used] if variance > 0 else np.zeros(int(used.sum()))
    df = max(len(inside) - 1, 0)
    spread = moving_range_sigma(inside) if df else 1.0
    return _Fit(series, phase, number, centre, sigma, z, float(np.sum(inside**2)), df, spread)


def overdispersion_p(chi2: float, df: int) -> float | None:
    """P-value of Pearson's dispersion statistic: chi-squared with points - 1 degrees of freedom.

    Source: Cochran 1954, Biometrics 10, 417-451. ``None`` for fewer than two points.
    """
    return float(stats.chi2.sf(chi2, df)) if df > 0 else None


def _needs_adjustment(fits: Sequence[_Fit]) -> bool:
    df = sum(fit.df for fit in fits)
    p_value = overdispersion_p(sum(fit.chi2 for fit in fits), df)
    if p_value is None or p_value >= OVERDISPERSION_LEVEL:
        return False
    return sum(fit.sigma_z * fit.df for fit in fits) > df


def _kind(law: Law, adjusted: bool) -> ChartKind:
    if law == "binomial":
        return "p_prime" if adjusted else "p"
    return "u_prime" if adjusted else "u"


def _baseline(fit: _Fit, minimum_points: int) -> Baseline:
    phase, n_points = fit.phase, int(fit.phase.used.sum())
    spread = float(fit.sigma[phase.used].max()) if n_points else 0.0
    return Baseline(
        phase.start,
        phase.baseline_stop,
        n_points,
        fit.centre if n_points else None,
        fit.sigma_z,
        overdispersion_p(fit.chi2, fit.df),
        baseline_reasons(fit.z, phase, minimum_points, spread),
        bool(n_points) and float(fit.series.k[phase.used].mean()) < SPARSE_BELOW,
    )


def _points(fits: Sequence[_Fit], rules: Sequence[Rule]) -> tuple[ChartPoint, ...]:
    points: list[ChartPoint] = []
    for fit in fits:
        within = np.zeros(len(fit.z), dtype=bool)
        within[fit.phase.start : fit.phase.stop] = True
        signals = signals_of(fit.z, within, rules)
        points += [_point(fit, i, signals[i]) for i in range(fit.phase.start, fit.phase.stop)]
    return tuple(points)


def _point(fit: _Fit, i: int, signals: tuple[str, ...]) -> ChartPoint:
    value = fit.series.value(i)
    centre = fit.centre if fit.phase.used.any() else None
    if centre is None or value is None:
        return ChartPoint(value, centre, None, None, None, (), fit.number)
    reach = 3 * float(fit.sigma[i])
    score = float(fit.z[i]) if np.isfinite(fit.z[i]) else (0.0 if value == centre else None)
    lower, upper = max(0.0, centre - reach), min(fit.series.top, centre + reach)
    return ChartPoint(value, centre, lower, upper, score, signals, fit.number)
