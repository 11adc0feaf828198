"""The judgements of a review as sheets: the same numbers as on the page, unrounded, one table a sheet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from models.review.figures import Figure
from models.review.judged import Course, Courses, Drivers, Judgements
from models.review.terms import pattern_text, reading_text, shift_text, term, trust_text
from service.reviews.labels import Labels
from service.reviews.sheet import Column, Sheet

NewSheet = Callable[[str, list[Column]], Sheet]


def write_judgements(found: Judgements, labels: Labels, new_sheet: NewSheet) -> None:
    """One sheet per part that has something to show."""
    book = _Judged(found, labels, new_sheet)
    if found.shifts:
        book.shifts()
    if found.courses:
        book.courses(found.courses)
    if found.outbreaks and found.outbreaks.rows:
        book.outbreaks()
    if found.satisfaction and any(model.rows for model in found.satisfaction.models):
        book.drivers()
    if found.satisfaction and (found.satisfaction.kano or found.satisfaction.balance):
        book.kano()
    if found.concentration:
        book.concentration()
    if found.comparisons:
        book.comparisons()
    if found.repeats:
        book.repeats()


class _Judged:
    def __init__(self, found: Judgements, labels: Labels, new_sheet: NewSheet) -> None:
        self.found, self.labels, self.new_sheet = found, labels, new_sheet
        self.language = labels.language

    def _sheet(self, name: str, columns: str) -> Sheet:
        """``columns``: labels, each with its width where that is not 12, as in ``item:34``."""
        made = []
        for column in columns.split():
            label, _, width = column.partition(":")
            made.append(Column(self.labels(label), float(width or 12)))
        return self.new_sheet(name, made)

    def shifts(self) -> None:
        assert self.found.shifts is not None  # noqa: S101
        sheet = self._sheet(
            "sheet_shifts",
            "shift_kind:10 item:34 this_month previous_value raw_change lower upper "
            "adjusted_change lower upper mix_part adjusted_p verdict:26 record:40 query:50",
        )
        for row in self.found.shifts.rows:
            ids = " ".join(quote.transcript_id for quote in row.quotes)
            sheet.row(
                self.labels("kind_" + row.kind), row.name, row.now, row.before, *_with_ends(row.raw),
                *_with_ends(row.adjusted), row.mix, row.q_value, shift_text(row, self.language), ids,
                row.now.query,
            )  # fmt: skip

    def courses(self, courses: Courses) -> None:
        sheet = self._sheet(
            "sheet_courses",
            "shift_kind:10 item:34 month:10 n_transcripts:10 value lower upper centre lower_limit "
            "upper_limit phase:8 alarm:10 pattern:36 adjusted_p reading:30 trust:44 query:50",
        )
        for row in courses.rows:
            for at, point in enumerate(row.points):
                last = at == len(row.points) - 1
                codes = self.labels("list_comma").join(
                    pattern_text(code, self.language) for code in point.patterns
                )
                sheet.row(
                    self.labels("kind_" + row.kind), row.name or self.labels("course_rate"), point.month,
                    point.rate.n, *_with_ends(point.rate), point.centre, point.lower, point.upper,
                    point.phase + 1, self.labels("yes") if point.alarm else None, codes,
                    *(self._told(row, courses) if last else (None, None, None)), point.rate.query,
                )  # fmt: skip

    def _told(self, row: Course, courses: Courses) -> tuple[Any, ...]:
        return row.q_value, reading_text(row, self.language), trust_text(row, courses, self.language)

    def outbreaks(self) -> None:
        assert self.found.outbreaks is not None  # noqa: S101
        sheet = self._sheet(
            "sheet_outbreaks",
            "shift_kind:10 item:34 alarm_day week_from week_to observed:10 expected:10 adjusted_p "
            "how_sure:24 query:50",
        )
        for row in self.found.outbreaks.rows:
            sure = self.labels("sure_yes" if row.sure else "sure_no")
            name = row.name or self.labels("course_rate")
            days = (row.alarm_day, row.began, row.strongest)
            sheet.row(
                self.labels("kind_" + row.kind), name, *days, row.observed, row.expected, row.q_value, sure,
                row.observed.query,
            )  # fmt: skip

    def drivers(self) -> None:
        assert self.found.satisfaction is not None  # noqa: S101
        sheet = self._sheet(
            "sheet_drivers",
            "shift_kind:10 item:34 said_by effect lower upper contribution importance lower upper "
            "quadrant:16 note:30",
        )
        for model in self.found.satisfaction.models:
            self._driver_rows(sheet, model)

    def _driver_rows(self, sheet: Sheet, model: Drivers) -> None:
        kind = self.labels("kind_" + model.kind)
        note = None if model.enough else f"{self.labels('drivers_few')} {model.n_needed}"
        for row in model.rows:
            advice = term("quadrant", row.quadrant, self.language)
            effect, importance = _with_ends(row.effect), _with_ends(row.importance)
            sheet.row(kind, row.name, row.share, *effect, row.contribution, *importance, advice, note)
        for left in model.left_out:
            why = f"{self.labels('left_out')}: {term('dropped', left.reason, self.language)}"
            sheet.row(kind, left.name, *[None] * 9, why)

    def kano(self) -> None:
        assert self.found.satisfaction is not None  # noqa: S101
        part = self.found.satisfaction
        sheet = self._sheet(
            "sheet_kano",
            "category:30 n_praise:10 n_complaint:10 reward penalty kano_class:16 kano_before:16 "
            "against_others:16 leaning:18",
        )
        kano = {row.id: row for row in part.kano}
        told = {row.id for row in part.balance}
        for row in part.balance:
            own = kano.get(row.id)
            known = (own.reward, own.penalty, term("kano", own.kano, self.language)) if own else (None,) * 3
            before = term("kano", own.before, self.language) if own and own.before else None
            leaning = term("leaning", row.leaning, self.language)
            sheet.row(row.name, row.n_praise, row.n_complaint, *known, before, row.against_others, leaning)
        for own in (row for row in part.kano if row.id not in told):
            words = term("kano", own.kano, self.language)
            sheet.row(own.name, own.n_praise, own.n_complaint, own.reward, own.penalty, words)

    def concentration(self) -> None:
        sheet = self._sheet(
            "sheet_concentration",
            "unit_kind:16 n_units:10 negative:10 top_share:14 lower upper by_chance:14 gini:10 "
            "unknown_units:10 verdict:16",
        )
        for row in self.found.concentration:
            words = self.labels("clearly_more" if row.p_value < 0.05 else "not_more")
            top = _with_ends(row.top_share)
            sheet.row(
                self.labels("unit_" + row.field), row.n_units, row.total, *top, row.by_chance, row.gini,
                row.n_unknown, words,
            )  # fmt: skip

    def comparisons(self) -> None:
        sheet = self._sheet(
            "sheet_comparisons",
            "unit_kind:16 value:24 n_transcripts_long:10 negative:10 raw_rate shrunk lower upper "
            "among_worst:14 place:16 query:50",
        )
        for part in self.found.comparisons:
            for row in part.rows:
                place = term("place", row.place, self.language)
                sheet.row(
                    self.labels("unit_" + part.field), row.name, row.raw.of, row.raw.n, row.raw,
                    *_with_ends(row.shrunk), row.among_worst, place, row.raw.query,
                )  # fmt: skip

    def repeats(self) -> None:
        sheet = self._sheet("sheet_repeats", "copies:10 share:10 quote:90 record:36 query:50")
        for row in self.found.repeats:
            sheet.row(row.copies, row.share, row.quote.text, row.quote.transcript_id, row.quote.query)


def _with_ends(figure: Figure | None) -> tuple[Figure | None, Figure | None, Figure | None]:
    return (None, None, None) if figure is None else (figure, *figure.interval_figures())
