"""Finer counts of one month: by stratum, by day, by voice and by person."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date

from models.review.facts import TranscriptFact
from models.review.past import ScoredFact, Stratum

UNIT_FIELDS = ("store", "agent", "region", "product")
"""What is compared unit by unit."""

VoiceDays = dict[str, date]


def _sets() -> defaultdict[str, VoiceDays]:
    return defaultdict(dict)


def _counters() -> defaultdict[str, Counter[str]]:
    return defaultdict(Counter)


@dataclass(slots=True)
class MonthCells:
    """``negative_voices`` and ``category_voices`` (negative transcripts) have each voice on its first day: a
    text that came a hundred times is one voice. ``contacts`` and ``negatives`` count per unit of each field;
    a contact whose customer is not known is a customer of its own."""

    strata: Counter[Stratum] = field(default_factory=Counter)
    category_strata: dict[str, Counter[Stratum]] = field(default_factory=lambda: defaultdict(Counter))
    days: Counter[date] = field(default_factory=Counter)
    negative_voices: VoiceDays = field(default_factory=dict)
    category_voices: dict[str, VoiceDays] = field(default_factory=_sets)
    copies: Counter[str] = field(default_factory=Counter)
    contacts: dict[str, Counter[str]] = field(default_factory=_counters)
    negatives: dict[str, Counter[str]] = field(default_factory=_counters)
    tones: dict[str, Counter[str]] = field(default_factory=_counters)
    customer_contacts: Counter[str] = field(default_factory=Counter)
    customer_negatives: Counter[str] = field(default_factory=Counter)
    scored: list[ScoredFact] = field(default_factory=list)

    def add(self, fact: TranscriptFact, categories: tuple[str, ...]) -> None:
        """``categories``: ids of the clear ones."""
        stratum = stratum_of(fact)
        self.strata[stratum] += 1
        self.days[fact.day] += 1
        self.copies[fact.voice] += 1
        customer = f"c:{fact.customer}" if fact.customer else f"t:{fact.id}"
        self.customer_contacts[customer] += 1
        for name in categories:
            self.tones[name][fact.sentiment] += 1
        if fact.scores:
            self.scored.append(_scored(fact, categories))
        for name in UNIT_FIELDS:
            if unit := getattr(fact, name):
                self.contacts[name][unit] += 1
                self.negatives[name][unit] += fact.sentiment == "negative"
        if fact.sentiment == "negative":
            self._add_negative(fact, stratum, customer, categories)

    def _add_negative(
        self, fact: TranscriptFact, stratum: Stratum, customer: str, categories: tuple[str, ...]
    ) -> None:
        self.customer_negatives[customer] += 1
        _first_day(self.negative_voices, fact)
        for name in categories:
            self.category_strata[name][stratum] += 1
            _first_day(self.category_voices[name], fact)


def stratum_of(fact: TranscriptFact) -> Stratum:
    return fact.channel or "", fact.product or "", fact.region or ""


def _first_day(voices: VoiceDays, fact: TranscriptFact) -> None:
    voices[fact.voice] = min(voices.get(fact.voice, fact.day), fact.day)


def _scored(fact: TranscriptFact, categories: tuple[str, ...]) -> ScoredFact:
    group = f"c:{fact.customer}" if fact.customer else f"v:{fact.voice}"
    scores = dict(sorted(fact.scores.items()))
    return ScoredFact(fact.id, group, scores, fact.sentiment, categories, fact.segment or "")
