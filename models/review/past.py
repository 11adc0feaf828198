"""What a month is compared with: earlier months, earlier days, last month's mix, earlier scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from models.analysis.values import Polarity

MAX_MONTHS = 24
"""So many months before this one are looked at."""

HISTORY_DAYS = 91
"""So many days before this month are the past of its days: thirteen whole weeks."""

Stratum = tuple[str, str, str]
"""Channel, product and region of a contact; ``""`` where it has none."""


@dataclass(frozen=True, slots=True)
class CauseMonth:
    """Transcripts of a root cause in one month, and how many voices they are."""

    n_transcripts: int
    n_voices: int


@dataclass(frozen=True, slots=True)
class MonthSeries:
    """Earlier months, oldest first and without gaps; this month is not among them.

    All counts are ``(n_months,)``. ``categories`` counts negative transcripts per category id. ``looked``
    says whether root causes were looked for in the month: elsewhere their 0 means nothing.
    """

    months: tuple[str, ...]
    contacts: tuple[int, ...]
    negatives: tuple[int, ...]
    categories: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    causes: Mapping[str, tuple[CauseMonth, ...]] = field(default_factory=dict)
    looked: tuple[bool, ...] = ()


@dataclass(frozen=True, slots=True)
class DaySeries:
    """The days just before this month, from ``first`` on, without gaps; counts are ``(n_days,)``.

    ``looked`` as in ``MonthSeries``, per day.
    """

    first: date
    contacts: tuple[int, ...]
    negatives: tuple[int, ...]
    categories: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    causes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    looked: tuple[bool, ...] = ()


@dataclass(frozen=True, slots=True)
class MixCounts:
    """Last month's contacts per stratum, and those of each category (negative ones) and root cause."""

    contacts: Mapping[Stratum, int]
    categories: Mapping[str, Mapping[Stratum, int]] = field(default_factory=dict)
    causes: Mapping[str, Mapping[Stratum, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ScoredFact:
    """A contact with the customer's own scores. ``group``: its customer, or its voice where none is known."""

    id: str
    group: str
    scores: Mapping[str, float]
    sentiment: Polarity
    categories: tuple[str, ...]
    segment: str = ""


@dataclass(frozen=True, slots=True)
class Past:
    """``None``, or empty: nothing is stored of it."""

    months: MonthSeries | None = None
    days: DaySeries | None = None
    mix: MixCounts | None = None
    scored: tuple[ScoredFact, ...] = ()


@dataclass(frozen=True, slots=True)
class RepeatFact:
    """A text that came many times: ``transcript_id`` is its first copy, ``text`` how it begins."""

    voice: str
    transcript_id: str
    text: str
