"""A seeded year of call-centre dialogues with planted root causes, personal data and a gold record."""

from __future__ import annotations

import random
from bisect import bisect
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Literal
from zoneinfo import ZoneInfo

from data.samples.dialogue import Composer, Dialogue, Scene
from data.samples.identity import Persona
from data.samples.noise import pick_level
from data.samples.phrasebook import PhraseBook, load_phrases
from data.samples.plan import PlantedCause, planted_causes
from models.core.errors import FieldError
from models.core.month import Month
from models.core.transcript import Speaker, Transcript

Sentiment = Literal["negative", "neutral", "positive"]
ZONE = ZoneInfo("Asia/Shanghai")

_SHAPES = {"phone": "phone", "online": "chat", "wechat": "chat", "store": "store", "email": "email"}
_BACKGROUND: tuple[tuple[str, float, Sentiment], ...] = (
    ("query", 0.38, "neutral"),
    ("fine", 0.14, "neutral"),
    ("fine_thanks", 0.08, "positive"),
    ("praise", 0.14, "positive"),
    ("solicited", 0.12, "neutral"),
    ("vague", 0.14, "negative"),
)
_SECOND_CAUSE_RATIO = 0.16
_OTHER_FINE_RATIO = 0.07
_REPEAT_RATIO = 0.18
_N_RECENT_CALLERS = 40
_HOURS = (
    9,
    9,
    9,
    10,
    10,
    10,
    10,
    11,
    11,
    11,
    12,
    13,
    14,
    14,
    14,
    15,
    15,
    15,
    16,
    16,
    17,
    18,
    19,
    20,
    21,
    8,
    7,
    22,
)


@dataclass(frozen=True, slots=True)
class Gold:
    """What was planted. ``pii`` are (kind, start, end), half-open, into ``transcript.text``."""

    external_id: str
    causes: tuple[str, ...]
    sentiment: Sentiment
    steps: tuple[str, ...]
    pii: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class Sample:
    transcript: Transcript
    gold: Gold


def generate(
    *,
    seed: int = 7,
    sector: str = "automotive",
    months: int = 12,
    start: str = "2024-01",
    per_month: int = 300,
    drift: bool = True,
) -> Iterator[Sample]:
    """Stream ``months * per_month`` samples in order of time; the same arguments give the same samples.

    A shorter year is the beginning of a longer one. Without ``drift`` every month draws from the same rates,
    for measuring false alarms. Raises ``FieldError`` or ``MonthError`` at the call, not while streaming.
    """
    if months < 0 or per_month < 0:
        raise FieldError(
            field="months", reason="月数和每月条数不能为负", reason_en="counts must not be negative"
        )
    year = _Year(seed, sector, Month.parse(start), drift)
    return year.samples(months, per_month)


@dataclass(frozen=True, slots=True)
class _Contact:
    """What one contact will be, before a word of it is written."""

    external_id: str
    moment: datetime
    flow: str
    sentiment: Sentiment
    topics: dict[str, str]
    causes: tuple[str, ...]
    persona: Persona
    facts: dict[str, str]


class _Year:
    """The state that runs through a sample year: randomness, customers, recent complaints."""

    def __init__(self, seed: int, sector: str, start: Month, drift: bool) -> None:
        self.causes: Sequence[PlantedCause] = planted_causes(sector)
        self.book: PhraseBook = load_phrases(sector)
        self.rng = random.Random(f"{sector}:{seed}")  # noqa: S311 - a sample, not a secret
        self.composer = Composer(self.book, self.rng)
        self.steps = {cause.id: cause.steps for cause in self.causes}
        self.prefix = f"{self.book.id_prefix}{seed}"
        self.start, self.drift = start, drift
        self.recent: dict[str, deque[tuple[Persona, dict[str, str]]]] = {
            cause.id: deque(maxlen=_N_RECENT_CALLERS) for cause in self.causes
        }
        self.n_customers = 0

    def samples(self, months: int, per_month: int) -> Iterator[Sample]:
        for index in range(months):
            month = self.start.shifted(index)
            rates = [cause.rate(index, month.number, drift=self.drift) for cause in self.causes]
            thresholds = list(accumulate(rates))
            for number, moment in enumerate(self._moments(month, per_month), start=1):
                yield self._sample(f"{self.prefix}-{month}-{number:05d}", moment, thresholds)

    def _moments(self, month: Month, n: int) -> list[datetime]:
        """``n`` sorted times in ``month``: office hours, Mondays busier than Sundays."""
        first, after = month.bounds(ZONE)
        n_days = (after.date() - first.date()).days
        weights = list(
            accumulate(
                (1.25, 1.1, 1.05, 1.0, 1.0, 0.9, 0.7)[(first.weekday() + d) % 7] for d in range(n_days)
            )
        )
        keys = []
        for _ in range(n):
            day = bisect(weights, self.rng.random() * weights[-1])
            seconds = _HOURS[int(self.rng.random() * len(_HOURS))] * 3600 + int(self.rng.random() * 3600)
            keys.append((min(day, n_days - 1), seconds))
        return [first + timedelta(days=day, seconds=seconds) for day, seconds in sorted(keys)]

    def _drawn_cause(self, thresholds: Sequence[float]) -> str | None:
        at = bisect(thresholds, self.rng.random())
        return self.causes[at].id if at < len(self.causes) else None

    def _sample(self, external_id: str, moment: datetime, thresholds: Sequence[float]) -> Sample:
        main = self._drawn_cause(thresholds)
        if main is None:
            return self._background(external_id, moment)
        topics = {"main": main}
        if self.rng.random() < _SECOND_CAUSE_RATIO:
            second = self._drawn_cause(thresholds)
            if second is not None and second != main:
                topics["second"] = second
        elif self.rng.random() < _OTHER_FINE_RATIO:
            topics["other"] = self._any_cause(but=main)
        return self._complaint(external_id, moment, topics)

    def _complaint(self, external_id: str, moment: datetime, topics: dict[str, str]) -> Sample:
        callers = self.recent[topics["main"]]
        if callers and self.rng.random() < _REPEAT_RATIO:
            persona, facts = self.composer.pick(callers)
            topics["repeat"] = topics["main"]
        else:
            persona, facts = self._new_customer()
            callers.append((persona, facts))
        causes = tuple(topics[name] for name in ("main", "second") if name in topics)
        return self._played(
            _Contact(external_id, moment, "complaint", "negative", topics, causes, persona, facts)
        )

    def _background(self, external_id: str, moment: datetime) -> Sample:
        u = self.rng.random()
        at = bisect(list(accumulate(share for _, share, _ in _BACKGROUND)), u)
        flow, _, sentiment = _BACKGROUND[min(at, len(_BACKGROUND) - 1)]
        persona, facts = self._new_customer()
        main = self._any_cause()
        topics = {"main": main, "other": self._any_cause(but=main)}
        return self._played(_Contact(external_id, moment, flow, sentiment, topics, (), persona, facts))

    def _played(self, contact: _Contact) -> Sample:
        channel = self._channel()
        flows = self.book.flows[contact.flow]
        dialogue = Dialogue()
        while not any(turn.speaker is Speaker.CUSTOMER for turn in dialogue.turns):
            noise = pick_level(channel, self.rng)
            n_verifications = 1 + int(self.rng.random() * 2.2)
            scene = Scene(contact.persona, channel, noise, contact.topics, contact.facts, n_verifications)
            flow = self.composer.pick(flows.get(_SHAPES[channel]) or flows["phone"])
            dialogue = self.composer.dialogue(flow, scene)
        touched = contact.causes
        if contact.flow in ("query", "fine", "fine_thanks"):
            touched = (contact.topics["main"],)
        steps = tuple(dict.fromkeys(step for cause in touched for step in self.steps[cause]))
        pii = tuple((kind, start, end) for kind, start, end in dialogue.pii)
        gold = Gold(contact.external_id, contact.causes, contact.sentiment, steps, pii)
        return Sample(self._transcript(contact, channel, dialogue), gold)

    def _transcript(self, contact: _Contact, channel: str, dialogue: Dialogue) -> Transcript:
        has_agent = any(turn.speaker is Speaker.AGENT for turn in dialogue.turns)
        return Transcript(
            turns=tuple(dialogue.turns),
            occurred_at=contact.moment,
            channel=channel,
            external_id=contact.external_id,
            customer_id=contact.persona.customer_id,
            agent_id=f"A{1 + int(self.rng.random() * 48):03d}" if has_agent else None,
            product=contact.facts["product"],
            region=contact.persona.city.name,
            segment=contact.facts["segment"],
            scores=self._scores(contact.sentiment),
            store=contact.facts["store"] if self.book.stores else None,
        )

    def _scores(self, sentiment: Sentiment) -> dict[str, float]:
        """Survey answers of about a third: satisfaction 1..5, and recommendation 0..10 of some of them."""
        if self.rng.random() > 0.35:
            return {}
        levels = {
            "negative": (1, 1, 1, 2, 2, 3, 5),
            "neutral": (3, 4, 4, 5, 5, 5, 2),
            "positive": (4, 5, 5, 5, 5, 5, 5),
        }
        satisfaction = self.composer.pick(levels[sentiment])
        scores = {"satisfaction": float(satisfaction)}
        if self.rng.random() < 0.6:
            scores["recommend"] = float(max(0, min(10, satisfaction * 2 + int(self.rng.random() * 4) - 2)))
        return scores

    def _channel(self) -> str:
        u = self.rng.random()
        for channel, share in self.book.channels:
            u -= share
            if u < 0:
                return channel
        return self.book.channels[0][0]

    def _any_cause(self, but: str | None = None) -> str:
        while True:
            cause = self.composer.pick(self.causes).id
            if cause != but:
                return cause

    def _new_customer(self) -> tuple[Persona, dict[str, str]]:
        self.n_customers += 1
        pick = self.composer.pick
        store, city_name = pick(self.book.stores) if self.book.stores else ("", "")
        near = [city for city in self.book.cities if city.name == city_name] or self.book.cities
        persona = Persona(f"C{self.prefix}{self.n_customers:06d}", pick(near), self.rng)
        product = pick(self.book.slots["product"])[0]
        facts = {"product": str(product), "city": persona.city.name, "segment": pick(self.book.segments)}
        return persona, {**facts, "store": store} if store else facts
