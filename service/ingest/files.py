"""``voc ingest``: files into the database. A bad row costs itself, never the run."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain, islice
from pathlib import Path

from data.formats.rows import Row
from data.formats.tables import read_rows
from data.formats.transcripts import ReadingRules, RowNumbering, map_columns, transcript_from
from models.core.errors import ConflictError, VocError
from models.core.transcript import Transcript
from service.database import transcripts
from service.database.engine import Database
from service.database.records import TranscriptRecord
from service.ingest.workers import make_records, n_workers
from service.settings import Settings

BATCH_ROWS = 200
MIN_ROWS_FOR_PROCESSES = 1000
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class IngestRequest:
    """``mapping`` is field to column; ``now`` is the arrival time of rows without one."""

    paths: Sequence[Path]
    now: datetime
    rejects_folder: Path
    kind: str = "auto"
    mapping: Mapping[str, str] = field(default_factory=dict)
    channel: str = "unknown"


@dataclass(slots=True)
class IngestCounts:
    """Every row read ends in exactly one of the three others."""

    read: int = 0
    stored: int = 0
    duplicates: int = 0
    rejected: int = 0
    rejects_file: str | None = None


@dataclass(frozen=True, slots=True)
class _Numbered:
    """A transcript and the line of the file it came from."""

    line: int
    transcript: Transcript


def ingest_files(
    settings: Settings, database: Database, request: IngestRequest, *, progress: Progress | None = None
) -> IngestCounts:
    """Store all rows of all files. Raises for a file that cannot be read at all; what was stored stays."""
    counts = IngestCounts()
    with _Rejects(request.rejects_folder, request.now) as rejects:
        for path in request.paths:
            numbered = _read(path, settings, request, counts, rejects)
            _store_all(settings, database, request, numbered, counts, rejects, path, progress)
        counts.rejects_file = rejects.path_if_any()
    return counts


def _read(
    path: Path, settings: Settings, request: IngestRequest, counts: IngestCounts, rejects: _Rejects
) -> Iterator[_Numbered]:
    rows = read_rows(path, kind=request.kind)
    first = next((row for row in _counting(rows, counts, rejects, path) if row.values is not None), None)
    if first is None or first.values is None:
        return
    rules = ReadingRules(
        zone=settings.zone,
        now=request.now,
        channel=request.channel,
        max_chars=settings.max_text_chars,
        columns=map_columns([str(name) for name in first.values], request.mapping),
    )
    numbering = RowNumbering()
    for row in chain([first], _counting(rows, counts, rejects, path)):
        try:
            transcript = transcript_from(row.values or {}, rules)
        except VocError as error:
            counts.rejected += 1
            rejects.add(path, row.line, error)
            continue
        if transcript.external_id is None:
            transcript = replace(transcript, external_id=numbering.id_for(transcript))
        yield _Numbered(row.line, transcript)


def _counting(rows: Iterable[Row], counts: IngestCounts, rejects: _Rejects, path: Path) -> Iterator[Row]:
    """Rows that could be read; the others go to the rejects file."""
    for row in rows:
        counts.read += 1
        if row.values is None:
            counts.rejected += 1
            if row.error is not None:
                rejects.add(path, row.line, row.error)
            continue
        yield row


def _store_all(
    settings: Settings,
    database: Database,
    request: IngestRequest,
    numbered: Iterator[_Numbered],
    counts: IngestCounts,
    rejects: _Rejects,
    path: Path,
    progress: Progress | None,
) -> None:
    head = list(islice(numbered, MIN_ROWS_FOR_PROCESSES))
    processes = n_workers(settings) if len(head) == MIN_ROWS_FOR_PROCESSES else 1
    lines: list[list[int]] = []

    def batches() -> Iterator[list[Transcript]]:
        for batch in _batched(chain(head, numbered), BATCH_ROWS):
            lines.append([item.line for item in batch])
            yield [item.transcript for item in batch]

    for batch, records in make_records(settings, batches(), now=request.now, processes=processes):
        batch_lines = lines.pop(0)
        _store(database, settings.tenant, records, batch_lines, counts, rejects, path)
        if progress:
            progress(len(batch))


def _store(
    database: Database,
    tenant: str,
    records: Sequence[TranscriptRecord],
    lines: Sequence[int],
    counts: IngestCounts,
    rejects: _Rejects,
    path: Path,
) -> None:
    with database.begin() as connection:
        outcomes = transcripts.insert_many(connection, tenant, records)
    for record, line, outcome in zip(records, lines, outcomes, strict=True):
        if outcome.status == "stored":
            counts.stored += 1
        elif outcome.status == "duplicate":
            counts.duplicates += 1
        else:
            counts.rejected += 1
            rejects.add(path, line, ConflictError(external_id=record.row.external_id))


def _batched(items: Iterable[_Numbered], size: int) -> Iterator[list[_Numbered]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


class _Rejects:
    """A CSV of rejected rows: file, line, code, reason. No text of customers is written to it."""

    def __init__(self, folder: Path, now: datetime) -> None:
        self._path = folder / f"rejects-{now:%Y%m%dT%H%M%S%f}.csv"
        self._file = None
        self._writer = None

    def __enter__(self) -> _Rejects:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, path: Path, line: int, error: VocError) -> None:
        if self._writer is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("w", encoding="utf-8-sig", newline="")
            self._writer = csv.writer(self._file)
            self._writer.writerow(["file", "line", "code", "reason", "reason_en"])
        self._writer.writerow([path.name, line, error.code, error.message("zh"), error.message("en")])

    def path_if_any(self) -> str | None:
        return str(self._path) if self._writer is not None else None
