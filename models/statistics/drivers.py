"""What moves satisfaction: effect of each topic on the score, its importance, and where to act."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from models.statistics.dominance import Dominance, dominance, parts_of_many, shares_of
from models.statistics.intervals import Interval
from models.statistics.regression import Floats, LinearFit, check_rows, fit_linear
from models.statistics.resampling import bootstrap_parts, centred_products, less_bias
from models.statistics.screening import Dropped, screen_drivers

N_BOOTSTRAP = 500
MIN_CUSTOMERS = 30


class Quadrant(StrEnum):
    """Share × impact. Frequent and strong are against the median of the clear drivers of the same sign."""

    FIX_FIRST = "fix_first"  # lowers the score, frequent and strong
    PREVENT = "prevent"  # lowers it strongly where it happens, which is seldom
    REDUCE = "reduce"  # frequent, lowers it a little each time
    WATCH = "watch"  # lowers it, seldom and little
    KEEP = "keep"  # raises it, frequent
    SPREAD = "spread"  # raises it, seldom
    UNCLEAR = "unclear"  # the interval of the effect holds 0


@dataclass(frozen=True, slots=True)
class Driver:
    """One topic.

    ``share`` of transcripts it is present in, [0, 1]. ``effect`` in points of the score per unit of presence,
    others held equal. ``contribution`` = mean presence × effect: points it adds to the mean score over all
    transcripts. ``importance``: its share of the explained variance, [0, 1], all drivers together 1 (all 0 where nothing
    is explained beyond noise), LMG less its bootstrap bias, with a bootstrap interval; ``plain_importance`` without
    that correction, as other software gives it; ``sampling_error`` of the share where orders were sampled, else 0.
    """

    name: str
    share: float
    effect: Interval
    p_value: float
    contribution: Interval
    importance: Interval
    plain_importance: float
    sampling_error: float
    quadrant: Quadrant


@dataclass(frozen=True, slots=True)
class DriverReport:
    """``drivers`` by importance, largest first, then name. ``r2`` in [0, 1] less its bootstrap bias, with
    interval; ``plain_r2`` as fitted.

    ``exact`` says whether importance was counted over all models; ``enough`` whether the rows reach
    ``n_needed``. ``clustered`` says that errors are by customer.
    """

    n: int
    n_needed: int
    enough: bool
    clustered: bool
    intercept: float
    r2: Interval
    plain_r2: float
    exact: bool
    drivers: tuple[Driver, ...]
    dropped: tuple[Dropped, ...]


@dataclass(frozen=True, slots=True)
class SegmentDrivers:
    """``report`` is ``None`` where the segment is too small or cannot be fitted; ``reason`` says why."""

    segment: str
    n: int
    n_needed: int
    report: DriverReport | None
    reason: str | None


def rows_needed(n_drivers: int) -> int:
    """Least transcripts for judging single drivers: the larger of ``104 + p`` and ``50 + 8 p``.

    Source: Green 1991, Multivariate Behavioral Research 26, 499-510 (medium effects, power about 0.8).
    """
    return max(104 + n_drivers, 50 + 8 * n_drivers)


def find_drivers(
    presence: NDArray[np.generic],
    scores: NDArray[np.generic],
    names: Sequence[str],
    *,
    groups: NDArray[np.generic] | None = None,
    confidence: float = 0.95,
    n_bootstrap: int = N_BOOTSTRAP,
    n_permutations: int = 1000,
    seed: int = 0,
) -> DriverReport:
    """Drivers of ``scores`` ``(n,)`` among the columns of ``presence`` ``(n, p)``, named by ``names``.

    ``presence`` is 0 or 1 (or a non-negative strength); ``scores`` may be -2..2, 1..5 or predicted ones, whose
    own error is then not in the intervals. ``groups`` ``(n,)`` names the customer of each row: errors and
    bootstrap are then by customer. Effects: least squares with HC3 or cluster jackknife errors
    (``regression.fit_linear``). Importance: LMG (``dominance.dominance``) less the bias that ``n_bootstrap``
    resamples of rows or customers show, since noise alone gives every driver a part (Efron and Tibshirani 1993, An
    Introduction to the Bootstrap, chapter 10), with percentiles of the resamples corrected alike. Constant, rare and collinear columns stand in ``dropped``. Deterministic by
    ``seed``; the order of the rows does not matter to effects. Raises ``ValueError``, saying what to do, for too
    few rows or customers, equal scores, or no usable driver.
    """
    x, y = np.asarray(presence, dtype=np.float64), np.asarray(scores, dtype=np.float64)
    codes = None if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
    if len(y) == 0:
        raise ValueError("there is no row with a score: take a longer period")
    check_rows(x, y, codes)
    columns, dropped = screen_drivers(x, names, codes)
    if not columns:
        raise ValueError("no driver is left: all are constant, too rare or copies; take a longer period")
    kept = x[:, columns]
    fit = fit_linear(kept, y, codes)
    products = centred_products(kept, y)
    parts = dominance(products, n_permutations=n_permutations, seed=seed)
    corrected, drawn = less_bias(
        parts,
        parts_of_many(products[None], seed=seed)[0],
        bootstrap_parts(kept, y, codes, n_bootstrap, seed),
    )
    chosen = [names[column] for column in columns]
    rows = _driver_rows(kept, chosen, fit, (parts, corrected, drawn), confidence)
    return DriverReport(
        n=len(y),
        n_needed=rows_needed(len(columns)),
        enough=len(y) >= rows_needed(len(columns))
        and (codes is None or int(codes.max()) + 1 >= MIN_CUSTOMERS),
        clustered=codes is not None,
        intercept=fit.intercept,
        r2=_percentiles(float(corrected.sum()), drawn.sum(axis=1), confidence),
        plain_r2=fit.r2,
        exact=parts.exact,
        drivers=rows,
        dropped=dropped,
    )


def drivers_by_segment(
    presence: NDArray[np.generic],
    scores: NDArray[np.generic],
    names: Sequence[str],
    segments: Sequence[str],
    *,
    groups: NDArray[np.generic] | None = None,
    confidence: float = 0.95,
    n_bootstrap: int = N_BOOTSTRAP,
    seed: int = 0,
) -> tuple[SegmentDrivers, ...]:
    """One report per segment, by name; arguments as of ``find_drivers``, ``segments`` ``(n,)`` names each row's.

    A segment below ``rows_needed`` for the drivers that vary in it, or below 30 customers where ``groups`` is
    given (Cameron and Miller 2015, Journal of Human Resources 50, 317-372), is named with its reason and not
    fitted.
    """
    x, y = np.asarray(presence, dtype=np.float64), np.asarray(scores, dtype=np.float64)
    labels = np.asarray(segments, dtype=object)
    if labels.shape != y.shape:
        raise ValueError("segments must name one segment per row")
    found = []
    for segment in sorted(set(labels.tolist()), key=str):
        chosen = np.flatnonzero(labels == segment)
        members = None if groups is None else np.asarray(groups)[chosen]
        part = (x[chosen], y[chosen], names, members)
        found.append(_one_segment(str(segment), part, confidence, n_bootstrap, seed))
    return tuple(found)


def _one_segment(
    segment: str,
    part: tuple[Floats, Floats, Sequence[str], NDArray[np.generic] | None],
    confidence: float,
    n_bootstrap: int,
    seed: int,
) -> SegmentDrivers:
    x, y, names, members = part
    codes = None if members is None else np.unique(members, return_inverse=True)[1]
    needed = rows_needed(len(screen_drivers(x, names, codes)[0]))
    if len(y) < needed:
        return SegmentDrivers(segment, len(y), needed, None, f"{len(y)} rows, {needed} needed")
    if codes is not None and codes.max() + 1 < MIN_CUSTOMERS:
        reason = f"{int(codes.max()) + 1} customers, {MIN_CUSTOMERS} needed"
        return SegmentDrivers(segment, len(y), needed, None, reason)
    try:
        report = find_drivers(
            x, y, names, groups=members, confidence=confidence, n_bootstrap=n_bootstrap, seed=seed
        )
    except ValueError as error:
        return SegmentDrivers(segment, len(y), needed, None, str(error))
    return SegmentDrivers(segment, len(y), needed, report, None)


def quadrants(shares: Mapping[str, float], effects: Mapping[str, Interval]) -> dict[str, Quadrant]:
    """The share × impact field of each driver, after importance-performance analysis.

    Drivers whose effect interval holds 0 are unclear. The others are frequent (strong) where their share
    (absolute effect) is at least the median of the clear ones of the same sign. Source of the field: Martilla
    and James 1977, Journal of Marketing 41(1), 77-79, with impact in place of stated importance.
    """
    clear = {name: e.estimate for name, e in effects.items() if e.low > 0 or e.high < 0}
    out = dict.fromkeys(effects, Quadrant.UNCLEAR)
    for sign in (-1, 1):
        same = [name for name, effect in clear.items() if effect * sign > 0]
        if not same:
            continue
        often = float(np.median([shares[name] for name in same]))
        much = float(np.median([abs(clear[name]) for name in same]))
        for name in same:
            out[name] = _field(sign, shares[name] >= often, abs(clear[name]) >= much)
    return out


def _field(sign: int, frequent: bool, strong: bool) -> Quadrant:
    if sign > 0:
        return Quadrant.KEEP if frequent else Quadrant.SPREAD
    if frequent:
        return Quadrant.FIX_FIRST if strong else Quadrant.REDUCE
    return Quadrant.PREVENT if strong else Quadrant.WATCH


def _driver_rows(
    x: Floats,
    names: Sequence[str],
    fit: LinearFit,
    found: tuple[Dominance, Floats, Floats],
    confidence: float,
) -> tuple[Driver, ...]:
    effects = {name: fit.coefficient(j, confidence) for j, name in enumerate(names)}
    shares = {name: float((x[:, j] > 0).mean()) for j, name in enumerate(names)}
    fields, p_values = quadrants(shares, effects), fit.p_values()
    parts, corrected, drawn = found
    importance, drawn_shares = shares_of(corrected[None])[0], shares_of(drawn)
    errors = parts.sampling_errors / max(float(corrected.sum()), parts.r2 / 10, 1e-12)
    rows = [
        Driver(
            name=name,
            share=shares[name],
            effect=effects[name],
            p_value=float(p_values[j]),
            contribution=effects[name].scaled(float(x[:, j].mean())),
            importance=_percentiles(float(importance[j]), drawn_shares[:, j], confidence),
            plain_importance=float(parts.shares[j]),
            sampling_error=float(errors[j]),
            quadrant=fields[name],
        )
        for j, name in enumerate(names)
    ]
    return tuple(sorted(rows, key=lambda row: (-row.importance.estimate, row.name)))


def _percentiles(estimate: float, drawn: Floats, confidence: float) -> Interval:
    low, high = np.quantile(drawn, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(estimate, min(estimate, float(low)), max(estimate, float(high)))
