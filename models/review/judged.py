"""The rows of the judgements: course over months, changes, days, satisfaction, concentration, comparison.

Plain frozen values, as ``sections``. Centre lines and limits are in the unit of their rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from models.review.figures import Figure
from models.review.sections import QuoteRow

Kind = Literal["total", "category", "cause"]
Direction = Literal["rise", "fall"]
Reading = Literal["rise", "fall", "hint_rise", "hint_fall", "steady", "short", "empty"]
"""``rise``, ``fall``: an alarm that holds among all series judged. ``hint_…``: one that holds alone only.
``short``: too little history to judge. ``empty``: no contacts."""

ShiftVerdict = Literal["up", "down", "unclear", "few"]


@dataclass(frozen=True, slots=True)
class CoursePoint:
    """One month. ``alarm`` and ``patterns`` as judged against the months before it in its phase."""

    month: str
    rate: Figure
    centre: float | None = None
    lower: float | None = None
    upper: float | None = None
    phase: int = 0
    p_value: float | None = None
    alarm: Direction | None = None
    patterns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CourseBreak:
    """From ``month`` on the rate is ``after``, no longer ``before``: a new phase begins."""

    month: str
    before: Figure
    after: Figure
    p_value: float


@dataclass(frozen=True, slots=True)
class Season:
    """As ``statistics.seasonality``; ``high`` and ``low`` are calendar months, set where a season is found."""

    status: str
    months_needed: int
    p_value: float | None = None
    high: int | None = None
    low: int | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """A control chart. ``chart`` is its kind (``p``, ``p_prime``). ``n_baseline`` months set the limits of the
    present phase; ``trust`` (``statistics.panel.Verdict``) says how far, ``reasons`` why not. ``expected``: what this month would have had.
    ``repeats``: transcripts of this month that only repeat another, which the judgement does not count.
    """

    kind: Kind
    id: str
    name: str
    chart: str
    points: tuple[CoursePoint, ...]
    reading: Reading
    trust: str
    n_baseline: int
    expected: Figure | None = None
    p_value: float | None = None
    q_value: float | None = None
    reasons: tuple[str, ...] = ()
    sigma_z: float | None = None
    breaks: tuple[CourseBreak, ...] = ()
    repeats: Figure | None = None


@dataclass(frozen=True, slots=True)
class Courses:
    """``rows`` are those drawn, of ``n_judged`` series; ``n_short`` had too little history.

    A series without change alarms in ``horizon_points`` months with chance ``family_rate`` at most.
    """

    rows: tuple[Course, ...]
    n_judged: int
    n_short: int
    n_months: int
    minimum_points: int
    baseline_points: int
    family_rate: float
    horizon_points: int
    season: Season | None = None


@dataclass(frozen=True, slots=True)
class Shift:
    """Change per 1,000 contacts. ``adjusted``: at the same mix in both months; ``mix``: what the other mix
    makes. ``p_value`` and ``q_value`` (Benjamini-Hochberg over all shifts that are large enough) are of
    ``adjusted``. ``uneven``: the change differs between channels, products or regions.
    """

    kind: Kind
    id: str
    name: str
    now: Figure
    before: Figure
    raw: Figure
    verdict: ShiftVerdict
    adjusted: Figure | None = None
    mix: Figure | None = None
    p_value: float | None = None
    q_value: float | None = None
    uneven: bool = False
    quotes: tuple[QuoteRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Shifts:
    """``rows``: clear rises, clear falls, then the rest; the larger change first. ``fields`` of the mix that was held equal;
    ``unmatched_…``: contacts of a mix that the other month lacks, which only ``raw`` counts."""

    rows: tuple[Shift, ...]
    fields: tuple[str, ...]
    n_strata: int
    n_tested: int
    unmatched_before: Figure
    unmatched_now: Figure


@dataclass(frozen=True, slots=True)
class Outbreak:
    """What rose inside the month: from day ``began`` to ``strongest``, ``observed`` against ``expected``.

    ``alarm_day``: the first day on which it could be known. ``sure``: it holds among all series scanned.
    ``days``: this month's daily counts.
    """

    kind: Kind
    id: str
    name: str
    alarm_day: str
    began: str
    strongest: str
    observed: Figure
    expected: Figure
    p_value: float
    q_value: float | None
    sure: bool
    days: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Outbreaks:
    """``n_scanned`` series were scanned, ``n_short`` had too little history: fewer than ``minimum_days`` days."""

    rows: tuple[Outbreak, ...]
    n_scanned: int
    n_short: int
    n_history_days: int
    minimum_days: int
    family_rate: float


@dataclass(frozen=True, slots=True)
class DriverRow:
    """``share`` of scored contacts that name it; ``effect`` in points of the score; ``importance``: its share
    of what is explained; ``contribution``: points it moves the mean by."""

    id: str
    name: str
    share: Figure
    effect: Figure
    contribution: Figure
    importance: Figure
    quadrant: str
    p_value: float


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A topic that could not stand in the model. ``reason`` is a ``DropReason``."""

    name: str
    reason: str
    n_present: int
    beside: str | None = None


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """``leading``: the clear driver with most importance in this segment; ``None`` without one.

    ``few``: fewer rows or customers than are needed."""

    segment: str
    n: int
    n_needed: int
    few: bool
    leading: DriverRow | None = None


@dataclass(frozen=True, slots=True)
class Drivers:
    """Of ``kind`` topics. ``enough``: the rows reach ``n_needed``. ``problem``: why nothing could be fitted.

    ``pooled``: this month had too few, so the months before it are taken in. ``cross``: share and effect that
    part frequent from seldom and strong from weak among those that clearly lower the score.
    """

    kind: Kind
    n: int
    rows: tuple[DriverRow, ...] = ()
    n_needed: int = 0
    enough: bool = False
    clustered: bool = False
    r2: Figure | None = None
    left_out: tuple[LeftOut, ...] = ()
    segments: tuple[SegmentRow, ...] = ()
    problem: str | None = None
    pooled: bool = False
    cross: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class KanoRow:
    """Points that praise adds and complaint takes away. ``before``: the class in the earlier months;
    ``drift_q``: whether it moved since, adjusted over topics."""

    id: str
    name: str
    n_praise: int
    n_complaint: int
    reward: Figure
    penalty: Figure
    kano: str
    before: str | None = None
    drift_q: float | None = None


@dataclass(frozen=True, slots=True)
class BalanceRow:
    """Without scores: whether a topic is praised or complained of more than the others are (``Leaning``)."""

    id: str
    name: str
    n_praise: int
    n_complaint: int
    against_others: Figure
    leaning: str
    q_value: float


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """``score`` names the score used, the one most contacts have; ``None`` where no contact has any."""

    score: str | None
    n_scored: Figure
    mean: Figure | None = None
    models: tuple[Drivers, ...] = ()
    kano: tuple[KanoRow, ...] = ()
    balance: tuple[BalanceRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Concentrated:
    """How much of ``total`` the top fifth of the ``n_units`` makes. ``by_chance``: what it would make were all
    alike. ``n_unknown``: of ``total``, those whose unit is not known; each stands alone (customers) or is left
    out."""

    field: str
    n_units: int
    total: Figure
    top_share: Figure
    by_chance: Figure
    gini: Figure
    p_value: float
    n_unknown: int = 0


@dataclass(frozen=True, slots=True)
class ComparedUnit:
    """``shrunk``: what the unit's rate tells once luck is allowed for. ``place`` is a ``FunnelPlace``;
    ``warning`` and ``action`` limits are ratios."""

    name: str
    raw: Figure
    shrunk: Figure
    among_worst: float
    place: str
    warning: tuple[float, float]
    action: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Negative rates of the units of ``field``, likeliest among the worst first. ``n_units`` before cutting.

    ``p_value``: of all units being the same; where it is not small, ranks are mostly luck."""

    field: str
    n_units: int
    target: float
    overdispersion: float
    p_value: float
    n_worst: int
    rows: tuple[ComparedUnit, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """A text that came many times: one voice."""

    quote: QuoteRow
    copies: Figure
    share: Figure


@dataclass(frozen=True, slots=True)
class Judgements:
    """All of the review that rests on a model of chance. ``None``: nothing to judge."""

    courses: Courses | None = None
    shifts: Shifts | None = None
    outbreaks: Outbreaks | None = None
    satisfaction: Satisfaction | None = None
    concentration: tuple[Concentrated, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    repeats: tuple[Repeat, ...] = ()
