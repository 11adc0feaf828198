"""What a month suggests about kinship: causes that are no longer told apart, and causes that give way to new ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

from models.rootcause.assigning import Settled
from models.rootcause.cause import KnownCause, Proposal, RootCause
from models.rootcause.vectors import DECIMALS, Vectors

MAX_LEFT = 0.3
"""A cause gives way where no more than this part of last month's voices is left."""
MIN_VOICES = 5
"""Fewer voices last month prove nothing: such a cause gives way to none and is not proposed for a merge."""
MIN_LIKENESS = 0.3
MIN_LIKENESS_OF_PART = 0.2
MIN_LIKENESS_TOGETHER = 0.35
"""Cosine to a new cause: of its only parent, of each of several, and of these taken together."""
MIN_LOST_OF_PART = 0.2
"""Of several parents none has lost less than this part of what another lost."""
MIN_LIKENESS_OF_MERGED = 0.5
MIN_CLAIM_OF_MERGED = 0.6
"""Cosine of two causes, and the part of what each remembers that the shared group holds, to propose a merge."""


def proposals_of(
    settled: Settled, causes: Sequence[RootCause | None], before: Sequence[KnownCause]
) -> tuple[Proposal, ...]:
    """Merges, where known causes that are alike claim one group of the month; lineage, where known causes lose most
    of their voices in the month in which the new causes most like them come up."""
    return (*_merges(settled, causes, before), *_lineages(settled, causes, before))


def _merges(
    settled: Settled, causes: Sequence[RootCause | None], before: Sequence[KnownCause]
) -> list[Proposal]:
    vectors = settled.centres.vectors
    merges = []
    for _, claimed in settled.kept.shared:
        alive = [
            number
            for number, claim in claimed
            if claim >= MIN_CLAIM_OF_MERGED
            and min(before[number].n_voices, _voices(causes[number])) >= MIN_VOICES
        ]
        likeness = np.round(vectors[alive] @ vectors[alive].T, DECIMALS) >= MIN_LIKENESS_OF_MERGED
        merges += [
            Proposal("merge", tuple(sorted(before[alive[i]].id for i in part)))
            for part in _connected(likeness)
            if len(part) > 1
        ]
    return sorted(merges, key=lambda proposal: proposal.causes)


def _connected(alike: NDArray[np.bool_]) -> list[list[int]]:
    """Rows that are alike, directly or over others."""
    n_parts, part = connected_components(alike, directed=False)
    return [np.flatnonzero(part == number).tolist() for number in range(n_parts)] if len(alike) else []


def _lineages(
    settled: Settled, causes: Sequence[RootCause | None], before: Sequence[KnownCause]
) -> list[Proposal]:
    gave_way = [
        number
        for number, cause in enumerate(before)
        if cause.n_voices >= MIN_VOICES and _voices(causes[number]) <= MAX_LEFT * cause.n_voices
    ]
    lost = np.array([before[number].n_voices - _voices(causes[number]) for number in gave_way], dtype=float)
    kin: dict[tuple[str, ...], list[str]] = {}
    for number in range(len(before), len(causes)):
        cause = causes[number]
        if cause and gave_way:
            parents = _parents(settled.centres.vectors[number], settled.centres.vectors[gave_way], lost)
            if parents:
                kin.setdefault(tuple(sorted(before[gave_way[i]].id for i in parents)), []).append(cause.id)
    return [Proposal("lineage", parents, tuple(sorted(ids))) for parents, ids in sorted(kin.items())]


def _parents(born: Vectors, gave_way: Vectors, lost: NDArray[np.float64]) -> list[int]:
    """Of the causes that gave way, ``(n, dim)``, with the voices each lost: those that the new one is like, or
    several that it is like only where what they lost is taken together."""
    likeness = np.round(gave_way @ born, DECIMALS)
    parts = np.flatnonzero((likeness >= MIN_LIKENESS_OF_PART) & (lost >= MIN_LOST_OF_PART * lost.max()))
    if len(parts) > 1:
        together = lost[parts] @ gave_way[parts]
        if together @ born >= MIN_LIKENESS_TOGETHER * np.linalg.norm(together):
            return parts.tolist()
    return np.flatnonzero(likeness >= MIN_LIKENESS).tolist()


def _voices(cause: RootCause | None) -> int:
    return cause.n_voices if cause else 0
