"""The clock that DBOS asks of SQLite, also where the system's SQLite is older than the Python."""

from __future__ import annotations

import sqlite3
import time
from typing import Any

_KNOWN_SINCE = (3, 42)


class ClockedConnection(sqlite3.Connection):
    """Knows ``unixepoch('subsec')``: seconds since 1970 with milliseconds.

    DBOS takes it for granted from Python 3.12 on, but SQLite has it since 3.42: older ones give NULL (Debian 12)
    or know no such function (RHEL 9), and no job could be stored.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if sqlite3.sqlite_version_info < _KNOWN_SINCE:
            self.create_function("unixepoch", 1, _seconds)


def _seconds(modifier: str) -> float:
    if modifier != "subsec":
        raise ValueError("only unixepoch('subsec') is known here")
    return round(time.time(), 3)
