"""From a space to named groups: cluster, dissolve the doubtful, assign every row anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from models.rootcause.clusters import Labels, LinkageConfig, agglomerate, assign, partition
from models.rootcause.generic import GenericWords
from models.rootcause.naming import Member, Naming, name_causes
from models.rootcause.space import Space, build_space
from models.rootcause.units import Corpus
from models.rootcause.vectors import DECIMALS, Encoder, VectorCache, pooled

Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class DiscoverConfig:
    """Settings of discovery; the defaults were chosen by trial, see the decision record.

    ``context`` is the weight of a voice's other clauses beside the clause; ``lexical_weight`` of words beside
    the encoder; ``topic_weight`` of the clause's category beside both; ``min_information`` the share of the
    typical voice's best word that a clause must reach (more ``without_topic``, where topics are given);
    ``min_voices`` the fewest voices of a cause (fewer in small months); ``min_similarity`` the least cosine
    of a clause to its cause; ``link_threshold`` the least similarity to last month's cause.
    """

    context: float = 3.0
    lexical_weight: float = 1.4
    lexical_dim: int = 200
    topic_weight: float = 0.5
    min_information: float = 0.4
    min_information_without_topic: float = 0.5
    min_voices: int = 3
    min_similarity: float = 0.4
    link_threshold: float = 0.55
    n_keywords: int = 8
    n_exemplars: int = 5
    seed: int = 0
    linkage: LinkageConfig = field(default_factory=LinkageConfig)


@dataclass(frozen=True, slots=True)
class Found:
    """``labels`` and ``scores`` ``(n_rows,)`` against the kept causes, -1 for none; one naming per cause."""

    labels: Labels
    scores: NDArray[np.float32]
    names: tuple[Naming, ...]


def find_causes(corpus: Corpus, space: Space, generic: GenericWords, config: DiscoverConfig) -> Found:
    """Cluster the rows and name the causes; those with too few voices or no shared phrase are dissolved."""
    labels = agglomerate(space.joint, space.weights, config.linkage)
    least = _least_voices(len(corpus.voices), config.min_voices)
    found = named_groups(corpus, space, _reassigned(space, labels, least, config), generic, config, least)
    doubtful = [c for c, naming in enumerate(found.names) if not naming.shared]
    if not doubtful or least < config.min_voices:
        return found
    labels = np.where(np.isin(found.labels, doubtful), -1, found.labels)
    return named_groups(corpus, space, _reassigned(space, labels, least, config), generic, config, least)


def _reassigned(
    space: Space, labels: Labels, least: int, config: DiscoverConfig
) -> tuple[Labels, NDArray[np.float32]]:
    """Every row to the nearest centre of a label with enough voices; -1 where that is too far."""
    sizes = _voices_per_label(labels, space.row_voice)
    kept = np.flatnonzero(sizes >= least)
    if not len(kept):
        return np.full(len(labels), -1, dtype=np.int64), np.zeros(len(labels), dtype=np.float32)
    rows = np.isin(labels, kept)
    places = np.searchsorted(kept, labels[rows])
    centres = pooled(space.joint[rows], places, space.weights[rows], len(kept))
    nearest, scores = assign(space.joint, centres)
    return np.where(scores >= config.min_similarity, nearest, -1), scores


def configured_space(
    corpus: Corpus, encoder: Encoder, generic: GenericWords, config: DiscoverConfig, cache: VectorCache | None
) -> Space:
    return build_space(
        corpus,
        encoder,
        generic,
        context=config.context,
        lexical_weight=config.lexical_weight,
        lexical_dim=config.lexical_dim,
        topic_weight=config.topic_weight,
        min_information_without_topic=config.min_information_without_topic,
        min_information=config.min_information,
        cache=cache,
        seed=config.seed,
    )


def _least_voices(n_voices: int, wanted: int) -> int:
    return min(wanted, 1 if n_voices < 12 else 2 if n_voices < 60 else wanted)


def _voices_per_label(labels: Labels, row_voice: NDArray[np.int64]) -> NDArray[np.int64]:
    valid = labels >= 0
    pairs = np.unique(np.stack([labels[valid], row_voice[valid]], axis=1), axis=0)
    n = int(labels.max()) + 1 if len(labels) else 0
    return np.bincount(pairs[:, 0], minlength=max(n, 0)).astype(np.int64)


def named_groups(
    corpus: Corpus,
    space: Space,
    assigned: tuple[Labels, NDArray[np.float32]],
    generic: GenericWords,
    config: DiscoverConfig,
    least: int,
) -> Found:
    """Order causes by voices, name them, and let go of those too small or without a name."""
    labels, scores = assigned
    sizes = _voices_per_label(labels, space.row_voice)
    order = sorted(np.flatnonzero(sizes >= least).tolist(), key=lambda c: (-int(sizes[c]), c))
    information = dict(zip(space.table.terms, space.term_information.tolist(), strict=True))
    members = [_members(corpus, space, np.flatnonzero(labels == c)) for c in order]
    namings = name_causes(members, generic, information, n_keywords=config.n_keywords)
    rank = np.full(len(sizes) + 1, -1, dtype=np.int64)
    named = [(c, naming) for c, naming in zip(order, namings, strict=True) if naming is not None]
    for position, (c, _) in enumerate(named):
        rank[c] = position
    return Found(rank[labels], scores, tuple(naming for _, naming in named))


def _members(corpus: Corpus, space: Space, rows: NDArray[np.int64]) -> list[Member]:
    return [
        Member(
            corpus.texts[space.row_text[r]],
            corpus.words[space.row_text[r]],
            int(space.row_voice[r]),
            float(space.weights[r]),
        )
        for r in rows
    ]


def unit_labels(space: Space, labels: Labels) -> Labels:
    """The label of each unit of the corpus: that of its row, -1 for generic clauses."""
    padded = np.append(labels, -1)
    return padded[space.row_of]


def find_parts(corpus: Corpus, space: Space, generic: GenericWords, config: DiscoverConfig, k: int) -> Found:
    """At most ``k`` groups of whole voices by k-means: every voice that says anything is in one."""
    n_rows = len(space.row_voice)
    if not n_rows:
        return Found(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32), ())
    spoken, place = np.unique(space.row_voice, return_inverse=True)
    voices = pooled(space.joint, place, space.weights, len(spoken))
    parts = partition(voices, k, seed=config.seed)
    centres = pooled(voices, parts, np.ones(len(spoken)), int(parts.max()) + 1)
    cosines = np.round(np.einsum("ij,ij->i", voices, centres[parts]), DECIMALS).astype(np.float32)
    return named_groups(corpus, space, (parts[place], cosines[place]), generic, config, 1)
