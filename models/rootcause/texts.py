"""Root causes of whole texts, for a file without a database."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from threadpoolctl import threadpool_limits

from models.rootcause.assigning import Placed, let_go, placed, settle
from models.rootcause.generic import GenericWords, load_generic_words
from models.rootcause.grouping import DiscoverConfig, Progress, least_voices, split_in
from models.rootcause.naming import Member, name_causes
from models.rootcause.space import Space, encode_texts, learn_space
from models.rootcause.units import Corpus, Unit, build_corpus, unmasked_words
from models.rootcause.vectors import (
    Encoder,
    LexicalEncoder,
    VectorCache,
    combine,
    encode_distinct,
    text_digest,
)

_LEXICAL_DIM, _LEXICAL_WEIGHT = 100, 0.2
"""Of words beside the vectors of whole texts, where the number of groups is given."""
_CLAUSE = re.compile(r"[^，。！？；,!?;\n\r]+")


@dataclass(frozen=True, slots=True)
class TextClusters:
    """Causes of texts: ``labels`` and ``scores`` have one entry per text, -1 and 0.0 for no cause.

    ``labels[i]`` is the strongest cause of text i, an index into ``names``; ``all_labels[i]`` has all of its
    causes, strongest first. Scores lie in [0, 1].
    """

    labels: tuple[int, ...]
    names: tuple[str, ...]
    scores: tuple[float, ...]
    all_labels: tuple[tuple[int, ...], ...]


def cluster_texts(
    texts: Sequence[str],
    words: Sequence[Sequence[str]],
    *,
    encoder: Encoder,
    k: int | None = None,
    config: DiscoverConfig | None = None,
    cache: VectorCache | None = None,
    progress: Progress | None = None,
) -> TextClusters:
    """Group ``texts`` by cause; ``words`` are their words in order, punctuation allowed.

    Each text is read clause by clause; equal texts are one voice. Without ``k`` the number of causes comes
    from the data; with it there are at most ``k`` groups, each text in one. The order of the texts does not
    matter. Raises ``ValueError`` when ``texts`` and ``words`` differ in length or ``k`` is below 1.
    """
    if len(texts) != len(words):
        raise ValueError(f"{len(texts)} texts but {len(words)} lists of words")
    if k is not None and k < 1:
        raise ValueError(f"k must be at least 1: {k}")
    config = config or DiscoverConfig()
    ids = [text_digest(text) for text in texts]
    distinct = dict(zip(ids, zip(texts, words, strict=True), strict=True))
    units = [unit for key in sorted(distinct) for unit in clause_units(key, *distinct[key])]
    copies = Counter(ids)
    tell = progress or (lambda share, what: None)
    tell(0.05, "正在计算向量和归并原因")
    nothing = TextClusters((-1,) * len(texts), (), (0.0,) * len(texts), ((),) * len(texts))
    if not units:
        return nothing
    generic = load_generic_words()
    with threadpool_limits(limits=1):
        if k is not None:
            said = {key: text for key, (text, _) in distinct.items()}
            found, space = _in_groups(build_corpus(units), said, encoder, config, k, cache)
            config = replace(config, min_voices=1)
        else:
            settled = settle(units, {}, (), 0, encoder, generic, config, cache)
            if settled is None:
                return nothing
            found, space = placed(settled, units, encoder, generic, config, cache, copies), settled.space
        found, names = _named(found, space, generic, config, copies)
    tell(1.0, "完成")
    return _per_text(ids, found, names)


def clause_units(transcript_id: str, text: str, words: Sequence[str]) -> list[Unit]:
    """The clauses of ``text`` as units, each with those of ``words`` that lie inside it."""
    units: list[Unit] = []
    placed = _placed(text, words)
    for found in _CLAUSE.finditer(text):
        inside = tuple(w for w, at in placed if found.start() <= at and at + len(w) <= found.end())
        inside = tuple(w for w in inside if any(char.isalnum() for char in w))
        clause = found.group().strip()
        if clause:
            start = found.start() + found.group().index(clause)
            units.append(Unit(transcript_id, start, start + len(clause), clause, inside))
    return units


def _placed(text: str, words: Sequence[str]) -> list[tuple[str, int]]:
    at, placed = 0, []
    for word in words:
        found = text.find(word, at)
        if found >= 0 and word.strip():
            placed.append((word, found))
            at = found + len(word)
    return placed


def _in_groups(
    corpus: Corpus,
    said: Mapping[str, str],
    encoder: Encoder,
    config: DiscoverConfig,
    k: int,
    cache: VectorCache | None,
) -> tuple[Placed, Space]:
    """Every text that says anything in one of ``k`` groups, by what it is about as a whole.

    Few groups are fields rather than causes: there the vector of the whole text tells more than its clauses,
    and a little of its words beside it.
    """
    config = replace(config, space=replace(config.space, min_information=0.0))
    generic = load_generic_words()
    clauses = encode_texts(corpus, encoder, cache)
    space = learn_space(corpus, clauses, generic, config.space).place(corpus, clauses, generic)
    whole = sorted({said[voice] for voice in corpus.voices})
    vectors = dict(zip(whole, encode_distinct(encoder, whole, cache), strict=True))
    words = space.table.by_voice.multiply(space.table.idf[None, :]).tocsr()
    lexical = LexicalEncoder(_LEXICAL_DIM).fit(words).transform(words)
    meaning = np.stack([vectors[said[voice]] for voice in corpus.voices])
    voices = combine([(meaning, 1.0), (lexical, _LEXICAL_WEIGHT)])
    labels, scores = split_in(space, voices, k, seed=config.seed)
    row, weights = space.row_of, np.append(space.weights, 0.0)
    labels, scores = np.append(labels, -1)[row], np.append(scores, np.float32(0.0))[row]
    return Placed(corpus.units, labels, labels, scores, labels, weights[row]), space


def _named(
    found: Placed, space: Space, generic: GenericWords, config: DiscoverConfig, copies: Mapping[str, int]
) -> tuple[Placed, list[str]]:
    """Causes by voices, named; those too small or without a name are let go."""
    n = int(found.labels.max(initial=-1)) + 1
    voices = {unit.voice_id: i for i, unit in enumerate(found.units)}
    members: list[list[Member]] = [[] for _ in range(n)]
    for i, (unit, label) in enumerate(zip(found.units, found.labels, strict=True)):
        if label >= 0:
            words = unmasked_words(unit.text, unit.words)
            members[label].append(Member(unit.text, words, voices[unit.voice_id], float(found.weights[i])))
    sizes = [len({member.voice for member in own}) for own in members]
    information = dict(zip(space.table.terms, space.term_information.tolist(), strict=True))
    least = least_voices(len(voices), config.min_voices)
    order = sorted((c for c in range(n) if sizes[c] >= least), key=lambda c: (-sizes[c], c))
    namings = name_causes([members[c] for c in order], generic, information, n_keywords=config.n_keywords)
    named = [(c, naming.name) for c, naming in zip(order, namings, strict=True) if naming is not None]
    rank = np.full(n + 1, -1, dtype=np.int64)
    for position, (c, _) in enumerate(named):
        rank[c] = position
    found = let_go(found, np.flatnonzero(rank[:n] < 0).tolist(), config, copies)
    return replace(found, labels=rank[found.labels]), [name for _, name in named]


def _per_text(ids: Sequence[str], found: Placed, names: Sequence[str]) -> TextClusters:
    """The strongest cause of a text is the one most of its information speaks for."""
    support: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    best: dict[tuple[str, int], float] = defaultdict(float)
    for unit, label, cosine, weight in zip(
        found.units, found.labels.tolist(), found.scores.tolist(), found.weights.tolist(), strict=True
    ):
        if label >= 0:
            score = min(1.0, max(0.0, cosine))
            support[unit.transcript_id][label] += score * max(weight, 1e-6)
            best[unit.transcript_id, label] = max(best[unit.transcript_id, label], score)
    ranked = {
        text_id: tuple(sorted(labels, key=lambda c: (-round(labels[c], 6), c)))
        for text_id, labels in support.items()
    }
    all_labels = tuple(ranked.get(text_id, ()) for text_id in ids)
    labels = tuple(own[0] if own else -1 for own in all_labels)
    scores = tuple(
        round(best[text_id, label], 4) if label >= 0 else 0.0
        for text_id, label in zip(ids, labels, strict=True)
    )
    return TextClusters(labels, tuple(names), scores, all_labels)
