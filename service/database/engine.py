"""Opening a database, and the transactions on it.

One transaction is ``with database.begin() as connection:`` for writing, ``with database.read() as
connection:`` for reading. Both commit at the end and roll back on any error. Whatever the database refuses
for reasons of its own (locked, full, gone) leaves them as ``StorageError``, characters that cannot be stored
as ``TextError``.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import orjson
from sqlalchemy import Connection, Engine, Table, create_engine, event, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DataError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from models.core.errors import StorageError, TextError

_READ_ONLY = "voc_read_only"
_POOL_SIZE = 10
_POOL_OVERFLOW = 30
_SQLITE_SINCE = (3, 35)
"""The first with RETURNING. The tests have run on 3.40."""


@dataclass(frozen=True, slots=True)
class Database:
    """An engine and which of the two databases it talks to."""

    engine: Engine
    dialect: Literal["sqlite", "postgresql"]

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A writing transaction. On SQLite it takes the write lock at once, so it cannot fail half-way."""
        with _translated(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A reading transaction: one consistent state, never waits for a writer."""
        options: dict[str, Any] = {_READ_ONLY: True}
        if self.dialect == "postgresql":
            options |= {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}
        with (
            _translated(),
            self.engine.connect().execution_options(**options) as connection,
            connection.begin(),
        ):
            yield connection

    def close(self) -> None:
        self.engine.dispose()


def open_database(url: str, *, busy_timeout_seconds: float = 10.0) -> Database:
    """An engine for ``sqlite:///…`` or ``postgresql+psycopg://…``; connects when first used.

    Args:
        url: SQLAlchemy URL. The folder of a SQLite file is made.
        busy_timeout_seconds: How long a statement waits for a lock.

    Raises:
        StorageError: The folder cannot be made, the URL names another database, or this Python's SQLite is too old.
    """
    parsed = make_url(url)
    pool: dict[str, Any] = {"pool_size": _POOL_SIZE, "max_overflow": _POOL_OVERFLOW, "pool_pre_ping": True}
    if parsed.get_backend_name() == "postgresql":
        options = f"-c lock_timeout={int(busy_timeout_seconds * 1000)} -c timezone=UTC"
        engine = create_engine(
            url,
            hide_parameters=True,
            **_JSON,
            **pool,
            connect_args={"options": options, "connect_timeout": 10},
        )
        return Database(engine, "postgresql")
    if parsed.get_backend_name() != "sqlite":
        name = parsed.get_backend_name()
        raise StorageError(reason=f"不支持的数据库 {name}", reason_en=f"database {name} is not supported")
    _check_sqlite()
    if parsed.database and parsed.database != ":memory:":
        _make_folder(Path(parsed.database).parent)
        pool = {"pool_size": _POOL_SIZE, "max_overflow": _POOL_OVERFLOW}
    else:
        pool = {}
    engine = create_engine(
        url, hide_parameters=True, **_JSON, **pool, connect_args={"timeout": busy_timeout_seconds}
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return Database(engine, "sqlite")


def hold_name(connection: Connection, name: str) -> None:
    """Let one writer at a time pass with this name, until its transaction ends.

    On SQLite a writing transaction is alone anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})


def insert_new(connection: Connection, table: Table) -> sqlite_dialect.Insert | postgresql.Insert:
    """An INSERT that may be given an ON CONFLICT clause, which both databases spell alike."""
    if connection.dialect.name == "sqlite":
        return sqlite_dialect.insert(table)
    return postgresql.insert(table)


def _dump_json(value: Any) -> str:
    return orjson.dumps(value).decode()


_JSON: dict[str, Any] = {"json_serializer": _dump_json, "json_deserializer": orjson.loads}


def _check_sqlite() -> None:
    if sqlite3.sqlite_version_info >= _SQLITE_SINCE:
        return
    found, since = sqlite3.sqlite_version, ".".join(map(str, _SQLITE_SINCE))
    raise StorageError(
        reason=f"这个 Python 自带的 SQLite 是 {found}，需要 {since} 以上：请换一个 Python（如 conda 的），"
        "或用 VOC_DATABASE_URL 指定 PostgreSQL",
        reason_en=f"this Python has SQLite {found}, {since} or newer is needed: take another Python (conda's, say) "
        "or name a PostgreSQL in VOC_DATABASE_URL",
    )


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            reason=f"无法创建目录 {folder}：{error.strerror}，请检查 VOC_HOME 及其权限",
            reason_en=f"folder {folder} cannot be made: {error.strerror}; check VOC_HOME and its rights",
        ) from error


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions begin in _begin_sqlite alone
    _switch_to_wal(connection)
    connection.execute("PRAGMA synchronous=FULL")  # an acknowledged write survives a power cut
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA secure_delete=ON")  # what is removed is overwritten
    connection.execute("PRAGMA cache_size=-32000")  # KiB
    connection.execute("PRAGMA wal_autocheckpoint=4000")  # pages of 4 KiB
    connection.execute("PRAGMA temp_store=MEMORY")


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    """SQLite does not wait for a lock here, so several first starters must try again."""
    for attempt in range(100):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or attempt == 99:
                raise
            time.sleep(0.02)


def _begin_sqlite(connection: Connection) -> None:
    reading = connection.get_execution_options().get(_READ_ONLY, False)
    connection.exec_driver_sql(f"PRAGMA query_only={int(reading)}")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except UnicodeEncodeError as error:
        raise TextError(
            reason="含有无法存储的字符（孤立的代理项）", reason_en="it has a half surrogate"
        ) from error
    except (DBAPIError, PoolTimeoutError) as error:
        if isinstance(error, DataError) and "NUL" in str(error.orig):
            raise TextError(reason="含有 NUL 字符", reason_en="it has a NUL character") from error
        found = _storage_reason(error)
        if found is None:
            raise
        raise StorageError(reason=found[0], reason_en=found[1]) from error


_SQLITE_REASONS: dict[int, tuple[str, str]] = {
    sqlite3.SQLITE_BUSY: ("数据库正被另一个程序占用", "the database is locked by another program"),
    sqlite3.SQLITE_LOCKED: ("数据库正被另一个程序占用", "the database is locked by another program"),
    sqlite3.SQLITE_FULL: ("磁盘空间已满，请腾出空间", "the disk is full; free some space"),
    sqlite3.SQLITE_IOERR: ("磁盘读写出错", "the disk could not be read or written"),
    sqlite3.SQLITE_READONLY: (
        "数据库文件只读，请检查权限",
        "the database file is read-only; check its rights",
    ),
    sqlite3.SQLITE_CANTOPEN: ("无法打开数据库文件", "the database file cannot be opened"),
    sqlite3.SQLITE_CORRUPT: (
        "数据库文件已损坏，请从备份恢复",
        "the database file is damaged; restore a backup",
    ),
    sqlite3.SQLITE_NOTADB: ("该文件不是数据库", "the file is not a database"),
}

_POSTGRES_REASONS: dict[str, tuple[str, str]] = {
    "53100": (
        "数据库服务器磁盘空间已满，请腾出空间",
        "the disk of the database server is full; free some space",
    ),
    "53": ("数据库服务器资源不足", "the database server is out of resources"),
    "55P03": ("数据库记录正被占用", "rows of the database are locked"),
    "40": ("与另一个写入冲突", "another write got in the way"),
    "57": ("数据库服务器中断了请求", "the database server ended the request"),
    "08": ("数据库连接中断", "the connection to the database broke"),
    "28": (
        "数据库登录失败，请检查 VOC_DATABASE_URL",
        "the database refused the login; check VOC_DATABASE_URL",
    ),
    "3D": ("数据库不存在，请检查 VOC_DATABASE_URL", "there is no such database; check VOC_DATABASE_URL"),
    "25006": ("数据库只读", "the database is read-only"),
    "58": ("数据库服务器读写出错", "the database server could not read or write its disk"),
}


def _storage_reason(error: DBAPIError | PoolTimeoutError) -> tuple[str, str] | None:
    """Why the database refused, in Chinese and English; ``None`` when the statement itself is wrong."""
    if isinstance(error, PoolTimeoutError):
        return "数据库连接已用完", "all connections to the database are in use"
    original = error.orig
    if isinstance(original, sqlite3.Error):
        return _SQLITE_REASONS.get(getattr(original, "sqlite_errorcode", 0) & 0xFF)
    state = getattr(original, "sqlstate", None)
    if state:
        return next((_POSTGRES_REASONS[key] for key in (state, state[:2]) if key in _POSTGRES_REASONS), None)
    if error.connection_invalidated or type(original).__name__ == "OperationalError":
        return (
            "无法连接数据库，请检查 VOC_DATABASE_URL",
            "the database cannot be reached; check VOC_DATABASE_URL",
        )
    return None
