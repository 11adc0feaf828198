"""One pass over the experience of a month's transcripts; its size does not grow with what they say."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from models.experience.catalog import SURVEY
from models.experience.customers import Contact
from models.experience.moments_tally import JourneyTally
from models.indicators.row import IndicatorRow
from models.indicators.tally import IndicatorTally
from models.review.facts import MonthFacts, Quote, TranscriptFact
from models.review.lived.setup import LivedSetup

QUOTED_KINDS = ("promise:broken", "signal:suggestion", "signal:opportunity", "exposure", "churn")
"""Marks whose words are shown, as ``kind`` or ``kind:value``."""
QUOTES_KEPT = 3
VALUE = "value"
"""The score of a transcript that says what its customer is worth."""
RECOMMEND = "recommend"
_MARKS = "，。！？；,!?;\n"
_MAX_QUOTE_CHARS = 60


@dataclass(slots=True)
class CauseEvidence:
    """What the transcripts of a root cause are about."""

    categories: Counter[str] = field(default_factory=Counter)
    steps: Counter[str] = field(default_factory=Counter)
    items: Counter[str] = field(default_factory=Counter)
    worth: float = 0.0


class LivedTally:
    """``add`` takes every transcript of the month once, in any order; ``rows`` of other months reach the indicators."""

    def __init__(self, facts: MonthFacts, setup: LivedSetup) -> None:
        self.n = self.n_analysed = 0
        self.transcripts: Counter[tuple[str, str]] = Counter()
        self.waits: list[float] = []
        self.journey = JourneyTally()
        self.indicators = IndicatorTally(setup.registry, by=("store",))
        self.contacts: list[Contact] = []
        self.causes: dict[str, CauseEvidence] = defaultdict(CauseEvidence)
        self._quotes: dict[str, list[tuple[str, Quote]]] = defaultdict(list)
        self._month = str(facts.month)
        self._causes_of: dict[str, list[str]] = defaultdict(list)
        for cause in facts.causes:
            for transcript_id in cause.transcript_ids:
                self._causes_of[transcript_id].append(cause.id)
        for row in setup.past():
            self.indicators.add(row)

    def add(self, fact: TranscriptFact) -> None:
        self.n += 1
        self.indicators.add(indicator_row(fact, self._month))
        if fact.customer:
            self.contacts.append(_contact(fact))
        if fact.experience is None:
            return
        self.n_analysed += 1
        self.journey.add(fact.experience, transcript=fact.id, text=fact.text)
        said = self._count_marks(fact, fact.experience)
        for cause in self._causes_of.get(fact.id, ()):
            self._add_evidence(self.causes[cause], fact, said)

    def quotes(self, kind: str) -> list[Quote]:
        """Up to ``QUOTES_KEPT``, the same whatever the order of transcripts."""
        return [quote for _, quote in self._quotes.get(kind, ())]

    def _count_marks(self, fact: TranscriptFact, experience: Mapping[str, Any]) -> set[tuple[str, str]]:
        said: set[tuple[str, str]] = set()
        longest = 0.0
        for mark in experience.get("marks") or ():
            kind, value = mark["kind"], mark["value"]
            if kind == SURVEY:
                value = f"{value}.{mark.get('detail', '')}"
            elif kind == "wait":
                longest = max(longest, float(mark.get("amount") or 0.0))
            if (kind, value) not in said:
                said.add((kind, value))
                self._quote(fact, f"{kind}:{value}", kind, mark["span"])
        self.transcripts.update(said)
        if longest:
            self.waits.append(longest)
        return said

    def _quote(self, fact: TranscriptFact, exact: str, kind: str, span: tuple[int, int]) -> None:
        name = exact if exact in QUOTED_KINDS else kind if kind in QUOTED_KINDS else ""
        if not name:
            return
        kept = self._quotes[name]
        key = hashlib.sha256(f"{fact.id}:{span[0]}".encode()).hexdigest()
        if len(kept) == QUOTES_KEPT and key >= kept[-1][0]:
            return
        start, end = around(fact.text, *span)
        kept.append((key, Quote(fact.id, start, end, fact.text[start:end])))
        kept.sort(key=lambda item: item[0])
        del kept[QUOTES_KEPT:]

    def _add_evidence(self, found: CauseEvidence, fact: TranscriptFact, said: set[tuple[str, str]]) -> None:
        found.categories.update(sorted({category_id for category_id, _ in fact.categories}))
        found.steps.update(value for kind, value in said if kind == "step")
        found.items.update(value.rpartition(".")[0] for kind, value in said if kind == SURVEY)
        found.worth += max(0.0, fact.scores.get(VALUE, 0.0))


def indicator_row(fact: TranscriptFact, month: str) -> IndicatorRow:
    """A transcript as indicators read it. A complaint waits for an answer; a call from an agent's side is not known."""
    return IndicatorRow(
        month=month,
        experience=fact.experience or {},
        sentiment=fact.sentiment,
        scores=fact.scores,
        store=fact.store or "",
        agent=fact.agent or "",
        segment=fact.segment or "",
        value=fact.scores.get(VALUE),
        customer=fact.customer or "",
        occurred_at=fact.occurred_at,
        asks="complaint" if fact.sentiment == "negative" else "",
        reply_hours=fact.scores.get("reply_hours"),
    )


def around(text: str, start: int, end: int) -> tuple[int, int]:
    """The clause that holds ``[start, end)``, cut to a length that can be read at a glance."""
    while start > 0 and text[start - 1] not in _MARKS and end - start < _MAX_QUOTE_CHARS:
        start -= 1
    while end < len(text) and text[end] not in _MARKS and end - start < _MAX_QUOTE_CHARS:
        end += 1
    return start, end


def _contact(fact: TranscriptFact) -> Contact:
    """Only what tells of customers over channels is kept."""
    experience = fact.experience or {}
    measures = experience.get("measures") or {}
    kept = {
        "marks": [mark for mark in experience.get("marks") or () if mark["kind"] == "churn"],
        "measures": {name: measures[name] for name in ("journey", "effort") if name in measures},
    }
    score = fact.scores.get(RECOMMEND)
    return Contact(
        id=fact.id,
        customer=fact.customer or "",
        occurred_at=fact.occurred_at,
        channel=fact.channel,
        agent=fact.agent,
        polarity=fact.polarity,
        score=score if score is not None and 0 <= score <= 10 else None,
        categories=frozenset(category_id for category_id, _ in fact.categories),
        experience=kept,
    )
