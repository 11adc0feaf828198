"""CSV and TSV, row by row; a stray quote costs one row, never the rest of the file."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from data.formats.encodings import detect_encoding
from data.formats.rows import Row
from models.core.errors import FileFormatError, RowError

MAX_LINES_PER_ROW = 2000
_FIELD_LIMIT_CHARS = 1 << 24


def read_delimited(path: Path, *, delimiter: str | None = None) -> Iterator[Row]:
    """Rows of a CSV or TSV file; ``delimiter`` ``None`` looks at the header (comma, tab, semicolon, bar).

    A bad row comes out as a ``Row`` with an ``error``. Raises ``FileFormatError`` without a usable header.
    """
    csv.field_size_limit(_FIELD_LIMIT_CHARS)
    encoding = detect_encoding(path)
    with path.open(encoding=encoding, errors="surrogateescape", newline="") as file:
        lines = _Lines(file)
        first = lines.peek()
        if first is None:
            raise FileFormatError(path=path.name, reason="文件为空", reason_en="it is empty")
        delimiter = delimiter or _guess_delimiter(first)
        header = _header(lines, delimiter, path)
        while (line := lines.peek()) is not None:
            if not line.strip("\r\n"):
                lines.take(1)
                continue
            yield _next_row(lines, header, delimiter)


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
            yield line.replace("\0", "")


def _guess_delimiter(line: str) -> str:
    return max(",\t;|", key=line.count)


def _header(lines: _Lines, delimiter: str, path: Path) -> list[str]:
    values, n_lines = _parse(lines, delimiter)
    if values is None or not any(value.strip() for value in values):
        raise FileFormatError(
            path=path.name, reason="第一行应是列名", reason_en="the first line should name the columns"
        )
    lines.take(n_lines)
    names = [value.strip().lstrip("\ufeff") for value in values]
    if len(set(names)) != len(names):
        names = [name if names.index(name) == i else f"{name}#{i + 1}" for i, name in enumerate(names)]
    return names


def _next_row(lines: _Lines, header: list[str], delimiter: str) -> Row:
    number = lines.number
    values, n_lines = _parse(lines, delimiter)
    if values is not None and len(values) > len(header) and not any(v.strip() for v in values[len(header) :]):
        values = values[: len(header)]
    if values is None or (len(values) != len(header) and n_lines > 1):
        lines.take(1)
        return _bad(number, "引号没有成对，这一行未读入", "a quote is not closed; the line was left out")
    lines.take(n_lines)
    if len(values) != len(header):
        return _bad(
            number,
            f"应有 {len(header)} 列，实有 {len(values)} 列",
            f"{len(header)} columns expected, {len(values)} found",
        )
    if any("\udc80" <= char <= "\udcff" for value in values for char in value):
        return _bad(number, "含有无法解码的字节，请检查文件编码", "bytes that cannot be decoded")
    return Row(number, dict(zip(header, values, strict=True)))


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
    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self.n = 0

    def __iter__(self) -> _Counted:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.n += 1
        return line


def _bad(line: int, reason: str, reason_en: str) -> Row:
    return Row(line, None, RowError(line=line, reason=reason, reason_en=reason_en))
