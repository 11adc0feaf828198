"""The rows of a review, section by section. Plain frozen values: renderers draw them and count nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from models.analysis.values import Polarity
from models.review.figures import Change, Figure

Certainty = Literal["interval", "complete", "small", "unjudged"]


@dataclass(frozen=True, slots=True)
class Totals:
    """``transcripts`` are contacts, ``voices`` contacts without near-duplicates, ``customers`` hashed keys.

    ``new_causes`` is ``None`` without a last month: there, every cause would be new.
    """

    transcripts: Figure
    voices: Figure
    customers: Figure | None
    per_day: Figure
    negative: Figure
    neutral: Figure
    positive: Figure
    negative_rate: Figure
    polarity: Figure
    causes: Figure
    new_causes: Figure | None
    transcripts_change: Change
    negative_change: Change


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """``share`` is this channel's part of all transcripts; ``change`` is of that share."""

    channel: str
    transcripts: Figure
    share: Figure
    negative: Figure
    negative_rate: Figure
    change: Change


@dataclass(frozen=True, slots=True)
class WeekRow:
    """The part of ISO week ``week`` (``2024-W10``) that lies in the month; days are both included."""

    week: str
    first: str
    last: str
    n_days: int
    transcripts: Figure
    negative: Figure
    neutral: Figure
    positive: Figure
    negative_rate: Figure


@dataclass(frozen=True, slots=True)
class DayRow:
    day: str
    transcripts: Figure
    negative: Figure


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """Negative transcripts of one category. ``cumulative`` is the share of mentions down to this row."""

    id: str
    path: tuple[str, ...]
    negative: Figure
    share: Figure
    cumulative: Figure
    vital: bool
    change: Change


@dataclass(frozen=True, slots=True)
class Pareto:
    """``mentions`` is the sum over rows: a transcript of two categories counts in both.

    ``uncategorised`` are the negative transcripts without a clear category; they stand outside the rows.
    """

    rows: tuple[CategoryRow, ...]
    mentions: Figure
    vital_share: Figure
    uncategorised: Figure


@dataclass(frozen=True, slots=True)
class QuoteRow:
    """A quoted piece ``text`` at ``[start, end)`` of the stored (masked) transcript."""

    transcript_id: str
    start: int
    end: int
    text: str
    query: str
    external_id: str | None = None
    occurred_at: str | None = None
    channel: str | None = None
    product: str | None = None
    sentiment: Polarity | None = None


@dataclass(frozen=True, slots=True)
class NamedFigure:
    name: str
    figure: Figure


@dataclass(frozen=True, slots=True)
class QuantityRow:
    """A quantity that customers of a cause name: ``waiting`` in ``minutes``, ``times``, ``money`` in ``yuan``.

    ``median``, ``low`` and ``high`` are over voices and lead to the same records as ``transcripts``.
    """

    kind: str
    unit: str
    transcripts: Figure
    median: Figure
    low: Figure
    high: Figure


@dataclass(frozen=True, slots=True)
class CauseRow:
    """``rate`` is per 1,000 transcripts of the month; ``weeks`` follow the snapshot's weeks; ``topics`` are hot
    topics inside the cause, with transcripts; ``stability`` in [0, 1]. ``demands`` (by kind: ``refund`` …) and
    ``quantities`` are what its customers state."""

    id: str
    name: str
    keywords: tuple[str, ...]
    state: str
    transcripts: Figure
    voices: Figure
    rate: Figure
    change: Change
    weeks: tuple[Figure, ...]
    category: tuple[str, ...]
    products: tuple[NamedFigure, ...]
    channels: tuple[NamedFigure, ...]
    quotes: tuple[QuoteRow, ...]
    topics: tuple[NamedFigure, ...] = ()
    stability: float | None = None
    demands: tuple[NamedFigure, ...] = ()
    quantities: tuple[QuantityRow, ...] = ()


@dataclass(frozen=True, slots=True)
class EndedCause:
    """A root cause of last month that this month does not have."""

    id: str
    name: str
    previous: Figure


@dataclass(frozen=True, slots=True)
class BreakdownRow:
    name: str
    transcripts: Figure
    negative: Figure
    negative_rate: Figure


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Transcripts by ``field`` (``product``, ``region``), largest first; ``n_values`` before cutting."""

    field: str
    n_values: int
    rows: tuple[BreakdownRow, ...]


@dataclass(frozen=True, slots=True)
class QualityRow:
    """``kind`` names the check; ``share`` is of the rows that the check looks at."""

    kind: str
    count: Figure
    share: Figure | None


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence: templates with ``{name}`` places, filled by ``figures`` and ``names``.

    ``certainty`` says how sure: ``interval`` (then ``basis`` names the figure whose interval it is),
    ``complete`` (a full count, no sampling), ``small`` (too few cases), ``unjudged`` (no comparison made).
    """

    kind: str
    zh: str
    en: str
    certainty: Certainty
    figures: Mapping[str, Figure] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    basis: str | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """A paragraph on method, in both languages."""

    zh: str
    en: str
