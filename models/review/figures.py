"""A number that carries its own counts, interval and way back to the records behind it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from models.review.comparison import rate_interval
from models.statistics.intervals import Interval

Unit = Literal[
    "count",
    "ratio",
    "per_1000",
    "points",
    "per_1000_difference",
    "relative",
    "polarity",
    "per_day",
    "mean",
    "score",
]
Verdict = Literal["up", "down", "flat", "new", "ended", "small", "no_previous", "unjudged"]

RECORD_CAP = 20
"""So many record ids are kept beside a number; ``n_records`` says how many there are."""


@dataclass(frozen=True, slots=True)
class Figure:
    """``value`` in ``unit``; ``None`` where it is not defined (a rate of nothing).

    A rate has its counts ``n`` of ``of`` and a 95 % ``interval`` in the unit of ``value``. ``query`` is a
    path of the service that answers with the records behind the number; where no such path exists,
    ``records`` has up to ``RECORD_CAP`` ids of ``n_records``.
    """

    value: float | None
    unit: Unit = "count"
    n: int | None = None
    of: int | None = None
    interval: tuple[float, float] | None = None
    query: str | None = None
    records: tuple[str, ...] = ()
    n_records: int | None = None

    def interval_figures(self) -> tuple[Figure | None, Figure | None]:
        """The ends of the interval as figures of the same unit."""
        if self.interval is None:
            return None, None
        low, high = self.interval
        return Figure(low, self.unit), Figure(high, self.unit)


@dataclass(frozen=True, slots=True)
class Change:
    """Against last month. ``difference`` has the unit of a difference and, for rates, a 95 % interval.

    ``p_value`` is of one comparison, ``q_value`` after Benjamini-Hochberg over all comparisons of the
    review; the verdict reads ``q_value``. ``small`` marks counts too small to lean on.
    """

    verdict: Verdict
    previous: Figure | None = None
    difference: Figure | None = None
    p_value: float | None = None
    q_value: float | None = None
    small: bool = False


def rounded(value: float) -> float:
    """Six decimals: beyond any display, and the same on every machine."""
    return round(float(value), 6) + 0.0


def count(n: int, *, query: str | None = None, records: Iterable[str] | None = None) -> Figure:
    return with_records(Figure(n, "count", n=n, query=query), records)


def rate(k: int, n: int, *, query: str | None = None, n_voices: int | None = None) -> Figure:
    """``k`` of ``n`` with its Wilson interval, widened where ``k`` transcripts are only ``n_voices`` voices."""
    if n <= 0:
        return Figure(None, "ratio", n=k, of=n, query=query)
    low, high = rate_interval(k, n, n_voices=n_voices)
    return Figure(rounded(k / n), "ratio", n=k, of=n, interval=(rounded(low), rounded(high)), query=query)


def per_1000(k: int, n: int, *, query: str | None = None, n_voices: int | None = None) -> Figure:
    """As ``rate``, per 1,000 transcripts."""
    plain = rate(k, n, query=query, n_voices=n_voices)
    if plain.value is None or plain.interval is None:
        return replace(plain, unit="per_1000")
    low, high = plain.interval
    return replace(
        plain,
        unit="per_1000",
        value=rounded(k / n * 1000),
        interval=(rounded(low * 1000), rounded(high * 1000)),
    )


def share(k: int, n: int, *, query: str | None = None) -> Figure:
    """A part of a whole that was counted completely: no interval."""
    return Figure(rounded(k / n) if n > 0 else None, "ratio", n=k, of=n, query=query)


def measured(
    found: Interval, unit: Unit, *, scale: float = 1.0, n: int | None = None, of: int | None = None
) -> Figure:
    """An estimate with its interval, times ``scale``. What is not finite is left out."""
    ends = (found.low * scale, found.high * scale)
    interval = (rounded(ends[0]), rounded(ends[1])) if all(map(math.isfinite, ends)) else None
    value = rounded(found.estimate * scale) if math.isfinite(found.estimate) else None
    return Figure(value, unit, n=n, of=of, interval=interval)


def with_records(figure: Figure, records: Iterable[str] | None) -> Figure:
    """The same number with its record ids, sorted and capped."""
    if records is None:
        return figure
    ids = sorted(set(records))
    return replace(figure, records=tuple(ids[:RECORD_CAP]), n_records=len(ids))
