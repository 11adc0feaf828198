"""Whether stores give the same experience: the spread of an indicator between them beyond chance, and its course."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from models.indicators.plain import to_plain
from models.indicators.sums import RatioSums, effective_counts
from models.indicators.tally import IndicatorTally
from models.statistics.funnel import Funnel, funnel
from models.statistics.intervals import Interval
from models.statistics.shrinkage import MIN_UNITS, Shrinkage, shrink_means, shrink_shares

SURE = 0.05
MIN_CONTACTS = 5
"""A store with fewer that count is left out of the comparison."""


@dataclass(frozen=True, slots=True)
class StoreSpread:
    """``between`` is the standard deviation of the stores' true values, in the unit of the indicator; ``mean`` of them.

    ``p_value``: test that all stores are the same; ``uneven`` where below 0.05. ``stores`` likeliest worst first.
    ``funnel`` for shares alone. ``left_out`` had fewer than ``MIN_CONTACTS``.
    """

    indicator: str
    month: str
    between: Interval
    mean: Interval
    p_value: float
    uneven: bool
    stores: Shrinkage
    funnel: Funnel | None
    left_out: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        return dict(to_plain(self))


@dataclass(frozen=True, slots=True)
class SpreadTrend:
    """The spread month by month; ``difference`` of the last two that could be told, with its interval."""

    indicator: str
    months: tuple[str, ...]
    spreads: tuple[Interval | None, ...]
    difference: Interval | None
    verdict: Literal["more_even", "less_even", "same", "untold"]

    def to_dict(self) -> dict[str, Any]:
        return dict(to_plain(self))


def store_spread(
    tally: IndicatorTally, indicator_id: str, month: str, *, by: str = "store", seed: int = 0
) -> StoreSpread | None:
    """The spread of one month, or ``None`` with fewer than 3 stores. Deterministic by ``seed``.

    Shares by beta-binomial, others by normal shrinkage (``models.statistics.shrinkage``), so that small stores are not
    taken for different by luck.
    """
    one = tally.registry[indicator_id]
    sums = {name: tally.sums(indicator_id, month, {by: name}) for name in tally.values(by, month=month)}
    known = {name: found for name, found in sums.items() if found.n >= MIN_CONTACTS and found.b > 0}
    if len(known) < MIN_UNITS:
        return None
    worse = one.direction == "lower"
    shrunk, drawn = _shrunk(one.formula.law, known, high_is_worse=worse, seed=seed)
    if shrunk is None:
        return None
    return StoreSpread(
        indicator_id,
        month,
        shrunk.between.scaled(one.factor),
        shrunk.mean.scaled(one.factor),
        shrunk.p_value,
        shrunk.p_value < SURE,
        shrunk,
        drawn,
        tuple(sorted(set(sums) - set(known))),
    )


def spread_trend(
    tally: IndicatorTally, indicator_id: str, months: Sequence[str], *, by: str = "store", seed: int = 0
) -> SpreadTrend:
    """The course of the spread. Two months differ where the interval of their difference excludes 0.

    Difference of two estimates from their own intervals: Zou and Donner 2008, Statistics in Medicine 27, 1693-1702.
    """
    found = [store_spread(tally, indicator_id, month, by=by, seed=seed) for month in months]
    spreads = tuple(spread.between if spread else None for spread in found)
    told = [spread for spread in spreads if spread is not None]
    if len(told) < 2:
        return SpreadTrend(indicator_id, tuple(months), spreads, None, "untold")
    difference = _difference(told[-2], told[-1])
    verdict: Literal["more_even", "less_even", "same", "untold"] = "same"
    if difference.high < 0:
        verdict = "more_even"
    elif difference.low > 0:
        verdict = "less_even"
    return SpreadTrend(indicator_id, tuple(months), spreads, difference, verdict)


def _shrunk(
    law: str, known: dict[str, RatioSums], *, high_is_worse: bool, seed: int
) -> tuple[Shrinkage | None, Funnel | None]:
    names = sorted(known)
    if law == "share":
        counts = [effective_counts(known[name]) for name in names]
        n = [max(1, round(size)) for _, size in counts]
        k = [
            min(round(known[name].a / known[name].b * size), size)
            for name, size in zip(names, n, strict=True)
        ]
        return shrink_shares(names, k, n, high_is_worse=high_is_worse, seed=seed), funnel(names, k, n)
    means = [known[name].a / known[name].b for name in names]
    sizes = [known[name].worth for name in names]
    squares = sum(known[name].variance * size**2 for name, size in zip(names, sizes, strict=True))
    freedom = sum(known[name].n - 1 for name in names)
    if squares <= 0:
        return None, None
    return shrink_means(
        names, means, sizes, math.sqrt(squares / freedom), high_is_worse=high_is_worse, seed=seed
    ), None


def _difference(before: Interval, now: Interval) -> Interval:
    d = now.estimate - before.estimate
    low = d - math.hypot(now.estimate - now.low, before.high - before.estimate)
    high = d + math.hypot(now.high - now.estimate, before.estimate - before.low)
    return Interval(d, low, high)
