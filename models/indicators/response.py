"""How fast leads and complaints are answered: the median with its interval, and the share within 24 and 72 hours.

Contacts still without an answer when the data end are no missing values: they have waited at least so long. So the
median is that of the product-limit estimate (Kaplan and Meier 1958, J. American Statistical Association 53, 457-481).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from models.indicators.plain import to_plain
from models.indicators.tally import EVERYWHERE, IndicatorTally, Where
from models.statistics.intervals import Interval, normal_quantile, wilson

LIMITS_HOURS = (24.0, 72.0)
_MINUTES = 60
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class WithinShare:
    """``k`` answered within ``hours`` of ``n`` that were answered or watched for so long."""

    hours: float
    k: int
    n: int
    share: Interval


@dataclass(frozen=True, slots=True)
class ResponseTime:
    """``median_hours`` and its interval; an end is ``None`` where too few are answered for it to be told."""

    n: int
    answered: int
    median_hours: float | None
    low_hours: float | None
    high_hours: float | None
    within: tuple[WithinShare, ...]

    def to_dict(self) -> dict[str, Any]:
        return dict(to_plain(self))


def response_time(
    waits: Iterable[tuple[float, bool]],
    *,
    limits_hours: Sequence[float] = LIMITS_HOURS,
    confidence: float = 0.95,
) -> ResponseTime:
    """From ``(hours, answered)`` of each lead or complaint; an open one has the hours until the data end.

    Interval of the median: where the log(-log) interval of the survivor function (Greenwood's variance) crosses ½
    (Brookmeyer and Crowley 1982, Biometrics 38, 29-41).
    """
    answered: Counter[int] = Counter()
    open_: Counter[int] = Counter()
    for hours, done in waits:
        (answered if done else open_)[round(max(hours, 0.0) * _MINUTES)] += 1
    median, low, high = _median(answered, open_, confidence)
    total = answered.total() + open_.total()
    ends = [None if minutes is None else minutes / _MINUTES for minutes in (median, low, high)]
    within = tuple(_within(answered, open_, hours, confidence) for hours in limits_hours)
    return ResponseTime(total, answered.total(), ends[0], ends[1], ends[2], within)


def response_of(
    tally: IndicatorTally, asks: str, *, month: str | None = None, where: Where = EVERYWHERE
) -> ResponseTime:
    """Of the ``complaint`` or ``lead`` contacts that a tally has seen, by the month in which they came.

    Where the source system has the time to the reply (``reply_hours``) it counts, else the next contact that answers.
    """
    return response_time((wait.minutes / _MINUTES, wait.answered) for wait in tally.waits(asks, month, where))


def _within(answered: Counter[int], open_: Counter[int], hours: float, confidence: float) -> WithinShare:
    limit = hours * _MINUTES
    k = sum(n for minutes, n in answered.items() if minutes <= limit)
    late = sum(n for minutes, n in answered.items() if minutes > limit)
    late += sum(n for minutes, n in open_.items() if minutes >= limit)
    return WithinShare(hours, k, k + late, wilson(k, k + late, confidence))


def _median(
    answered: Counter[int], open_: Counter[int], confidence: float
) -> tuple[int | None, int | None, int | None]:
    """Where survivor and its limits first come to ½ or below."""
    at_risk = answered.total() + open_.total()
    survivor, greenwood, z = 1.0, 0.0, normal_quantile(confidence)
    found: list[int | None] = [None, None, None]
    for minutes in sorted({*answered, *open_}):
        events = answered[minutes]
        if events:
            survivor *= 1 - events / at_risk
            greenwood += events / (at_risk * (at_risk - events)) if at_risk > events else math.inf
            for place, level in enumerate((survivor, *_limits(survivor, greenwood, z))):
                if found[place] is None and level <= 0.5 + _ROUNDING:
                    found[place] = minutes
        at_risk -= events + open_[minutes]
    return found[0], found[1], found[2]


def _limits(survivor: float, greenwood: float, z: float) -> tuple[float, float]:
    if survivor <= 0 or not math.isfinite(greenwood):
        return 0.0, 1.0
    if survivor >= 1:
        return 1.0, 1.0
    spread = z * math.sqrt(greenwood) / abs(math.log(survivor))
    return survivor ** math.exp(spread), survivor ** math.exp(-spread)
