"""Opening, migrating and failing: what a database does besides holding rows."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from stored_records import TENANT, found_ids, make_record, n_stored, store

from models.core.errors import StorageError, TextError
from service.database import transcripts
from service.database.engine import Database, open_database
from service.database.migrate import current_revision, is_current, migrate
from service.database.schema import metadata

HERE = Path(__file__).parent


def test_migrating_twice_does_nothing_the_second_time(open_again: Callable[..., Database]) -> None:
    database = open_again()
    assert not is_current(database)
    migrate(database)
    migrate(database)
    assert is_current(database)
    with database.read() as connection:
        assert current_revision(connection) == "0007"


def test_the_migrations_make_the_schema_that_the_code_describes(database: Database) -> None:
    def ours(_object: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
        return not (kind == "table" and (name or "").startswith("transcript_search"))

    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": ours})
        assert compare_metadata(context, metadata) == []


def test_every_table_has_a_tenant(database: Database) -> None:
    assert [table.name for table in metadata.tables.values() if "tenant" not in table.c] == []
    with database.read() as connection:
        connection.execute(text("SELECT tenant FROM transcript_search"))


def test_several_processes_may_start_at_once(open_again: Callable[..., Database]) -> None:
    databases = [open_again() for _ in range(6)]
    failures: list[BaseException] = []

    def start(database: Database) -> None:
        try:
            migrate(database)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=start, args=(database,)) for database in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert all(is_current(database) for database in databases)


def test_a_failure_in_the_middle_leaves_nothing(database: Database) -> None:
    with pytest.raises(RuntimeError), database.begin() as connection:
        transcripts.insert_many(connection, TENANT, [make_record(external_id="A-1")])
        raise RuntimeError("stop")
    assert n_stored(database) == 0
    assert [status for status, _ in store(database, make_record(external_id="A-1"))] == ["stored"]


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
@pytest.mark.parametrize(("killed", "n_expected"), [("before the commit", 0), ("after the commit", 50)])
def test_a_killed_writer_leaves_all_or_nothing(
    database: Database, database_url: str, killed: str, n_expected: int
) -> None:
    program = """
import os, signal, sys
from service.database import transcripts
from service.database.engine import open_database
from stored_records import TENANT, make_record
with open_database(sys.argv[1]).begin() as connection:
    transcripts.insert_many(connection, TENANT, [make_record(external_id=str(n)) for n in range(50)])
    if sys.argv[2] == "before the commit":
        os.kill(os.getpid(), signal.SIGKILL)
os.kill(os.getpid(), signal.SIGKILL)
"""
    path = f"import sys; sys.path[:0] = [{str(HERE.parent.parent)!r}, {str(HERE)!r}]"
    done = subprocess.run([sys.executable, "-c", path + program, database_url, killed], check=False)
    assert done.returncode == -signal.SIGKILL
    assert n_stored(database) == n_expected


def test_a_locked_database_is_a_storage_error_and_the_same_can_be_sent_again(
    database: Database, open_again: Callable[..., Database]
) -> None:
    impatient = open_again(busy_timeout_seconds=0.1)
    with database.begin() as connection:
        if database.dialect == "postgresql":
            connection.execute(text("LOCK TABLE transcript IN EXCLUSIVE MODE"))
        with pytest.raises(StorageError) as caught:
            store(impatient, make_record(external_id="A-1"))
    assert "占用" in caught.value.message("zh")
    assert "locked" in caught.value.message("en")
    assert [status for status, _ in store(impatient, make_record(external_id="A-1"))] == ["stored"]


def test_readers_do_not_wait_for_a_writer(database: Database, open_again: Callable[..., Database]) -> None:
    impatient = open_again(busy_timeout_seconds=0.1)
    store(database, make_record())
    with database.begin() as connection:
        transcripts.insert_many(connection, TENANT, [make_record()])
        assert n_stored(impatient) == 1
    assert n_stored(impatient) == 2


def test_a_reading_transaction_cannot_write(database: Database) -> None:
    with pytest.raises(StorageError), database.read() as connection:
        transcripts.insert_many(connection, TENANT, [make_record()])
    assert n_stored(database) == 0
    assert [status for status, _ in store(database, make_record())] == ["stored"]


def test_a_full_disk_is_a_storage_error_and_keeps_what_was_there(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'voc.sqlite3'}")
    migrate(database)
    store(database, make_record(external_id="kept"))
    with pytest.raises(StorageError) as caught, database.begin() as connection:
        n_pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {n_pages + 3}")
        transcripts.insert_many(connection, TENANT, [make_record("很 长 " * 9000) for _ in range(5)])
    assert "已满" in caught.value.message("zh")
    assert n_stored(database) == 1
    database.close()


@pytest.mark.parametrize("state", ["53100", "08006", "57P01", "40P01"])
def test_troubles_of_the_server_are_storage_errors(state: str, request: pytest.FixtureRequest) -> None:
    database = open_database(request.getfixturevalue("postgres_url"))
    with pytest.raises(StorageError) as caught, database.begin() as connection:
        connection.exec_driver_sql(f"DO $$ BEGIN RAISE SQLSTATE '{state}'; END $$")
    assert "?" not in caught.value.message("zh") + caught.value.message("en")
    database.close()


def test_characters_that_cannot_be_stored_are_a_text_error(database: Database) -> None:
    with pytest.raises(TextError):
        found_ids(database, channel="\ud800")
    if database.dialect == "postgresql":
        with pytest.raises(TextError):
            found_ids(database, channel="\x00")
    else:
        assert found_ids(database, channel="\x00") == []


def test_a_wrong_statement_stays_what_it_is(database: Database) -> None:
    record = make_record(sentiment="furious")
    with pytest.raises(IntegrityError):
        store(database, record)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://nobody@127.0.0.1:1/voc",
        "mysql://localhost/voc",
        "sqlite:////proc/no/voc.sqlite3",
    ],
)
def test_a_database_that_cannot_be_reached_is_a_storage_error(url: str) -> None:
    with pytest.raises(StorageError), open_database(url).read():
        pass


def test_a_file_that_is_no_database_is_a_storage_error(tmp_path: Path) -> None:
    path = tmp_path / "voc.sqlite3"
    path.write_text("这不是数据库" * 500, encoding="utf-8")
    with pytest.raises(StorageError):
        migrate(open_database(f"sqlite:///{path}"))


def test_a_sqlite_that_is_too_old_is_told_with_a_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    monkeypatch.setattr(sqlite3, "sqlite_version", "3.34.1")
    with pytest.raises(StorageError) as caught:
        open_database(f"sqlite:///{tmp_path / 'new' / 'voc.sqlite3'}")
    assert "3.34.1" in caught.value.message("en") and "VOC_DATABASE_URL" in caught.value.message("zh")
    assert not (tmp_path / "new").exists()


def test_sqlite_keeps_acknowledged_writes_and_foreign_keys(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'new' / 'voc.sqlite3'}")
    with database.read() as connection:
        pragmas = ("journal_mode", "synchronous", "foreign_keys")
        assert [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in pragmas] == ["wal", 2, 1]
    database.close()


def test_what_was_removed_is_gone_from_the_file(tmp_path: Path) -> None:
    path = tmp_path / "voc.sqlite3"
    database = open_database(f"sqlite:///{path}")
    migrate(database)
    gone = make_record("绝密词语甲 其他", external_id="A-1")
    store(database, gone, make_record("另外 内容"))
    with database.begin() as connection:
        transcripts.delete_transcript(connection, TENANT, gone.row.id)
    database.close()
    sqlite3.connect(path).execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert "另外".encode() in raw
    assert "绝密词语甲其他".encode() not in raw
