"""The review as a text document: real headings, tables that repeat their header, charts that can be edited."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from models.core.errors import MissingExtraError
from models.review.report import (
    Block,
    Cell,
    Chart,
    Facts,
    Note,
    Paragraph,
    Quotes,
    Report,
    Section,
    Statement,
    Table,
)
from models.review.wording import is_english
from service.reviews.docx_parts import (
    Look,
    add_bookmark,
    add_chart,
    add_field,
    add_run,
    dress_document,
    fill_cell,
    line_below,
    new_paragraph,
    new_table,
    shade,
)
from service.reviews.native_charts import chart_space
from service.reviews.office import ACCENT, INK, MUTED, PALE, clean, fixed_package
from service.reviews.report_charts import MANY

PLAIN = Look(10.5)
LEAD = Look(9, MUTED)
SMALL = Look(8, MUTED)
HEAD = Look(8.5, MUTED)
CELL = Look(9)
LIMIT_WORDS = {False: ("中心线", "上限", "下限"), True: ("centre", "upper limit", "lower limit")}


def render_docx(
    report: Report, path: Path, *, link_base: str = "", load: Callable[[], Any] | None = None
) -> None:
    """Write the document. The same report gives the same bytes. ``load`` imports python-docx (tests only).

    Without ``link_base`` a number links to its path in the appendix. Raises ``MissingExtraError`` where
    python-docx or python-pptx (whose charts are used) is missing.
    """
    try:
        new_document = (load or _import)()
    except ImportError as problem:
        raise MissingExtraError(package="python-docx", extra="formats") from problem
    writer = _Document(new_document(), report, link_base)
    writer.write()
    content = BytesIO()
    writer.document.save(content)
    path.write_bytes(fixed_package(content.getvalue()))


def _import() -> Any:
    import docx
    import pptx  # noqa: F401

    return docx.Document


class _Document:
    """Blocks are added in order to the end of the document."""

    def __init__(self, document: Any, report: Report, link_base: str) -> None:
        self.document, self.report, self.link_base = document, report, link_base
        self.places = {path: at for at, path in enumerate(report.paths, 1)}
        self.words = LIMIT_WORDS[is_english(report.language)]
        self.n_charts = 0

    def write(self) -> None:
        dress_document(self.document, is_english(self.report.language))
        self._properties()
        self._footer()
        over = new_paragraph(self.document, "Title")
        add_run(over, self.report.title, Look(11, ACCENT, bold=True))
        subtitle = new_paragraph(self.document, "Subtitle")
        add_run(subtitle, self.report.subtitle, Look(22, INK, bold=True))
        line_below(subtitle, INK)
        for at, section in enumerate(self.report.sections):
            self._section(section, new_page=at == 1 or section.appendix)

    def _properties(self) -> None:
        core, made = self.document.core_properties, datetime.fromisoformat(self.report.generated_at)
        core.title = clean(f"{self.report.title} {self.report.subtitle}")[:255]
        core.subject = self.report.month
        core.author = core.last_modified_by = clean(self.report.author)[:255]
        core.created = core.modified = made.replace(tzinfo=None)
        core.comments, core.revision = "", 1

    def _footer(self) -> None:
        footer = self.document.sections[0].footer.paragraphs[0]
        add_run(footer, f"{self.report.subtitle}　", SMALL)
        add_field(footer, "PAGE", SMALL)
        add_run(footer, " / ", SMALL)
        add_field(footer, "NUMPAGES", SMALL)

    def _section(self, section: Section, *, new_page: bool) -> None:
        heading = new_paragraph(self.document, f"Heading {section.level}")
        heading.paragraph_format.page_break_before = new_page
        add_run(heading, section.title, Look(None, None))
        drawn = [at for at, block in enumerate(section.blocks) if isinstance(block, (Chart, Table))]
        for at, block in enumerate(section.blocks):
            self._block(block, section)
            if drawn and at < drawn[0] and isinstance(block, Paragraph):
                self.document.paragraphs[-1].paragraph_format.keep_with_next = True

    def _block(self, block: Block, section: Section) -> None:
        if isinstance(block, Paragraph):
            self._pieces(new_paragraph(self.document), block.pieces, LEAD if block.lead else PLAIN)
        elif isinstance(block, Note):
            add_run(new_paragraph(self.document), block.text, SMALL)
        elif isinstance(block, Statement):
            self._statement(block)
        elif isinstance(block, Facts):
            self._facts(block)
        elif isinstance(block, Table):
            self._table(block, section)
        elif isinstance(block, Chart):
            self._chart(block, section)
        elif isinstance(block, Quotes):
            self._quotes(block)

    def _pieces(self, paragraph: Any, pieces: Sequence[str | Cell], look: Look) -> None:
        for piece in pieces:
            if isinstance(piece, str):
                add_run(paragraph, piece, look)
            else:
                self._number(paragraph, piece, look)

    def _number(self, paragraph: Any, cell: Cell, look: Look) -> None:
        strong = look.strong() if cell.strong else look
        if cell.strong and cell.figure is None:
            strong = Look(look.size, ACCENT, bold=True)
        if not cell.query:
            add_run(paragraph, cell.text, strong)
        elif self.link_base:
            add_run(paragraph, cell.text, strong, url=self.link_base + cell.query)
        else:
            add_run(paragraph, cell.text, strong, anchor=f"q-{self.places[cell.query]}")

    def _statement(self, block: Statement) -> None:
        paragraph = new_paragraph(self.document, "List Number")
        self._pieces(paragraph, block.pieces, Look(12))
        paragraph.add_run().add_break()
        add_run(paragraph, block.sure, Look(9, ACCENT if block.weak else MUTED))
        paragraph.paragraph_format.keep_together = True

    def _facts(self, block: Facts) -> None:
        table = new_table(self.document, [1.0] * len(block.items), 1, lines=False)
        for target, fact in zip(table._cells, block.items, strict=True):
            paragraph = fill_cell(target)
            add_run(paragraph, fact.label, LEAD)
            paragraph = target.add_paragraph()
            self._number(paragraph, fact.cell, Look(22, ACCENT if fact.cell.strong else INK, bold=True))
            for note in fact.notes:
                self._pieces(target.add_paragraph(), note, SMALL)
        new_paragraph(self.document)

    def _table(self, block: Table, section: Section) -> None:
        if block.title:
            title = new_paragraph(self.document)
            add_run(title, block.title, Look(10, INK, bold=True))
            title.paragraph_format.keep_with_next = True
        widths = [column.width for column in block.columns]
        table = new_table(self.document, widths, len(block.rows) + 1, lines=True)
        cells, n = table._cells, len(block.columns)
        small = section.appendix
        for target, column in zip(cells, block.columns, strict=False):
            add_run(fill_cell(target, right=column.kind != "text"), column.label, HEAD)
        for at, row in enumerate(block.rows, 1):
            for place, (cell, column) in enumerate(zip(row, block.columns, strict=True)):
                paragraph = fill_cell(cells[at * n + place], right=column.kind != "text", close=small)
                if section.id == "sources" and not place:
                    add_bookmark(paragraph, f"q-{at}", at)
                self._number(paragraph, cell, Look(6.5) if small else CELL)
                if cell.sub:
                    paragraph.add_run().add_break()
                    add_run(paragraph, cell.sub, Look(7, MUTED))
        new_paragraph(self.document, tight=True)

    def _chart(self, block: Chart, section: Section) -> None:
        if block.title != section.title:
            title = new_paragraph(self.document)
            add_run(title, block.title, Look(10, INK, bold=True))
            title.paragraph_format.keep_with_next = True
        self.n_charts += 1
        space, data = chart_space(block, self.words)
        holder = new_paragraph(self.document)
        add_chart(holder, self.n_charts, (space, data), _centimetres(block), block.title)
        if block.note:
            add_run(new_paragraph(self.document), block.note, SMALL)

    def _quotes(self, block: Quotes) -> None:
        if block.title:
            title = new_paragraph(self.document)
            add_run(title, block.title, Look(10, INK, bold=True))
            title.paragraph_format.keep_with_next = True
        for quote in block.items:
            paragraph = new_paragraph(self.document, "Quote")
            shade(paragraph, PALE, ACCENT)
            add_run(paragraph, quote.text, PLAIN)
            paragraph.add_run().add_break()
            url = self.link_base + quote.query if self.link_base else ""
            add_run(paragraph, quote.source, SMALL, url=url)


def _centimetres(chart: Chart) -> float:
    """How high a chart stands on the page."""
    if chart.kind == "interval":
        return min(1.6 + 0.62 * len(chart.categories), 13.0)
    if chart.kind == "bar" and len(chart.categories) < MANY:
        return min(1.6 + (0.3 + 0.5 * len(chart.series)) * len(chart.categories), 13.0)
    return {"control": 4.6, "bar": 4.2, "stacked": 7.5, "pareto": 8.5, "line": 6.5}[chart.kind]
