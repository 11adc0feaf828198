"""``voc ingest``: files into the database. A bad row costs itself, never the run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain, islice
from pathlib import Path

from data.formats.columns import ColumnMap, check_fields
from data.formats.rejects import RejectsFile
from data.formats.rows import Row
from data.formats.tables import check_kind, read_rows
from data.formats.transcripts import ReadingRules, RowNumbering, transcript_from
from models.core.errors import ConflictError, RowError, VocError
from models.core.transcript import Transcript
from service.database import transcripts
from service.database.engine import Database
from service.database.records import Outcome, TranscriptRecord
from service.ingest.interruption import whole_step
from service.ingest.isolation import each_or_error
from service.ingest.workers import BuildMaker, Made, build_maker, make_records, n_workers
from service.settings import Settings

BATCH_ROWS = 200
MIN_ROWS_FOR_PROCESSES = 1000
_HEAD_ROWS = 100
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
    """Every row read ends in exactly one of stored, duplicates and rejected.

    ``stored_without_time`` are those of the stored that count as of their arrival, for want of a time.
    """

    read: int = 0
    stored: int = 0
    duplicates: int = 0
    rejected: int = 0
    rejects_file: str | None = None
    stored_without_time: int = 0


@dataclass(frozen=True, slots=True)
class _Numbered:
    """A transcript and the line of the file it came from."""

    line: int
    transcript: Transcript


def ingest_files(
    settings: Settings,
    database: Database,
    request: IngestRequest,
    *,
    progress: Progress | None = None,
    counts: IngestCounts | None = None,
    build: BuildMaker = build_maker,
) -> IngestCounts:
    """Store all rows of all files, in transactions of ``BATCH_ROWS``.

    ``counts`` is filled as the work goes on, so a caller knows them also where this raises. Raises
    ``InputError`` for a wrong request or a file that cannot be read at all, ``StorageError`` and
    ``JobError`` where the work cannot go on; what was stored until then stays, and running the same again
    stores nothing twice. Ctrl-C ends it between two transactions, so ``counts`` tells what is stored.
    """
    counts = counts if counts is not None else IngestCounts()
    check_kind(request.kind)
    check_fields(request.mapping)
    with RejectsFile.in_folder(request.rejects_folder, request.now) as rejects:
        run = _Run(settings, database, request, counts, rejects, progress, build)
        for path in request.paths:
            run.ingest(path)
    return counts


@dataclass(frozen=True, slots=True)
class _Run:
    """One call of ``ingest_files``."""

    settings: Settings
    database: Database
    request: IngestRequest
    counts: IngestCounts
    rejects: RejectsFile
    progress: Progress | None
    build: BuildMaker

    def ingest(self, path: Path) -> None:
        numbered = self._read(path)
        head = list(islice(numbered, MIN_ROWS_FOR_PROCESSES))
        waiting: list[list[_Numbered]] = []

        def batches() -> Iterator[list[Transcript]]:
            for batch in _batched(chain(head, numbered), BATCH_ROWS):
                waiting.append(batch)
                yield [item.transcript for item in batch]

        many = len(head) == MIN_ROWS_FOR_PROCESSES
        processes = n_workers(self.settings) if many else 1
        for _, made in make_records(
            self.settings, batches(), now=self.request.now, processes=processes, build=self.build
        ):
            with whole_step():
                self._store(path, waiting.pop(0), made)
                self.rejects.flush()
            if self.progress:
                self.progress(len(made))
        self.rejects.flush()

    def _read(self, path: Path) -> Iterator[_Numbered]:
        """The transcripts of a file; rows that are none are rejected on the way."""
        rows = self._readable(path, read_rows(path, kind=self.request.kind))
        head = list(islice(rows, _HEAD_ROWS))
        if not head:
            return
        rules = ReadingRules(
            zone=self.settings.zone,
            now=self.request.now,
            channel=self.request.channel,
            max_chars=self.settings.max_text_chars,
        )
        names = dict.fromkeys(str(name) for row in head for name in row.values or ())
        columns = ColumnMap(list(names), self.request.mapping)
        numbering = RowNumbering()
        for row in chain(head, rows):
            try:
                transcript = _transcript(row, rules, columns)
            except VocError as error:
                self._reject(path, row.line, error)
                continue
            if transcript.external_id is None:
                transcript = replace(transcript, external_id=numbering.id_for(transcript))
            yield _Numbered(row.line, transcript)

    def _readable(self, path: Path, rows: Iterable[Row]) -> Iterator[Row]:
        for row in rows:
            self.counts.read += 1
            if row.values is not None:
                yield row
            elif row.error is not None:
                self._reject(path, row.line, row.error)

    def _store(self, path: Path, batch: Sequence[_Numbered], made: Made) -> None:
        records = [record for record in made if isinstance(record, TranscriptRecord)]
        outcomes = iter(self._insert(records))
        for item, record in zip(batch, made, strict=True):
            result = next(outcomes) if isinstance(record, TranscriptRecord) else record
            if isinstance(result, VocError):
                self._reject(path, item.line, result)
            elif result.status == "stored":
                self.counts.stored += 1
                self.counts.stored_without_time += "occurred_at_missing" in item.transcript.extra
            elif result.status == "duplicate":
                self.counts.duplicates += 1
            else:
                known_as = record.row.external_id if isinstance(record, TranscriptRecord) else None
                self._reject(path, item.line, ConflictError(external_id=known_as))

    def _insert(self, records: Sequence[TranscriptRecord]) -> list[Outcome | VocError]:
        """All in one transaction; where the database refuses one of them, each in its own.

        Raises ``StorageError`` where the database cannot store anything.
        """

        def insert(part: Sequence[TranscriptRecord]) -> list[Outcome]:
            with self.database.begin() as connection:
                return list(transcripts.insert_many(connection, self.settings.tenant, part))

        return each_or_error(insert, records)

    def _reject(self, path: Path, line: int, error: VocError) -> None:
        self.counts.rejected += 1
        self.rejects.add(path, line, error)
        self.counts.rejects_file = self.rejects.path_if_any()


def _transcript(row: Row, rules: ReadingRules, columns: ColumnMap) -> Transcript:
    """Raises ``VocError``, also for a row that nobody thought of: one row must not end the run."""
    values = row.values or {}
    try:
        return transcript_from(values, rules, columns.of(values))
    except VocError:
        raise
    except Exception as error:
        kind = type(error).__name__
        raise RowError(
            line=row.line, reason=f"这一行无法处理（{kind}）", reason_en=f"it cannot be read ({kind})"
        ) from error


def _batched(items: Iterable[_Numbered], size: int) -> Iterator[list[_Numbered]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
