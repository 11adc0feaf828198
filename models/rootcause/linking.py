"""Which of this month's causes is which of last month's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from models.rootcause.cause import RootCause

_UNKNOWN_COSINE = 0.7


@dataclass(frozen=True, slots=True)
class Link:
    """Index of this month's cause, the cause of before, and how alike they are, in [0, 1]."""

    index: int
    previous: RootCause
    similarity: float


def link_causes(
    causes: Sequence[RootCause], previous: Sequence[RootCause], *, threshold: float = 0.55
) -> tuple[Link, ...]:
    """One-to-one links of highest total similarity (Hungarian method; Kuhn 1955), none below ``threshold``."""
    if not causes or not previous:
        return ()
    before = sorted(previous, key=lambda cause: cause.id)
    similarity = similarities(causes, before)
    allowed = np.where(similarity >= threshold, similarity, 0.0)
    rows, columns = linear_sum_assignment(-allowed)
    return tuple(
        Link(int(i), before[j], float(similarity[i, j]))
        for i, j in zip(rows, columns, strict=True)
        if similarity[i, j] >= threshold
    )


def similarities(causes: Sequence[RootCause], previous: Sequence[RootCause]) -> NDArray[np.float64]:
    """``(n_causes, n_previous)`` in [0, 1]: half the cosine of the centroids, half the shared keywords.

    Centroids count only where both come from the same encoder; else the keywords decide, over a fixed part.
    """
    table = np.zeros((len(causes), len(previous)))
    for i, cause in enumerate(causes):
        for j, other in enumerate(previous):
            words = keyword_overlap(cause.keywords, other.keywords)
            if cause.encoder == other.encoder and cause.centroid.shape == other.centroid.shape:
                cosine = max(0.0, float(cause.centroid @ other.centroid))
                table[i, j] = 0.5 * cosine + 0.5 * words
            else:
                table[i, j] = (_UNKNOWN_COSINE + words) / 2 if words else 0.0
    return np.round(table, 5)


def keyword_overlap(left: Sequence[str], right: Sequence[str]) -> float:
    """Weighted Jaccard index of two ranked lists, rank r weighing 1 / (1 + r), in [0, 1]."""
    a = {word: 1.0 / (1 + rank) for rank, word in enumerate(left)}
    b = {word: 1.0 / (1 + rank) for rank, word in enumerate(right)}
    words = sorted(a.keys() | b.keys())
    total = sum(max(a.get(w, 0.0), b.get(w, 0.0)) for w in words)
    return sum(min(a.get(w, 0.0), b.get(w, 0.0)) for w in words) / total if total else 0.0
