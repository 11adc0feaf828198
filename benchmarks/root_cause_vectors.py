"""Vectors kept in memory, so that a benchmark encodes a text once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.rootcause.vectors import Encoder, Vectors

_BATCH = 2_000


class KeptVectors:
    """An encoder that keeps the vector of every text it met."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._kept: dict[str, Vectors] = {}

    @property
    def name(self) -> str:
        return self._encoder.name

    def encode(self, texts: Sequence[str]) -> Vectors:
        missing = sorted(set(texts) - self._kept.keys())
        for at in range(0, len(missing), _BATCH):
            part = missing[at : at + _BATCH]
            self._kept.update(zip(part, self._encoder.encode(part), strict=True))
        return np.stack([self._kept[text] for text in texts]) if texts else self._encoder.encode([])
