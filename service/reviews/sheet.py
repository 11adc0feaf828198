"""One table on one worksheet: header, typed cells, number formats, a chart beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from models.review.figures import Change, Figure, Unit

ACCENT, NEUTRAL, POSITIVE = "#A5371F", "#D3D8DD", "#8B9AA8"
MAX_CELL_CHARS = 32_000
"""Excel holds 32,767 characters a cell; a longer text ends with an ellipsis."""

_FORMATS: dict[Unit, str] = {
    "count": "#,##0",
    "per_day": "#,##0.0",
    "ratio": "0.0%",
    "per_1000": "#,##0.0",
    "points": "+0.0%;-0.0%;0.0%",
    "per_1000_difference": "+0.0;-0.0;0.0",
    "relative": "+0.0%;-0.0%;0.0%",
    "polarity": "+0.00;-0.00;0.00",
    "mean": "#,##0.00",
    "score": "+0.00;-0.00;0.00",
}


@dataclass(frozen=True, slots=True)
class Column:
    label: str
    width: float
    wrap: bool = False


class Styles:
    """The formats of a workbook: a workbook must own the formats its cells use."""

    def __init__(self, book: Workbook) -> None:
        plain = {"font_name": "Microsoft YaHei", "font_size": 10, "valign": "top"}
        head = {"bold": True, "bottom": 1, "bg_color": "#F4F5F6", "text_wrap": True, "valign": "vcenter"}
        self.header = book.add_format(plain | head)
        self.text = book.add_format(plain)
        self.wrapped = book.add_format(plain | {"text_wrap": True})
        self.link = book.add_format(plain | {"font_color": ACCENT, "underline": 1})
        self.numbers = {
            unit: book.add_format(plain | {"num_format": code}) for unit, code in _FORMATS.items()
        }


class Sheet:
    """Rows are written in order below a frozen header. ``link_base`` makes a query a link."""

    def __init__(self, sheet: Worksheet, styles: Styles, columns: list[Column], link_base: str) -> None:
        self.sheet, self.styles, self.columns, self.link_base = sheet, styles, columns, link_base
        self.n_rows = 0
        for at, column in enumerate(columns):
            sheet.set_column(at, at, column.width)
            sheet.write_string(0, at, column.label, styles.header)
        sheet.set_row(0, 30)
        sheet.freeze_panes(1, 1)
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)

    def row(self, *cells: Any) -> None:
        """One row; ``None`` leaves a cell empty."""
        self.n_rows += 1
        for at, cell in enumerate(cells):
            self._write(self.n_rows, at, cell)

    def _write(self, row: int, at: int, cell: Any) -> None:
        if isinstance(cell, Figure):
            if cell.value is not None:
                self.sheet.write_number(row, at, cell.value, self.styles.numbers[cell.unit])
        elif isinstance(cell, (int, float)):
            self.sheet.write_number(row, at, cell, self.styles.text)
        elif cell:
            self._write_text(row, at, str(cell))

    def _write_text(self, row: int, at: int, text: str) -> None:
        """As a string even where it begins with ``=``, ``+``, ``-`` or ``@``."""
        if len(text) > MAX_CELL_CHARS:
            text = text[: MAX_CELL_CHARS - 1] + "…"
        if self.link_base and text.startswith("/v1/") and len(self.link_base + text) < 2000:
            self.sheet.write_url(row, at, self.link_base + text, self.styles.link, string=text)
            return
        style = self.styles.wrapped if self.columns[at].wrap else self.styles.text
        self.sheet.write_string(row, at, text, style)

    def series(self, column: int, *, labels: int, colour: str, line: bool = False) -> dict[str, Any]:
        """A chart series over the rows written so far."""
        name, last = self.sheet.get_name(), max(self.n_rows, 1)
        drawn: dict[str, Any] = {"fill": {"color": colour}, "gap": 60}
        if line:
            marker = {"type": "circle", "size": 5, "fill": {"color": "#FFFFFF"}, "border": {"color": colour}}
            drawn = {"line": {"color": colour, "width": 1.5}, "marker": marker, "y2_axis": True}
        return {
            "name": [name, 0, column],
            "categories": [name, 1, labels, last, labels],
            "values": [name, 1, column, last, column],
            **drawn,
        }

    def place(self, chart: Any, title: str, size: dict[str, int]) -> None:
        """The chart below the table."""
        chart.set_title({"name": title, "name_font": {"size": 12, "bold": True}})
        chart.set_legend({"position": "bottom"})
        chart.set_y_axis({"major_gridlines": {"visible": True, "line": {"color": "#E4E6E9"}}, "min": 0})
        chart.set_size(size)
        self.sheet.insert_chart(self.n_rows + 2, 0, chart)


def change_cells(change: Change, verdict: str) -> list[Any]:
    """Last month's figure, the difference, its interval, the verdict."""
    ends = change.difference.interval_figures() if change.difference else (None, None)
    return [change.previous, change.difference, *ends, verdict]
