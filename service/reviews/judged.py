"""What the page's templates need to show judgements: charts, words and sentences, by the names they use."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from markupsafe import Markup

from models.review.figures import Figure
from models.review.judged import Course, Courses, Outbreaks, Shift, Shifts
from models.review.sections import QuoteRow
from models.review.snapshot import ReviewSnapshot
from models.review.terms import p_text, pattern_text, reading_text, season_text, shift_text, term, trust_text
from models.review.wording import is_english
from service.reviews import panels
from service.reviews.drawings import NARROW, WIDE
from service.reviews.labels import Labels

SHIFTS_IN_TABLE = 15
SHIFTS_QUOTED = 5
UNITS_IN_TABLE = 8
PANEL_SIZE = (270, 140)
WHOLE_SIZE = {WIDE: (WIDE, 190), NARROW: (NARROW, 170)}


def judged_context(snapshot: ReviewSnapshot, labels: Labels, link: Callable[[Figure], str]) -> dict[str, Any]:
    """Functions and values for the templates; ``snapshot`` has judgements."""
    found, language = snapshot.judgements, labels.language
    assert found is not None  # noqa: S101
    courses = found.courses
    return {
        "shifts_in_table": SHIFTS_IN_TABLE,
        "units_in_table": UNITS_IN_TABLE,
        "shifts_quoted": shifts_quoted(found.shifts),
        "n_regrouped": regrouped(found.shifts) if found.shifts else 0,
        "shifts_chart": partial(both_widths, panels.shifts_chart, found.shifts, labels, link),
        "course_chart": lambda row: _course(row, courses, labels, link),
        "course_place": lambda row: courses.rows.index(row) if courses else 0,
        "courses_said": lambda: _courses_said(courses, language) if courses else "",
        "outbreaks_said": lambda: _outbreaks_said(found.outbreaks, language) if found.outbreaks else "",
        "outbreak_days": lambda row, ident: drawn_markup(panels.outbreak_days(row, labels, ident)),
        "drivers_chart": lambda model: both_widths(panels.drivers_chart, model, labels),
        "funnel_chart": lambda part: both_widths(panels.funnel_chart, part, labels),
        "shift_text": partial(shift_text, language=language),
        "reading_text": partial(reading_text, language=language),
        "trust_text": lambda row: trust_text(row, courses, language) if courses else "",
        "pattern_text": partial(pattern_text, language=language),
        "season_text": partial(season_text, language=language),
        "term": partial(term, language=language),
        "p": partial(p_text, language=language),
    }


def shifts_quoted(shifts: Shifts | None) -> list[Shift]:
    """The clear changes that have quotes no other of them has shown."""
    clear = [row for row in (shifts.rows if shifts else ()) if row.verdict in ("up", "down")]
    of_causes = {_place(quote) for row in clear if row.kind == "cause" for quote in row.quotes}
    kept = [
        row
        for row in clear
        if row.quotes and (row.kind == "cause" or {_place(quote) for quote in row.quotes} - of_causes)
    ]
    return kept[:SHIFTS_QUOTED]


def _place(quote: QuoteRow) -> tuple[str, int]:
    return quote.transcript_id, quote.start


def regrouped(shifts: Shifts) -> int:
    """Root causes that changed clearly because only one of the months has them."""
    return sum(
        row.kind == "cause" and row.verdict in ("up", "down") and not (row.now.n and row.before.n)
        for row in shifts.rows
    )


def both_widths(draw: Callable[..., str], *about: Any) -> Markup:
    wide, narrow = (draw(*about, width) for width in (WIDE, NARROW))
    return drawn_markup(f'<div class="chart wide">{wide}</div><div class="chart narrow">{narrow}</div>')


def drawn_markup(markup: str) -> Markup:
    """Our own charts and styles: the charts escape every text they are given."""
    return Markup(markup)  # noqa: S704


def _course(row: Course, courses: Courses | None, labels: Labels, link: Callable[[Figure], str]) -> Markup:
    assert courses is not None  # noqa: S101
    place = courses.rows.index(row)
    if row.kind == "total":
        wide, narrow = (
            panels.course_chart(row, courses, labels, link, f"course-{place}-{width}", size)
            for width, size in WHOLE_SIZE.items()
        )
        return drawn_markup(f'<div class="chart wide">{wide}</div><div class="chart narrow">{narrow}</div>')
    return drawn_markup(panels.course_chart(row, courses, labels, link, f"course-{place}", PANEL_SIZE))


def _courses_said(courses: Courses, language: str) -> str:
    """How many were judged, how often they alarm by chance, and how many could not be judged."""
    percent = f"{courses.family_rate:.0%}"
    if is_english(language):
        said = f"{courses.n_judged} series over {courses.n_months} earlier months. "
        if courses.n_short == courses.n_judged:
            return (
                said
                + f"Too little history: {courses.minimum_points} months are needed to judge; the whole alone is drawn."
            )
        said += (
            f"Without any change, one series alarms in {courses.horizon_points} months with a chance of "
            f"{percent} at most; this month's alarms hold among all series (false discovery rate 5%)."
        )
        return said + (f" {courses.n_short} series have too little history." if courses.n_short else "")
    said = f"共 {courses.n_judged} 条序列，此前有 {courses.n_months} 个月的数据。"
    if courses.n_short == courses.n_judged:
        return said + f"历史太短，至少 {courses.minimum_points} 个月才能判断；目前只画总体。"
    said += (
        f"没有变化时，一条序列在 {courses.horizon_points} 个月内误报的机会不超过 {percent}；"
        "本月的报警在全部序列中一并校正（错误发现率 5%）。"
    )
    return said + (f"其中 {courses.n_short} 条历史太短，未作判断。" if courses.n_short else "")


def _outbreaks_said(found: Outbreaks, language: str) -> str:
    percent = f"{found.family_rate:.0%}"
    if is_english(language):
        said = (
            f"{found.n_scanned} series scanned day by day against {found.n_history_days} days before. Without any "
            f"change a series alarms in a month with a chance of {percent} at most. "
        )
        return said + (f"{found.n_short} series have too few days before." if found.n_short else "")
    said = (
        f"逐日监测 {found.n_scanned} 条序列，与此前 {found.n_history_days} 天相比；没有变化时，"
        f"一条序列一个月内误报的机会不超过 {percent}。"
    )
    return said + (f"另有 {found.n_short} 条此前的日数据不足。" if found.n_short else "")
