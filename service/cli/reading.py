"""Files as transcripts for the commands that need no database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any

import click

from data.formats.columns import ColumnMap
from data.formats.rejects import RejectsFile
from data.formats.rows import Row
from data.formats.tables import read_rows
from data.formats.transcripts import ReadingRules, transcript_from
from models.core.errors import VocError
from models.core.transcript import Transcript
from service.settings import Settings

_HEAD_ROWS = 100


@dataclass(frozen=True, slots=True)
class FileRow:
    """A row of a file as a transcript. ``values`` are its columns as they came."""

    path: Path
    line: int
    values: Mapping[str, Any]
    transcript: Transcript
    rejects: RejectsFile

    def reject(self, error: VocError) -> None:
        self.rejects.add(self.path, self.line, error)


def read_file(
    settings: Settings, path: Path, wanted: Mapping[str, str], rejects: RejectsFile
) -> Iterator[FileRow]:
    """Rows with a text or turns; the others go to ``rejects``.

    Raises ``ColumnError`` and ``FileFormatError`` at the call, not at the first row.
    """
    rows = read_rows(path)
    head = list(islice(rows, _HEAD_ROWS))
    names = dict.fromkeys(str(name) for row in head for name in row.values or ())
    columns = ColumnMap(list(names), wanted) if names else None
    rules = ReadingRules(settings.zone, datetime.now(UTC), max_chars=settings.max_text_chars)
    return _transcripts(path, chain(head, rows), rules, columns, rejects)


def report_rejects(rejects: RejectsFile) -> None:
    if rejects.n:
        click.echo(f"未读入 {rejects.n} 行，原因见 {rejects.path_if_any()}")


def _transcripts(
    path: Path, rows: Iterator[Row], rules: ReadingRules, columns: ColumnMap | None, rejects: RejectsFile
) -> Iterator[FileRow]:
    for row in rows:
        if row.values is None or columns is None:
            if row.error is not None:
                rejects.add(path, row.line, row.error)
            continue
        try:
            transcript = transcript_from(row.values, rules, columns.of(row.values))
        except VocError as error:
            rejects.add(path, row.line, error)
            continue
        yield FileRow(path, row.line, row.values, transcript, rejects)
