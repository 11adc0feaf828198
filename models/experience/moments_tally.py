"""Delight and pain of each step over many transcripts, beside the effort of staff and customer: the experience curve.

The curve is the journey map's emotional line (Shostack 1984, Harvard Business Review 62, 133-139, blueprints; Lemon &
Verhoef 2016, Journal of Marketing 80, 69-96). Polarities are added in thousandths, so a tally does not depend on order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from models.experience.catalog import STEP, ExperienceCatalog
from models.experience.moments import moments_of_truth, verdict
from models.experience.peak_end import JUDGED
from models.statistics.intervals import Interval, wilson

MAX_QUOTES = 3
MAX_QUOTE_CHARS = 60
_THOUSAND = 1000
_JUDGED = round(JUDGED * _THOUSAND)


@dataclass(frozen=True, slots=True, order=True)
class Quote:
    """What was said of a step: the strongest first. ``strength`` in thousandths, negated so that it sorts."""

    strength: int
    transcript: str
    start: int
    end: int
    polarity: int
    text: str = field(default="", compare=False)

    def to_dict(self) -> dict[str, Any]:
        return {
            "transcript": self.transcript,
            "span": [self.start, self.end],
            "polarity": self.polarity / _THOUSAND,
            "text": self.text,
        }


@dataclass(slots=True)
class StepCount:
    """Of one step: ``mentions``, of which the customer ``felt`` some, ``negative`` or ``positive``; transcripts that tell of
    it, with ``pain`` (a negative one) and with ``delight``. ``thousandths`` is the sum of the polarities felt; ``staff`` and
    ``effort`` are sums of what ``n_staff`` and ``n_effort`` transcripts say of the effort of staff and customer there,
    in thousandths; ``conflicts`` counts transcripts in which pains did not please or anger met none.
    """

    mentions: int = 0
    felt: int = 0
    transcripts: int = 0
    negative: int = 0
    positive: int = 0
    pain: int = 0
    delight: int = 0
    thousandths: int = 0
    n_staff: int = 0
    staff: int = 0
    n_effort: int = 0
    effort: int = 0
    conflicts: int = 0
    quotes: list[Quote] = field(default_factory=list)

    def add(self, mentions: int, said: Sequence[Quote]) -> None:
        """What one transcript says of the step: ``said`` are the mentions that the customer felt."""
        values = [quote.polarity for quote in said]
        negative = sum(value <= -_JUDGED for value in values)
        positive = sum(value >= _JUDGED for value in values)
        self.mentions += mentions
        self.felt += len(values)
        self.transcripts += 1
        self.negative += negative
        self.positive += positive
        self.pain += negative > 0
        self.delight += positive > 0
        self.thousandths += sum(values)
        self._keep(quote for quote in said if abs(quote.polarity) >= _JUDGED)

    def merge(self, other: StepCount) -> None:
        for name in _COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self._keep(other.quotes)

    def _keep(self, quotes: Iterable[Quote]) -> None:
        """The strongest of either sign, so that a step loved by most still shows where it hurts."""
        known = sorted({*self.quotes, *quotes})
        self.quotes = [
            *[quote for quote in known if quote.polarity < 0][:MAX_QUOTES],
            *[quote for quote in known if quote.polarity > 0][:MAX_QUOTES],
        ]


_COUNTS = tuple(name for name in StepCount.__dataclass_fields__ if name != "quotes")


@dataclass(frozen=True, slots=True)
class JourneyRow:
    """A step of the journey. Shares are of the transcripts that tell of it, with Wilson intervals.

    ``mean_polarity`` in [-1, 1] of the mentions that were ``felt``; ``staff_effort`` in [-1, 1] and ``customer_effort`` in [0, 1] are means
    over the transcripts that show any, ``None`` without one; ``conflicts`` counts transcripts.
    """

    step: str
    mentions: int
    transcripts: int
    negative: int
    positive: int
    felt: int
    mean_polarity: float | None
    staff_effort: float | None
    customer_effort: float | None
    conflicts: int
    pain: Interval
    delight: Interval
    moment_of_truth: bool
    pain_quotes: tuple[Quote, ...]
    delight_quotes: tuple[Quote, ...]

    @property
    def verdict(self) -> str:
        """``missed``, ``hit`` or ``passed``, by the mean."""
        return verdict(self.mean_polarity or 0.0)

    def to_dict(self) -> dict[str, Any]:
        return {
            "step": self.step,
            "mentions": self.mentions,
            "transcripts": self.transcripts,
            "negative": self.negative,
            "positive": self.positive,
            "felt": self.felt,
            "mean_polarity": self.mean_polarity,
            "staff_effort": self.staff_effort,
            "customer_effort": self.customer_effort,
            "conflicts": self.conflicts,
            "pain": _share(self.pain),
            "delight": _share(self.delight),
            "moment_of_truth": self.moment_of_truth,
            "pain_quotes": [quote.to_dict() for quote in self.pain_quotes],
            "delight_quotes": [quote.to_dict() for quote in self.delight_quotes],
        }


class JourneyTally:
    """Adds up stored ``experience`` of transcripts. Its size depends on the number of steps alone."""

    def __init__(self) -> None:
        self.n_transcripts = 0
        self.steps: dict[str, StepCount] = {}

    def add(self, experience: Mapping[str, Any], *, transcript: str = "", text: str = "") -> None:
        """``experience`` as in ``Experience.to_dict``; its spans count over ``text``, from which quotes are cut."""
        self.n_transcripts += 1
        measures = experience.get("measures") or {}
        self._add_said(measures.get("journey") or {}, transcript, text)
        for row in (measures.get("staff_effort") or {}).get("steps") or ():
            count = self.steps.setdefault(row["step"], StepCount())
            count.n_staff += 1
            count.staff += round(row["level"] * _THOUSAND)
        for row in (measures.get("effort") or {}).get("steps") or ():
            count = self.steps.setdefault(row["step"], StepCount())
            count.n_effort += 1
            count.effort += round(row["score"] * _THOUSAND)
        conflicts = (measures.get("staff_effort") or {}).get("conflicts") or ()
        for step in {conflict["step"] for conflict in conflicts if "step" in conflict}:
            self.steps.setdefault(step, StepCount()).conflicts += 1

    def _add_said(self, journey: Mapping[str, Any], transcript: str, text: str) -> None:
        found: dict[str, list[Quote]] = {}
        mentions: Counter[str] = Counter()
        for said in journey.get("steps") or ():
            mentions[said["step"]] += 1
            own = found.setdefault(said["step"], [])
            if "felt" in said:
                value = round(said["polarity"] * _THOUSAND)
                start, end = _shown(said["felt"]["span"], said["span"])
                own.append(Quote(-abs(value), transcript, start, end, value, text[start:end]))
        for step, quotes in found.items():
            self.steps.setdefault(step, StepCount()).add(mentions[step], quotes)

    def merge(self, other: JourneyTally) -> None:
        """As if everything added to ``other`` had been added here."""
        self.n_transcripts += other.n_transcripts
        for step, count in other.steps.items():
            self.steps.setdefault(step, StepCount()).merge(count)

    def rows(self, catalog: ExperienceCatalog | None = None) -> list[JourneyRow]:
        """Steps that were told of, in the order of the journey; those unknown to ``catalog`` behind, by id."""
        facet = catalog.facets.get(STEP) if catalog else None
        places = {node.id: place for place, node in enumerate(facet.nodes)} if facet else {}
        marked = moments_of_truth(catalog) if catalog else frozenset()
        ordered = sorted(self.steps, key=lambda step: (places.get(step, len(places)), step))
        return [_row(step, self.steps[step], step in marked) for step in ordered]

    def to_dict(self) -> dict[str, Any]:
        """Everything, for keeping; ``from_dict`` gives the same tally."""
        return {
            "n_transcripts": self.n_transcripts,
            "steps": {step: _plain(self.steps[step]) for step in sorted(self.steps)},
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> JourneyTally:
        tally = cls()
        tally.n_transcripts = plain["n_transcripts"]
        for step, own in plain["steps"].items():
            counts = {name: own[name] for name in own if name != "quotes"}
            tally.steps[step] = StepCount(**counts, quotes=[_quote(quote) for quote in own["quotes"]])
        return tally


def _row(step: str, count: StepCount, marked: bool) -> JourneyRow:
    return JourneyRow(
        step,
        count.mentions,
        count.transcripts,
        count.negative,
        count.positive,
        count.felt,
        _mean(count.thousandths, count.felt),
        _mean(count.staff, count.n_staff),
        _mean(count.effort, count.n_effort),
        count.conflicts,
        wilson(count.pain, count.transcripts),
        wilson(count.delight, count.transcripts),
        marked,
        tuple(quote for quote in count.quotes if quote.polarity < 0),
        tuple(quote for quote in count.quotes if quote.polarity > 0),
    )


def _shown(felt: Sequence[int], said: Sequence[int]) -> tuple[int, int]:
    """So much of the clause as a quote holds, around the words that name the step."""
    start, end = felt
    if end - start <= MAX_QUOTE_CHARS:
        return start, end
    if start <= said[0] < end:
        start = max(start, min(said[0] - MAX_QUOTE_CHARS // 3, end - MAX_QUOTE_CHARS))
    return start, start + MAX_QUOTE_CHARS


def _mean(thousandths: int, n: int) -> float | None:
    return round(thousandths / _THOUSAND / n, 4) if n else None


def _share(interval: Interval) -> dict[str, float]:
    return {
        "share": round(interval.estimate, 4),
        "low": round(interval.low, 4),
        "high": round(interval.high, 4),
    }


def _plain(count: StepCount) -> dict[str, Any]:
    quotes = [quote.to_dict() for quote in count.quotes]
    return {**{name: getattr(count, name) for name in _COUNTS}, "quotes": quotes}


def _quote(plain: Mapping[str, Any]) -> Quote:
    value = round(plain["polarity"] * _THOUSAND)
    start, end = plain["span"]
    return Quote(-abs(value), plain["transcript"], start, end, value, plain["text"])
