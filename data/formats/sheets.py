"""Spreadsheets, first sheet: merged cells are filled, titles above the header are passed over."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from functools import reduce
from pathlib import Path
from typing import IO, Any

from data.formats.columns import KNOWN_NAMES
from data.formats.rows import Row, distinct_names
from models.core.errors import FileFormatError

_HEADER_SEARCH_ROWS = 10
_MAX_CELLS = 20_000_000
_WORKSHEET = re.compile(r"xl/worksheets/[^/]*\.xml")
_CELL = re.compile(rb'[<:]c [^>]{0,200}?\br="([A-Z]{1,3})(\d{1,7})"')
_CHUNK_BYTES = 1 << 20
_LONGEST_CELL_BYTES = 250
_MAX_NAME_CHARS = 30
_NAME = re.compile(r"(?=.*[^\W\d_])[^，。！？；：]*", re.DOTALL)

Cells = list[list[Any]]
MergedRanges = list[tuple[tuple[int, int], tuple[int, int]]]


def read_sheet(path: Path) -> Iterator[Row]:
    """Rows of the first sheet that has any. ``line`` is the row number as the spreadsheet shows it.

    The header is that of the top ten rows with a well-known column name, or else with the most cells that
    look like names (short, with letters, no sentence); the first of equals. A merged cell counts for every
    row it covers. Raises ``FileFormatError``.
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
        if zipfile.is_zipfile(path):
            _check_extents(path)
        workbook = load_workbook(str(path))
        sheets = (workbook.get_sheet_by_name(name) for name in workbook.sheet_names)
        sheet = next((sheet for sheet in sheets if sheet.height), None)
        if sheet is None:
            return [], []
        return sheet.to_python(skip_empty_area=False), sheet.merged_cell_ranges or []
    except (CalamineError, OSError, ValueError, zipfile.BadZipFile) as error:
        raise FileFormatError(
            path=str(path),
            reason="不是可读的表格文件（可能有密码或已损坏），请另存为 .xlsx 再试",
            reason_en="not a readable spreadsheet (protected or damaged?); save it as .xlsx",
        ) from error


def _check_extents(path: Path) -> None:
    """One stray value in the last corner of a sheet would make billions of empty cells.

    The reader would end the process on that, so the size is looked up in the file first.
    """
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if not _WORKSHEET.fullmatch(name):
                continue
            with archive.open(name) as file:
                n_rows, n_columns = _extent(file)
            if n_rows * n_columns > _MAX_CELLS:
                raise FileFormatError(
                    path=str(path),
                    reason=f"表格范围过大（{n_rows} 行 × {n_columns} 列），请删去角落里多余的内容，或另存为 .csv",
                    reason_en=f"it spans {n_rows} x {n_columns} cells; remove stray values or save it as .csv",
                )


def _extent(file: IO[bytes]) -> tuple[int, int]:
    """Last row and column with a cell, from the XML of a worksheet."""
    n_rows = n_columns = 0
    tail = b""
    while chunk := file.read(_CHUNK_BYTES):
        found = _CELL.findall(tail + chunk)
        tail = chunk[-_LONGEST_CELL_BYTES:]
        n_rows = max(n_rows, max((int(row) for row in {row for _, row in found}), default=0))
        n_columns = max(n_columns, max((_column_number(c) for c in {c for c, _ in found}), default=0))
    return n_rows, n_columns


def _column_number(letters: bytes) -> int:
    """A is 1, Z 26, AA 27."""
    return reduce(lambda number, letter: number * 26 + letter - 64, letters, 0)


def _fill_merged(cells: Cells, ranges: MergedRanges) -> None:
    for (top, left), (bottom, right) in ranges:
        if top >= len(cells) or left >= len(cells[top]):
            continue
        value = cells[top][left]
        for row in cells[top : bottom + 1]:
            row[left : right + 1] = [value] * len(row[left : right + 1])


def _header_at(cells: Cells) -> int:
    top = cells[:_HEADER_SEARCH_ROWS]
    return max(range(len(top)), key=lambda i: (*_header_signs(top[i]), -i))


def _header_signs(row: list[Any]) -> tuple[bool, int]:
    """Whether a cell is a well-known column name, and how many different cells look like names."""
    texts = {value.strip() for value in row if isinstance(value, str)}
    n_names = sum(1 for text in texts if len(text) <= _MAX_NAME_CHARS and _NAME.fullmatch(text))
    return not KNOWN_NAMES.isdisjoint(texts), n_names


def _is_filled(value: Any) -> bool:
    return value is not None and value != "" and not (isinstance(value, str) and not value.strip())
