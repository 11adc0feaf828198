"""One pass over a month's transcripts: all counts the sections need, whatever the order of the rows."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from zoneinfo import ZoneInfo

from models.core.errors import FieldError
from models.core.month import Month
from models.review.cells import MonthCells
from models.review.facts import MonthFacts, TranscriptFact

SHORT_TEXT_CHARS = 10
"""Below this many characters a text seldom says what it is about."""

UNKNOWN_CHANNEL = "unknown"

UNCLEAR_CATEGORY = "unclear"
"""The taxonomies' own node for texts that do not say what they are about: it counts as no category."""


@dataclass(slots=True)
class GroupTally:
    """Transcripts of one channel, product, region or day; ids are kept for groups no query reaches."""

    n: int = 0
    negative: int = 0
    ids: list[str] = field(default_factory=list)
    negative_ids: list[str] = field(default_factory=list)


@dataclass(slots=True)
class MonthTally:
    """Counts of one month. ``noted`` has the transcripts that root causes and quotes refer to; ``cells`` the
    finer counts that judgements need."""

    n: int = 0
    sentiment: Counter[str] = field(default_factory=Counter)
    day_sentiment: Counter[tuple[date, str]] = field(default_factory=Counter)
    channels: dict[str, GroupTally] = field(default_factory=dict)
    products: dict[str, GroupTally] = field(default_factory=dict)
    regions: dict[str, GroupTally] = field(default_factory=dict)
    stores: dict[str, GroupTally] = field(default_factory=dict)
    negative_categories: Counter[str] = field(default_factory=Counter)
    paths: dict[str, tuple[str, ...]] = field(default_factory=dict)
    voices: set[str] = field(default_factory=set)
    customers: set[str] = field(default_factory=set)
    polarities: list[float] = field(default_factory=list)
    uncategorised: list[str] = field(default_factory=list)
    negative_ids: set[str] = field(default_factory=set)
    short_ids: list[str] = field(default_factory=list)
    n_measured: int = 0
    noted: dict[str, TranscriptFact] = field(default_factory=dict)
    cells: MonthCells = field(default_factory=MonthCells)

    @property
    def negative(self) -> int:
        return self.sentiment["negative"]

    @property
    def mean_polarity(self) -> float | None:
        return math.fsum(self.polarities) / len(self.polarities) if self.polarities else None


def tally_month(facts: MonthFacts, also: Callable[[TranscriptFact], None] | None = None) -> MonthTally:
    """Count ``facts.transcripts``; each goes to ``also``, too. Raises ``FieldError`` for a transcript of another month and
    for a root cause of more transcripts than the month has."""
    tally = MonthTally()
    noted = _noted_ids(facts)
    zone = ZoneInfo(facts.timezone)
    for fact in facts.transcripts:
        _check_day(fact, facts.month, zone)
        _add(tally, fact)
        if also is not None:
            also(fact)
        if fact.id in noted:
            tally.noted[fact.id] = replace(fact, text="", experience=None)
    _check_causes(facts, tally.n)
    return tally


def _check_causes(facts: MonthFacts, n: int) -> None:
    for cause in facts.causes:
        if not 0 <= cause.n_transcripts <= n:
            raise FieldError(
                field="n_transcripts",
                reason=f"根因 {cause.id} 有 {cause.n_transcripts} 条，而本月共 {n} 条，请重新运行根因分析",
                reason_en=f"root cause {cause.id} has {cause.n_transcripts} of {n} transcripts; "
                "run root cause discovery again",
            )


def _noted_ids(facts: MonthFacts) -> set[str]:
    ids = {transcript_id for cause in facts.causes for transcript_id in cause.transcript_ids}
    ids |= {repeat.transcript_id for repeat in facts.repeats}
    return ids | {quote.transcript_id for cause in facts.causes for quote in cause.exemplars}


def _check_day(fact: TranscriptFact, month: Month, zone: ZoneInfo) -> None:
    local = fact.occurred_at.astimezone(zone) if fact.occurred_at.tzinfo else None
    if local is None or Month(local.year, local.month) != month or local.date() != fact.day:
        raise FieldError(
            field="occurred_at",
            reason=f"记录 {fact.id} 的时间 {fact.occurred_at.isoformat()}（{fact.day}）不属于 {month}",
            reason_en=f"transcript {fact.id} at {fact.occurred_at.isoformat()} ({fact.day}) is not of {month}",
        )


def _add(tally: MonthTally, fact: TranscriptFact) -> None:
    negative = fact.sentiment == "negative"
    tally.n += 1
    tally.sentiment[fact.sentiment] += 1
    tally.day_sentiment[fact.day, fact.sentiment] += 1
    tally.voices.add(fact.voice)
    tally.polarities.append(fact.polarity)
    if fact.customer:
        tally.customers.add(fact.customer)
    clear = {name: path for name, path in _pairs(fact.categories) if name != UNCLEAR_CATEGORY}
    tally.cells.add(fact, tuple(sorted(clear)))
    if fact.n_chars is not None:
        tally.n_measured += 1
        if fact.n_chars < SHORT_TEXT_CHARS:
            tally.short_ids.append(fact.id)
    if negative:
        tally.negative_ids.add(fact.id)
        _add_categories(tally, fact.id, clear)
    groups = ((tally.channels, fact.channel or UNKNOWN_CHANNEL), (tally.products, fact.product))
    for group, name in (*groups, (tally.regions, fact.region), (tally.stores, fact.store)):
        if name:
            _add_to_group(group, name, fact.id, negative)


def _add_categories(tally: MonthTally, transcript_id: str, clear: dict[str, tuple[str, ...]]) -> None:
    if not clear:
        tally.uncategorised.append(transcript_id)
    for category_id, path in clear.items():
        tally.negative_categories[category_id] += 1
        tally.paths[category_id] = max(tally.paths.get(category_id, ()), path)


def _pairs(categories: Iterable[tuple[str, tuple[str, ...]]]) -> Iterable[tuple[str, tuple[str, ...]]]:
    return ((category_id, tuple(path) or (category_id,)) for category_id, path in sorted(categories))


def _add_to_group(group: dict[str, GroupTally], name: str, transcript_id: str, negative: bool) -> None:
    row = group.setdefault(name, GroupTally())
    row.n += 1
    row.ids.append(transcript_id)
    if negative:
        row.negative += 1
        row.negative_ids.append(transcript_id)
