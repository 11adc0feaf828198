"""What a month suggests about kinship: causes that are no longer told apart, and causes that give way to new ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.rootcause.assigning import Settled
from models.rootcause.cause import KnownCause, Proposal, RootCause
from models.rootcause.vectors import DECIMALS

MAX_LEFT = 0.25
"""A cause gives way where no more than this part of last month's voices is left."""
MIN_VOICES = 5
MIN_LIKENESS = 0.3


def proposals_of(
    settled: Settled, causes: Sequence[RootCause | None], before: Sequence[KnownCause]
) -> tuple[Proposal, ...]:
    """Merges, where one group of the month is claimed by several known causes; lineage, where a known cause
    loses most of its voices in the month in which the new causes most like it come up."""
    merges = [
        Proposal("merge", tuple(sorted(before[number].id for number in claimed)))
        for _, claimed in settled.kept.shared
    ]
    return (*sorted(merges, key=lambda p: p.causes), *_lineages(settled, causes, before))


def _lineages(
    settled: Settled, causes: Sequence[RootCause | None], before: Sequence[KnownCause]
) -> list[Proposal]:
    gave_way = [
        number
        for number, cause in enumerate(before)
        if cause.n_voices >= MIN_VOICES and _voices(causes[number]) <= MAX_LEFT * cause.n_voices
    ]
    born = [number for number in range(len(before), len(causes)) if causes[number]]
    if not gave_way or not born:
        return []
    vectors = settled.centres.vectors
    likeness = np.round(vectors[born] @ vectors[gave_way].T, DECIMALS)
    kin: dict[tuple[str, ...], list[str]] = {}
    for row, number in zip(likeness, born, strict=True):
        parents = tuple(sorted(before[gave_way[i]].id for i in np.flatnonzero(row >= MIN_LIKENESS)))
        if parents and (cause := causes[number]):
            kin.setdefault(parents, []).append(cause.id)
    return [Proposal("lineage", parents, tuple(sorted(ids))) for parents, ids in sorted(kin.items())]


def _voices(cause: RootCause | None) -> int:
    return cause.n_voices if cause else 0
