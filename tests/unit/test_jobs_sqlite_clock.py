"""The clock of the job store, on old and new SQLite."""

from __future__ import annotations

import sqlite3
import time

import pytest

from service.jobs import sqlite_clock
from service.jobs.sqlite_clock import ClockedConnection

DEFAULT = "(unixepoch('subsec') * 1000)"


@pytest.mark.parametrize("builtin", [True, False])
def test_a_default_of_now_in_milliseconds_is_stored(monkeypatch: pytest.MonkeyPatch, builtin: bool) -> None:
    if builtin and sqlite3.sqlite_version_info < sqlite_clock._KNOWN_SINCE:
        pytest.skip("this SQLite has no clock of its own")
    if not builtin:
        monkeypatch.setattr(sqlite_clock, "_KNOWN_SINCE", (99, 0))
    before = time.time()
    connection = sqlite3.connect(":memory:", factory=ClockedConnection)
    connection.execute(f"CREATE TABLE job (id INTEGER, at INTEGER NOT NULL DEFAULT {DEFAULT})")
    connection.execute("INSERT INTO job (id) VALUES (1)")
    (at,) = connection.execute("SELECT at FROM job").fetchone()
    connection.close()
    assert before - 0.002 <= at / 1000 <= time.time() + 0.002


def test_another_time_is_refused_and_not_taken_for_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_clock, "_KNOWN_SINCE", (99, 0))
    connection = sqlite3.connect(":memory:", factory=ClockedConnection)
    with pytest.raises(sqlite3.OperationalError):
        connection.execute("SELECT unixepoch('2024-03-01')")
    connection.close()
