"""Root causes of a month: clauses -> space -> clusters -> names, exemplars and links to the month before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from models.rootcause.cause import Assignment, Discovery, Reason, RootCause, Unassigned, new_id
from models.rootcause.clusters import Labels, LinkageConfig, agglomerate, assign
from models.rootcause.exemplars import choose_exemplars
from models.rootcause.generic import GenericWords, load_generic_words
from models.rootcause.linking import link_causes
from models.rootcause.naming import Member, Naming, name_causes
from models.rootcause.space import Space, build_space
from models.rootcause.units import Corpus, Unit, build_corpus
from models.rootcause.vectors import Encoder, VectorCache, Vectors, pooled

METHOD = "rootcause.linkage.v1"
Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class DiscoverConfig:
    """Settings of discovery; the defaults were chosen by trial, see the decision record.

    ``context`` is the weight of a voice's other clauses beside the clause; ``lexical_weight`` of words beside
    the encoder; ``min_information`` the share of the typical voice's best word that a clause must reach;
    ``min_voices`` the fewest voices of a cause (fewer in small months); ``min_similarity`` the least cosine
    of a clause to its cause; ``link_threshold`` the least similarity to last month's cause.
    """

    context: float = 1.5
    lexical_weight: float = 1.4
    lexical_dim: int = 200
    min_information: float = 0.5
    min_voices: int = 3
    min_similarity: float = 0.3
    link_threshold: float = 0.5
    n_keywords: int = 8
    n_exemplars: int = 5
    seed: int = 0
    linkage: LinkageConfig = field(default_factory=LinkageConfig)


@dataclass(frozen=True, slots=True)
class _Found:
    """Row labels and scores against kept causes, with the causes' names."""

    labels: Labels
    scores: NDArray[np.float32]
    names: tuple[Naming, ...]


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
        space = _space(corpus, encoder, generic, config, cache)
        tell(0.6, "正在归并原因")
        found = find_causes(corpus, space, generic, config)
        tell(0.85, "正在命名和挑选原话")
        causes = _describe(corpus, space, found, month, encoder.name, config)
        causes = _linked(causes, previous, config.link_threshold)
        result = _discovery(corpus, space, found, causes, month, versions)
    tell(1.0, "完成")
    return result


def find_causes(
    corpus: Corpus, space: Space, generic: GenericWords, config: DiscoverConfig, *, k: int | None = None
) -> _Found:
    """Cluster the rows, drop causes with too few voices or no name, and assign every row anew."""
    labels = agglomerate(space.joint, space.weights, config.linkage, k=k)
    least = _least_voices(len(corpus.voices), config.min_voices) if k is None else 1
    sizes = _voices_per_label(labels, space.row_voice)
    kept = np.flatnonzero(sizes >= least)
    if not len(kept):
        return _Found(np.full(len(labels), -1), np.zeros(len(labels), np.float32), ())
    keep_rows = np.isin(labels, kept)
    centres = _centroids(space, np.searchsorted(kept, labels), keep_rows, len(kept))
    labels, scores = assign(space.joint, centres)
    labels = np.where(scores >= config.min_similarity, labels, -1)
    return _named(corpus, space, labels, scores, generic, config, least)


def _space(
    corpus: Corpus, encoder: Encoder, generic: GenericWords, config: DiscoverConfig, cache: VectorCache | None
) -> Space:
    return build_space(
        corpus,
        encoder,
        generic,
        context=config.context,
        lexical_weight=config.lexical_weight,
        lexical_dim=config.lexical_dim,
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


def _centroids(space: Space, labels: Labels, rows: NDArray[np.bool_], n: int) -> Vectors:
    return pooled(space.joint[rows], labels[rows], space.weights[rows], n)


def _named(
    corpus: Corpus,
    space: Space,
    labels: Labels,
    scores: NDArray[np.float32],
    generic: GenericWords,
    config: DiscoverConfig,
    least: int,
) -> _Found:
    """Order causes by voices, name them, and let go of those too small or without a name."""
    sizes = _voices_per_label(labels, space.row_voice)
    order = sorted(np.flatnonzero(sizes >= least).tolist(), key=lambda c: (-int(sizes[c]), c))
    information = dict(zip(space.table.terms, space.term_information.tolist(), strict=True))
    members = [_members(corpus, space, np.flatnonzero(labels == c)) for c in order]
    namings = name_causes(members, generic, information, n_keywords=config.n_keywords)
    rank = np.full(len(sizes) + 1, -1, dtype=np.int64)
    named = [(c, naming) for c, naming in zip(order, namings, strict=True) if naming is not None]
    for position, (c, _) in enumerate(named):
        rank[c] = position
    return _Found(rank[labels], scores, tuple(naming for _, naming in named))


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


def _describe(
    corpus: Corpus, space: Space, found: _Found, month: str, encoder: str, config: DiscoverConfig
) -> list[RootCause]:
    n = len(found.names)
    valid = found.labels >= 0
    centres = pooled(
        space.clauses[space.row_text[valid]], found.labels[valid], space.weights[valid], max(n, 1)
    )
    joint_centres = pooled(space.joint[valid], found.labels[valid], space.weights[valid], max(n, 1))
    unit_labels = _unit_labels(space, found.labels)
    causes: list[RootCause] = []
    taken: set[str] = set()
    for c, naming in enumerate(found.names):
        at = np.flatnonzero(unit_labels == c)
        members = [corpus.units[i] for i in at]
        near = (
            space.clauses[corpus.text_of[at]] @ centres[c] + space.joint[space.row_of[at]] @ joint_centres[c]
        )
        exemplars = choose_exemplars(
            members, space.clauses[corpus.text_of[at]], near, name=naming.name, n=config.n_exemplars
        )
        cause_id = new_id(month, naming.name, exemplars, taken)
        taken.add(cause_id)
        causes.append(
            RootCause(
                id=cause_id,
                name=naming.name,
                keywords=naming.keywords,
                centroid=centres[c],
                exemplars=exemplars,
                n_units=len(at),
                n_transcripts=len({u.transcript_id for u in members}),
                n_voices=len({u.voice_id for u in members}),
                encoder=encoder,
            )
        )
    return causes


def _unit_labels(space: Space, labels: Labels) -> Labels:
    padded = np.append(labels, -1)
    return padded[space.row_of]


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
    found: _Found,
    causes: Sequence[RootCause],
    month: str,
    versions: Mapping[str, str],
) -> Discovery:
    labels = _unit_labels(space, found.labels)
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
