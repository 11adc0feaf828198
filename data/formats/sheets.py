"""Spreadsheets, first sheet: merged cells are filled, titles above the header are passed over."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from data.formats.rows import Row
from models.core.errors import FileFormatError

_HEADER_SEARCH_ROWS = 10


def read_sheet(path: Path) -> Iterator[Row]:
    """Rows of the first sheet that has any. ``line`` is the row number as the spreadsheet shows it.

    The header is the first of the top ten rows with the most text cells. A merged cell counts for every
    row it covers. Raises ``FileFormatError``.
    """
    from python_calamine import CalamineError, load_workbook

    try:
        workbook = load_workbook(str(path))
        sheets = [workbook.get_sheet_by_name(name) for name in workbook.sheet_names]
        sheet = next((sheet for sheet in sheets if sheet.height), None)
        cells = sheet.to_python(skip_empty_area=False) if sheet else []
        merged = (sheet.merged_cell_ranges or []) if sheet else []
    except (CalamineError, OSError, ValueError) as error:
        raise FileFormatError(
            path=path.name,
            reason="不是可读的表格文件（可能有密码或已损坏），请另存为 .xlsx 再试",
            reason_en="not a readable spreadsheet (protected or damaged?); save it as .xlsx",
        ) from error
    if not cells:
        raise FileFormatError(path=path.name, reason="表格为空", reason_en="the sheet is empty")
    _fill_merged(cells, merged)
    at = _header_at(cells)
    header = [str(value).strip() or f"column{i + 1}" for i, value in enumerate(cells[at])]
    for number, values in enumerate(cells[at + 1 :], at + 2):
        if any(value not in ("", None) for value in values):
            yield Row(number, dict(zip(header, values, strict=False)))


def _fill_merged(cells: list[list[Any]], ranges: list[tuple[tuple[int, int], tuple[int, int]]]) -> None:
    for (top, left), (bottom, right) in ranges:
        if top >= len(cells) or left >= len(cells[top]):
            continue
        value = cells[top][left]
        for row in cells[top : bottom + 1]:
            row[left : right + 1] = [value] * len(row[left : right + 1])


def _header_at(cells: list[list[Any]]) -> int:
    def n_names(row: list[Any]) -> int:
        return len({value for value in row if isinstance(value, str) and value.strip()})

    top = cells[:_HEADER_SEARCH_ROWS]
    return max(range(len(top)), key=lambda i: (n_names(top[i]), -i))
