"""Spreadsheets, first sheet: merged cells are filled, titles above the header are passed over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from data.formats.rows import Row, distinct_names
from models.core.errors import FileFormatError

_HEADER_SEARCH_ROWS = 10
_MAX_CELLS = 20_000_000
_MAX_NAME_CHARS = 30
_NAME = re.compile(r"(?=.*[^\W\d_])[^，。！？；：]*", re.DOTALL)

Cells = list[list[Any]]
MergedRanges = list[tuple[tuple[int, int], tuple[int, int]]]


def read_sheet(path: Path) -> Iterator[Row]:
    """Rows of the first sheet that has any. ``line`` is the row number as the spreadsheet shows it.

    The header is the first of the top ten rows with the most cells that look like names (short, with
    letters, no sentence). A merged cell counts for every row it covers. Raises ``FileFormatError``.
    """
    cells, merged = _first_sheet(path)
    if not any(_is_filled(value) for row in cells for value in row):
        raise FileFormatError(path=str(path), reason="表格为空", reason_en="the sheet is empty")
    _fill_merged(cells, merged)
    at = _header_at(cells)
    header = distinct_names(
        [" ".join(str(value).split()) or f"column{i + 1}" for i, value in enumerate(cells[at])]
    )
    for number, values in enumerate(cells[at + 1 :], at + 2):
        if any(_is_filled(value) for value in values):
            yield Row(number, dict(zip(header, values, strict=False)))


def _first_sheet(path: Path) -> tuple[Cells, MergedRanges]:
    from python_calamine import CalamineError, load_workbook

    try:
        workbook = load_workbook(str(path))
        sheets = (workbook.get_sheet_by_name(name) for name in workbook.sheet_names)
        sheet = next((sheet for sheet in sheets if sheet.height), None)
        if sheet is None:
            return [], []
        _check_size(path, *(sheet.end or (0, 0)))
        return sheet.to_python(skip_empty_area=False), sheet.merged_cell_ranges or []
    except (CalamineError, OSError, ValueError) as error:
        raise FileFormatError(
            path=str(path),
            reason="不是可读的表格文件（可能有密码或已损坏），请另存为 .xlsx 再试",
            reason_en="not a readable spreadsheet (protected or damaged?); save it as .xlsx",
        ) from error


def _check_size(path: Path, last_row: int, last_column: int) -> None:
    """One stray value in the last corner of a sheet would make billions of empty cells."""
    if (last_row + 1) * (last_column + 1) > _MAX_CELLS:
        raise FileFormatError(
            path=str(path),
            reason=f"表格范围过大（{last_row + 1} 行 × {last_column + 1} 列），请删去角落里多余的内容，或另存为 .csv",
            reason_en=f"it spans {last_row + 1} x {last_column + 1} cells; remove stray values or save it as .csv",
        )


def _fill_merged(cells: Cells, ranges: MergedRanges) -> None:
    for (top, left), (bottom, right) in ranges:
        if top >= len(cells) or left >= len(cells[top]):
            continue
        value = cells[top][left]
        for row in cells[top : bottom + 1]:
            row[left : right + 1] = [value] * len(row[left : right + 1])


def _header_at(cells: Cells) -> int:
    top = cells[:_HEADER_SEARCH_ROWS]
    return max(range(len(top)), key=lambda i: (_n_names(top[i]), -i))


def _n_names(row: list[Any]) -> int:
    texts = {value.strip() for value in row if isinstance(value, str)}
    return sum(1 for text in texts if len(text) <= _MAX_NAME_CHARS and _NAME.fullmatch(text))


def _is_filled(value: Any) -> bool:
    return value is not None and value != "" and not (isinstance(value, str) and not value.strip())
