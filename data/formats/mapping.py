"""``--map FIELD=COLUMN`` options, and labelled tables read by them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.formats.rows import Row, bad_row
from data.formats.tables import read_rows, text_of
from models.core.errors import ColumnError, FieldError, FileFormatError, RowError


def parse_mapping(options: Sequence[str]) -> dict[str, str]:
    """``("text=内容", "label=类别")`` to a dict. Raises ``FieldError`` for an option of another form."""
    mapping = {}
    for option in options:
        name, equals, column = option.partition("=")
        if not equals or not name.strip() or not column.strip():
            raise FieldError(
                field="--map", reason=f"「{option}」应写成 字段=列名", reason_en=f"{option!r}: FIELD=COLUMN"
            )
        mapping[name.strip()] = column.strip()
    return mapping


@dataclass(frozen=True, slots=True)
class LabelledTable:
    """Rows with a text and a label; ``rejected`` are rows without one."""

    texts: tuple[str, ...]
    labels: tuple[str, ...]
    rejected: tuple[RowError, ...]


def read_labelled(path: Path, mapping: Mapping[str, str]) -> LabelledTable:
    """All rows of a labelled file; ``title+text`` as a column joins two columns by a space.

    Raises ``ColumnError`` for a column that is not there, ``FileFormatError`` where no row is usable.
    """
    texts, labels, rejected = [], [], []
    for row in _with_columns(read_rows(path), [mapping.get(name, name) for name in ("text", "label")]):
        if row.values is None:
            rejected.append(row.error or _row_error(row.line))
            continue
        text = cell(row.values, mapping.get("text", "text"))
        label = cell(row.values, mapping.get("label", "label"))
        if text.strip() and label.strip():
            texts.append(text)
            labels.append(label.strip())
        else:
            rejected.append(_row_error(row.line))
    if not texts:
        raise FileFormatError(path=path.name, reason="没有可用的行", reason_en="no usable row")
    return LabelledTable(tuple(texts), tuple(labels), tuple(rejected))


def read_texts(path: Path, mapping: Mapping[str, str]) -> Iterator[tuple[Row, str]]:
    """Rows with their text (empty where the row is broken). Raises ``ColumnError``."""
    for row in _with_columns(read_rows(path), [mapping.get("text", "text")]):
        yield row, "" if row.values is None else cell(row.values, mapping.get("text", "text"))


def cell(values: Mapping[str, Any], column: str) -> str:
    """One cell as text; ``a+b`` joins the columns a and b. Raises ``ColumnError``."""
    if column in values:
        return text_of(values[column])
    parts = [part.strip() for part in column.split("+")]
    missing = next((part for part in parts if part not in values), None)
    if missing is not None:
        raise ColumnError(column=missing, columns="、".join(str(name) for name in values))
    return " ".join(text_of(values[part]) for part in parts)


def _with_columns(rows: Iterable[Row], columns: Sequence[str]) -> Iterator[Row]:
    """The first row must have the columns (``ColumnError``); a later one without them costs itself."""
    is_first = True
    for row in rows:
        if row.values is not None:
            try:
                for column in columns:
                    cell(row.values, column)
            except ColumnError as error:
                if is_first:
                    raise
                row = bad_row(row.line, f"没有「{error.values['column']}」", f"no {error.values['column']!r}")
            is_first = False
        yield row


def _row_error(line: int) -> RowError:
    return RowError(line=line, reason="文本或标签为空", reason_en="the text or the label is empty")
