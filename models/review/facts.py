"""The rows a month's review is built from. They are fed from the database, already masked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from models.analysis.values import Polarity
from models.core.month import Month
from models.review.past import Past, RepeatFact


class CategoryRef(NamedTuple):
    """A node of the taxonomy: stable ``id`` and its ``path`` of names from the root."""

    id: str
    path: tuple[str, ...]


class Quote(NamedTuple):
    """A piece of a stored transcript: ``text`` is its masked text at ``[start, end)``."""

    transcript_id: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class TranscriptFact:
    """One stored contact.

    ``day`` is the local date in the month's zone. ``voice`` is shared by near-duplicate transcripts, so that
    a text sent ten times is ten transcripts and one voice. ``customer`` is a hashed key. ``n_chars`` counts
    the masked text; ``None`` where it is not known. ``scores`` are the customer's own, by name. ``text`` is the masked
    text that the spans of ``experience`` count over; ``None`` of the latter: not analysed for it.
    """

    id: str
    external_id: str | None
    occurred_at: datetime
    day: date
    channel: str
    product: str | None
    region: str | None
    sentiment: Polarity
    polarity: float
    categories: tuple[CategoryRef | tuple[str, tuple[str, ...]], ...]
    voice: str
    customer: str | None = None
    n_chars: int | None = None
    agent: str | None = None
    segment: str | None = None
    store: str | None = None
    text: str = ""
    experience: Mapping[str, Any] | None = None
    scores: Mapping[str, float] = field(default_factory=dict)


class StatedFact(NamedTuple):
    """What customers of a cause demand, or a quantity that they name.

    ``kind`` is ``refund``, ``apology`` …, of a quantity ``waiting``, ``times``, ``money``. ``records`` are some of
    the ``n_transcripts``. Of a quantity ``unit`` is ``minutes``, ``times`` or ``yuan``, and ``median``, ``low`` and
    ``high`` are over ``n_voices``.
    """

    kind: str
    n_transcripts: int
    n_voices: int
    records: tuple[str, ...]
    unit: str = ""
    median: float = 0.0
    low: float = 0.0
    high: float = 0.0


@dataclass(frozen=True, slots=True)
class CauseFact:
    """One root cause of the month. ``previous_n_transcripts`` is ``None`` where it has no last month.

    ``state`` is what linking to last month said: ``new``, ``linked``, ``split``, ``merged`` … ``topics`` are the
    names and transcripts of hot topics inside it; ``stability`` in [0, 1] is how well it comes back.
    ``demands`` and ``quantities`` are what its customers state, most voices first.
    """

    id: str
    name: str
    keywords: tuple[str, ...]
    n_transcripts: int
    n_voices: int
    previous_n_transcripts: int | None
    state: str
    exemplars: tuple[Quote, ...]
    transcript_ids: tuple[str, ...]
    topics: tuple[tuple[str, tuple[str, ...]], ...] = ()
    stability: float | None = None
    demands: tuple[StatedFact, ...] = ()
    quantities: tuple[StatedFact, ...] = ()


@dataclass(frozen=True, slots=True)
class PreviousMonth:
    """Compact counts of the month before.

    ``by_category`` counts negative transcripts per category id, ``by_channel`` all transcripts per channel,
    ``by_cause`` transcripts per root cause id; ``cause_names`` names those of ``by_cause``, ``category_names`` has
    the paths of categories. A count above
    ``n_transcripts`` (transcripts were removed since) is read as ``n_transcripts``.
    """

    n_transcripts: int
    n_negative: int
    by_channel: Mapping[str, int] = field(default_factory=dict)
    by_category: Mapping[str, int] = field(default_factory=dict)
    by_cause: Mapping[str, int] = field(default_factory=dict)
    cause_names: Mapping[str, str] = field(default_factory=dict)
    category_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class IntakeCounts:
    """What happened to the month's rows on the way in. ``None``: not recorded."""

    rejected: int | None = None
    duplicates: int | None = None


@dataclass(frozen=True, slots=True)
class MonthFacts:
    """Everything known of one month of one tenant. ``transcripts`` is read once, in any order.

    ``previous`` is ``None`` where nothing is stored of the month before. ``versions`` names the models,
    dictionary and taxonomy. ``generated_at`` is aware and passed in: building reads no clock. ``repeats`` has
    the text of voices that many transcripts share.
    """

    month: Month
    timezone: str
    tenant: str
    sector: str
    transcripts: Iterable[TranscriptFact]
    previous: PreviousMonth | None
    causes: tuple[CauseFact, ...]
    versions: Mapping[str, str]
    generated_at: datetime
    intake: IntakeCounts = IntakeCounts()
    past: Past = field(default_factory=Past)
    repeats: tuple[RepeatFact, ...] = ()
