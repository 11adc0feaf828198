"""Root causes of a month: clauses -> space -> clusters -> names, exemplars and links to the month before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from threadpoolctl import threadpool_limits

from models.rootcause.cause import Assignment, Discovery, Reason, RootCause, Unassigned, new_id
from models.rootcause.exemplars import choose_exemplars
from models.rootcause.generic import load_generic_words
from models.rootcause.grouping import (
    DiscoverConfig,
    Found,
    Progress,
    configured_space,
    find_causes,
    unit_labels,
)
from models.rootcause.linking import link_causes
from models.rootcause.space import Space
from models.rootcause.texts import TextClusters, cluster_texts
from models.rootcause.units import Corpus, Unit, build_corpus
from models.rootcause.vectors import Encoder, VectorCache, pooled

__all__ = ["METHOD", "DiscoverConfig", "Discovery", "TextClusters", "Unit", "cluster_texts", "discover"]

METHOD = "rootcause.linkage.v1"


def discover(
    units: Sequence[Unit],
    *,
    month: str,
    encoder: Encoder,
    previous: Sequence[RootCause] = (),
    config: DiscoverConfig | None = None,
    cache: VectorCache | None = None,
    progress: Progress | None = None,
) -> Discovery:
    """Find the root causes of ``units``, the negative clauses of ``month``.

    The same units in any order give the same result: they are sorted first, ties go by that order, and
    linear algebra runs on one thread over rounded vectors. Causes linked to ``previous`` keep id and name.
    Fine with no units at all.
    """
    config = config or DiscoverConfig()
    tell = progress or (lambda share, what: None)
    generic = load_generic_words()
    corpus = build_corpus(units)
    versions = {"encoder": encoder.name, "method": METHOD, "generic_words": generic.version}
    if not corpus.units:
        return Discovery(month, (), (), (), versions)
    with threadpool_limits(limits=1):
        tell(0.05, "正在计算向量")
        space = configured_space(corpus, encoder, generic, config, cache)
        tell(0.6, "正在归并原因")
        found = find_causes(corpus, space, generic, config)
        tell(0.85, "正在命名和挑选原话")
        causes = _describe(corpus, space, found, month, encoder.name, config)
        causes = _linked(causes, previous, config.link_threshold)
        result = _discovery(corpus, space, found, causes, month, versions)
    tell(1.0, "完成")
    return result


def _describe(
    corpus: Corpus, space: Space, found: Found, month: str, encoder: str, config: DiscoverConfig
) -> list[RootCause]:
    n = max(len(found.names), 1)
    valid = found.labels >= 0
    groups, weights = found.labels[valid], space.weights[valid]
    centres = pooled(space.clauses[space.row_text[valid]], groups, weights, n)
    joint_centres = pooled(space.joint[valid], groups, weights, n)
    labels = unit_labels(space, found.labels)
    causes: list[RootCause] = []
    for c, naming in enumerate(found.names):
        at = np.flatnonzero(labels == c)
        members = [corpus.units[i] for i in at]
        vectors = space.clauses[corpus.text_of[at]]
        nearness = vectors @ centres[c] + space.joint[space.row_of[at]] @ joint_centres[c]
        exemplars = choose_exemplars(members, vectors, nearness, name=naming.name, n=config.n_exemplars)
        causes.append(
            RootCause(
                id=new_id(month, naming.name, exemplars, {cause.id for cause in causes}),
                name=naming.name,
                keywords=naming.keywords,
                centroid=centres[c],
                exemplars=exemplars,
                n_units=len(at),
                n_transcripts=len({unit.transcript_id for unit in members}),
                n_voices=len({unit.voice_id for unit in members}),
                encoder=encoder,
            )
        )
    return causes


def _linked(causes: Sequence[RootCause], previous: Sequence[RootCause], threshold: float) -> list[RootCause]:
    """Causes with last month's id and name where linked; a name that would clash stays this month's own."""
    result = list(causes)
    links = link_causes(causes, previous, threshold=threshold)
    linked = {link.index for link in links}
    used = {cause.name for i, cause in enumerate(causes) if i not in linked}
    for link in links:
        before = link.previous
        name = before.name if before.name not in used else causes[link.index].name
        used.add(name)
        result[link.index] = replace(
            causes[link.index], id=before.id, name=name, linked_from=before.id, similarity=link.similarity
        )
    return result


def _discovery(
    corpus: Corpus,
    space: Space,
    found: Found,
    causes: Sequence[RootCause],
    month: str,
    versions: Mapping[str, str],
) -> Discovery:
    labels = unit_labels(space, found.labels)
    scores = np.append(found.scores, np.float32(0.0))[space.row_of]
    assignments: list[Assignment] = []
    unassigned: list[Unassigned] = []
    for i, unit in enumerate(corpus.units):
        score = round(float(scores[i]), 4)
        if labels[i] >= 0:
            cause = causes[labels[i]]
            assignments.append(Assignment(unit.transcript_id, unit.start, unit.end, cause.id, score))
        else:
            reason: Reason = "generic" if space.row_of[i] < 0 else "distant"
            unassigned.append(Unassigned(unit.transcript_id, unit.start, unit.end, reason, None, score))
    ordered = tuple(sorted(causes, key=lambda c: (-c.n_voices, -c.n_transcripts, c.name, c.id)))
    return Discovery(month, ordered, tuple(assignments), tuple(unassigned), versions)
