"""Whether an action worked: before and after beside a control group (difference in differences).

Source of the design: Ashenfelter and Card 1985, Review of Economics and Statistics 67, 648-660; Card and Krueger 1994,
American Economic Review 84, 772-793. The estimate is causal only if both groups would have changed alike without the
action; ``parallel`` looks for signs against that.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, stats

from models.statistics.changes import log_ratio, newcombe_difference
from models.statistics.intervals import Interval, check_confidence, check_counts, normal_quantile

Floats = NDArray[np.float64]

POWER = 0.8
FEW_UNITS = 5
_SMALLEST_Z, _LARGEST_Z = 1e-6, 8.0


class EffectMethod(StrEnum):
    NEWCOMBE = "newcombe"  # contacts are independent; hybrid score limits
    WELCH = "welch"  # contacts are independent; t
    UNITS = "units"  # stores or customers are independent; jackknife and t


@dataclass(frozen=True, slots=True)
class ArmCounts:
    """Cases ``k`` of ``n`` contacts of one group, before and after the action."""

    k_before: int
    n_before: int
    k_after: int
    n_after: int


@dataclass(frozen=True, slots=True)
class Effect:
    """``effect``: change of the treated less change of the control, in shares or points of the score.

    ``relative``: ratio of the two ratios after/before, for rates of independent contacts, else ``None``.
    ``minimum_detectable``: smallest true effect, either way, that data like these would have shown as significant
    with a chance of ``power``; say it where ``significant`` is false, for then no effect is not proven.
    ``few_units``: a group has fewer than 5 units, so that interval and p-value are rough.
    """

    effect: Interval
    treated_change: Interval
    control_change: Interval
    relative: Interval | None
    p_value: float
    significant: bool
    minimum_detectable: float
    power: float
    method: EffectMethod
    few_units: bool = False


def effect_on_rates(
    treated: ArmCounts, control: ArmCounts, *, confidence: float = 0.95, power: float = POWER
) -> Effect:
    """Effect on a share, from four counts of independent contacts.

    Interval: the Newcombe limits of both changes joined once more (MOVER: Zou and Donner 2008, Statistics in Medicine
    27, 1693-1702). p-value: where that interval touches 0. Contacts of a store are seldom independent: where stores
    are known use ``effect_by_unit``. Raises ``ValueError`` for impossible counts or a group without contacts.
    """
    _check_options(confidence, power)
    for name, arm in (("treated", treated), ("control", control)):
        check_counts(arm.k_before, arm.n_before)
        check_counts(arm.k_after, arm.n_after)
        if arm.n_before == 0 or arm.n_after == 0:
            raise ValueError(f"the {name} group has no contacts before or after: take longer periods")
    found, of_treated, of_control = _mover(treated, control, confidence)
    p_value = _touching_p_value(treated, control, found.estimate)
    z = normal_quantile(confidence)
    return Effect(
        effect=found,
        treated_change=of_treated,
        control_change=of_control,
        relative=_relative(treated, control, confidence),
        p_value=p_value,
        significant=found.low > 0 or found.high < 0,
        minimum_detectable=(z + float(stats.norm.ppf(power))) * (found.high - found.low) / (2 * z),
        power=power,
        method=EffectMethod.NEWCOMBE,
    )


def effect_on_scores(
    scores: ArrayLike,
    treated: ArrayLike,
    after: ArrayLike,
    *,
    units: ArrayLike | None = None,
    confidence: float = 0.95,
    power: float = POWER,
) -> Effect:
    """Effect on a mean score, from one row per contact: ``scores``, ``treated`` and ``after`` (0 or 1), each ``(n,)``.

    With ``units`` ``(n,)``, each row's store or customer, as ``effect_by_unit``. Else contacts are independent:
    four means, degrees of freedom of Welch 1947, Biometrika 34, 28-35. Raises ``ValueError`` for scores that are not
    finite or all equal, and for a group and period with fewer than 2 contacts.
    """
    _check_options(confidence, power)
    y = np.asarray(scores, dtype=np.float64)
    arm, period = np.asarray(treated).astype(bool), np.asarray(after).astype(bool)
    if y.ndim != 1 or arm.shape != y.shape or period.shape != y.shape:
        raise ValueError("scores, treated and after must be (n,): one row per contact")
    if not np.isfinite(y).all():
        raise ValueError("scores must be finite: leave contacts without a score out")
    if units is not None:
        return _from_rows(y, arm, period, np.asarray(units), confidence, power)
    cells = [y[(arm == group) & (period == time)] for group in (True, False) for time in (True, False)]
    if min(map(len, cells)) < 2:
        raise ValueError("a group has fewer than 2 contacts before or after: take longer periods")
    means = [float(cell.mean()) for cell in cells]
    variances = [float(cell.var(ddof=1)) / len(cell) for cell in cells]
    freedoms = [len(cell) - 1.0 for cell in cells]
    changes = (means[0] - means[1], means[2] - means[3])
    return _from_variances(changes, variances, freedoms, (2, 2), confidence, power, EffectMethod.WELCH)


def effect_by_unit(
    treated: ArrayLike,
    sum_before: ArrayLike,
    n_before: ArrayLike,
    sum_after: ArrayLike,
    n_after: ArrayLike,
    *,
    confidence: float = 0.95,
    power: float = POWER,
) -> Effect:
    """Effect where whole stores or customers were treated, each argument ``(units,)``.

    ``sum_…`` are cases (for rates) or sums of scores, ``n_…`` contacts. Every contact weighs the same; the error is
    the jackknife over units within each group (Efron and Stein 1981, Annals of Statistics 9, 586-596), so that
    contacts and periods of one unit may depend on each other (Bertrand, Duflo and Mullainathan 2004, Quarterly J.
    Economics 119, 249-275), with Welch's degrees of freedom from the numbers of units. Raises ``ValueError``
    for fewer than 2 units in a group, a group that rests on one unit, or units that do not vary at all.
    """
    _check_options(confidence, power)
    arm = np.asarray(treated).astype(bool)
    table = np.stack([np.asarray(c, dtype=np.float64) for c in (sum_before, n_before, sum_after, n_after)])
    if table.ndim != 2 or arm.shape != (table.shape[1],):
        raise ValueError("treated, sums and contacts must be (units,)")
    if not np.isfinite(table).all() or (table[[1, 3]] < 0).any():
        raise ValueError("sums must be finite and contacts not negative")
    parts = [
        _jackknife(table[:, arm == group], name) for group, name in ((True, "treated"), (False, "control"))
    ]
    sizes = (int(arm.sum()), int((~arm).sum()))
    return _from_variances(
        (parts[0][0], parts[1][0]),
        [parts[0][1], parts[1][1]],
        [sizes[0] - 1.0, sizes[1] - 1.0],
        (1, 1),
        confidence,
        power,
        EffectMethod.UNITS,
        few_units=min(sizes) < FEW_UNITS,
    )


def _mover(treated: ArmCounts, control: ArmCounts, confidence: float) -> tuple[Interval, Interval, Interval]:
    first, second = (
        newcombe_difference(arm.k_before, arm.n_before, arm.k_after, arm.n_after, confidence)
        for arm in (treated, control)
    )
    estimate = first.estimate - second.estimate
    low = estimate - math.hypot(first.estimate - first.low, second.high - second.estimate)
    high = estimate + math.hypot(first.high - first.estimate, second.estimate - second.low)
    return Interval(estimate, max(-2.0, low), min(2.0, high)), first, second


def _touching_p_value(treated: ArmCounts, control: ArmCounts, estimate: float) -> float:
    def limit(z: float) -> float:
        """How far the interval at normal quantile ``z`` stays from 0."""
        squares = 0.0
        for arm, sign in ((treated, 1.0), (control, -1.0)):
            down, up = _reaches(arm.k_after, arm.n_after, z), _reaches(arm.k_before, arm.n_before, z)
            towards = sign * estimate > 0
            squares += (down[0] ** 2 + up[1] ** 2) if towards else (down[1] ** 2 + up[0] ** 2)
        return abs(estimate) - math.sqrt(squares)

    if limit(_SMALLEST_Z) <= 0:
        return 1.0
    if limit(_LARGEST_Z) > 0:
        return float(2 * stats.norm.sf(_LARGEST_Z))
    z = float(optimize.brentq(limit, _SMALLEST_Z, _LARGEST_Z, xtol=1e-6))
    return float(2 * stats.norm.sf(z))


def _reaches(k: int, n: int, z: float) -> tuple[float, float]:
    """Distances from a share down and up to its Wilson limits."""
    p, square = k / n, z * z
    centre, reach = 2 * k + square, z * math.sqrt(square + 4 * k * (1 - p))
    return p - (centre - reach) / (2 * (n + square)), (centre + reach) / (2 * (n + square)) - p


def _relative(treated: ArmCounts, control: ArmCounts, confidence: float) -> Interval | None:
    """Ratio of ratios; errors of the two logs add in squares. ``None`` where a group has no case in a period."""
    first, second = (
        log_ratio(arm.k_before, arm.n_before, arm.k_after, arm.n_after, confidence)
        for arm in (treated, control)
    )
    if min(treated.k_before, treated.k_after, control.k_before, control.k_after) == 0:
        return None
    centre = math.log(first.estimate / second.estimate)
    reach = math.hypot(*(math.log(part.high / part.estimate) for part in (first, second)))
    return Interval(math.exp(centre), math.exp(centre - reach), math.exp(centre + reach))


def _from_rows(
    y: Floats,
    arm: NDArray[np.bool_],
    period: NDArray[np.bool_],
    units: NDArray[np.generic],
    confidence: float,
    power: float,
) -> Effect:
    if units.shape != y.shape:
        raise ValueError("units must name one store or customer per row")
    if len(y) and float(np.ptp(y)) == 0.0:
        raise ValueError("all scores are equal, so no effect can be told: take a wider selection")
    names, codes = np.unique(units, return_inverse=True)
    in_treated = np.bincount(codes, arm, minlength=len(names))
    in_both = (in_treated > 0) & (in_treated < np.bincount(codes, minlength=len(names)))
    if in_both.any():
        raise ValueError(f"{names[in_both][0]} is in both groups: each unit is treated or control")
    columns = []
    for time in (~period, period):
        columns.append(np.bincount(codes, np.where(time, y, 0.0), minlength=len(names)))
        columns.append(np.bincount(codes, time, minlength=len(names)))
    return effect_by_unit(in_treated > 0, *columns, confidence=confidence, power=power)


def _jackknife(table: Floats, name: str) -> tuple[float, float]:
    """Change of the group's mean and its variance, one unit left out at a time."""
    n_units = table.shape[1]
    if n_units < 2:
        raise ValueError(
            f"the {name} group has {n_units} units: how units vary cannot be told from fewer than 2"
        )
    totals = table.sum(axis=1)
    left = totals[:, None] - table
    if min(totals[1], totals[3]) <= 0 or min(left[1].min(), left[3].min()) <= 0:
        raise ValueError(f"the {name} group rests on one unit before or after: take longer periods")
    change = float(totals[2] / totals[3] - totals[0] / totals[1])
    shifts = left[2] / left[3] - left[0] / left[1] - change
    return change, float((n_units - 1) / n_units * np.sum(shifts**2))


def _from_variances(
    changes: tuple[float, float],
    variances: list[float],
    freedoms: list[float],
    per_arm: tuple[int, int],
    confidence: float,
    power: float,
    method: EffectMethod,
    *,
    few_units: bool = False,
) -> Effect:
    """Interval and test from independent variances, the treated group's ``per_arm[0]`` first."""
    if sum(variances) <= 1e-24:
        raise ValueError("nothing varies within the groups, so no error can be told: take longer periods")
    cut = per_arm[0]
    estimate, error, df = changes[0] - changes[1], math.sqrt(sum(variances)), _welch(variances, freedoms)
    found = _t_interval(estimate, variances, freedoms, confidence)
    quantiles = float(stats.t.ppf(0.5 + confidence / 2, df)) + float(stats.t.ppf(power, df))
    return Effect(
        effect=found,
        treated_change=_t_interval(changes[0], variances[:cut], freedoms[:cut], confidence),
        control_change=_t_interval(changes[1], variances[cut:], freedoms[cut:], confidence),
        relative=None,
        p_value=float(2 * stats.t.sf(abs(estimate) / error, df)),
        significant=found.low > 0 or found.high < 0,
        minimum_detectable=quantiles * error,
        power=power,
        method=method,
        few_units=few_units,
    )


def _welch(variances: list[float], freedoms: list[float]) -> float:
    if sum(variances) == 0:
        return sum(freedoms)
    return sum(variances) ** 2 / sum(v * v / df for v, df in zip(variances, freedoms, strict=True))


def _t_interval(
    estimate: float, variances: list[float], freedoms: list[float], confidence: float
) -> Interval:
    t_value = float(stats.t.ppf(0.5 + confidence / 2, _welch(variances, freedoms)))
    reach = t_value * math.sqrt(sum(variances))
    return Interval(estimate, estimate - reach, estimate + reach)


def _check_options(confidence: float, power: float) -> None:
    check_confidence(confidence)
    if not 0.5 <= power < 1:
        raise ValueError(f"power must lie between 0.5 and 1: {power}")
