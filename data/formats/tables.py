"""Any usual file as rows: CSV, TSV, XLSX/XLS/ODS, JSON lines, Parquet, plain text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from data.formats.delimited import read_delimited
from data.formats.encodings import detect_encoding
from data.formats.rows import Row
from data.formats.sheets import read_sheet
from models.core.errors import FieldError, FileFormatError, RowError

_PARQUET_BATCH_ROWS = 1024


def read_rows(path: Path, *, kind: str = "auto") -> Iterator[Row]:
    """Rows of ``path``; ``auto`` as ``kind`` goes by the ending, then by the first bytes.

    Raises ``FileFormatError`` for a file that cannot be read at all, ``FieldError`` for an unknown format.
    """
    if not path.is_file():
        raise FileFormatError(path=str(path), reason="文件不存在", reason_en="there is no such file")
    kind = _kind(path) if kind == "auto" else kind
    reader = _READERS.get(kind)
    if reader is None:
        known = "、".join(sorted(_READERS))
        raise FieldError(
            field="format", reason=f"不支持「{kind}」，可用：{known}", reason_en=f"{kind!r}; one of {known}"
        )
    return reader(path)


def column_names(path: Path, *, kind: str = "auto") -> list[str]:
    """Columns of the first readable row (empty for an empty file)."""
    for row in read_rows(path, kind=kind):
        if row.values is not None:
            return list(row.values)
    return []


def _kind(path: Path) -> str:
    suffix = path.suffix.lower().lstrip(".")
    known = {"ndjson": "jsonl", "xls": "xlsx", "xlsm": "xlsx", "ods": "xlsx", "xlsb": "xlsx", "pq": "parquet"}
    kind = known.get(suffix, suffix)
    with path.open("rb") as file:
        head = file.read(4)
    if head == b"PAR1":
        return "parquet"
    if head.startswith(b"PK\x03\x04") and kind not in ("xlsx",):
        return "xlsx"
    return kind if kind in _READERS else "csv"


def _read_jsonl(path: Path) -> Iterator[Row]:
    encoding = detect_encoding(path)
    with path.open(encoding=encoding, errors="surrogateescape") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                values = orjson.loads(line)
            except (orjson.JSONDecodeError, UnicodeEncodeError):
                yield _bad(number, "不是合法的 JSON", "not valid JSON")
                continue
            if isinstance(values, dict):
                yield Row(number, values)
            else:
                yield _bad(number, "应是一个 JSON 对象", "a JSON object is expected")


def _read_parquet(path: Path) -> Iterator[Row]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 1
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=_PARQUET_BATCH_ROWS):
                for values in batch.to_pylist():
                    number += 1
                    yield Row(number, values)
    except (pa.ArrowException, OSError) as error:
        raise FileFormatError(
            path=path.name, reason="不是可读的 Parquet 文件", reason_en="not a readable Parquet file"
        ) from error


def _read_text(path: Path) -> Iterator[Row]:
    encoding = detect_encoding(path)
    with path.open(encoding=encoding, errors="surrogateescape") as file:
        for number, line in enumerate(file, 1):
            text = line.rstrip("\r\n")
            if any("\udc80" <= char <= "\udcff" for char in text):
                yield _bad(number, "含有无法解码的字节", "bytes that cannot be decoded")
            elif text.strip():
                yield Row(number, {"text": text})


def _read_tsv(path: Path) -> Iterator[Row]:
    return read_delimited(path, delimiter="\t")


def _bad(line: int, reason: str, reason_en: str) -> Row:
    return Row(line, None, RowError(line=line, reason=reason, reason_en=reason_en))


_READERS: Mapping[str, Callable[[Path], Iterator[Row]]] = {
    "csv": read_delimited,
    "tsv": _read_tsv,
    "xlsx": read_sheet,
    "jsonl": _read_jsonl,
    "parquet": _read_parquet,
    "txt": _read_text,
}


def text_of(value: Any) -> str:
    """A cell as text: numbers without a trailing ``.0``, nothing as the empty string."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
