"""The closed set of formulas: what one transcript gives to an indicator, as ``(a, b)`` of its ratio ``Σa / Σb``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol

from models.indicators.row import Seen
from models.indicators.sums import Law

Pair = tuple[float, float]
Polarity = Literal["", "negative", "positive"]
JUDGED = 0.3
"""A mark speaks well or ill from this distance from 0 on."""


class Formula(Protocol):
    """``over_all``: b is 1 for every transcript. ``observe`` gives ``None`` where a transcript does not count."""

    law: ClassVar[Law]

    @property
    def over_all(self) -> bool: ...

    def observe(self, seen: Seen) -> Pair | None: ...


@dataclass(frozen=True, slots=True)
class MarkPattern:
    """Marks of ``kind``; where given, with one of ``values``, one of ``details``, and of that ``polarity``."""

    kind: str
    values: frozenset[str] = frozenset()
    details: frozenset[str] = frozenset()
    polarity: Polarity = ""

    def count(self, seen: Seen) -> int:
        return sum(1 for mark in seen.by_kind.get(self.kind, ()) if self.fits(mark))

    def largest(self, seen: Seen) -> float | None:
        """The largest amount of such marks."""
        marks = seen.by_kind.get(self.kind, ())
        return max(
            (float(mark["amount"]) for mark in marks if mark.get("amount") is not None and self.fits(mark)),
            default=None,
        )

    def fits(self, mark: Mapping[str, Any]) -> bool:
        if self.values and mark.get("value") not in self.values:
            return False
        if self.details and mark.get("detail") not in self.details:
            return False
        return not self.polarity or self._judged(mark.get("polarity", 0.0))

    def _judged(self, polarity: float) -> bool:
        return polarity <= -JUDGED if self.polarity == "negative" else polarity >= JUDGED


@dataclass(frozen=True, slots=True)
class MarkShare:
    """Transcripts with such a mark, of all; with ``of``, of those that have one of those."""

    marks: MarkPattern
    of: MarkPattern | None = None
    law: ClassVar[Law] = "share"

    @property
    def over_all(self) -> bool:
        return self.of is None

    def observe(self, seen: Seen) -> Pair | None:
        if self.of is not None and not self.of.count(seen):
            return None
        return (1.0 if self.marks.count(seen) else 0.0), 1.0


@dataclass(frozen=True, slots=True)
class MarkRate:
    """Such marks per transcript."""

    marks: MarkPattern
    law: ClassVar[Law] = "mean"
    over_all: ClassVar[bool] = True

    def observe(self, seen: Seen) -> Pair:
        return float(self.marks.count(seen)), 1.0


@dataclass(frozen=True, slots=True)
class MarkRatio:
    """Marks ``good`` of all marks ``good`` or ``bad``: kept of the promises whose outcome is known."""

    good: MarkPattern
    bad: MarkPattern
    law: ClassVar[Law] = "share"
    over_all: ClassVar[bool] = False

    def observe(self, seen: Seen) -> Pair | None:
        good = self.good.count(seen)
        total = good + self.bad.count(seen)
        return (float(good), float(total)) if total else None


@dataclass(frozen=True, slots=True)
class MarkBalance:
    """1 with a mark ``plus``, -1 with one of ``minus``, 0 with both; transcripts with neither count with ``of_all``."""

    plus: MarkPattern
    minus: MarkPattern
    of_all: bool = False
    law: ClassVar[Law] = "balance"

    @property
    def over_all(self) -> bool:
        return self.of_all

    def observe(self, seen: Seen) -> Pair | None:
        plus, minus = bool(self.plus.count(seen)), bool(self.minus.count(seen))
        return (float(plus - minus), 1.0) if plus or minus or self.of_all else None


@dataclass(frozen=True, slots=True)
class MarkAmount:
    """Mean amount of such marks (minutes waited), the largest of each transcript, cut at ``most``: a wait told in months
    would drown all others.
    """

    marks: MarkPattern
    most: float
    law: ClassVar[Law] = "mean"
    over_all: ClassVar[bool] = False

    def observe(self, seen: Seen) -> Pair | None:
        amount = self.marks.largest(seen)
        return None if amount is None else (min(amount, self.most), 1.0)


@dataclass(frozen=True, slots=True)
class MarkAmountShare:
    """Share of transcripts with such an amount whose largest is at most ``at_most``."""

    marks: MarkPattern
    at_most: float
    law: ClassVar[Law] = "share"
    over_all: ClassVar[bool] = False

    def observe(self, seen: Seen) -> Pair | None:
        amount = self.marks.largest(seen)
        return None if amount is None else (1.0 if amount <= self.at_most else 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class SentimentShare:
    """Transcripts with one of these labels, of those that have one."""

    labels: frozenset[str]
    law: ClassVar[Law] = "share"
    over_all: ClassVar[bool] = False

    def observe(self, seen: Seen) -> Pair | None:
        label = seen.row.sentiment
        return None if label is None else (1.0 if label in self.labels else 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class ScoreMean:
    """Mean of an imported score, the first of ``scores`` that the transcript has."""

    scores: tuple[str, ...]
    law: ClassVar[Law] = "mean"
    over_all: ClassVar[bool] = False

    def observe(self, seen: Seen) -> Pair | None:
        score = imported(seen, self.scores)
        return None if score is None else (score, 1.0)


@dataclass(frozen=True, slots=True)
class ScoreShare:
    """Share of scores of at least ``at_least``: top box, CSAT."""

    scores: tuple[str, ...]
    at_least: float
    law: ClassVar[Law] = "share"
    over_all: ClassVar[bool] = False

    def observe(self, seen: Seen) -> Pair | None:
        score = imported(seen, self.scores)
        return None if score is None else (1.0 if score >= self.at_least else 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class NetPromoter:
    """Promoters (9, 10) less detractors (0 to 6) of 0..10. Source: Reichheld 2003, Harvard Business Review 81, 46-54."""

    scores: tuple[str, ...]
    promoters: float = 9.0
    detractors: float = 6.0
    law: ClassVar[Law] = "balance"
    over_all: ClassVar[bool] = False

    def observe(self, seen: Seen) -> Pair | None:
        score = imported(seen, self.scores)
        if score is None:
            return None
        return float((score >= self.promoters) - (score <= self.detractors)), 1.0


@dataclass(frozen=True, slots=True)
class MeasureMean:
    """Mean of ``measures[key][name]`` over the transcripts that have it."""

    key: str
    name: str
    law: ClassVar[Law] = "mean"
    over_all: ClassVar[bool] = False

    def observe(self, seen: Seen) -> Pair | None:
        found = seen.measure(self.key, self.name)
        return None if found is None else (found, 1.0)


@dataclass(frozen=True, slots=True)
class JourneyRatio:
    """Tellings of these steps (moments of truth) with delight, of those with delight or pain."""

    steps: frozenset[str]
    law: ClassVar[Law] = "share"
    over_all: ClassVar[bool] = False

    def observe(self, seen: Seen) -> Pair | None:
        felt = seen.felt(self.steps)
        good = sum(polarity >= JUDGED for polarity in felt)
        total = good + sum(polarity <= -JUDGED for polarity in felt)
        return (float(good), float(total)) if total else None


@dataclass(frozen=True, slots=True)
class JourneyPain:
    """Transcripts that tell of pain at one of these steps, of those that tell of one of them."""

    steps: frozenset[str]
    law: ClassVar[Law] = "share"
    over_all: ClassVar[bool] = False

    def observe(self, seen: Seen) -> Pair | None:
        felt = seen.felt(self.steps)
        return (1.0 if min(felt) <= -JUDGED else 0.0, 1.0) if felt else None


@dataclass(frozen=True, slots=True)
class RepliedWithin:
    """Share of the contacts with a known reply time that were answered within so many hours."""

    hours: float
    law: ClassVar[Law] = "share"
    over_all: ClassVar[bool] = False

    def observe(self, seen: Seen) -> Pair | None:
        hours = seen.row.reply_hours
        return None if hours is None else (1.0 if hours <= self.hours else 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Repeated:
    """Share of contacts that came within ``days`` days of another one of the same customer before them."""

    days: float
    law: ClassVar[Law] = "share"
    over_all: ClassVar[bool] = False

    def observe(self, seen: Seen) -> None:
        """Read from the customers' timelines, not row by row."""


@dataclass(frozen=True, slots=True)
class FirstContact:
    """Share of first contacts (none of the customer in the ``days`` before) with none in the ``days`` after."""

    days: float
    law: ClassVar[Law] = "share"
    over_all: ClassVar[bool] = False

    def observe(self, seen: Seen) -> None:
        """Read from the customers' timelines, not row by row."""


def imported(seen: Seen, names: tuple[str, ...]) -> float | None:
    for name in names:
        if name in seen.row.scores:
            return float(seen.row.scores[name])
    return None


NOT_NEGATIVE = (MarkRate, MarkAmount)
"""Their figures cannot lie below 0, nor can the ends of intervals."""


def mark_kinds(formula: Formula) -> frozenset[str]:
    """Kinds of marks without any of which a transcript adds nothing; empty where the formula reads something else."""
    if isinstance(formula, MarkShare):
        return frozenset({(formula.of or formula.marks).kind})
    if isinstance(formula, (MarkRate, MarkAmount, MarkAmountShare)):
        return frozenset({formula.marks.kind})
    if isinstance(formula, MarkRatio):
        return frozenset({formula.good.kind, formula.bad.kind})
    if isinstance(formula, MarkBalance):
        return frozenset({formula.plus.kind, formula.minus.kind})
    return frozenset()
