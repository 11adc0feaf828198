"""Texts with opinions in the column form ``subject:polarity|…``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from data.formats.mapping import cell
from data.formats.tables import read_rows
from models.classify.aspect_values import parse_opinions
from models.core.errors import FieldError, FileFormatError, RowError


@dataclass(frozen=True, slots=True)
class AspectTable:
    """``labels`` holds the pairs of each text, none where the cell is empty; ``rejected`` are unusable rows."""

    texts: tuple[str, ...]
    labels: tuple[tuple[tuple[str, int], ...], ...]
    rejected: tuple[RowError, ...]


def read_aspects(path: Path, mapping: Mapping[str, str] | None = None) -> AspectTable:
    """All rows; ``mapping`` names the columns of ``text`` and ``opinions``.

    Raises ``ColumnError`` for a column that is not there, ``FileFormatError`` where no row is usable.
    """
    names = {name: (mapping or {}).get(name, name) for name in ("text", "opinions")}
    texts, labels, rejected = [], [], []
    for row in read_rows(path):
        if row.values is None:
            rejected.append(row.error or _rejected(row.line, "无法读取", "it cannot be read"))
            continue
        text = cell(row.values, names["text"])
        try:
            pairs = parse_opinions(cell(row.values, names["opinions"]))
        except FieldError as error:
            rejected.append(_rejected(row.line, error.message("zh"), error.message("en")))
            continue
        if text.strip():
            texts.append(text)
            labels.append(pairs)
        else:
            rejected.append(_rejected(row.line, "文本为空", "the text is empty"))
    if not texts:
        raise FileFormatError(path=path.name, reason="没有可用的行", reason_en="no usable row")
    return AspectTable(tuple(texts), tuple(labels), tuple(rejected))


def _rejected(line: int, reason: str, reason_en: str) -> RowError:
    return RowError(line=line, reason=reason, reason_en=reason_en)
