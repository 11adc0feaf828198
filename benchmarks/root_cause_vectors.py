"""Vectors kept between calls, in memory and in a folder, so that a benchmark encodes a text once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from models.rootcause.vectors import Encoder, VectorCache, Vectors, vector_key

_BATCH = 2_000


class FileCache:
    """Vectors in two files of a folder: their keys, and rows that are mapped and not read."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._keys, self._rows = folder / "keys.json", folder / "rows.npy"
        self._added: dict[str, Vectors] = {}
        self._place: dict[str, int] = {}
        self._stored = np.zeros((0, 0), dtype=np.float32)
        if self._keys.is_file():
            self._place = {key: i for i, key in enumerate(json.loads(self._keys.read_text()))}
            self._stored = np.load(self._rows, mmap_mode="r")

    def get_many(self, keys: Sequence[str]) -> Mapping[str, Vectors]:
        return {key: self._stored[self._place[key]] for key in keys if key in self._place}

    def put_many(self, vectors: Mapping[str, Vectors]) -> None:
        self._added.update(vectors)

    def save(self) -> None:
        """Write what was added beside what was there."""
        fresh = {key: row for key, row in self._added.items() if key not in self._place}
        if fresh:
            parts = [np.asarray(self._stored)] if self._place else []
            rows = np.concatenate([*parts, np.stack(list(fresh.values()))])
            self._keys.write_text(json.dumps([*self._place, *fresh]))
            np.save(self._rows, rows)


class KeptVectors:
    """An encoder that keeps the vector of every text it met, and asks ``cache`` for those it did not meet."""

    def __init__(self, encoder: Encoder, cache: VectorCache | None = None) -> None:
        self._encoder, self._cache = encoder, cache
        self._kept: dict[str, Vectors] = {}

    @property
    def name(self) -> str:
        return self._encoder.name

    def encode(self, texts: Sequence[str]) -> Vectors:
        missing = sorted(set(texts) - self._kept.keys())
        if self._cache and missing:
            keys = {vector_key(self._encoder, text): text for text in missing}
            self._kept.update({keys[key]: row for key, row in self._cache.get_many(list(keys)).items()})
            missing = [text for text in missing if text not in self._kept]
        for at in range(0, len(missing), _BATCH):
            part = missing[at : at + _BATCH]
            found = dict(zip(part, self._encoder.encode(part), strict=True))
            self._kept.update(found)
            if self._cache:
                self._cache.put_many({vector_key(self._encoder, text): row for text, row in found.items()})
        return np.stack([self._kept[text] for text in texts]) if texts else self._encoder.encode([])
