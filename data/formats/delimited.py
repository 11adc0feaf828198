"""CSV and TSV, row by row; a stray quote costs one row, never the rest of the file."""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from data.formats.encodings import has_broken_bytes, open_text
from data.formats.rows import Row, bad_row, broken_bytes, distinct_names
from models.core.errors import FileFormatError

MAX_LINES_PER_ROW = 2000
_FIELD_LIMIT_CHARS = 1 << 27
_SEPARATOR_LINE = re.compile(r"sep=([,;|\t])\s*")


def read_delimited(path: Path, *, delimiter: str | None = None) -> Iterator[Row]:
    """Rows of a CSV or TSV file; ``delimiter`` ``None`` looks at the header (comma, tab, semicolon, bar).

    A bad row comes out as a ``Row`` with an ``error``; rows without any value are passed over. Raises
    ``FileFormatError`` without a usable header.
    """
    csv.field_size_limit(_FIELD_LIMIT_CHARS)
    with open_text(path, newline="") as file:
        lines = _Lines(file)
        first = lines.peek()
        if first is None:
            raise FileFormatError(path=str(path), reason="文件为空", reason_en="it is empty")
        if found := _SEPARATOR_LINE.fullmatch(first):
            lines.take(1)
            delimiter = found[1]
        delimiter = delimiter or _guess_delimiter(first)
        header = _header(lines, delimiter, path)
        while (line := lines.peek()) is not None:
            if not line.strip("\r\n"):
                lines.take(1)
                continue
            row = _next_row(lines, header, delimiter)
            if row.values is None or any(row.values.values()):
                yield row


class _Lines:
    """Physical lines with look-ahead and their 1-based numbers."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._ahead: deque[str] = deque()
        self.number = 1

    def peek(self, at: int = 0) -> str | None:
        while len(self._ahead) <= at:
            line = self._file.readline()
            if not line:
                return None
            self._ahead.append(line)
        return self._ahead[at]

    def take(self, n_lines: int) -> None:
        for _ in range(n_lines):
            self._ahead.popleft()
        self.number += n_lines

    def from_here(self, limit: int) -> Iterator[str]:
        for at in range(limit):
            line = self.peek(at)
            if line is None:
                return
            yield line


def _guess_delimiter(line: str) -> str:
    return max(",\t;|", key=line.count)


def _header(lines: _Lines, delimiter: str, path: Path) -> list[str]:
    values, n_lines = _parse(lines, delimiter)
    if values is None or not any(value.strip("\ufeff\0 \t") for value in values):
        raise FileFormatError(
            path=str(path), reason="第一行应是列名", reason_en="the first line should name the columns"
        )
    lines.take(n_lines)
    return distinct_names([value.strip("\ufeff\0 \t") for value in values])


def _next_row(lines: _Lines, header: list[str], delimiter: str) -> Row:
    number = lines.number
    values, n_lines = _parse(lines, delimiter)
    if values is not None and len(values) > len(header):
        values = _without_empty_tail(values, header, delimiter)
    if values is None or (len(values) != len(header) and n_lines > 1):
        lines.take(1)
        return bad_row(number, "引号没有成对，这一行未读入", "a quote is not closed; the line was left out")
    lines.take(n_lines)
    if len(values) != len(header):
        return bad_row(
            number,
            f"应有 {len(header)} 列，实有 {len(values)} 列",
            f"{len(header)} columns expected, {len(values)} found",
        )
    if any(has_broken_bytes(value) for value in values):
        return broken_bytes(number)
    return Row(number, dict(zip(header, values, strict=True)))


def _without_empty_tail(values: list[str], header: list[str], delimiter: str) -> list[str]:
    """Surplus values that are empty are dropped; a lone column holds its line whole, delimiters and all."""
    if not any(value.strip() for value in values[len(header) :]):
        return values[: len(header)]
    return [delimiter.join(values)] if len(header) == 1 else values


def _parse(lines: _Lines, delimiter: str) -> tuple[list[str] | None, int]:
    """One record and the number of lines it took; ``None`` where a quote is never closed."""
    for strict in (True, False):
        source = _Counted(lines.from_here(MAX_LINES_PER_ROW))
        try:
            values = next(csv.reader(source, delimiter=delimiter, strict=strict))
        except StopIteration:
            return None, 1
        except csv.Error:
            if source.n > 1:
                return None, source.n
            continue
        return values, source.n
    return None, 1


class _Counted:
    """An iterator that says how many it gave."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self.n = 0

    def __iter__(self) -> _Counted:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.n += 1
        return line
