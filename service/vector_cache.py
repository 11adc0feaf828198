"""Vectors of texts kept on disk, by encoder and text digest: what was encoded once is not encoded again.

A month is read several times (runs, reviews, edits), and causes remember earlier months. The cache holds no
text, only digests; it may be deleted at any time. Where it cannot be read or written, texts are encoded anew.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import structlog

from models.rootcause.vectors import Encoder, Vectors, vector_key

_log = structlog.get_logger(__name__)
_CHUNK = 500
_BUSY_SECONDS = 5.0


class CachedEncoder:
    """``inner`` behind a file of at most ``max_vectors`` vectors; the oldest go first. The same vectors, bit by bit."""

    def __init__(self, inner: Encoder, path: Path, *, max_vectors: int) -> None:
        self.inner = inner
        self.path = path
        self.max_vectors = max_vectors

    @property
    def name(self) -> str:
        return self.inner.name

    def encode(self, texts: Sequence[str]) -> Vectors:
        """``(n_texts, dim)``, rows of length 1, or 0 for a text without content."""
        keys = [vector_key(self.inner, text) for text in texts]
        known = self._known(keys)
        missing = sorted(
            {key: text for key, text in zip(keys, texts, strict=True) if key not in known}.items()
        )
        fresh = self.inner.encode([text for _, text in missing])
        if missing:
            added = dict(zip([key for key, _ in missing], fresh, strict=True))
            known |= added
            self._keep(added)
        return np.stack([known[key] for key in keys]) if keys else fresh

    def _known(self, keys: Sequence[str]) -> dict[str, Vectors]:
        found: dict[str, Vectors] = {}
        try:
            with closing(self._connected()) as connection:
                for at in range(0, len(keys), _CHUNK):
                    chunk = list(dict.fromkeys(keys[at : at + _CHUNK]))
                    marks = ",".join("?" * len(chunk))
                    query = f"SELECT key, value FROM vector WHERE key IN ({marks})"
                    for key, value in connection.execute(query, chunk):
                        found[key] = np.frombuffer(value, dtype="<f4").astype(np.float32)
        except (sqlite3.Error, OSError, ValueError) as problem:
            _log.warning("vector cache not read", path=str(self.path), problem=type(problem).__name__)
            return {}
        return found

    def _keep(self, vectors: dict[str, Vectors]) -> None:
        rows = ((key, np.asarray(vector, dtype="<f4").tobytes()) for key, vector in vectors.items())
        oldest = "DELETE FROM vector WHERE number <= (SELECT max(number) FROM vector) - ?"
        try:
            with closing(self._connected()) as connection, connection:
                connection.executemany("INSERT OR IGNORE INTO vector (key, value) VALUES (?, ?)", rows)
                connection.execute(oldest, (self.max_vectors,))
        except (sqlite3.Error, OSError) as problem:
            _log.warning("vector cache not written", path=str(self.path), problem=type(problem).__name__)

    def _connected(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self.path, timeout=_BUSY_SECONDS)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS vector"
            " (number INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, value BLOB NOT NULL)"
        )
        return connection
