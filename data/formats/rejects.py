"""The file of rejected rows: file, line, code, reason. No text of customers is written to it."""

from __future__ import annotations

import contextlib
import csv
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from data.formats.writing import safe_cell
from models.core.errors import StorageError, VocError
from models.text.pii import find_pii, mask

COLUMNS = ("file", "line", "code", "reason", "reason_en")


class RejectsFile:
    """A CSV (UTF-8 with BOM) that appears with its first row. Use it in a ``with`` block.

    A reason that shows a value (a time, a speaker) has the personal data in it masked. ``flush`` makes sure
    that what was rejected is known even if the process is killed. Raises ``StorageError`` where the file
    cannot be written. ``n`` counts the rows.
    """

    def __init__(self, path: Path) -> None:
        self.n = 0
        self._path = path
        self._file: TextIO | None = None
        self._writer: Any = None

    @classmethod
    def in_folder(cls, folder: Path, now: datetime) -> RejectsFile:
        """One file per run: ``rejects-<time>.csv``."""
        return cls(folder / f"rejects-{now:%Y%m%dT%H%M%S%f}.csv")

    @classmethod
    def beside(cls, out: Path) -> RejectsFile:
        """For commands that write ``out``: ``out.rejects.csv``. One of an earlier run is removed."""
        path = out.with_name(f"{out.name}.rejects.csv")
        with contextlib.suppress(OSError):
            path.unlink()
        return cls(path)

    def __enter__(self) -> RejectsFile:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, path: Path, line: int, error: VocError) -> None:
        reasons = (_masked(error.message("zh")), _masked(error.message("en")))
        try:
            if self._writer is None:
                self._open()
            self.n += 1
            self._writer.writerow([safe_cell(str(path)), line, error.code, *map(safe_cell, reasons)])
        except OSError as cause:
            raise self._unwritable(cause) from cause

    def flush(self) -> None:
        try:
            if self._file is not None:
                self._file.flush()
        except OSError as cause:
            raise self._unwritable(cause) from cause

    def path_if_any(self) -> str | None:
        """``None`` while nothing was rejected."""
        return str(self._path) if self._writer is not None else None

    def _open(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._path.open("w", encoding="utf-8-sig", errors="replace", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow(COLUMNS)

    def _unwritable(self, cause: OSError) -> StorageError:
        return StorageError(
            reason=f"拒收文件 {self._path} 无法写入（{cause.strerror}）",
            reason_en=f"the rejects file {self._path} cannot be written ({cause.strerror})",
        )


def _masked(message: str) -> str:
    found = find_pii(message)
    return mask(message, found).text if found else message
