"""Sections of a report as sheets of a workbook: their tables unrounded, their charts native."""

from __future__ import annotations

import re
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.utility import quote_sheetname, xl_range_abs
from xlsxwriter.worksheet import Worksheet

from models.review.report import Block, Cell, Chart, Facts, Note, Paragraph, Quotes, Section, Statement, Table
from models.review.report.tree import Column as ReportColumn
from service.reviews.native_values import AXIS_FORMATS, Line, axis_ends, lines_of
from service.reviews.sheet import MAX_CELL_CHARS, Styles

MAX_NAME_CHARS = 31
CHART_SIZE = {"width": 860, "height": 360}
CHART_ROWS = 19
WRAPPED_FROM = 8
"""Longer words of a table are set in several lines."""
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
_KINDS = {
    "bar": "bar",
    "interval": "bar",
    "stacked": "column",
    "pareto": "column",
    "line": "line",
    "control": "line",
}
_LOWER_UPPER = {"zh": ("区间下限", "区间上限"), "en": ("lower", "upper")}
_REACH = {"zh": ("至上限", "至下限"), "en": ("to the upper end", "to the lower end")}
_LIMITS = {"zh": ("中心线", "上限", "下限"), "en": ("centre", "upper limit", "lower limit")}


def write_sections(
    book: Workbook,
    styles: Styles,
    sections: tuple[Section, ...],
    *,
    language: str = "zh",
    link_base: str = "",
) -> None:
    """One sheet a section, after those that are there. ``link_base`` makes a number's path a link."""
    taken = {sheet.get_name().casefold() for sheet in book.worksheets()}
    for section in sections:
        name = sheet_name(section.title, taken)
        taken.add(name.casefold())
        _SectionSheet(book, book.add_worksheet(name), styles, language, link_base).write(section)


def sheet_name(title: str, taken: set[str]) -> str:
    """``title`` as a name that Excel takes, other than those ``taken`` (case folded)."""
    plain = _FORBIDDEN.sub("-", title).strip("' ") or "-"
    name, at = plain[:MAX_NAME_CHARS], 1
    while name.casefold() in taken:
        at += 1
        name = f"{plain[: MAX_NAME_CHARS - len(str(at)) - 1]} {at}"
    return name


class _SectionSheet:
    """Blocks below each other; ``at`` is the next row."""

    def __init__(
        self, book: Workbook, sheet: Worksheet, styles: Styles, language: str, link_base: str
    ) -> None:
        self.book, self.sheet, self.styles, self.link_base = book, sheet, styles, link_base
        self.ends = _LOWER_UPPER["en" if language.startswith("en") else "zh"]
        self.reach = _REACH["en" if language.startswith("en") else "zh"]
        self.limits = _LIMITS["en" if language.startswith("en") else "zh"]
        self.at = 0
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, 20, 14)

    def write(self, section: Section) -> None:
        self._line(section.title, self.styles.header)
        for block in section.blocks:
            self._block(block)

    def _block(self, block: Block) -> None:
        if isinstance(block, Table):
            self._table(block)
        elif isinstance(block, Chart):
            self._chart(block)
        elif isinstance(block, Facts):
            for fact in block.items:
                self._text(self.at, 0, fact.label)
                self._cell(self.at, 1, fact.cell)
                for column, piece in enumerate((piece for note in fact.notes for piece in note), 2):
                    if isinstance(piece, Cell):
                        self._cell(self.at, column, piece)
                    else:
                        self._text(self.at, column, piece)
                self.at += 1
        elif isinstance(block, Quotes):
            for quote in block.items:
                self._text(self.at, 0, quote.text, self.styles.wrapped)
                self._text(self.at, 1, quote.source)
                self.at += 1
        elif isinstance(block, Statement):
            self._line(f"{block.text} {block.sure}")
        elif isinstance(block, (Paragraph, Note)):
            self._line(block.text)

    def _line(self, text: str, style: Any = None) -> None:
        self._text(self.at, 0, text, style)
        self.at += 1

    def _text(self, row: int, column: int, text: str, style: Any = None) -> None:
        kept = text if len(text) <= MAX_CELL_CHARS else text[: MAX_CELL_CHARS - 1] + "…"
        self.sheet.write_string(row, column, kept, style or self.styles.text)

    def _cell(self, row: int, column: int, cell: Cell) -> None:
        """The unrounded number, linked where there is an address; words as words."""
        if cell.value is None:
            told = cell.text if cell.figure is None else ""
            self._text(row, column, told, self.styles.wrapped if len(told) > WRAPPED_FROM else None)
            return
        unit = cell.figure.unit if cell.figure else "count"
        if self.link_base and cell.query and len(self.link_base + cell.query) < 2000:
            self.sheet.write_url(row, column, self.link_base + cell.query, self.styles.link)
        self.sheet.write_number(row, column, cell.value, self.styles.numbers[unit])

    def _table(self, block: Table) -> None:
        if block.title:
            self._line(block.title)
        with_ends = [_has_interval(block, at) for at in range(len(block.columns))]
        column = 0
        for head, ends in zip(block.columns, with_ends, strict=True):
            column += self._head(column, head, ends=ends)
        self.at += 1
        for row in block.rows:
            column = 0
            for cell, head, ends in zip(row, block.columns, with_ends, strict=True):
                self._cell(self.at, column, cell)
                column += 1
                if head.sub:
                    self._text(self.at, column, cell.sub)
                    column += 1
                for end in (cell.figure.interval_figures() if cell.figure else (None, None)) if ends else ():
                    if end is not None:
                        self._cell(self.at, column, Cell("", end))
                    column += 1
            self.at += 1
        self.at += 1

    def _head(self, column: int, head: ReportColumn, *, ends: bool) -> int:
        """The heads of a column, of its small print and of the ends of its intervals; how many."""
        labels = (head.label, *([head.sub] if head.sub else ()))
        if ends:
            labels += tuple(f"{head.label} {word}" for word in self.ends)
        for place, label in enumerate(labels):
            self._text(self.at, column + place, label, self.styles.header)
        return len(labels)

    def _chart(self, block: Chart) -> None:
        lines = lines_of(block, self.limits)
        first = self.at
        self._text(first, 0, block.title, self.styles.header)
        for column, line in enumerate(lines, 1):
            self._text(first, column, line.name, self.styles.header)
        for at, name in enumerate(block.categories, 1):
            self._text(first + at, 0, name)
            for column, line in enumerate(lines, 1):
                value = line.values[at - 1]
                if value is not None:
                    self.sheet.write_number(first + at, column, value, self.styles.numbers[line.unit])
        if block.kind == "interval":
            self._reaches(block, first)
        self.at = first + len(block.categories) + 2
        self.sheet.insert_chart(self.at, 0, self._native(block, lines, first))
        self.at += CHART_ROWS + 1
        if block.note:
            self._line(block.note)

    def _reaches(self, block: Chart, first: int) -> None:
        """How far the interval of each cell reaches up and down, for the error bars."""
        for column, word in enumerate(self.reach, 2):
            self._text(first, column, word, self.styles.header)
        for at, cell in enumerate(block.series[0].cells, 1):
            value = (cell.value if cell else None) or 0.0
            low, high = (cell.figure.interval if cell and cell.figure else None) or (value, value)
            style = self.styles.numbers[block.unit]
            self.sheet.write_number(first + at, 2, high - value, style)
            self.sheet.write_number(first + at, 3, value - low, style)

    def _native(self, block: Chart, lines: list[Line], first: int) -> Any:
        options = {"type": _KINDS[block.kind]}
        if block.kind == "stacked":
            options["subtype"] = "stacked"
        chart, extra = self.book.add_chart(options), None
        for column, line in enumerate(lines, 1):
            series = self._series(block, line, (first, column))
            if block.kind == "pareto" and column == 2:
                extra = self.book.add_chart({"type": "line"})
                extra.add_series({**series, "y2_axis": True})
            else:
                chart.add_series(series)
        if extra is not None:
            chart.combine(extra)
            extra.set_y2_axis({"num_format": "0%", "min": 0, "max": 1})
        chart.set_title({"name": block.title, "name_font": {"size": 12, "bold": True}})
        chart.set_legend({"position": "bottom"} if len(lines) > 1 else {"none": True})
        self._axes(chart, block)
        chart.set_size(CHART_SIZE)
        return chart

    def _axes(self, chart: Any, block: Chart) -> None:
        line = {"visible": True, "line": {"color": "#E4E6E9"}}
        values: dict[str, Any] = {
            "num_format": AXIS_FORMATS.get(block.unit, "#,##0.##"),
            "major_gridlines": line,
        }
        ends = axis_ends(block)
        if ends is not None:
            values |= dict(zip(("min", "max", "major_unit"), ends, strict=True))
        if _KINDS[block.kind] == "bar":
            chart.set_x_axis(values)
            chart.set_y_axis(
                {"reverse": True, "label_position": "low", "major_gridlines": {"visible": False}}
            )
        else:
            chart.set_y_axis(values)

    def _series(self, block: Chart, line: Line, place: tuple[int, int]) -> dict[str, Any]:
        first, column = place
        name, last = self.sheet.get_name(), first + len(block.categories)
        colour = f"#{line.colour}"
        made: dict[str, Any] = {
            "name": [name, first, column],
            "categories": [name, first + 1, 0, last, 0],
            "values": [name, first + 1, column, last, column],
        }
        if _KINDS[block.kind] == "line" or (block.kind == "pareto" and column == 2):
            dash = "dash" if line.dashed else "solid"
            return {**made, "line": {"color": colour, "width": 1.5, "dash_type": dash}}
        made["fill"] = {"color": colour}
        if block.kind == "interval":
            above, below = (
                f"={quote_sheetname(name)}!{xl_range_abs(first + 1, at, last, at)}" for at in (2, 3)
            )
            made["y_error_bars"] = {"type": "custom", "plus_values": above, "minus_values": below}
        return made


def _has_interval(table: Table, at: int) -> bool:
    return any(row[at].figure is not None and row[at].figure.interval is not None for row in table.rows)  # type: ignore[union-attr]
