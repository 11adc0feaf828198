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
N_PERMUTATIONS = 999


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

    With a log-linear trend taken out (statsmodels GLM, Poisson, offset log exposure), the totals of the
    calendar months stand against their expectation; the Poisson likelihood ratio is compared with that of
    999 permutations of the months, which keep the spread between months, whatever it is (Good 2005,
    Permutation, Parametric and Bootstrap Tests of Hypotheses, chapter 3). The F test of quasi-Poisson models
    (McCullagh and Nelder 1989, section 4.5) gave 12 % instead of 5 % on few, bursty counts. Factors and their
    intervals are of the quasi-Poisson model. ``first_month``: 1 to 12. Factors are a
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
    fitted = _fit(k + lent, n, full)
    p_value = _permutation_p(k, np.asarray(_fit(k + lent, n, plain).fittedvalues), months)
    df = len(k) - full.shape[1]
    spread = max(1.0, float(fitted.pearson_chi2) / df)
    covariance = np.asarray(fitted.normalized_cov_params)[2:, 2:] * spread
    effects = coded @ np.asarray(fitted.params)[2:]
    reach = float(stats.t.ppf(0.975, df)) * np.sqrt(np.einsum("ij,jk,ik->i", coded, covariance, coded))
    limits = np.exp(effects[:, None] + reach[:, None] * np.array([0.0, -1.0, 1.0]))
    factors = tuple(MonthFactor(i + 1, *(float(x) for x in row)) for i, row in enumerate(limits))
    return Seasonality("tested", p_value, len(k), 0, factors)


def _permutation_p(k: Floats, expected: Floats, months: NDArray[np.int64]) -> float:
    rng = np.random.default_rng(0)
    orders = rng.permuted(np.tile(np.arange(len(k)), (N_PERMUTATIONS, 1)), axis=1)
    calendar = np.eye(12)[months]
    seen = _season_evidence(k @ calendar, expected @ calendar)
    chance = _season_evidence(k[orders] @ calendar, expected[orders] @ calendar)
    return (1 + int(np.sum(chance >= seen - 1e-9))) / (N_PERMUTATIONS + 1)


def _season_evidence(seen: Floats, expected: Floats) -> Floats:
    """Half the Poisson deviance of calendar months, ``(…, 12)`` to ``(…)``."""
    ratio = np.where(seen > 0, seen, 1.0) / np.where(seen > 0, expected, 1.0)
    return np.asarray(np.sum(seen * np.log(ratio) - (seen - expected), axis=-1))


def _fit(k: Floats, n: Floats, design: Floats) -> Any:
    from statsmodels.genmod.families import Poisson
    from statsmodels.genmod.generalized_linear_model import GLM
    from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

    with warnings.catch_warnings():
        # Counts that the months explain to the last event are no fault here.
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        return GLM(k, design, family=Poisson(), offset=np.log(n)).fit()
