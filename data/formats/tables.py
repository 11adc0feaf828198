"""Any usual file as rows: CSV, TSV, XLSX/XLS/ODS, JSON, JSON lines, Parquet, plain text."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from data.formats.delimited import read_delimited
from data.formats.encodings import has_broken_bytes, open_text, unreadable
from data.formats.json_lines import read_json, read_json_lines
from data.formats.rows import Row, broken_bytes
from data.formats.sheets import read_sheet
from models.core.errors import FieldError, FileFormatError

_PARQUET_BATCH_ROWS = 256
_SAME_KIND = {
    "ndjson": "jsonl",
    "xls": "xlsx",
    "xlsm": "xlsx",
    "xlsb": "xlsx",
    "ods": "xlsx",
    "pq": "parquet",
    "log": "txt",
}
_SHEET_HEADS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


def read_rows(path: Path, *, kind: str = "auto") -> Iterator[Row]:
    """Rows of ``path``; ``auto`` as ``kind`` goes by the first bytes, then by the ending.

    Raises ``FileFormatError`` for a file that cannot be read at all, ``FieldError`` for an unknown format.
    """
    check_kind(kind)
    kind = _kind(path) if kind == "auto" else kind
    return _READERS[kind](path)


def check_kind(kind: str) -> None:
    """Raises ``FieldError`` for a format that is neither ``auto`` nor known."""
    if kind != "auto" and kind not in _READERS:
        known = "、".join(("auto", *_READERS))
        raise FieldError(
            field="--format", reason=f"不支持「{kind}」，可用：{known}", reason_en=f"{kind!r}; one of {known}"
        )


def column_names(path: Path, *, kind: str = "auto") -> list[str]:
    """Columns of the first readable row (empty for an empty file)."""
    for row in read_rows(path, kind=kind):
        if row.values is not None:
            return list(row.values)
    return []


def text_of(value: Any) -> str:
    """A cell as text: numbers without a trailing ``.0``, nothing (also not-a-number) as the empty string."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, float):
        if math.isnan(value):
            return ""
        return str(int(value)) if value.is_integer() else str(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)


def _kind(path: Path) -> str:
    suffix = path.suffix.lower().lstrip(".")
    kind = _SAME_KIND.get(suffix, suffix)
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except OSError as error:
        raise unreadable(path, error) from error
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(_SHEET_HEADS):
        return "xlsx"
    if head.startswith(b"\x1f\x8b"):
        raise FileFormatError(
            path=str(path), reason="这是压缩文件，请先解压", reason_en="it is compressed; unpack it first"
        )
    if kind == "xlsx" and head:
        return _kind_of_disguised(path, head)
    return kind if kind in _READERS else "csv"


def _kind_of_disguised(path: Path, head: bytes) -> str:
    """What other systems export as .xls is often a web page or a table of text."""
    if head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        raise FileFormatError(
            path=str(path),
            reason="内容是网页而不是表格，请用表格软件打开后另存为 .xlsx",
            reason_en="it is a web page, not a sheet; open it in a spreadsheet and save it as .xlsx",
        )
    return "csv"


def _read_parquet(path: Path) -> Iterator[Row]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 0
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=_PARQUET_BATCH_ROWS):
                for values in batch.to_pylist():
                    number += 1
                    yield Row(number, values)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise FileFormatError(
            path=str(path), reason="不是可读的 Parquet 文件", reason_en="not a readable Parquet file"
        ) from error


def _read_text(path: Path) -> Iterator[Row]:
    with open_text(path) as file:
        for number, line in enumerate(file, 1):
            text = line.strip("\ufeff\r\n")
            if has_broken_bytes(text):
                yield broken_bytes(number)
            elif text.strip():
                yield Row(number, {"text": text})
    if not path.stat().st_size:
        raise FileFormatError(path=str(path), reason="文件为空", reason_en="it is empty")


def _read_tsv(path: Path) -> Iterator[Row]:
    return read_delimited(path, delimiter="\t")


_READERS: Mapping[str, Callable[[Path], Iterator[Row]]] = {
    "csv": read_delimited,
    "tsv": _read_tsv,
    "xlsx": read_sheet,
    "jsonl": read_json_lines,
    "json": read_json,
    "parquet": _read_parquet,
    "txt": _read_text,
}
