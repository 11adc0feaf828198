"""Bringing a database up to the newest schema, from the files inside this package."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from service.database.engine import Database, hold_name

_FOLDER = Path(__file__).parent / "migrations"


def migrate(database: Database) -> None:
    """Upgrade to the newest revision; does nothing when it is there already.

    Several processes may start at once: each waits for the one before (the write lock of SQLite, an
    advisory lock on PostgreSQL). All steps are one transaction. Raises ``StorageError``.
    """
    if is_current(database):
        return
    with database.begin() as connection:
        if database.dialect == "postgresql":
            connection.execute(text("SET LOCAL lock_timeout = 0"))
        hold_name(connection, "voc schema")
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def is_current(database: Database) -> bool:
    """Whether the schema is the newest one that this program knows."""
    with database.read() as connection:
        return current_revision(connection) == ScriptDirectory.from_config(_config()).get_current_head()


def current_revision(connection: Connection) -> str | None:
    """The revision of a database, ``None`` when it is empty."""
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
