"""Labelled rows as tensors, in batches that depend on seed and epoch alone."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from models.opinion.features import UNKNOWN, Features, padded
from models.opinion.shape import NetworkShape
from models.opinion.values import Triplet
from training.opinion.network import Batch, Candidates, span_mask
from training.opinion.rows import TripletRow

BATCH_ROWS = 32
_POOL = 40
_CHAR_LOSS, _WORD_LOSS = 0.06, 0.1


def epoch_batches(lengths: Sequence[int], *, seed: int, epoch: int) -> list[list[int]]:
    """Positions in batches of like length, in random order."""
    rng = random.Random(seed * 1000 + epoch)  # noqa: S311
    order = list(range(len(lengths)))
    rng.shuffle(order)
    batches: list[list[int]] = []
    for start in range(0, len(order), BATCH_ROWS * _POOL):
        pool = sorted(order[start : start + BATCH_ROWS * _POOL], key=lambda i: lengths[i])
        batches += [pool[at : at + BATCH_ROWS] for at in range(0, len(pool), BATCH_ROWS)]
    rng.shuffle(batches)
    return batches


def make_batch(features: Sequence[Features]) -> Batch:
    length = max(len(f.chars) for f in features)
    ends = [np.concatenate([[0], np.cumsum(f.is_end)]) for f in features]
    tensors = {
        name: torch.from_numpy(padded([getattr(f, name) for f in features], length))
        for name in ("chars", "pairs", "char_words", "words", "places")
    }
    return Batch(
        **tensors,
        ends_before=torch.from_numpy(padded(ends, length + 1)),
        lengths=torch.tensor([len(f.chars) for f in features]),
    )


def forget_some(batch: Batch) -> None:
    """Make some characters and words unknown, in place, so that the network learns what to do without them."""
    lost = (torch.rand(batch.chars.shape) < _CHAR_LOSS) & (batch.chars > 0)
    batch.chars[lost] = UNKNOWN
    batch.words[torch.rand(batch.words.shape) < _WORD_LOSS] = 0


def gold_masks(rows: Sequence[TripletRow], length: int, shape: NetworkShape) -> tuple[Tensor, Tensor]:
    """Aspect and opinion spans of the rows, ``(n, length, width)`` each."""
    aspects = [[_place(t, of_aspect=True) for t in row.triplets if t.aspect] for row in rows]
    opinions = [[_place(t, of_aspect=False) for t in row.triplets] for row in rows]
    n = len(rows)
    return (
        span_mask(aspects, (n, length, shape.max_aspect)),
        span_mask(opinions, (n, length, shape.max_opinion)),
    )


def link_labels(rows: Sequence[TripletRow], a: Candidates, o: Candidates) -> Tensor:
    """Class of each pair, ``(n, n_aspects, n_opinions)``: 0 none, 1 negative, 2 neutral, 3 positive."""
    labels = torch.zeros(a.first.shape[0], a.first.shape[1], o.first.shape[1], dtype=torch.long)
    for i, row in enumerate(rows):
        of_aspect, of_opinion = _numbers(a, i), _numbers(o, i)
        for t in row.triplets:
            x = of_aspect.get(_place(t, of_aspect=True))
            y = of_opinion.get(_place(t, of_aspect=False))
            if x is not None and y is not None:
                labels[i, x, y] = t.polarity + 2
    return labels


def _numbers(candidates: Candidates, row: int) -> dict[tuple[int, int], int]:
    places = zip(candidates.first[row].tolist(), candidates.width[row].tolist(), strict=True)
    valid = candidates.valid[row].tolist()
    return {(first, width + 1): at for at, (first, width) in enumerate(places) if valid[at]}


def _place(triplet: Triplet, *, of_aspect: bool) -> tuple[int, int]:
    """First place, with the mark in front, and width; the aspect that is not written is the mark itself."""
    span = triplet.aspect if of_aspect else triplet.opinion
    return (span.start + 1, span.end - span.start) if span else (0, 1)
