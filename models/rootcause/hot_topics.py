"""Hot topics: people who tell of one thing and agree, inside a cause or across causes.

A cause such as 涉嫌诈骗 gathers many cases; the one that many write about stands out of it. Voices that agree are
linked by average distance of their rare words; of the tree of groups the hottest are taken first, so that a group
grows as long as it gets hotter and most of its pairs agree. Only groups that come back without some of the voices
are topics. They belong to the month and have no ids.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import linkage

from models.rootcause.assigning import Placed, Settled
from models.rootcause.exemplars import Exemplar, choose_exemplars
from models.rootcause.generic import GenericWords
from models.rootcause.graph import communities
from models.rootcause.grouping import members_of
from models.rootcause.heat import Heat, HeatConfig, HeatGauge, gauge_of
from models.rootcause.naming import name_causes
from models.rootcause.space import Space
from models.rootcause.vectors import DECIMALS, Vectors, pooled

Voices = NDArray[np.int64]
MAX_LINKED = 4_000
"""Voices whose tree is built at once; of a larger part only those with most voices to agree with."""


@dataclass(frozen=True, slots=True)
class HotTopicConfig:
    """A topic has ``min_people`` and ``min_share`` of all people, ``min_agreement`` of its pairs agree, and it comes
    back with ``min_stability`` in ``n_cuts`` searches without ``left_out`` of the voices. A group that is as good
    as a cause (Jaccard index above ``max_likeness``) is no topic of its own. ``resolution`` is that of the parts
    in which trees are built (below 1: fewer and larger)."""

    min_people: int = 5
    min_share: float = 0.002
    min_agreement: float = 0.5
    min_stability: float = 0.6
    max_likeness: float = 0.7
    max_topics: int = 20
    n_exemplars: int = 3
    resolution: float = 0.5
    n_cuts: int = 4
    left_out: float = 0.1
    seed: int = 0
    heat: HeatConfig = field(default_factory=HeatConfig)


@dataclass(frozen=True, slots=True)
class HotTopic:
    """``cause`` is the number of the cause that most of its voices belong to; some may belong to others. ``name`` has
    its strongest keyword, before a colon where the phrase does not hold it (车贷：没有案情通报).
    ``heat`` is ``Heat.value``; see there for ``n_people``, ``agreement`` and ``concentration``."""

    cause: int
    name: str
    keywords: tuple[str, ...]
    transcript_ids: tuple[str, ...]
    n_voices: int
    n_people: int
    stability: float
    heat: float
    agreement: float
    concentration: float
    exemplars: tuple[Exemplar, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe; the cause is known from where the topic is kept."""
        return {
            "name": self.name,
            "keywords": list(self.keywords),
            "n_voices": self.n_voices,
            "n_people": self.n_people,
            "n_transcripts": len(self.transcript_ids),
            "transcript_ids": list(self.transcript_ids),
            "stability": self.stability,
            "heat": self.heat,
            "agreement": self.agreement,
            "concentration": self.concentration,
            "exemplars": [exemplar.to_dict() for exemplar in self.exemplars],
        }


@dataclass(frozen=True, slots=True, eq=False)
class _Group:
    voices: Voices
    heat: Heat
    cause: int
    stability: float


def find_hot_topics(
    settled: Settled,
    found: Placed,
    generic: GenericWords,
    config: HotTopicConfig | None = None,
    *,
    gauge: HeatGauge | None = None,
    reach: Mapping[str, float] | None = None,
    taken: Sequence[str] = (),
) -> list[HotTopic]:
    """Topics of all causes, hottest first. Deterministic; sought among the voices that causes were sought in.

    ``gauge`` measures heat (``gauge_of``); without it one is made from ``reach`` alone.
    """
    config = config or HotTopicConfig()
    gauge = gauge or gauge_of(settled, found, config.heat, reach=reach)
    groups: list[_Group] = []
    for part in _parts(gauge, config):
        told = _stable(part, gauge, config)
        groups += [_Group(v, h, _cause_of(v, gauge), s) for v, h, s in told]
    groups = [group for group in groups if group.cause >= 0 and not _is_a_cause(group, gauge, config)]
    groups.sort(key=lambda group: (-group.heat.value, int(group.voices[0])))
    return _described(settled, groups[: config.max_topics], gauge, generic, config, taken)


def _parts(gauge: HeatGauge, config: HotTopicConfig) -> Iterator[Voices]:
    """Communities of the voices of the month that agree: only inside them can topics be."""
    labels = communities(gauge.agrees.astype(np.float64), config.resolution)
    degree = np.asarray(gauge.agrees.sum(axis=1)).ravel()
    for label in range(int(labels.max(initial=-1)) + 1):
        part = np.flatnonzero((labels == label) & gauge.current & (degree > 0))
        if len(part) > MAX_LINKED:
            part = np.sort(part[np.argsort(-degree[part], kind="stable")[:MAX_LINKED]])
        if len(part) >= config.min_people:
            yield part


def _stable(part: Voices, gauge: HeatGauge, config: HotTopicConfig) -> list[tuple[Voices, Heat, float]]:
    """The hottest groups of ``part`` that come back, each with its stability (mean of the best Jaccard index;
    Hennig 2007)."""
    told = _hottest(part, gauge, config)
    if not told:
        return []
    draws = np.random.default_rng(config.seed)
    total = np.zeros(len(told))
    for _ in range(config.n_cuts):
        kept = np.sort(draws.permutation(part)[: round(len(part) * (1 - config.left_out))])
        again = [set(voices.tolist()) for voices, _ in _hottest(kept, gauge, config)]
        there = set(kept.tolist())
        total += [_best_jaccard(set(voices.tolist()) & there, again) for voices, _ in told]
    held = np.round(total / config.n_cuts, 4).tolist()
    return [(v, h, s) for (v, h), s in zip(told, held, strict=True) if s >= config.min_stability]


def _hottest(part: Voices, gauge: HeatGauge, config: HotTopicConfig) -> list[tuple[Voices, Heat]]:
    """Groups of the tree of ``part``, hottest first, none inside another."""
    candidates: list[tuple[Voices, Heat]] = []
    least = max(config.min_people, math.ceil(config.min_share * gauge.n_people))
    for group, agreement in _tree_groups(part, gauge, least):
        if agreement >= config.min_agreement:
            heat = gauge.of(group, agreement)
            if heat.n_people >= least:
                candidates.append((group, heat))
    candidates.sort(key=lambda pair: (-pair[1].value, len(pair[0]), int(pair[0][0])))
    taken: set[int] = set()
    chosen = []
    for group, heat in candidates:
        if taken.isdisjoint(group.tolist()):
            taken.update(group.tolist())
            chosen.append((group, heat))
    return chosen


def _tree_groups(part: Voices, gauge: HeatGauge, least: int) -> Iterator[tuple[Voices, float]]:
    """Groups of ``least`` voices or more of the average-linkage tree (UPGMA; Sokal and Michener 1958), each with its
    share of agreeing pairs."""
    if len(part) < 2:
        return
    words = gauge.words[part]
    cosines = (words @ words.T).toarray()
    distances = np.round(1.0 - cosines[np.triu_indices(len(part), 1)], DECIMALS)
    agrees = gauge.agrees[part][:, part].toarray()
    others = gauge.person[part][:, None] != gauge.person[part][None, :]
    groups: list[NDArray[np.int64]] = [np.array([i]) for i in range(len(part))]
    pairs = [(0.0, 0)] * len(part)
    for left, right in linkage(np.maximum(distances, 0.0), method="average")[:, :2].astype(int).tolist():
        groups.append(np.concatenate([groups[left], groups[right]]))
        across = np.ix_(groups[left], groups[right])
        agreed = pairs[left][0] + pairs[right][0] + float(agrees[across].sum())
        apart = pairs[left][1] + pairs[right][1] + int(others[across].sum())
        pairs.append((agreed, apart))
        if len(groups[-1]) >= least:
            yield part[np.sort(groups[-1])], agreed / max(1, apart)


def _cause_of(voices: Voices, gauge: HeatGauge) -> int:
    own = gauge.cause[voices]
    counts = np.bincount(own + 1)
    return int(counts.argmax()) - 1


def _is_a_cause(group: _Group, gauge: HeatGauge, config: HotTopicConfig) -> bool:
    cause = np.flatnonzero(gauge.cause == group.cause)
    shared = len(np.intersect1d(cause, group.voices))
    return shared / (len(cause) + len(group.voices) - shared) > config.max_likeness


def _best_jaccard(own: set[int], others: Sequence[set[int]]) -> float:
    return max((len(own & other) / len(own | other) for other in others if own | other), default=0.0)


def _described(
    settled: Settled,
    groups: Sequence[_Group],
    gauge: HeatGauge,
    generic: GenericWords,
    config: HotTopicConfig,
    taken: Sequence[str],
) -> list[HotTopic]:
    corpus, space = settled.corpus, settled.space
    names, topics = list(taken), []
    for group in groups:
        rows = np.flatnonzero(np.isin(space.row_voice, group.voices))
        naming = name_causes(
            [members_of(corpus, space, rows)], generic, _telling(space, group, gauge), taken=names
        )[0]
        if naming is None:
            continue
        topic = naming.keywords[0]
        at = np.flatnonzero(np.isin(space.row_of, rows) & settled.current)
        quotes = choose_exemplars(
            [corpus.units[i] for i in at],
            space.clauses[corpus.text_of[at]],
            _nearness(space, rows, space.row_of[at]),
            name=topic,
            n=config.n_exemplars,
        )
        said = np.flatnonzero(np.isin(corpus.voice_of, group.voices) & settled.current)
        ids = tuple(sorted({corpus.units[i].transcript_id for i in said}))
        name = naming.name if topic in naming.name.lower() else f"{topic}：{naming.name}"
        names.append(naming.name)
        topics.append(_topic(group, name, naming.keywords, ids, quotes))
    return topics


def _topic(
    group: _Group,
    name: str,
    keywords: tuple[str, ...],
    transcript_ids: tuple[str, ...],
    quotes: tuple[Exemplar, ...],
) -> HotTopic:
    heat = group.heat
    return HotTopic(
        group.cause,
        name,
        keywords,
        transcript_ids,
        len(group.voices),
        heat.n_people,
        group.stability,
        heat.value,
        heat.agreement,
        heat.concentration,
        quotes,
    )


def _telling(space: Space, group: _Group, gauge: HeatGauge) -> dict[str, float]:
    """How much more often the voices of a topic say each term than all voices do, as a logarithm, 0 or more."""
    said = space.table.by_voice
    own = np.asarray(said[group.voices].mean(axis=0)).ravel()
    everyone = np.asarray(said[np.flatnonzero(gauge.current)].mean(axis=0)).ravel()
    lift = np.log(np.where(own > 0, own / np.where(everyone > 0, everyone, 1.0), 1.0))
    return dict(zip(space.table.terms, np.maximum(lift, 0.0).tolist(), strict=True))


def _nearness(space: Space, rows: NDArray[np.int64], of: NDArray[np.int64]) -> Vectors:
    centre = pooled(space.joint[rows], np.zeros(len(rows), dtype=np.int64), space.weights[rows], 1)[0]
    return np.asarray(space.joint[of] @ centre)
