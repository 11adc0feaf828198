"""From a space to groups of rows, and from groups to the centres that assign every row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from models.rootcause.clusters import Labels, LinkageConfig, agglomerate, assign, partition
from models.rootcause.continuity import NO_CAUSE, OPEN, Continuity, ContinuityConfig, Evidence
from models.rootcause.graph import ConsensusConfig, consensus, stability
from models.rootcause.naming import Member
from models.rootcause.space import Space, SpaceConfig
from models.rootcause.units import Corpus
from models.rootcause.vectors import DECIMALS, Vectors, pooled

Progress = Callable[[float, str], None]
SURE = 0.35
"""Agreement from which on a voice shapes the centre of its cause."""
FEW_VOICES = 60
"""Below it neighbours mean nothing: groups are linked by average distance instead."""
VIEWS = ((40, 1.4), (80, 0.7), (80, 2.8), (160, 1.4))
"""Lexical dimensions and weight of the spaces whose communities must agree."""


@dataclass(frozen=True, slots=True)
class DiscoverConfig:
    """Settings of discovery; the defaults were chosen by trial, see the decision record.

    ``min_voices`` is the fewest voices of a cause (fewer in small months); ``min_similarity`` the least cosine
    of a clause to its cause; ``max_unassigned`` the outlier budget: at most this share of the complaining voices
    may stay without a cause for being unsure or saying little; ``max_voices`` the most voices that causes are
    sought in: of more, a fixed part is, and the others are assigned to what was found.
    """

    min_voices: int = 3
    min_similarity: float = 0.4
    max_unassigned: float = 0.15
    max_voices: int = 10_000
    n_keywords: int = 8
    n_exemplars: int = 5
    seed: int = 0
    space: SpaceConfig = field(default_factory=SpaceConfig)
    linkage: LinkageConfig = field(default_factory=LinkageConfig)
    consensus: ConsensusConfig = field(default_factory=ConsensusConfig)
    continuity: ContinuityConfig = field(default_factory=ContinuityConfig)


@dataclass(frozen=True, slots=True, eq=False)
class Sought:
    """``labels`` ``(n_rows,)`` are groups; ``agreement`` ``(n_voices,)`` in [0, 1]; ``cuts`` ``(n_cuts,
    n_voices)``, none where the voices are few."""

    labels: Labels
    agreement: NDArray[np.float64]
    cuts: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Centres:
    """What assigns rows: ``vectors`` ``(n_causes + n_background, dim)``. The last ``n_background`` draw rows
    that speak of no cause. ``stability`` ``(n_causes,)`` in [0, 1]."""

    vectors: Vectors
    n_causes: int
    stability: NDArray[np.float64]

    def of(self, joint: Vectors) -> tuple[Labels, NDArray[np.float32], Labels]:
        """Per row: its cause, -1 or ``NO_CAUSE``, the cosine, and the nearest cause even where it is none of it."""
        labels, scores = assign(joint, self.vectors)
        nearest = assign(joint, self.vectors[: self.n_causes])[0]
        return np.where(labels < self.n_causes, labels, NO_CAUSE), scores, nearest


def seek(space: Space, config: DiscoverConfig) -> Sought:
    """Groups of rows: communities of voices, or with few voices linked clauses."""
    n_voices = len(space.meaning)
    spoken = np.unique(space.row_voice)
    if len(spoken) < FEW_VOICES:
        labels = agglomerate(space.joint, space.weights, config.linkage)
        return Sought(labels, np.ones(n_voices), np.zeros((0, n_voices), dtype=np.int64))
    views = [space.voices(lexical_dim=dim, lexical_weight=weight)[spoken] for dim, weight in VIEWS]
    found = consensus(views, config.consensus)
    labels, agreement = np.full(n_voices, -1, dtype=np.int64), np.zeros(n_voices)
    cuts = np.full((len(found.cuts), n_voices), -1, dtype=np.int64)
    labels[spoken], agreement[spoken], cuts[:, spoken] = found.labels, found.agreement, found.cuts
    return Sought(labels[space.row_voice], agreement, cuts)


def centres_of(space: Space, sought: Sought, rows: Evidence, kept: Continuity) -> Centres:
    """Centres of the causes and of what is none, over the rows that surely belong to them."""
    owner = np.where(sought.labels >= 0, kept.owner[sought.labels], OPEN)
    n_causes = kept.n_known + kept.n_born
    background = [group for group in range(len(kept.owner)) if kept.owner[group] == NO_CAUSE]
    place = {group: n_causes + i for i, group in enumerate(background)}
    label = np.where(owner == NO_CAUSE, [place.get(int(g), -1) for g in sought.labels], owner)
    label = np.where(rows.known >= 0, rows.known, np.where(rows.current, label, -1))
    sure = (label >= 0) & ((rows.known >= 0) | (sought.agreement[space.row_voice] >= SURE))
    vectors = pooled(space.joint[sure], label[sure], space.weights[sure], n_causes + len(background))
    told = np.zeros(n_causes)
    for cause in range(n_causes):
        members = np.zeros(len(sought.agreement), dtype=bool)
        members[space.row_voice[label == cause]] = True
        told[cause] = stability(members, sought.cuts) if len(sought.cuts) else 1.0
    return Centres(vectors, n_causes, told)


def members_of(corpus: Corpus, space: Space, rows: NDArray[np.int64]) -> list[Member]:
    """Rows as naming needs them."""
    return [
        Member(
            corpus.texts[space.row_text[r]],
            corpus.words[space.row_text[r]],
            int(space.row_voice[r]),
            float(space.weights[r]),
        )
        for r in rows
    ]


def least_voices(n_voices: int, wanted: int) -> int:
    """The fewest voices of a cause in a month of ``n_voices``."""
    return min(wanted, 1 if n_voices < 12 else 2 if n_voices < 60 else wanted)


def split_in(space: Space, voices: Vectors, k: int, *, seed: int) -> tuple[Labels, NDArray[np.float32]]:
    """At most ``k`` groups of ``voices`` ``(n_voices, dim)`` by k-means: labels and cosines per row."""
    if not len(space.row_voice):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
    spoken, place = np.unique(space.row_voice, return_inverse=True)
    voices = voices[spoken]
    parts = partition(voices, k, seed=seed)
    centres = pooled(voices, parts, np.ones(len(spoken)), int(parts.max()) + 1)
    cosines = np.round(np.einsum("ij,ij->i", voices, centres[parts]), DECIMALS).astype(np.float32)
    return parts[place], cosines[place]
