"""One row of a file, whatever the file was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models.core.errors import RowError


@dataclass(frozen=True, slots=True)
class Row:
    """``line`` is 1-based, as an editor or spreadsheet shows it (for Parquet and JSON arrays: the item's
    number); ``values`` is ``None`` where ``error`` says why."""

    line: int
    values: Mapping[str, Any] | None
    error: RowError | None = None


def bad_row(line: int, reason: str, reason_en: str) -> Row:
    return Row(line, None, RowError(line=line, reason=reason, reason_en=reason_en))


def broken_bytes(line: int) -> Row:
    return bad_row(
        line, "含有无法解码的字节，请检查文件编码", "bytes that cannot be decoded; check the encoding"
    )


def distinct_names(names: list[str]) -> list[str]:
    """Column names with repeats told apart: a, a -> a, a#2 (2 being the column's number)."""
    if len(set(names)) == len(names):
        return names
    return [name if names.index(name) == i else f"{name}#{i + 1}" for i, name in enumerate(names)]
