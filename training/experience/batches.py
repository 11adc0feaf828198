"""Lessons side by side, as the network takes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.experience.talk_page import Floats, TalkPage
from training.experience.network import TalkBatch

_NO_PIECE = -1


def make_batch(
    pages: Sequence[TalkPage],
    sectors: Sequence[int],
    targets: Sequence[Floats],
    taught: Sequence[Floats] = (),
) -> TalkBatch:
    """One batch of pages with pieces; ``targets`` (n_pieces, n_labels) of each, ``taught`` likewise."""
    n_pieces = max(len(page.pieces) for page in pages)
    before = np.cumsum([0, *(len(page.pieces) for page in pages)])
    rows = [_piece_of(page, int(start)) for page, start in zip(pages, before, strict=False)]

    def padded(values: Sequence[NDArray[np.generic]], fill: float = 0) -> Tensor:
        found = np.full((len(values), n_pieces, *values[0].shape[1:]), fill, dtype=values[0].dtype)
        for row, value in enumerate(values):
            found[row, : len(value)] = value
        return torch.from_numpy(found)

    return TalkBatch(
        characters=torch.from_numpy(np.concatenate([page.characters for page in pages])),
        pairs=torch.from_numpy(np.concatenate([page.pairs for page in pages])),
        piece_of=torch.from_numpy(np.concatenate(rows)),
        is_piece=padded([np.ones(len(page.pieces), dtype=bool) for page in pages]),
        agent=padded([page.agent for page in pages]),
        first=padded([page.first for page in pages]),
        turn=padded([page.turn for page in pages], -1),
        polarity=padded([page.polarity for page in pages]),
        sector=torch.tensor(list(sectors)),
        targets=padded(list(targets)),
        taught=padded(list(taught)) if taught else None,
    )


def _piece_of(page: TalkPage, before: int) -> NDArray[np.intp]:
    found = np.full(len(page.characters), _NO_PIECE, dtype=np.intp)
    for number, (start, end) in enumerate(page.bounds.tolist()):
        found[start:end] = before + number
    return found


def shuffled(n: int, size: int, rng: np.random.Generator) -> Iterator[list[int]]:
    """Numbers below ``n`` in a random order, ``size`` at a time."""
    order = rng.permutation(n).tolist()
    for start in range(0, n, size):
        yield order[start : start + size]


def alike(lengths: Sequence[int], size: int, n_sorted: int, rng: np.random.Generator) -> Iterator[list[int]]:
    """As ``shuffled``; of every ``n_sorted`` batches those of like length stand together."""
    for many in shuffled(len(lengths), size * n_sorted, rng):
        ordered = sorted(many, key=lengths.__getitem__)
        parts = [ordered[at : at + size] for at in range(0, len(ordered), size)]
        for at in rng.permutation(len(parts)).tolist():
            yield parts[at]


def columns_of(labels: Sequence[str]) -> Mapping[str, int]:
    return {label: number for number, label in enumerate(labels)}
