"""Drivers of a satisfaction that a model predicts, put right by the contacts whose true score is known.

Source: Angelopoulos, Bates, Fannjiang, Jordan and Zrnic 2023, Prediction-powered inference, Science 382, 669-674.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from models.statistics.intervals import Interval, check_confidence
from models.statistics.regression import Codes, Floats, LinearFit, fit_linear
from models.statistics.screening import Dropped, screen_drivers


@dataclass(frozen=True, slots=True)
class PredictedDriver:
    """``effect`` in points of the true score, its interval with the model's error in it; ``as_predicted``: what the
    predictions alone would claim; ``bias``: how much of that is the model's error, with interval.
    """

    name: str
    effect: Interval
    p_value: float
    as_predicted: Interval
    bias: Interval


@dataclass(frozen=True, slots=True)
class PredictedReport:
    """``drivers`` in the order given; ``n_known`` contacts have a true score, ``n_predicted`` a predicted one only."""

    n_known: int
    n_predicted: int
    drivers: tuple[PredictedDriver, ...]
    dropped: tuple[Dropped, ...]


def drivers_of_predicted(
    presence: NDArray[np.generic],
    predicted: NDArray[np.generic],
    known: NDArray[np.generic],
    names: Sequence[str],
    *,
    groups: NDArray[np.generic] | None = None,
    confidence: float = 0.95,
) -> PredictedReport:
    """Effects of ``presence`` ``(n, p)`` on the true score, from ``predicted`` ``(n,)`` and ``known`` ``(n,)``.

    ``known`` holds the true score, ``nan`` where nobody asked. The effect is the regression of the prediction where
    nothing is known plus the regression of true less predicted where it is; the two samples are independent, so their
    variances add. Valid however poor the model, if the known contacts are a random sample of all and were not used to
    train it. Columns must pass ``screen_drivers`` in both samples. ``groups`` ``(n,)`` names each row's customer.
    Raises ``ValueError`` where either sample cannot be fitted, or a customer has rows in both.
    """
    check_confidence(confidence)
    x, guess = np.asarray(presence, dtype=np.float64), np.asarray(predicted, dtype=np.float64)
    truth = np.asarray(known, dtype=np.float64)
    if x.ndim != 2 or guess.shape != (len(x),) or truth.shape != guess.shape:
        raise ValueError("presence must be (n, p), predicted and known (n,): one row per transcript")
    asked = ~np.isnan(truth)
    codes = None if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
    if codes is not None and len(np.intersect1d(codes[asked], codes[~asked])):
        raise ValueError("a customer has contacts with and without a true score: leave the latter out")
    columns, dropped = _in_both(x, names, asked, codes)
    of_model = _fit(x[:, columns], guess, ~asked, codes)
    of_error = _fit(x[:, columns], truth - guess, asked, codes)
    rows = [_driver(names[column], of_model, of_error, at, confidence) for at, column in enumerate(columns)]
    return PredictedReport(int(asked.sum()), int((~asked).sum()), tuple(rows), dropped)


def _driver(
    name: str, of_model: LinearFit, of_error: LinearFit, at: int, confidence: float
) -> PredictedDriver:
    """The sum of both coefficients, with Welch's degrees of freedom."""
    variances = [float(fit.covariance[at, at]) for fit in (of_model, of_error)]
    effect = float(of_model.coefficients[at] + of_error.coefficients[at])
    total = sum(variances)
    parts = zip(variances, (of_model.df, of_error.df), strict=True)
    df = total**2 / sum(v * v / freedom for v, freedom in parts) if total > 0 else of_model.df
    error = math.sqrt(total)
    reach = float(stats.t.ppf(0.5 + confidence / 2, df)) * error
    bias = of_error.coefficient(at, confidence)
    return PredictedDriver(
        name=name,
        effect=Interval(effect, effect - reach, effect + reach),
        p_value=float(2 * stats.t.sf(abs(effect) / error, df)) if error > 0 else 1.0,
        as_predicted=of_model.coefficient(at, confidence),
        bias=Interval(-bias.estimate, -bias.high, -bias.low),
    )


def _in_both(
    x: Floats, names: Sequence[str], asked: NDArray[np.bool_], codes: Codes | None
) -> tuple[list[int], tuple[Dropped, ...]]:
    """Columns that can be fitted in both samples; a dropped one has the reason of the first that lacks it."""
    kept = list(range(x.shape[1]))
    dropped: list[Dropped] = []
    for sample in (asked, ~asked):
        members = None if codes is None else codes[sample]
        found, lost = screen_drivers(x[sample][:, kept], [names[column] for column in kept], members)
        kept = [kept[at] for at in found]
        dropped += lost
    if not kept:
        raise ValueError("no driver can be told in both samples: ask more customers or take a longer period")
    return kept, tuple(dropped)


def _fit(x: Floats, y: Floats, chosen: NDArray[np.bool_], codes: Codes | None) -> LinearFit:
    members = None if codes is None else codes[chosen]
    values = y[chosen]
    if len(values) and float(np.ptp(values)) == 0.0:
        p = x.shape[1]
        return LinearFit(
            float(values[0]), np.zeros(p), np.zeros((p, p)), float(len(values)), 0.0, len(values)
        )
    return fit_linear(x[chosen], values, members)
