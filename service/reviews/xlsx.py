"""The review as a workbook: one table a sheet, unrounded numbers, native charts."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import xlsxwriter

from models.review.report.lived import lived_sections
from models.review.report.words import Tongue
from models.review.snapshot import ReviewSnapshot
from models.review.wording import (
    certainty_text,
    figure_text,
    finding_text,
    interval_text,
    is_english,
    verdict_text,
)
from service.reviews.judged_sheets import write_judgements
from service.reviews.labels import Labels
from service.reviews.report_sheets import write_sections
from service.reviews.sheet import ACCENT, NEUTRAL, POSITIVE, Column, Sheet, Styles, change_cells

CHART_SIZE = {"width": 860, "height": 380}


def render_xlsx(snapshot: ReviewSnapshot, path: Path, *, link_base: str = "", language: str = "zh") -> None:
    """Write the workbook to ``path``. The same snapshot gives the same bytes.

    Texts are written as strings whatever they begin with, so none becomes a formula or a link.
    """
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    content = BytesIO()
    with xlsxwriter.Workbook(content, {**options, "in_memory": True}) as book:
        book.set_properties(
            {
                "title": f"{Labels(language)('title')} {snapshot.month}",
                "author": snapshot.tenant,
                "created": datetime.fromisoformat(snapshot.generated_at).replace(tzinfo=None),
            }
        )
        _Book(book, snapshot, Labels(language), link_base).write()
    path.write_bytes(content.getvalue())


class _Book:
    """The sheets in their order. ``link_base`` stands before each query."""

    def __init__(
        self, book: xlsxwriter.Workbook, snapshot: ReviewSnapshot, labels: Labels, link_base: str
    ) -> None:
        self.book, self.snapshot, self.labels, self.link_base = book, snapshot, labels, link_base
        self.language = labels.language
        self.styles = Styles(book)

    def write(self) -> None:
        self._overview()
        self._channels()
        if self.snapshot.breakdowns:
            self._breakdowns()
        self._weeks()
        self._pareto()
        self._causes()
        self._quotes()
        if self.snapshot.judgements:
            write_judgements(self.snapshot.judgements, self.labels, self._sheet)
        self._lived()
        self._quality()
        self._method()

    def _lived(self) -> None:
        sections = tuple(lived_sections(self.snapshot, Tongue(self.language)))
        write_sections(self.book, self.styles, sections, language=self.language, link_base=self.link_base)

    def _sheet(self, name: str, columns: list[Column]) -> Sheet:
        return Sheet(self.book.add_worksheet(self.labels(name)), self.styles, columns, self.link_base)

    def _column(self, label: str, width: float = 12, *, wrap: bool = False) -> Column:
        return Column(self.labels(label), width, wrap)

    def _change_columns(self) -> list[Column]:
        c = self._column
        return [c("previous_value"), c("difference"), c("lower"), c("upper"), c("verdict", 20)]

    def _changed(self, change: Any) -> list[Any]:
        return change_cells(change, verdict_text(change, self.language))

    def _overview(self) -> None:
        c, t, s = self._column, self.labels, self.snapshot
        columns = [
            c("item", 30),
            c("value", 14),
            c("lower"),
            c("upper"),
            c("previous_value"),
            c("difference"),
        ]
        sheet = self._sheet("sheet_overview", [*columns, c("verdict", 18), c("note", 70, wrap=True)])
        totals = s.totals
        rows = [
            (t("transcripts"), totals.transcripts, totals.transcripts_change),
            (t("voices"), totals.voices, None),
            (t("customers"), totals.customers, None),
            (t("per_day"), totals.per_day, None),
            (t("negative"), totals.negative, None),
            (t("neutral"), totals.neutral, None),
            (t("positive"), totals.positive, None),
            (t("negative_rate"), totals.negative_rate, totals.negative_change),
            (t("polarity"), totals.polarity, None),
            (t("causes_count"), totals.causes, None),
            (t("new_of_them"), totals.new_causes, None),
        ]
        for name, figure, change in rows:
            if figure is None:
                continue
            before = [change.previous, change.difference] if change else [None, None]
            words = verdict_text(change, self.language) if change else ""
            note = interval_text(change.difference, self.language) if change and change.difference else ""
            sheet.row(name, figure, *(figure.interval_figures()), *before, words, note)
        for number, finding in enumerate(s.findings, 1):
            text = f"{finding_text(finding, self.language)} {certainty_text(finding, self.language)}"
            sheet.row(f"{t('finding')} {number}", *[None] * 6, text)

    def _channels(self) -> None:
        c, t = self._column, self.labels
        columns = [c("channel", 18), c("n_transcripts_long"), c("share"), c("negative"), c("negative_rate")]
        columns += [c("lower"), c("upper"), *self._change_columns(), c("query", 50)]
        sheet = self._sheet("sheet_channels", columns)
        for row in self.snapshot.channels:
            rates = (row.negative_rate, *row.negative_rate.interval_figures())
            numbers = (row.transcripts, row.share, row.negative, *rates)
            sheet.row(t.channel(row.channel), *numbers, *self._changed(row.change), row.transcripts.query)

    def _breakdowns(self) -> None:
        c, t = self._column, self.labels
        columns = [c("item", 10), c("value", 24), c("n_transcripts_long"), c("negative"), c("negative_rate")]
        sheet = self._sheet("sheet_breakdowns", [*columns, c("lower"), c("upper"), c("query", 50)])
        for part in self.snapshot.breakdowns:
            for row in part.rows:
                rates = (row.negative_rate, *row.negative_rate.interval_figures())
                query = row.transcripts.query
                sheet.row(t(part.field), row.name, row.transcripts, row.negative, *rates, query)

    def _weeks(self) -> None:
        c, t = self._column, self.labels
        columns = [c("week"), c("week_from"), c("week_to"), c("n_days", 8), c("n_transcripts_long")]
        columns += [c("negative"), c("neutral"), c("positive"), c("negative_rate"), c("lower"), c("upper")]
        sheet = self._sheet("sheet_weeks", [*columns, c("query", 50)])
        for row in self.snapshot.weeks:
            counts = (row.transcripts, row.negative, row.neutral, row.positive)
            rates = (row.negative_rate, *row.negative_rate.interval_figures())
            query = row.transcripts.query
            sheet.row(row.week, row.first, row.last, row.n_days, *counts, *rates, query)
        chart = self.book.add_chart({"type": "column", "subtype": "stacked"})
        for column, colour in ((5, ACCENT), (6, NEUTRAL), (7, POSITIVE)):
            chart.add_series(sheet.series(column, labels=0, colour=colour))
        line = self.book.add_chart({"type": "line"})
        line.add_series(sheet.series(8, labels=0, colour="#1D2125", line=True))
        chart.combine(line)
        line.set_y2_axis({"num_format": "0%", "min": 0, "max": 1, "name": t("negative_rate")})
        sheet.place(chart, t("weeks"), CHART_SIZE)

    def _pareto(self) -> None:
        c, t = self._column, self.labels
        columns = [c("category", 18), c("main_category", 34), c("negative"), c("share"), c("cumulative")]
        columns += [c("vital", 10), *self._change_columns(), c("query", 50)]
        sheet = self._sheet("sheet_pareto", columns)
        for row in self.snapshot.pareto.rows:
            words = (row.path[-1], " › ".join(row.path))
            numbers = (row.negative, row.share, row.cumulative, t("yes" if row.vital else "no"))
            sheet.row(*words, *numbers, *self._changed(row.change), row.negative.query)
        if not self.snapshot.pareto.rows:
            return
        chart = self.book.add_chart({"type": "column"})
        chart.add_series(sheet.series(2, labels=0, colour=ACCENT) | {"gap": 40})
        line = self.book.add_chart({"type": "line"})
        line.add_series(sheet.series(4, labels=0, colour="#1D2125", line=True))
        chart.combine(line)
        line.set_y2_axis({"num_format": "0%", "min": 0, "max": 1})
        sheet.place(chart, t("pareto_chart"), CHART_SIZE)

    def _causes(self) -> None:
        c, t = self._column, self.labels
        columns = [
            c("cause", 40, wrap=True),
            c("record", 14),
            c("n_transcripts_long"),
            c("voices"),
            c("per_1000"),
        ]
        columns += [c("lower"), c("upper"), *self._change_columns(), c("state"), c("main_category", 26)]
        columns += [Column(row.week, 10) for row in self.snapshot.weeks]
        columns += [c("keywords", 34, wrap=True), c("products", 34, wrap=True), c("query", 50)]
        sheet = self._sheet("sheet_causes", columns)
        for row in self.snapshot.causes:
            rates = (row.rate, *row.rate.interval_figures())
            products = t("list_comma").join(f"{x.name} {figure_text(x.figure)}" for x in row.products)
            head = (row.name, row.id, row.transcripts, row.voices, *rates, *self._changed(row.change))
            words = (t("list_comma").join(row.keywords), products, row.transcripts.query)
            sheet.row(*head, t.state(row.state), " › ".join(row.category), *row.weeks, *words)

    def _quotes(self) -> None:
        c, t = self._column, self.labels
        columns = [
            c("cause", 34, wrap=True),
            c("quote", 80, wrap=True),
            c("record", 20),
            c("external_id", 22),
        ]
        columns += [c("occurred_at", 20), c("channel"), c("product", 16), c("span", 12), c("query", 40)]
        sheet = self._sheet("sheet_quotes", columns)
        for row in self.snapshot.causes:
            for quote in row.quotes:
                where = (quote.transcript_id, quote.external_id, quote.occurred_at)
                channel = t.channel(quote.channel) if quote.channel else None
                span = f"[{quote.start}, {quote.end})"
                sheet.row(row.name, quote.text, *where, channel, quote.product, span, quote.query)

    def _quality(self) -> None:
        c, t = self._column, self.labels
        columns = [c("check", 34), c("n_transcripts"), c("share"), c("example_records", 80, wrap=True)]
        sheet = self._sheet("sheet_quality", columns)
        for row in self.snapshot.quality:
            value = t("not_recorded") if row.count.value is None else row.count
            sheet.row(t(f"quality_{row.kind}"), value, row.share, " ".join(row.count.records))

    def _method(self) -> None:
        s, t = self.snapshot, self.labels
        sheet = self._sheet("sheet_method", [self._column("item", 22), self._column("note", 110, wrap=True)])
        for note in s.method:
            sheet.row(t("method"), note.en if is_english(self.language) else note.zh)
        about = {"tenant": s.tenant, "sector": t.sector(s.sector), "timezone": s.timezone}
        about |= {"period": f"{s.first} – {s.end}", "generated": s.generated_at, "fingerprint": s.fingerprint}
        for name, text in about.items():
            sheet.row(t(name), text)
        for component, version in s.versions.items():
            sheet.row(component, version)
