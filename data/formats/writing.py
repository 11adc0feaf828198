"""Rows into a file, by its ending: JSON lines, CSV (UTF-8 with BOM, for spreadsheets) or Parquet."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from data.formats.tables import text_of
from models.core.errors import FieldError

_PARQUET_BATCH = 5000
_FORMULA_START = ("=", "+", "-", "@", "\t", "\r")


def write_rows(out: Path, rows: Iterable[Mapping[str, Any]]) -> int:
    """Write ``rows`` and return how many. The file appears only when it is whole.

    Raises ``FieldError`` for an ending that is not .jsonl, .csv or .parquet.
    """
    writers = {".jsonl": _write_jsonl, ".csv": _write_csv, ".parquet": _write_parquet}
    writer = writers.get(out.suffix.lower())
    if writer is None:
        raise FieldError(
            field="--out",
            reason="结尾应为 .jsonl、.csv 或 .parquet",
            reason_en="ending .jsonl, .csv, .parquet",
        )
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_name(f".{out.name}.part-{os.getpid()}")
    try:
        n = writer(part, rows)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return n


def _write_jsonl(path: Path, rows: Iterable[Mapping[str, Any]]) -> int:
    n = 0
    with path.open("wb") as file:
        for n, row in enumerate(rows, 1):  # noqa: B007
            file.write(orjson.dumps(row, default=str, option=orjson.OPT_NON_STR_KEYS) + b"\n")
    return n


def _write_csv(path: Path, rows: Iterable[Mapping[str, Any]]) -> int:
    n = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer: csv.DictWriter[str] | None = None
        for n, row in enumerate(rows, 1):  # noqa: B007
            if writer is None:
                writer = csv.DictWriter(file, list(row), extrasaction="ignore")
                writer.writeheader()
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
    finally:
        if writer is not None:
            writer.close()
    if writer is None:
        pq.write_table(pa.table({}), path)
    return n
