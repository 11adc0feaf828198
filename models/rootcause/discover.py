"""Root causes of a month: clauses -> space -> groups -> known or new -> assignment -> names and exemplars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from models.rootcause.assigning import Placed, Settled, let_go, placed, settle
from models.rootcause.cause import (
    Assignment,
    Discovery,
    Exemplar,
    KnownCause,
    Reason,
    RootCause,
    Unassigned,
    new_id,
)
from models.rootcause.continuity import NO_CAUSE
from models.rootcause.exemplars import choose_exemplars
from models.rootcause.generic import GenericWords, load_generic_words
from models.rootcause.grouping import DiscoverConfig, Progress, members_of
from models.rootcause.heat import HeatGauge, gauge_of, heat_of_causes
from models.rootcause.hot_topics import find_hot_topics
from models.rootcause.lineage import proposals_of
from models.rootcause.naming import Naming, name_causes
from models.rootcause.texts import TextClusters, cluster_texts
from models.rootcause.units import Unit
from models.rootcause.vectors import DECIMALS, Encoder, VectorCache, Vectors, pooled

__all__ = ["METHOD", "DiscoverConfig", "Discovery", "TextClusters", "Unit", "cluster_texts", "discover"]

METHOD = "rootcause.consensus.v3"


def discover(
    units: Sequence[Unit],
    *,
    month: str,
    encoder: Encoder,
    known: Sequence[KnownCause] = (),
    config: DiscoverConfig | None = None,
    cache: VectorCache | None = None,
    reach: Mapping[str, float] | None = None,
    when: Mapping[str, float] | None = None,
    who: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Discovery:
    """Find the root causes of ``units``, the negative clauses of ``month``, beside the ``known`` ones.

    The same units in any order give the same result: they are sorted first, ties go by that order, and
    linear algebra runs on one thread over rounded vectors. Known causes keep id and name; those without a
    voice this month are left out. ``reach`` says how many agreed with a transcript (likes), for the heat of
    topics; ``when`` gives days (any origin) and ``who`` a person, by transcript. Fine with no units at all.
    """
    config = config or DiscoverConfig()
    tell = progress or (lambda share, what: None)
    generic = load_generic_words()
    versions = {"encoder": encoder.name, "method": METHOD, "generic_words": generic.version}
    before = sorted(known, key=lambda cause: cause.id)
    remembered = {unit.key: number for number, cause in enumerate(before) for unit in cause.remembered}
    memory = [unit for cause in before for unit in cause.remembered]
    with threadpool_limits(limits=1):
        tell(0.05, "正在计算向量和归并原因")
        settled = (
            settle(units, remembered, memory, len(before), encoder, generic, config, cache) if units else None
        )
        if settled is None:
            return Discovery(month, (), (), (), versions)
        tell(0.7, "正在归入原因")
        found = placed(settled, units, encoder, generic, config, cache)
        tell(0.85, "正在命名和挑选原话")
        namings = _namings(settled, found, before, generic, config)
        found = let_go(found, [c for c, naming in enumerate(namings) if naming is None], config)
        causes = _described(settled, found, namings, before, month, encoder.name, config)
        gauge = gauge_of(settled, found, reach=reach, when=when, who=who)
        causes = _with_hot_topics(settled, found, causes, generic, gauge)
    tell(1.0, "完成")
    return _discovery(month, settled, found, causes, before, versions)


def _described(
    settled: Settled,
    found: Placed,
    namings: Sequence[Naming | None],
    before: Sequence[KnownCause],
    month: str,
    encoder: str,
    config: DiscoverConfig,
) -> list[RootCause | None]:
    """One entry per centre: the cause as this month shows it, None where nobody speaks of it or it has no name."""
    space = settled.space
    row_labels = _row_labels(settled, found)
    valid = row_labels >= 0
    centroids = pooled(
        space.clauses[space.row_text[valid]],
        row_labels[valid],
        space.weights[valid],
        settled.centres.n_causes,
    )
    at_unit = np.append(row_labels, -1)[space.row_of]
    own: list[list[Unit]] = [[] for _ in namings]
    for unit, label in zip(found.units, found.labels.tolist(), strict=True):
        if label >= 0:
            own[label].append(unit)
    causes: list[RootCause | None] = []
    taken = {cause.id for cause in before}
    for number, naming in enumerate(namings):
        at = np.flatnonzero((at_unit == number) & settled.current)
        if naming is None or not own[number] or not len(at):
            causes.append(None)
            continue
        exemplars = _exemplars(settled, at, number, centroids[number], naming.name, config.n_exemplars)
        same = before[number] if number < len(before) else None
        cause = RootCause(
            id=same.id if same else new_id(month, naming.name, exemplars, taken),
            name=same.name if same else naming.name,
            keywords=naming.keywords,
            centroid=centroids[number],
            exemplars=exemplars,
            n_units=len(own[number]),
            n_transcripts=len({unit.transcript_id for unit in own[number]}),
            n_voices=len({unit.voice_id for unit in own[number]}),
            encoder=encoder,
            linked_from=same.id if same else None,
            similarity=_likeness_to_birth(same, centroids[number], encoder),
            stability=float(settled.centres.stability[number]),
        )
        taken.add(cause.id)
        causes.append(cause)
    return causes


def _exemplars(
    settled: Settled, at: NDArray[np.intp], cause: int, centroid: Vectors, name: str, n: int
) -> tuple[Exemplar, ...]:
    """Of the units ``at``, those nearest to the middle of their cause, by meaning and by words."""
    space, corpus = settled.space, settled.corpus
    vectors = space.clauses[corpus.text_of[at]]
    nearness = vectors @ centroid + space.joint[space.row_of[at]] @ settled.centres.vectors[cause]
    return choose_exemplars([corpus.units[i] for i in at], vectors, nearness, name=name, n=n)


def _with_hot_topics(
    settled: Settled,
    found: Placed,
    causes: Sequence[RootCause | None],
    generic: GenericWords,
    gauge: HeatGauge,
) -> list[RootCause | None]:
    names = [cause.name for cause in causes if cause]
    topics = find_hot_topics(settled, found, generic, gauge=gauge, taken=names)
    heats = heat_of_causes(gauge)
    return [
        replace(
            cause,
            heat=heats[number].value if number in heats else 0.0,
            hot_topics=tuple(topic.to_dict() for topic in topics if topic.cause == number),
        )
        if cause
        else None
        for number, cause in enumerate(causes)
    ]


def _row_labels(settled: Settled, found: Placed) -> np.ndarray:
    """Labels of the sought rows of this month, as the units got them."""
    of_unit = {unit.key: label for unit, label in zip(found.units, found.labels.tolist(), strict=True)}
    labels = np.full(len(settled.space.row_voice), -1, dtype=np.int64)
    for unit, row in zip(settled.corpus.units, settled.space.row_of.tolist(), strict=True):
        if row >= 0 and unit.key in of_unit:
            labels[row] = of_unit[unit.key]
    return labels


def _namings(
    settled: Settled,
    found: Placed,
    before: Sequence[KnownCause],
    generic: GenericWords,
    config: DiscoverConfig,
) -> list[Naming | None]:
    """A naming per centre; names of known causes are taken, and stay theirs."""
    space, row_labels = settled.space, _row_labels(settled, found)
    information = dict(zip(space.table.terms, space.term_information.tolist(), strict=True))
    members = [
        members_of(settled.corpus, space, np.flatnonzero(row_labels == cause))
        for cause in range(settled.centres.n_causes)
    ]
    order = sorted(range(len(members)), key=lambda c: (-len({m.voice for m in members[c]}), c))
    taken = [cause.name for cause in before]
    named = name_causes(
        [members[c] for c in order], generic, information, n_keywords=config.n_keywords, taken=taken
    )
    return [naming for _, naming in sorted(zip(order, named, strict=True), key=lambda pair: pair[0])]


def _likeness_to_birth(known: KnownCause | None, centroid: Vectors, encoder: str) -> float | None:
    if known is None or known.birth_centroid is None or known.encoder != encoder:
        return None
    return round(float(known.birth_centroid @ centroid), DECIMALS)


def _discovery(
    month: str,
    settled: Settled,
    found: Placed,
    causes: Sequence[RootCause | None],
    before: Sequence[KnownCause],
    versions: Mapping[str, str],
) -> Discovery:
    assignments: list[Assignment] = []
    unassigned: list[Unassigned] = []
    ids = [cause.id if cause else None for cause in causes]
    for i, unit in enumerate(found.units):
        label, score = int(found.labels[i]), round(float(found.scores[i]), 4)
        cause_id = ids[label] if label >= 0 else None
        if cause_id is not None:
            assignments.append(Assignment(unit.transcript_id, unit.start, unit.end, cause_id, score))
            continue
        near = int(found.nearest[i])
        reason: Reason = "distant"
        if found.weights[i] == 0:
            reason = "generic"
        elif label >= 0 or found.drawn[i] == NO_CAUSE:
            reason = "no_cause"
        nearest_id = ids[near] if near >= 0 else None
        unassigned.append(Unassigned(unit.transcript_id, unit.start, unit.end, reason, nearest_id, score))
    ordered = tuple(
        sorted((c for c in causes if c), key=lambda c: (-c.n_voices, -c.n_transcripts, c.name, c.id))
    )
    proposals = proposals_of(settled, causes, before)
    return Discovery(month, ordered, tuple(assignments), tuple(unassigned), versions, proposals)
