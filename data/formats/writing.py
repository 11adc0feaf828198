"""Rows into a file, by its ending: JSON lines, CSV (UTF-8 with BOM, for spreadsheets) or Parquet."""

from __future__ import annotations

import contextlib
import csv
import errno
import os
from collections.abc import Callable, Iterable, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import Any

import orjson

from data.formats.tables import text_of
from models.core.errors import FieldError, StorageError

_PARQUET_BATCH = 5000
_HEADER_ROWS = 500
_FORMULA_START = ("=", "+", "-", "@", "\t", "\r")


def write_rows(out: Path, rows: Iterable[Mapping[str, Any]]) -> int:
    """Write ``rows`` and return how many. The file appears only when it is whole.

    Raises ``FieldError`` as ``check_out`` does, ``StorageError`` where the disk is full or not writable.
    """
    check_out(out)
    writer = _WRITERS[out.suffix.lower()]
    part = out.with_name(f".{out.name}.part-{os.getpid()}")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        n = writer(part, rows)
        part.replace(out)
    except OSError as error:
        raise StorageError(
            reason=f"{out} 无法写入（{'磁盘空间已满' if error.errno == errno.ENOSPC else error.strerror}）",
            reason_en=f"{out} cannot be written ({error.strerror})",
        ) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink()
    return n


def check_out(out: Path, *sources: Path) -> None:
    """Whether ``write_rows`` could write ``out``, before the work begins.

    Raises ``FieldError`` for an ending that is not .jsonl, .csv or .parquet, for a folder, and for one of
    the ``sources``.
    """
    reasons = (
        (
            out.suffix.lower() not in _WRITERS,
            "结尾应为 .jsonl、.csv 或 .parquet",
            "end it in .jsonl, .csv or .parquet",
        ),
        (out.is_dir(), f"{out} 是一个文件夹", f"{out} is a folder"),
        (
            out.exists() and any(source.exists() and out.samefile(source) for source in sources),
            "不能与输入文件相同",
            "it must not be the input file",
        ),
    )
    for is_wrong, reason, reason_en in reasons:
        if is_wrong:
            raise FieldError(field="--out", reason=reason, reason_en=reason_en)


def _write_jsonl(path: Path, rows: Iterable[Mapping[str, Any]]) -> int:
    n = 0
    with path.open("wb") as file:
        for n, row in enumerate(rows, 1):  # noqa: B007
            file.write(orjson.dumps(row, default=str, option=orjson.OPT_NON_STR_KEYS) + b"\n")
    return n


def _write_csv(path: Path, rows: Iterable[Mapping[str, Any]]) -> int:
    """The header has the columns of the first rows; a column that first comes later is left out."""
    n = 0
    iterator = iter(rows)
    head = list(islice(iterator, _HEADER_ROWS))
    columns = list(dict.fromkeys(name for row in head for name in row))
    with path.open("w", encoding="utf-8-sig", errors="replace", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        for n, row in enumerate(chain(head, iterator), 1):  # noqa: B007
            writer.writerow({key: safe_cell(value) for key, value in row.items()})
    return n


def safe_cell(value: Any) -> str:
    """A cell that no spreadsheet runs as a formula."""
    text = text_of(value)
    if isinstance(value, str) and text.startswith(_FORMULA_START):
        return "'" + text
    return text


def _write_parquet(path: Path, rows: Iterable[Mapping[str, Any]]) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    iterator = iter(rows)
    n = 0
    writer: Any = None
    try:
        while batch := list(islice(iterator, _PARQUET_BATCH)):
            table = pa.Table.from_pylist(
                [dict(row) for row in batch], schema=writer.schema if writer else None
            )
            writer = writer or pq.ParquetWriter(path, table.schema)
            writer.write_table(table)
            n += len(batch)
    except pa.ArrowException as error:
        raise FieldError(
            field="--out",
            reason="各行的列类型不一致，无法写成 .parquet，请改用 .jsonl",
            reason_en="the rows differ in the types of their columns; use .jsonl",
        ) from error
    finally:
        if writer is not None:
            writer.close()
    if writer is None:
        pq.write_table(pa.table({}), path)
    return n


_WRITERS: Mapping[str, Callable[[Path, Iterable[Mapping[str, Any]]], int]] = {
    ".jsonl": _write_jsonl,
    ".csv": _write_csv,
    ".parquet": _write_parquet,
}
