"""Whether a rate has a season of the year."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from models.statistics.series import Floats, Numbers, checked_series

MINIMUM_MONTHS = 24


@dataclass(frozen=True, slots=True)
class MonthFactor:
    """Rate of a calendar month over the mean month of the year, with a 95 % interval (times the trend)."""

    month: int
    factor: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Seasonality:
    """``status``: ``tested``, or ``too_short``: fewer than 24 months with contacts, or a calendar month never
    seen twice; or ``no_events``. ``p_value`` of no season, ``None`` unless tested. ``months_needed`` until
    the test can be made, as far as length goes. ``factors`` of January to December, empty unless tested.
    """

    status: Literal["tested", "too_short", "no_events"]
    p_value: float | None
    n_months: int
    months_needed: int
    factors: tuple[MonthFactor, ...]


def monthly_seasonality(counts: Numbers, exposures: Numbers, *, first_month: int) -> Seasonality:
    """Tests a yearly season in monthly ``counts`` among ``exposures``, both ``(n,)``, in time order.

    Quasi-Poisson regression (statsmodels GLM, log link, offset log exposure) with a linear trend, with and
    without calendar months; F test of the deviance they save over Pearson's dispersion, at least 1 (McCullagh
    and Nelder 1989, Generalized Linear Models, section 4.5). ``first_month``: 1 to 12. Factors are a
    description, and stand only with a small p-value. Raises ``ValueError`` for impossible counts.
    """
    k, n = checked_series(counts, exposures)
    if not 1 <= first_month <= 12:
        raise ValueError(f"a month lies between 1 and 12: {first_month}")
    where = np.flatnonzero(n > 0)
    months = (where + first_month - 1) % 12
    missing = max(MINIMUM_MONTHS - len(where), 0)
    if missing or int(np.bincount(months, minlength=12).min()) < 2:
        return Seasonality("too_short", None, len(where), missing, ())
    if not k.sum():
        return Seasonality("no_events", None, len(where), 0, ())
    return _tested(k[where], n[where], where.astype(np.float64), months)


def _tested(k: Floats, n: Floats, time: Floats, months: NDArray[np.int64]) -> Seasonality:
    trend = (time - time.mean()) / max(float(time.std()), 1e-9)
    plain = np.column_stack([np.ones(len(k)), trend])
    # Deviation coding: the last month is minus the sum of the others, so factors average 1 on the log scale.
    coded = np.vstack([np.eye(11), -np.ones(11)])
    full = np.column_stack([plain, coded[months]])
    # A calendar month without any event has no finite factor: then ½ an event is lent to every point.
    lent = 0.5 * bool(np.any(np.bincount(months, k, minlength=12) == 0))
    without, fitted = _fit(k + lent, n, plain), _fit(k + lent, n, full)
    saved = float(without.deviance - fitted.deviance)
    df = len(k) - full.shape[1]
    spread = max(1.0, float(fitted.pearson_chi2) / df)
    p_value = float(stats.f.sf(max(saved, 0.0) / 11 / spread, 11, df))
    covariance = np.asarray(fitted.normalized_cov_params)[2:, 2:] * spread
    effects = coded @ np.asarray(fitted.params)[2:]
    reach = float(stats.t.ppf(0.975, df)) * np.sqrt(np.einsum("ij,jk,ik->i", coded, covariance, coded))
    factors = tuple(
        MonthFactor(i + 1, float(np.exp(effects[i])), *np.exp(effects[i] + reach[i] * np.array([-1, 1])))
        for i in range(12)
    )
    return Seasonality("tested", p_value, len(k), 0, factors)


def _fit(k: Floats, n: Floats, design: Floats) -> Any:
    from statsmodels.genmod.families import Poisson
    from statsmodels.genmod.generalized_linear_model import GLM
    from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

    with warnings.catch_warnings():
        # Counts that the months explain to the last event are no fault here.
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        return GLM(k, design, family=Poisson(), offset=np.log(n)).fit()
