"""Ingest when something breaks: a full disk, a lock, a poisonous transcript, a dying process."""

from __future__ import annotations

import csv
import os
import signal
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event
from stored_records import n_stored

from models.analysis.pipeline import AnalysedTranscript, Analyzer
from models.core.errors import JobError, StorageError
from models.core.transcript import Speaker, Transcript, Turn
from service.building import build_analyzer
from service.database.engine import Database, open_database
from service.database.migrate import migrate
from service.ingest import files
from service.ingest.digests import Digests
from service.ingest.files import IngestCounts, IngestRequest, ingest_files
from service.ingest.records import RecordMaker
from service.ingest.workers import make_records
from service.settings import Settings

NOW = datetime(2026, 11, 1, tzinfo=UTC)
POISON, DEADLY = "毒药一行", "致命一行"


class FailingAnalyzer:
    """The real analysis, but it fails on one text and kills its process on another."""

    def __init__(self, analyzer: Analyzer) -> None:
        self._analyzer = analyzer

    def analyze_transcripts(
        self, transcripts: Sequence[Transcript], **options: Any
    ) -> list[AnalysedTranscript]:
        if any(t.text == POISON for t in transcripts):
            raise ValueError(f"cannot take {POISON}")
        if any(t.text == DEADLY for t in transcripts):
            os.kill(os.getpid(), signal.SIGKILL)
        return self._analyzer.analyze_transcripts(transcripts, **options)


def failing_maker(settings: Settings, digests: Digests) -> RecordMaker:
    analyzer: Any = FailingAnalyzer(build_analyzer(settings))
    return RecordMaker(analyzer, digests, settings.zone)


def settings_for(home: Path, **values: Any) -> Settings:
    return Settings(home=home, workers=2, _env_file=None, **values)


def transcript_of(text: str) -> Transcript:
    return Transcript(turns=(Turn(Speaker.CUSTOMER, text),), occurred_at=NOW, external_id=text)


def write_rows(path: Path, texts: Sequence[str]) -> Path:
    path.write_text("text\n" + "\n".join(texts) + "\n", encoding="utf-8")
    return path


def request_for(home: Path, path: Path) -> IngestRequest:
    return IngestRequest(paths=[path], now=NOW, rejects_folder=home / "rejects")


@pytest.fixture
def sqlite_database(tmp_path: Path) -> Database:
    found = open_database(f"sqlite:///{tmp_path / 'voc.sqlite3'}", busy_timeout_seconds=0.2)
    migrate(found)
    return found


@pytest.mark.parametrize("n_rows", [30, files.MIN_ROWS_FOR_PROCESSES + 30], ids=["here", "in processes"])
def test_a_poisonous_transcript_costs_only_itself(
    sqlite_database: Database, tmp_path: Path, n_rows: int
) -> None:
    texts = [f"第{i}次空调不制冷" for i in range(n_rows)]
    texts[17] = POISON
    path = write_rows(tmp_path / "a.csv", texts)
    settings = settings_for(tmp_path)
    counts = ingest_files(settings, sqlite_database, request_for(tmp_path, path), build=failing_maker)
    assert (counts.read, counts.stored, counts.rejected) == (n_rows, n_rows - 1, 1)
    with Path(counts.rejects_file or "").open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["line"], row["code"]) == ("19", "text_invalid")
    assert "ValueError" in row["reason"]
    assert POISON not in row["reason"] + row["reason_en"]


def test_a_killed_process_gives_a_clear_error_and_loses_nothing(
    sqlite_database: Database, tmp_path: Path
) -> None:
    n_rows = files.MIN_ROWS_FOR_PROCESSES + 600
    texts = [f"第{i}次空调不制冷" for i in range(n_rows)]
    path = write_rows(tmp_path / "a.csv", [*texts, DEADLY])
    settings, counts = settings_for(tmp_path), IngestCounts()
    with pytest.raises(JobError) as caught:
        ingest_files(
            settings, sqlite_database, request_for(tmp_path, path), build=failing_maker, counts=counts
        )
    assert "VOC_WORKERS" in caught.value.message("zh")
    assert n_stored(sqlite_database) == counts.stored
    path = write_rows(tmp_path / "a.csv", texts)
    again = ingest_files(settings, sqlite_database, request_for(tmp_path, path), build=failing_maker)
    assert (again.stored, again.duplicates) == (n_rows - counts.stored, counts.stored)
    assert n_stored(sqlite_database) == n_rows


def test_records_come_in_the_order_of_the_batches(tmp_path: Path) -> None:
    batches = [[transcript_of(f"{i}-{j}空调坏了") for j in range(3)] for i in range(20)]
    for processes in (1, 2):
        made = make_records(settings_for(tmp_path), iter(batches), now=NOW, processes=processes)
        texts = [[record.row.text for record in records] for _, records in made]  # type: ignore[union-attr]
        assert texts == [[t.text for t in batch] for batch in batches]


def test_a_consumer_that_stops_early_ends_the_processes(tmp_path: Path) -> None:
    batches = ([transcript_of(f"{i}空调坏了")] for i in range(10_000))
    made = make_records(settings_for(tmp_path), batches, now=NOW, processes=2)
    next(made)
    made.close()
    assert next(batches, None) is not None


@pytest.fixture
def ctrl_c_raises() -> Iterator[None]:
    """As in a terminal: tests may have been started in the background of a shell, deaf to it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c_raises")
def test_ctrl_c_right_after_a_commit_leaves_nothing_stored_uncounted(
    sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = Database.begin

    @contextmanager
    def interrupted(database: Database) -> Iterator[Connection]:
        with begin(database) as connection:
            yield connection
        signal.raise_signal(signal.SIGINT)

    path = write_rows(tmp_path / "a.csv", [f"第{i}次空调不制冷" for i in range(2 * files.BATCH_ROWS)])
    counts = IngestCounts()
    monkeypatch.setattr(Database, "begin", interrupted)
    with pytest.raises(KeyboardInterrupt):
        ingest_files(settings_for(tmp_path), sqlite_database, request_for(tmp_path, path), counts=counts)
    assert counts.stored == n_stored(sqlite_database) == files.BATCH_ROWS


def test_a_full_disk_keeps_what_was_stored_and_a_second_run_stores_the_rest(
    sqlite_database: Database, tmp_path: Path
) -> None:
    limit = {"pages": 0}

    @event.listens_for(sqlite_database.engine, "connect")
    def cap(connection: sqlite3.Connection, _: object) -> None:
        if limit["pages"]:
            connection.execute(f"PRAGMA max_page_count={limit['pages']}")

    with sqlite_database.begin() as connection:
        used = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    sqlite_database.engine.dispose()
    limit["pages"] = used + 700
    path = write_rows(tmp_path / "a.csv", [f"第{i}次空调不制冷，" + "还是没有修好" * 30 for i in range(900)])
    counts = IngestCounts()
    with pytest.raises(StorageError) as caught:
        ingest_files(settings_for(tmp_path), sqlite_database, request_for(tmp_path, path), counts=counts)
    assert "磁盘空间已满" in caught.value.message("zh")
    assert 0 < counts.stored < 900
    assert n_stored(sqlite_database) == counts.stored

    limit["pages"] = used + 100_000
    sqlite_database.engine.dispose()
    again = ingest_files(settings_for(tmp_path), sqlite_database, request_for(tmp_path, path))
    assert (again.stored, again.duplicates) == (900 - counts.stored, counts.stored)
    assert n_stored(sqlite_database) == 900


def test_a_locked_database_is_told_after_the_wait(sqlite_database: Database, tmp_path: Path) -> None:
    path = write_rows(tmp_path / "a.csv", ["空调坏了"])
    other = sqlite3.connect(tmp_path / "voc.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageError) as caught:
        ingest_files(settings_for(tmp_path), sqlite_database, request_for(tmp_path, path))
    assert "另一个程序占用" in caught.value.message("zh")
    other.execute("ROLLBACK")
    assert ingest_files(settings_for(tmp_path), sqlite_database, request_for(tmp_path, path)).stored == 1
