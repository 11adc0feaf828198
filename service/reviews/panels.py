"""Which plot shows which judgement of a snapshot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from models.review.figures import Figure
from models.review.judged import (
    Comparison,
    Course,
    CoursePoint,
    Courses,
    DriverRow,
    Drivers,
    Outbreak,
    Shift,
    Shifts,
)
from models.review.terms import pattern_text, reading_text, shift_text, term, trust_text
from models.review.wording import figure_text, interval_text
from service.reviews.control import Dot, control_chart, run_columns
from service.reviews.drawings import NARROW, WIDE
from service.reviews.forests import Spread, forest
from service.reviews.labels import Labels
from service.reviews.marks import Frame
from service.reviews.scatters import Fields, Spot, funnel, quadrants

SHIFTS_DRAWN = {WIDE: 16, NARROW: 10}
MARKED = 3
"""So many units of a funnel carry their name."""

Link = Callable[[Figure], str]


def course_chart(
    course: Course, courses: Courses, labels: Labels, link: Link, ident: str, size: tuple[int, int]
) -> str:
    """One control chart; its description says every month."""
    dots = [_dot(point, labels, link) for point in course.points]
    if dots and course.reading in ("rise", "fall"):
        dots[-1] = replace(dots[-1], alarm=course.reading)
    told = [reading_text(course, labels.language), trust_text(course, courses, labels.language)]
    told += [dot.hint for dot in dots]
    name = course.name or labels("course_rate")
    unit = labels("course_rate") if course.kind == "total" else labels("per_1000_unit")
    frame = Frame(ident, f"{name} {unit}", "；".join(text for text in told if text), *size)
    return control_chart(dots, frame, _percent if course.kind == "total" else _plain)


def _dot(point: CoursePoint, labels: Labels, link: Link) -> Dot:
    hint = f"{point.month} {figure_text(point.rate, labels.language)}"
    if point.alarm:
        hint += f" {labels('alarm')}"
    if point.patterns:
        hint += " " + "、".join(pattern_text(code, labels.language) for code in point.patterns)
    limits = None
    if point.lower is not None and point.centre is not None and point.upper is not None:
        limits = (point.lower, point.centre, point.upper)
    return Dot(
        label=point.month,
        value=point.rate.value,
        limits=limits,
        spread=point.rate.interval,
        phase=point.phase,
        alarm=point.alarm or "",
        ring=bool(point.patterns),
        hint=hint,
        href=link(point.rate),
    )


def shifts_chart(shifts: Shifts, labels: Labels, link: Link, width: int) -> str:
    shown = [row for row in shifts.rows if row.verdict != "few"][: SHIFTS_DRAWN[width]]
    rows = [_spread(row, labels, link, both=bool(shifts.fields)) for row in shown]
    desc = "；".join(f"{row.label} {row.text} {row.hint}" for row in rows)
    height = 34 + len(rows) * (44 if width < 500 else 30) + 22
    frame = Frame(f"shifts-{width}", labels("shifts"), desc, width, height)
    heads = (labels("raw_change"), labels("adjusted_change"))
    return forest(rows, frame, _signed, heads)


def _spread(row: Shift, labels: Labels, link: Link, *, both: bool) -> Spread:
    figure = row.adjusted or row.raw
    words = figure_text(figure, labels.language)
    return Spread(
        label=row.name,
        first=_ends(row.raw),
        second=_ends(row.adjusted) if row.adjusted and both else None,
        text=shift_text(row, labels.language),
        strong=row.verdict in ("up", "down"),
        hint=f"{words} [{interval_text(figure, labels.language)}]",
        href=link(row.now),
    )


def _ends(figure: Figure) -> tuple[float, float, float]:
    value = figure.value or 0.0
    low, high = figure.interval or (value, value)
    return low, value, high


def outbreak_days(row: Outbreak, labels: Labels, ident: str) -> str:
    began, strongest = (date.fromisoformat(day).day - 1 for day in (row.began, row.strongest))
    desc = "、".join(str(n) for n in row.days)
    frame = Frame(ident, f"{row.name or labels('course_rate')} {labels('days')}", desc, 150, 30)
    return run_columns(row.days, (began, strongest), frame)


def drivers_chart(drivers: Drivers, labels: Labels, width: int) -> str:
    """Share across, effect up; the number is the row of the table."""
    spots = [_driver_spot(row, at, labels) for at, row in enumerate(drivers.rows, 1)]
    desc = "；".join(f"{at} {spot.hint}" for at, spot in enumerate(spots, 1))
    title = f"{labels('satisfaction')} {labels('kind_' + drivers.kind)}"
    frame = Frame(f"drivers-{drivers.kind}-{width}", title, desc, width, 300 if width == WIDE else 280)
    names = (labels("share_axis"), labels("effect_axis"))
    fields = None
    if drivers.cross is not None:
        advice = (
            term("quadrant", name, labels.language) for name in ("watch", "reduce", "prevent", "fix_first")
        )
        first, second, third, fourth = advice
        fields = Fields(*drivers.cross, (first, second, third, fourth))
    return quadrants(spots, frame, names, (_percent, _signed_score), fields)


def _driver_spot(row: DriverRow, at: int, labels: Labels) -> Spot:
    low, effect, high = _ends(row.effect)
    advice = term("quadrant", row.quadrant, labels.language)
    words = f"{row.name} {figure_text(row.share)} {figure_text(row.effect, labels.language)} {advice}"
    return Spot(float(row.share.value or 0), effect, str(at), words, row.quadrant != "unclear", low, high)


def funnel_chart(comparison: Comparison, labels: Labels, width: int) -> str:
    far = [row.name for row in comparison.rows if row.place != "within"][:MARKED]
    spots = [
        Spot(
            x=float(row.raw.of or 0),
            y=float(row.raw.value or 0),
            mark=row.name if row.name in far and len(row.name) <= 12 else "",
            hint=f"{row.name} {figure_text(row.raw)} {term('place', row.place, labels.language)}",
            strong=row.place != "within",
            limits=(row.action[0], row.warning[0], row.warning[1], row.action[1]),
        )
        for row in comparison.rows
    ]
    desc = "；".join(spot.hint for spot in spots)
    title = f"{labels('comparisons')} {labels('unit_' + comparison.field)}"
    frame = Frame(f"funnel-{comparison.field}-{width}", title, desc, width, 280 if width == WIDE else 250)
    return funnel(spots, comparison.target, frame, (labels("size_axis"), labels("negative_rate")), _percent)


def _percent(value: float) -> str:
    text = f"{value * 100:.1f}".removesuffix(".0")
    return f"{text}%"


def _plain(value: float) -> str:
    return f"{value:,.1f}".removesuffix(".0")


def _signed(value: float) -> str:
    return f"{value:+,.0f}".replace("-", "−") if value else "0"


def _signed_score(value: float) -> str:
    return f"{value:+.1f}".replace("-", "−") if abs(value) > 1e-9 else "0"
