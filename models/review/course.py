"""Control charts over the months so far, and what they say of this month."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from models.core.month import Month
from models.review.comparison import FALSE_DISCOVERY_RATE, shrunk
from models.review.facts import CauseFact
from models.review.figures import Figure, Unit, count, per_1000, rate, rounded
from models.review.judged import Course, CourseBreak, CoursePoint, Courses, Direction, Kind, Reading, Season
from models.review.past import MonthSeries
from models.review.queries import Queries
from models.review.tally import MonthTally
from models.statistics.change_points import ChangePoint, find_change_points, phase_starts
from models.statistics.panel import PanelJudgement, PanelPoint, PanelSettings, Verdict, judge_panel
from models.statistics.seasonality import monthly_seasonality

CATEGORIES_DRAWN = 6
CAUSES_DRAWN = 9
N_PERMUTATIONS = 199
PHASE_MONTHS = 6
"""A phase has at least so many months: fewer give no past to judge by."""

SETTINGS = PanelSettings()


Key = tuple[Kind, str]


@dataclass(frozen=True, slots=True)
class _Line:
    """One series with this month last: ``k`` of ``n`` as counted, ``judged`` as voices allow."""

    kind: Kind
    id: str
    name: str
    k: tuple[int, ...]
    n: tuple[int, ...]
    judged: tuple[tuple[int, ...], tuple[int, ...]]
    n_voices: int | None

    @property
    def key(self) -> Key:
        return self.kind, self.id


def courses_of(
    tally: MonthTally, causes: Sequence[CauseFact], months: MonthSeries, queries: Queries
) -> Courses:
    """All series judged together; drawn are the whole, the leading categories and the leading causes.

    Signals come first, then the larger series over all months. Phases are looked for in those drawn.
    """
    lines = _lines(tally, causes, months)
    series = {line.key: line.judged for line in lines}
    chosen = _chosen(lines, judge_panel(series, settings=SETTINGS))
    breaks = {line.key: _breaks(line) for line in chosen}
    found = judge_panel(
        series, starts={key: phase_starts(points) for key, points in breaks.items()}, settings=SETTINGS
    )
    return Courses(
        rows=tuple(_course(line, found[line.key], breaks[line.key], months, queries) for line in chosen),
        n_judged=len(lines),
        n_short=sum(judgement.verdict == Verdict.TOO_SHORT for judgement in found.values()),
        n_months=sum(n > 0 for n in months.contacts),
        minimum_points=SETTINGS.alarm.minimum_points,
        baseline_points=SETTINGS.baseline_points,
        family_rate=SETTINGS.alarm.family_rate,
        horizon_points=SETTINGS.alarm.horizon_points,
        season=_season(lines[0], months),
    )


def _lines(tally: MonthTally, causes: Sequence[CauseFact], months: MonthSeries) -> list[_Line]:
    contacts = (*months.contacts, tally.n)
    voices = len(tally.cells.negative_voices)
    whole = (*months.negatives, tally.negative)
    lines = [_line("total", "", "", whole, contacts, [None] * len(months.months) + [voices])]
    none = (0,) * len(months.months)
    for name in sorted(tally.negative_categories):
        k = (*months.categories.get(name, none), tally.negative_categories[name])
        own = len(tally.cells.category_voices[name])
        path = tally.paths[name][-1]
        lines.append(_line("category", name, path, k, contacts, [None] * len(none) + [own]))
    looked = [n if seen else 0 for n, seen in zip(months.contacts, months.looked, strict=True)]
    for cause in sorted(causes, key=lambda cause: cause.id):
        before = months.causes.get(cause.id, ())
        k = (*(item.n_transcripts for item in before), cause.n_transcripts)
        k = k if before else (*none, cause.n_transcripts)
        own_voices = [*(item.n_voices for item in before)] if before else [*none]
        totals = (*looked, tally.n)
        lines.append(_line("cause", cause.id, cause.name, k, totals, [*own_voices, cause.n_voices]))
    return lines


def _line(
    kind: Kind, ident: str, name: str, k: Iterable[int], n: Iterable[int], voices: Sequence[int | None]
) -> _Line:
    counts = [(min(a, b), b) for a, b in zip(k, n, strict=True)]
    worth = [shrunk(a, b, own) for (a, b), own in zip(counts, voices, strict=True)]
    plain_k, plain_n = zip(*counts, strict=True)
    worth_k, worth_n = zip(*worth, strict=True)
    return _Line(kind, ident, name, plain_k, plain_n, (worth_k, worth_n), voices[-1])


def _chosen(lines: Sequence[_Line], found: Mapping[Key, PanelJudgement]) -> list[_Line]:
    def order(line: _Line) -> tuple[bool, bool, int, str]:
        latest = found[line.key].points[-1]
        return latest.signal == "none", not latest.alarm, -sum(line.k), line.id

    kept: list[_Line] = []
    limits: Mapping[Kind, int] = {"total": 1, "category": CATEGORIES_DRAWN, "cause": CAUSES_DRAWN}
    for kind, most in limits.items():
        kept += sorted((line for line in lines if line.kind == kind), key=order)[:most]
    return kept


def _breaks(line: _Line) -> tuple[ChangePoint, ...]:
    """Lasting changes in the months before this one."""
    k, n = line.judged
    return find_change_points(k[:-1], n[:-1], minimum_points=PHASE_MONTHS, n_permutations=N_PERMUTATIONS)


def _course(
    line: _Line,
    found: PanelJudgement,
    breaks: Sequence[ChangePoint],
    months: MonthSeries,
    queries: Queries,
) -> Course:
    names, scale = (*months.months, str(queries.month)), _scale(line)
    latest, baseline = found.points[-1], found.chart.baselines[-1]
    repeats = line.k[-1] - line.n_voices if line.n_voices is not None else 0
    return Course(
        kind=line.kind,
        id=line.id,
        name=line.name,
        chart=found.chart.kind,
        points=tuple(_point(line, found, at, month, queries) for at, month in enumerate(names)),
        reading=_reading(line, found),
        trust=found.verdict.value,
        n_baseline=baseline.n_points,
        expected=_expected(line, latest),
        p_value=rounded(latest.p_value) if latest.tested else None,
        q_value=None if latest.q_value is None else rounded(latest.q_value),
        reasons=found.reasons,
        sigma_z=rounded(baseline.sigma_z) if found.chart.kind == "p_prime" else None,
        breaks=tuple(_break(point, names, line.kind, scale) for point in breaks),
        repeats=count(repeats) if repeats > 0 else None,
    )


def _scale(line: _Line) -> float:
    return 1.0 if line.kind == "total" else 1000.0


def _expected(line: _Line, latest: PanelPoint) -> Figure | None:
    """Of all contacts, where judged were those that are voices."""
    judged_n = line.judged[1][-1]
    if latest.expected is None or not judged_n:
        return None
    return Figure(rounded(latest.expected * line.n[-1] / judged_n), "mean")


def _point(line: _Line, found: PanelJudgement, at: int, month: str, queries: Queries) -> CoursePoint:
    point = found.points[at]
    query = _query(line, Queries(Month.parse(month), queries.zone))
    figure = rate if line.kind == "total" else per_1000
    # Limits of fewer months than a judgement needs would only mislead.
    shown = found.chart.baselines[point.phase].n_points >= SETTINGS.alarm.minimum_points
    centre, lower, upper = (
        rounded(value * _scale(line)) if shown and value is not None else None
        for value in (point.centre, point.lower, point.upper)
    )
    return CoursePoint(
        month=month,
        rate=figure(line.k[at], line.n[at], query=query),
        centre=centre,
        lower=lower,
        upper=upper,
        phase=point.phase,
        p_value=rounded(point.p_value) if point.tested else None,
        alarm=_direction(line, point, at) if point.alarm else None,
        patterns=point.patterns if shown else (),
    )


def _direction(line: _Line, point: PanelPoint, at: int) -> Direction:
    return "rise" if line.judged[0][at] >= (point.expected or 0.0) else "fall"


def _query(line: _Line, queries: Queries) -> str:
    if line.kind == "category":
        return queries.transcripts(category=line.id, sentiment="negative")
    if line.kind == "cause":
        return queries.transcripts(root_cause=line.id)
    return queries.transcripts(sentiment="negative")


def _reading(line: _Line, found: PanelJudgement) -> Reading:
    latest = found.points[-1]
    if not line.n[-1]:
        return "empty"
    if not latest.tested:
        return "short"
    if latest.signal != "none":
        return "rise" if latest.signal == "up" else "fall"
    if latest.alarm:
        return "hint_rise" if _direction(line, latest, -1) == "rise" else "hint_fall"
    return "steady"


def _break(point: ChangePoint, names: Sequence[str], kind: Kind, scale: float) -> CourseBreak:
    unit: Unit = "ratio" if kind == "total" else "per_1000"
    before, after = (Figure(rounded(value * scale), unit) for value in (point.before, point.after))
    return CourseBreak(names[point.index], before, after, rounded(point.p_value))


def _season(whole: _Line, months: MonthSeries) -> Season:
    """Of the negative rate, over all months stored."""
    first = Month.parse(months.months[0]).number if months.months else 1
    found = monthly_seasonality(*whole.judged, first_month=first)
    clear = found.p_value is not None and found.p_value <= FALSE_DISCOVERY_RATE
    factors = sorted(found.factors, key=lambda factor: factor.factor) if clear else []
    return Season(
        status=found.status,
        months_needed=found.months_needed,
        p_value=None if found.p_value is None else rounded(found.p_value),
        high=factors[-1].month if factors else None,
        low=factors[0].month if factors else None,
    )
