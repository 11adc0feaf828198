"""One pass over the experience of a month's transcripts; its size does not grow with what they say."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from models.experience.catalog import SURVEY
from models.experience.customers import Contact
from models.experience.mark import Mark
from models.experience.moments_tally import JourneyTally
from models.experience.survey_scores import conflicts
from models.indicators.row import IndicatorRow
from models.indicators.tally import IndicatorTally
from models.review.facts import MonthFacts, TranscriptFact
from models.review.lived.quoting import QuoteKeeper, SpanQuotes
from models.review.lived.setup import LivedSetup

CONFLICT = "conflict"
"""What is kept of a text that says the opposite of its score."""
QUOTED_KINDS = ("promise:broken", "signal:suggestion", "signal:opportunity", "exposure", "churn")
"""Marks whose words are shown, as ``kind`` or ``kind:value``."""
VALUE = "value"
"""The score of a transcript that says what its customer is worth."""
RECOMMEND = "recommend"
_MOST_FELT = 2000


@dataclass(slots=True)
class CauseEvidence:
    """What the transcripts of a root cause are about."""

    categories: Counter[str] = field(default_factory=Counter)
    steps: Counter[str] = field(default_factory=Counter)
    items: Counter[str] = field(default_factory=Counter)
    exposures: Counter[str] = field(default_factory=Counter)
    n: int = 0
    worth: float = 0.0


class LivedTally:
    """``add`` takes every transcript of the month once, in any order; ``rows`` of other months reach the indicators."""

    def __init__(self, facts: MonthFacts, setup: LivedSetup) -> None:
        self.n = self.n_analysed = 0
        self.transcripts: Counter[tuple[str, str]] = Counter()
        self.waits: list[float] = []
        self.conflicts: dict[str, list[str]] = {}
        self.journey = JourneyTally()
        self.indicators = IndicatorTally(setup.registry, by=("store",))
        self.contacts: list[Contact] = []
        self.causes: dict[str, CauseEvidence] = defaultdict(CauseEvidence)
        zone = ZoneInfo(facts.timezone)
        self.said = QuoteKeeper(zone)
        self.felt, self.leaving = SpanQuotes(zone), SpanQuotes(zone)
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
            for mark in self.contacts[-1].experience["marks"]:
                self.leaving.add(fact, mark["span"])
        if fact.experience is None:
            return
        self.n_analysed += 1
        self.journey.add(fact.experience, transcript=fact.id, text=fact.text)
        self._keep_felt(fact, fact.experience)
        said = self._count_marks(fact, fact.experience)
        if fact.scores:
            self._add_conflicts(fact, fact.experience)
        for cause in self._causes_of.get(fact.id, ()):
            self._add_evidence(self.causes[cause], fact, said)

    def _keep_felt(self, fact: TranscriptFact, experience: Mapping[str, Any]) -> None:
        """The words of those quotes of the journey that this transcript gives, while its text is at hand."""
        journey = (experience.get("measures") or {}).get("journey") or {}
        for step in {said["step"] for said in journey.get("steps") or ()}:
            for quote in self.journey.steps[step].quotes:
                if quote.transcript == fact.id:
                    self.felt.add(fact, (quote.start, quote.end))
        if len(self.felt) > _MOST_FELT:
            counts = self.journey.steps.values()
            self.felt.keep((quote.transcript, quote.start) for count in counts for quote in count.quotes)

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

    def _add_conflicts(self, fact: TranscriptFact, experience: Mapping[str, Any]) -> None:
        marks = [Mark.from_dict(mark) for mark in experience.get("marks") or ()]
        for conflict in conflicts(marks, fact.polarity, fact.scores)[:1]:
            self.conflicts.setdefault(conflict.kind, []).append(fact.id)
            if conflict.span is not None:
                self.said.add(CONFLICT, fact, conflict.span)

    def _quote(self, fact: TranscriptFact, exact: str, kind: str, span: tuple[int, int]) -> None:
        name = exact if exact in QUOTED_KINDS else kind if kind in QUOTED_KINDS else ""
        if name:
            self.said.add(name, fact, span)

    def _add_evidence(self, found: CauseEvidence, fact: TranscriptFact, said: set[tuple[str, str]]) -> None:
        found.categories.update(sorted({category_id for category_id, _ in fact.categories}))
        found.n += 1
        found.exposures.update(value for kind, value in said if kind == "exposure")
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


def _contact(fact: TranscriptFact) -> Contact:
    """Only what tells of customers over channels is kept."""
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
        experience=_slim(fact.experience or {}),
    )


def _slim(experience: Mapping[str, Any]) -> Mapping[str, Any]:
    """The mark of leaving, how each step felt at its worst, and the kinds of effort."""
    measures = experience.get("measures") or {}
    worst: dict[str, float] = {}
    for said in (measures.get("journey") or {}).get("steps") or ():
        worst[said["step"]] = min(said["polarity"], worst.get(said["step"], 1.0))
    leaving = next((mark for mark in experience.get("marks") or () if mark["kind"] == "churn"), None)
    return {
        "marks": [] if leaving is None else [leaving],
        "measures": {
            "journey": {"steps": [{"step": step, "polarity": value} for step, value in worst.items()]},
            "effort": {"kinds": (measures.get("effort") or {}).get("kinds") or {}},
        },
    }
