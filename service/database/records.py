"""What goes into the database and comes out of it, as plain values.

Times are aware and leave the database in UTC; ``day`` is a local ISO date and ``month`` a local
``2024-03``, both worked out by the caller in the configured zone. Texts are masked before they come here.
Offsets are half-open code points into ``text``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, get_args

SCOPES = ("ingest", "read", "analyst", "admin")
"""What an API key may do."""


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """One turn: what ``speaker`` said is ``text[start:end]`` of the transcript."""

    speaker: str
    start: int
    end: int
    start_ms: int | None = None


@dataclass(frozen=True, slots=True)
class TranscriptRow:
    """The transcript itself. ``id`` comes from ``ids.time_ordered_id``.

    ``content_digest`` is a keyed digest of what was sent; the same ``external_id`` with another digest is
    a conflict. ``signature`` is a MinHash, 64 unsigned 32-bit integers, little endian.
    """

    id: str
    content_digest: str
    occurred_at: datetime
    day: str
    month: str
    channel: str
    text: str
    turns: tuple[TurnRecord, ...]
    created_at: datetime
    external_id: str | None = None
    customer_key: str | None = None
    agent_id: str | None = None
    product: str | None = None
    region: str | None = None
    segment: str | None = None
    store: str | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    signature: bytes | None = None


@dataclass(frozen=True, slots=True)
class AnalysisRow:
    """``sentiment`` is negative, neutral or positive; ``body`` the whole analysis as JSON bytes."""

    sentiment: str
    score: float
    polarity: float
    intensity: float
    body: bytes
    models: Mapping[str, str]
    analysed_at: datetime


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """A category of a transcript; ``path`` in Chinese names from the root."""

    category_id: str
    path: tuple[str, ...]
    score: float
    source: str


@dataclass(frozen=True, slots=True)
class ShadowRow:
    """What a version that runs in shadow says beside the one in use; labels are sentiments or category ids."""

    task: str
    current: str
    shadow: str
    current_label: str
    shadow_label: str
    current_score: float
    shadow_score: float

    @property
    def differs(self) -> bool:
        return self.current_label != self.shadow_label


@dataclass(frozen=True, slots=True)
class TranscriptRecord:
    """Everything that is stored of one transcript in one go.

    ``search_words`` are the words of the text, separated by spaces. A category given twice is stored once,
    an analyst's before a rule's before a model's, then the higher score. ``shadows`` has one entry per task
    that has a version in shadow. ``marks`` are (kind, value) of the experience, see ``transcript_rows.mark_pairs``.
    """

    row: TranscriptRow
    analysis: AnalysisRow
    categories: tuple[CategoryRow, ...]
    search_words: str
    shadows: tuple[ShadowRow, ...] = ()
    marks: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class AnalysisReplacement:
    """A new analysis of a stored transcript; its marks are read off ``analysis.body``.

    ``search_words=None`` keeps the search entry as it is.
    """

    transcript_id: str
    analysis: AnalysisRow
    categories: tuple[CategoryRow, ...]
    search_words: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one record. ``id`` is that of the stored transcript in all three cases."""

    status: Literal["stored", "duplicate", "conflict"]
    id: str


@dataclass(frozen=True, slots=True)
class StoredTranscript:
    """A transcript as it is stored, with its analysis and categories (strongest first)."""

    row: TranscriptRow
    analysis: AnalysisRow
    categories: tuple[CategoryRow, ...]

    def turn_text(self, turn: TurnRecord) -> str:
        return self.row.text[turn.start : turn.end]


@dataclass(frozen=True, slots=True)
class MonthRow:
    """What a month's root causes and review read of each transcript."""

    id: str
    occurred_at: datetime
    day: str
    channel: str
    customer_key: str | None
    agent_id: str | None
    product: str | None
    region: str | None
    segment: str | None
    store: str | None
    scores: Mapping[str, float]
    sentiment: str
    polarity: float
    intensity: float
    text: str
    turns: tuple[TurnRecord, ...]
    body: bytes
    signature: bytes | None


@dataclass(frozen=True, slots=True)
class MarkFilter:
    """Transcripts with a mark of ``kind`` and one of ``values``; without values, with any of the kind."""

    kind: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TranscriptFilter:
    """What to search for; everything given must hold. ``None`` and ``()`` mean any.

    ``since`` and ``until`` are half-open. ``words``: each entry is a word, or a phrase of several words
    separated by spaces, as the segmenter cuts them. ``root_cause_month`` narrows ``root_cause_id``.
    """

    since: datetime | None = None
    until: datetime | None = None
    month: str | None = None
    channel: str | None = None
    sentiment: str | None = None
    category_id: str | None = None
    product: str | None = None
    region: str | None = None
    store: str | None = None
    external_id: str | None = None
    root_cause_id: str | None = None
    root_cause_month: str | None = None
    mark: MarkFilter | None = None
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """Newest first. ``next_cursor`` is ``None`` on the last page."""

    items: tuple[StoredTranscript, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Counts:
    """Transcripts by sentiment."""

    negative: int = 0
    neutral: int = 0
    positive: int = 0

    @property
    def n(self) -> int:
        return self.negative + self.neutral + self.positive


Grain = Literal["day", "week", "month"]
MarkKind = Literal[
    "step",
    "touchpoint",
    "survey",
    "promise",
    "expectation",
    "wait",
    "demand",
    "churn",
    "exposure",
    "signal",
    "relationship",
    "ladder",
    "competitor",
    "issue",
    "factor",
    "process",
    "service_line",
    "servqual",
    "senses",
    "staff_role",
]
"""The kinds of marks that are stored of what ``models.experience`` finds; a sector pack may add its own."""
MARK_KINDS: tuple[str, ...] = get_args(MarkKind)
Dimension = Literal[
    "all",
    "channel",
    "sentiment",
    "product",
    "region",
    "segment",
    "store",
    "category",
    "category_group",
    "root_cause",
    MarkKind,
]


@dataclass(frozen=True, slots=True)
class SeriesFilter:
    """Narrows a series. ``channel`` is answered by the rollup, the others by counting rows."""

    channel: str | None = None
    category_id: str | None = None
    product: str | None = None
    region: str | None = None
    store: str | None = None
    mark: MarkFilter | None = None


@dataclass(frozen=True, slots=True)
class SeriesPoint:
    """One value in one period. ``label`` is the category's path; elsewhere it is ``value`` itself."""

    period: str
    value: str
    label: str
    counts: Counts


@dataclass(frozen=True, slots=True)
class Series:
    """``periods`` has every period of the range, also empty ones; ``totals`` counts all transcripts in
    each, the denominator of a rate. A day is ``2024-03-05``, a week its Monday, a month ``2024-03``."""

    periods: tuple[str, ...]
    points: tuple[SeriesPoint, ...]
    totals: Mapping[str, Counts]


@dataclass(frozen=True, slots=True)
class ReviewRecord:
    month: str
    revision: int
    snapshot: bytes
    fingerprint: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ReviewInfo:
    """A stored review without its snapshot."""

    month: str
    revision: int
    fingerprint: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class RootCauseRecord:
    """A root cause with its permanent id. A name that an analyst gave is never overwritten by a run.

    ``changed_seq`` is the last event of the ledger about it. A merged cause counts as ``merged_into``.
    """

    id: str
    name: str
    state: str
    born_month: str
    detail: Mapping[str, Any]
    created_at: datetime
    named_by: Literal["model", "analyst"] = "model"
    merged_into: str | None = None
    split_from: str | None = None
    is_retired: bool = False
    changed_seq: int = 0


@dataclass(frozen=True, slots=True)
class RootCauseMonthRecord:
    """A root cause in one month; ``rank`` 1 is the largest."""

    root_cause_id: str
    month: str
    n_transcripts: int
    n_voices: int
    rank: int
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AssignmentRecord:
    """A clause ``text[start:end]`` of a transcript that speaks of a root cause; ``score`` in [0, 1].

    ``base_id`` is the cause that the run assigned it to, ``root_cause_id`` the one it counts for since analysts'
    edits. ``voice_id`` is the first near-duplicate of the transcript. Left empty they are the same.
    """

    transcript_id: str
    root_cause_id: str
    start: int
    end: int
    score: float
    base_id: str = ""
    voice_id: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "base_id", self.base_id or self.root_cause_id)
        object.__setattr__(self, "voice_id", self.voice_id or self.transcript_id)


@dataclass(frozen=True, slots=True)
class MonthCause:
    """A root cause together with one of its months."""

    cause: RootCauseRecord
    month: RootCauseMonthRecord


@dataclass(frozen=True, slots=True)
class ApiKeyRecord:
    """A key without its secret: only a digest of it is stored. ``prefix`` is what a list may show."""

    id: str
    tenant: str
    name: str
    prefix: str
    scopes: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class IdempotentAnswer:
    """``state``: ``new`` (go on, then ``finish``), ``running`` (another request has it), ``done``."""

    state: Literal["new", "running", "done"]
    status: int | None = None
    body: bytes | None = None


JobState = Literal["queued", "running", "done", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class JobRecord:
    """Long work that can be watched. ``progress`` in [0, 1]; ``error`` has ``code`` and messages."""

    id: str
    kind: str
    idem_key: str
    state: JobState
    progress: float
    message: str
    params: Mapping[str, Any]
    result: Mapping[str, Any] | None
    error: Mapping[str, Any] | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class JobPage:
    """Newest first. ``next_cursor`` is ``None`` on the last page."""

    items: tuple[JobRecord, ...]
    next_cursor: str | None
