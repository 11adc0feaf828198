"""The rows of the experience part of a review. Plain frozen values, as ``models.review.sections``."""

from __future__ import annotations

from dataclasses import dataclass

from models.review.figures import Figure
from models.review.sections import NamedFigure, QuoteRow


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step of the journey. ``pain`` and ``delight`` are shares of the transcripts that tell of it; ``polarity`` the mean
    of its mentions in [-1, 1]; ``quotes`` the strongest of either sign."""

    id: str
    name: str
    moment_of_truth: bool
    transcripts: Figure
    pain: Figure
    delight: Figure
    polarity: Figure
    quotes: tuple[QuoteRow, ...] = ()


@dataclass(frozen=True, slots=True)
class SurveyRow:
    """An item answered by what was said. ``good`` is the share of yes or satisfied among ``answers``."""

    id: str
    name: str
    is_flow: bool
    good: Figure
    answers: tuple[NamedFigure, ...]


@dataclass(frozen=True, slots=True)
class IndicatorRow:
    """A key indicator against its target and its past. ``versus_last`` and ``versus_year`` are differences with their
    verdicts (``better``, ``worse``, ``same``, ``small``, ``no_previous``); ``standing`` as in ``models.indicators``."""

    id: str
    zh: str
    en: str
    system: str
    unit: str
    owner: str
    weight: float
    version: str
    actual: Figure
    weighted: Figure
    standing: str
    last_verdict: str
    year_verdict: str
    target: Figure | None = None
    gap: Figure | None = None
    versus_last: Figure | None = None
    versus_year: Figure | None = None


@dataclass(frozen=True, slots=True)
class IndexRow:
    """Weighted points of indicators, 0 to 100: ``system`` is one of the four, or ``all``."""

    system: str
    points: Figure
    weighted: Figure
    target: Figure


@dataclass(frozen=True, slots=True)
class LeavingRow:
    """Reasons of leaving beside the reference."""

    id: str
    zh: str
    en: str
    own: Figure
    reference: Figure
    verdict: str


@dataclass(frozen=True, slots=True)
class HopRow:
    """Customers who came again by another channel."""

    before: str
    after: str
    contacts: Figure


@dataclass(frozen=True, slots=True)
class CustomerFigures:
    """Customers over channels. ``resolved_at_first`` is a proxy: no second contact for the same matter in 30 days."""

    customers: Figure
    several: Figure
    repeat_7: Figure
    repeat_30: Figure
    resolved_at_first: Figure
    hand_overs: Figure
    hops: tuple[HopRow, ...]
    satisfied_but_leaving: Figure
    leaving: tuple[QuoteRow, ...] = ()


@dataclass(frozen=True, slots=True)
class SpreadRow:
    """How far stores differ in an indicator beyond chance; ``between`` is a standard deviation in its unit."""

    indicator: str
    zh: str
    en: str
    unit: str
    between: Figure
    p_value: float
    uneven: bool
    worst: str
    best: str


@dataclass(frozen=True, slots=True)
class FormLine:
    """A row of the monthly form. ``phase`` is one of DMAIC; ``due`` an ISO date; ``protected`` why value does not rank it
    down."""

    number: int
    voice: QuoteRow
    category: tuple[str, ...]
    latent: str
    cause_id: str
    cause: str
    transcripts: Figure
    department: str
    action: str
    owner: str
    due: str
    phase: str
    protected: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HeardRow:
    """What customers said of one kind: ``broken``, ``suggestion``, ``opportunity``, ``exposure`` or ``churn``."""

    kind: str
    quotes: tuple[QuoteRow, ...]


@dataclass(frozen=True, slots=True)
class Lived:
    """``analysed`` are the transcripts whose experience was read, of all of the month. ``waits`` are contacts that tell how long
    they waited, ``wait_median`` in hours of the longest wait of each, ``wait_long`` the share above an hour."""

    analysed: Figure
    peak_end: Figure
    effort: Figure
    steps: tuple[StepRow, ...]
    touchpoints: tuple[NamedFigure, ...]
    survey: tuple[SurveyRow, ...]
    promises: tuple[NamedFigure, ...]
    promises_kept: Figure
    waits: Figure
    wait_median: Figure
    wait_long: Figure
    demands: tuple[NamedFigure, ...]
    exposure: tuple[NamedFigure, ...]
    signals: tuple[NamedFigure, ...]
    heard: tuple[HeardRow, ...]
    conflicts: tuple[NamedFigure, ...]
    leaving: tuple[LeavingRow, ...]
    leaving_told: Figure
    leaving_p_value: float | None
    indicators: tuple[IndicatorRow, ...]
    index: tuple[IndexRow, ...]
    spreads: tuple[SpreadRow, ...]
    form: tuple[FormLine, ...]
    customers: CustomerFigures | None = None
