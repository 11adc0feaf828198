"""Windows of long texts, and batches of windows of like length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MAX_BATCH_TOKENS = 1024
MAX_BATCH_ROWS = 32


@dataclass(frozen=True, slots=True)
class Window:
    """A part of text number ``text`` as token ids, start and end marks included.

    ``weight`` counts its tokens without the marks, at least 1.
    """

    text: int
    ids: tuple[int, ...]
    weight: int


def split_windows(ids_of_texts: Sequence[Sequence[int]], max_tokens: int) -> list[Window]:
    """Cut each text, which stands between a start and an end mark, into windows of ``max_tokens`` at most.

    Windows do not overlap, and each gets the marks again: nothing of a long text is cut off.
    """
    windows = []
    size = max_tokens - 2
    for text, ids in enumerate(ids_of_texts):
        first, *content, last = ids
        for at in range(0, max(len(content), 1), size):
            part = content[at : at + size]
            windows.append(Window(text, (first, *part, last), max(len(part), 1)))
    return windows


def batched_by_length(
    lengths: Sequence[int], *, max_tokens: int = MAX_BATCH_TOKENS, max_rows: int = MAX_BATCH_ROWS
) -> list[list[int]]:
    """Positions of ``lengths`` in batches, short ones first.

    ``rows * longest`` of a batch is at most ``max_tokens``, unless one row alone is longer.
    """
    batches: list[list[int]] = []
    current: list[int] = []
    for position in sorted(range(len(lengths)), key=lambda i: (lengths[i], i)):
        # Sorted, so the newcomer is the longest of its batch.
        full = len(current) >= max_rows or (len(current) + 1) * lengths[position] > max_tokens
        if current and full:
            batches.append(current)
            current = []
        current.append(position)
    return [*batches, current] if current else batches


def padded(
    rows: Sequence[Sequence[int]], pad: int, *, longest: int = 0
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Ids and mask, both ``(n_rows, longest)``; the mask is 1 where a token stands.

    ``longest`` 0 is the length of the longest row.
    """
    longest = longest or max(map(len, rows))
    ids = np.full((len(rows), longest), pad, dtype=np.int64)
    mask = np.zeros((len(rows), longest), dtype=np.int64)
    for at, row in enumerate(rows):
        ids[at, : len(row)] = row
        mask[at, : len(row)] = 1
    return ids, mask
