"""Hot topics: inside a root cause, groups of voices that tell of one thing and hold together by themselves.

A cause such as 涉嫌诈骗 gathers many cases; the one that eighty people write about this month stands out of it.
Each cause's voices are looked at in a space of their own, where what they all share no longer counts, with fewer
neighbours; only groups that come back in nearly all cuts are topics. They belong to the month and have no ids.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.rootcause.assigning import Placed, Settled
from models.rootcause.exemplars import Exemplar, choose_exemplars
from models.rootcause.generic import GenericWords
from models.rootcause.graph import ConsensusConfig, consensus, stability
from models.rootcause.grouping import VIEWS, members_of
from models.rootcause.naming import name_causes
from models.rootcause.space import Space, SpaceConfig, learn_space
from models.rootcause.units import Corpus, Unit, build_corpus
from models.rootcause.vectors import Vectors, pooled

MAX_VOICES = 3_000
"""Of one cause; a larger one is a field, not a place to look for single cases."""


@dataclass(frozen=True, slots=True)
class HotTopicConfig:
    """A topic has ``min_voices``, at most ``max_share`` of its cause, and comes back with ``min_stability``."""

    min_cause_voices: int = 20
    min_voices: int = 5
    max_share: float = 0.7
    min_stability: float = 0.75
    n_exemplars: int = 3
    space: SpaceConfig = field(default_factory=SpaceConfig)
    consensus: ConsensusConfig = field(
        default_factory=lambda: ConsensusConfig(n_neighbours=(5, 8, 12), n_cuts=2, resolution=3.0)
    )


@dataclass(frozen=True, slots=True)
class HotTopic:
    """``cause`` is the number of its cause. ``heat`` counts each voice as ``1 + log(1 + reach)``."""

    cause: int
    name: str
    transcript_ids: tuple[str, ...]
    n_voices: int
    stability: float
    heat: float
    exemplars: tuple[Exemplar, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe; the cause is known from where the topic is kept."""
        return {
            "name": self.name,
            "n_voices": self.n_voices,
            "n_transcripts": len(self.transcript_ids),
            "transcript_ids": list(self.transcript_ids),
            "stability": self.stability,
            "heat": self.heat,
            "exemplars": [exemplar.to_dict() for exemplar in self.exemplars],
        }


def heat_of(voices: Mapping[str, Sequence[str]], reach: Mapping[str, float]) -> float:
    """Heat of ``voices``, each with its transcripts: ``reach`` are people who agreed with a transcript (likes)."""
    told = (1 + math.log1p(max(0.0, sum(reach.get(t, 0.0) for t in own))) for own in voices.values())
    return round(sum(told), 2)


def find_hot_topics(
    settled: Settled,
    found: Placed,
    generic: GenericWords,
    config: HotTopicConfig | None = None,
    *,
    reach: Mapping[str, float] | None = None,
    taken: Sequence[str] = (),
) -> list[HotTopic]:
    """Topics of all causes, hottest first. Deterministic; sought among the voices that causes were sought in."""
    config = config or HotTopicConfig()
    vectors = dict(zip(settled.corpus.texts, settled.space.clauses, strict=True))
    topics: list[HotTopic] = []
    names = list(taken)
    for cause, units in sorted(_units_by_cause(settled, found).items()):
        corpus = build_corpus(units)
        if not config.min_cause_voices <= len(corpus.voices) <= MAX_VOICES:
            continue
        clauses = np.stack([vectors[text] for text in corpus.texts])
        model = learn_space(corpus, clauses, generic, config.space)
        space = model.place(corpus, clauses, generic)
        own = _topics_of(cause, corpus, space, generic, config, reach or {}, names)
        names += [topic.name for topic in own]
        topics += own
    return sorted(topics, key=lambda topic: (-topic.heat, topic.name))


def _units_by_cause(settled: Settled, found: Placed) -> dict[int, list[Unit]]:
    """All clauses of the voices whose main cause it is."""
    mass: dict[str, dict[int, float]] = {}
    sought = {unit.key for unit, now in zip(settled.corpus.units, settled.current, strict=True) if now}
    for unit, label, weight in zip(found.units, found.labels.tolist(), found.weights.tolist(), strict=True):
        if label >= 0 and unit.key in sought:
            own = mass.setdefault(unit.voice_id, {})
            own[label] = own.get(label, 0.0) + weight
    main = {voice: max(sorted(own), key=lambda c: round(own[c], 6)) for voice, own in mass.items()}
    by_cause: dict[int, list[Unit]] = {}
    for unit in found.units:
        if unit.key in sought and unit.voice_id in main:
            by_cause.setdefault(main[unit.voice_id], []).append(unit)
    return by_cause


def _topics_of(
    cause: int,
    corpus: Corpus,
    space: Space,
    generic: GenericWords,
    config: HotTopicConfig,
    reach: Mapping[str, float],
    taken: Sequence[str],
) -> list[HotTopic]:
    spoken = np.unique(space.row_voice)
    if len(spoken) < config.min_cause_voices:
        return []
    views = [space.voices(lexical_dim=dim, lexical_weight=weight)[spoken] for dim, weight in VIEWS]
    cut = consensus(views, config.consensus)
    groups: list[tuple[NDArray[np.int64], float]] = []
    for label in range(int(cut.labels.max()) + 1):
        members = cut.labels == label
        if config.min_voices <= members.sum() <= config.max_share * len(spoken):
            held = stability(members, cut.cuts)
            if held >= config.min_stability:
                groups.append((spoken[members], held))
    return _described(cause, corpus, space, groups, generic, config, reach, taken)


def _described(
    cause: int,
    corpus: Corpus,
    space: Space,
    groups: Sequence[tuple[NDArray[np.int64], float]],
    generic: GenericWords,
    config: HotTopicConfig,
    reach: Mapping[str, float],
    taken: Sequence[str],
) -> list[HotTopic]:
    information = dict(zip(space.table.terms, space.term_information.tolist(), strict=True))
    rows = [np.flatnonzero(np.isin(space.row_voice, voices)) for voices, _ in groups]
    namings = name_causes([members_of(corpus, space, own) for own in rows], generic, information, taken=taken)
    topics = []
    for (voices, held), own, naming in zip(groups, rows, namings, strict=True):
        if naming is None:
            continue
        at = np.flatnonzero(np.isin(space.row_of, own))
        units = [corpus.units[i] for i in at]
        said: dict[str, list[str]] = {}
        for i in np.flatnonzero(np.isin(corpus.voice_of, voices)):
            said.setdefault(corpus.units[i].voice_id, []).append(corpus.units[i].transcript_id)
        by_voice = {voice: sorted(set(ids)) for voice, ids in said.items()}
        nearness = _nearness(space, own, space.row_of[at])
        quotes = choose_exemplars(
            units, space.clauses[corpus.text_of[at]], nearness, name=naming.name, n=config.n_exemplars
        )
        ids = tuple(sorted({t for own_ids in by_voice.values() for t in own_ids}))
        topics.append(
            HotTopic(cause, naming.name, ids, len(by_voice), held, heat_of(by_voice, reach), quotes)
        )
    return topics


def _nearness(space: Space, rows: NDArray[np.int64], of: NDArray[np.int64]) -> Vectors:
    centre = pooled(space.joint[rows], np.zeros(len(rows), dtype=np.int64), space.weights[rows], 1)[0]
    return np.asarray(space.joint[of] @ centre)
