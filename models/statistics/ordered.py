"""Drivers of a score whose steps are ordered but not equally far apart: proportional odds."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.statistics.intervals import Interval, normal_quantile
from models.statistics.regression import Floats, check_rows
from models.statistics.screening import Dropped, screen_drivers

_LARGEST_LOG_ODDS = 15.0


@dataclass(frozen=True, slots=True)
class OrderedDriver:
    """``log_odds`` of a higher score where the topic is present, others held equal; ``odds_ratio`` its exponent."""

    name: str
    log_odds: Interval
    odds_ratio: Interval
    p_value: float


@dataclass(frozen=True, slots=True)
class OrderedReport:
    """``drivers`` in the order given; ``levels`` the distinct scores, ascending."""

    n: int
    levels: tuple[float, ...]
    drivers: tuple[OrderedDriver, ...]
    dropped: tuple[Dropped, ...]


def ordered_drivers(
    presence: NDArray[np.generic],
    scores: NDArray[np.generic],
    names: Sequence[str],
    *,
    confidence: float = 0.95,
) -> OrderedReport:
    """Proportional-odds regression of ``scores`` ``(n,)`` on ``presence`` ``(n, p)``, for a check of ``find_drivers``.

    Source: McCullagh 1980, J. R. Statist. Soc. B 42, 109-142; fitted by statsmodels' ``OrderedModel``, errors from the
    observed information, contacts independent. Columns are screened as in ``find_drivers``. Raises ``ValueError``
    for too few rows, one level or more than 20 (use ``find_drivers``), and where a topic tells the score apart
    perfectly, for then no finite effect exists.
    """
    x, y = np.asarray(presence, dtype=np.float64), np.asarray(scores, dtype=np.float64)
    if len(y) == 0:
        raise ValueError("there is no row with a score: take a longer period")
    check_rows(x, y, None)
    levels, codes = np.unique(y, return_inverse=True)
    if len(levels) > 20:
        raise ValueError(f"{len(levels)} distinct scores are no ordered levels: use find_drivers")
    columns, dropped = screen_drivers(x, names)
    if not columns:
        raise ValueError("no driver is left: all are constant, too rare or copies; take a longer period")
    estimates, errors, p_values = _fit(x[:, columns], codes)
    reach = normal_quantile(confidence) * errors
    rows = []
    for at, column in enumerate(columns):
        ends = (estimates[at], estimates[at] - reach[at], estimates[at] + reach[at])
        log_odds = Interval(*(float(end) for end in ends))
        ratio = Interval(*(float(np.exp(end)) for end in ends))
        rows.append(OrderedDriver(names[column], log_odds, ratio, float(p_values[at])))
    return OrderedReport(len(y), tuple(levels.tolist()), tuple(rows), dropped)


def _fit(x: Floats, codes: NDArray[np.int64]) -> tuple[Floats, Floats, Floats]:
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = OrderedModel(codes, x, distr="logit").fit(method="bfgs", disp=0, maxiter=500)
    p = x.shape[1]
    estimates, errors = np.asarray(fitted.params)[:p], np.asarray(fitted.bse)[:p]
    if not (np.isfinite(errors).all() and (np.abs(estimates) < _LARGEST_LOG_ODDS).all()):
        raise ValueError("a driver tells the score apart perfectly: use find_drivers or take a longer period")
    return estimates, errors, np.asarray(fitted.pvalues)[:p]
