"""Root causes of whole texts, for a file without a database."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from threadpoolctl import threadpool_limits

from models.rootcause.generic import load_generic_words
from models.rootcause.grouping import (
    DiscoverConfig,
    Found,
    Progress,
    configured_space,
    find_causes,
    find_parts,
    unit_labels,
)
from models.rootcause.space import Space
from models.rootcause.units import Corpus, Unit, build_corpus
from models.rootcause.vectors import Encoder, VectorCache

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
    ids = [_text_id(text) for text in texts]
    distinct = dict(zip(ids, zip(texts, words, strict=True), strict=True))
    units = [unit for key in sorted(distinct) for unit in clause_units(key, *distinct[key])]
    corpus = build_corpus(units)
    tell = progress or (lambda share, what: None)
    tell(0.05, "正在计算向量和归并原因")
    if not corpus.units:
        return TextClusters((-1,) * len(texts), (), (0.0,) * len(texts), ((),) * len(texts))
    with threadpool_limits(limits=1):
        found, space = _grouped(corpus, encoder, config, k, cache)
    tell(1.0, "完成")
    return _per_text(ids, corpus, found, space)


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


def _grouped(
    corpus: Corpus, encoder: Encoder, config: DiscoverConfig, k: int | None, cache: VectorCache | None
) -> tuple[Found, Space]:
    generic = load_generic_words()
    if k is None:
        space = configured_space(corpus, encoder, generic, config, cache)
        return find_causes(corpus, space, generic, config), space
    config = replace(config, min_information=0.0)
    space = configured_space(corpus, encoder, generic, config, cache)
    return find_parts(corpus, space, generic, config, k), space


def _per_text(ids: Sequence[str], corpus: Corpus, found: Found, space: Space) -> TextClusters:
    """The strongest cause of a text is the one most of its information speaks for."""
    support: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    best: dict[tuple[str, int], float] = defaultdict(float)
    for i, label in enumerate(unit_labels(space, found.labels).tolist()):
        if label >= 0:
            row, text_id = space.row_of[i], corpus.units[i].transcript_id
            score = min(1.0, max(0.0, float(found.scores[row])))
            support[text_id][label] += score * max(float(space.weights[row]), 1e-6)
            best[text_id, label] = max(best[text_id, label], score)
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
    return TextClusters(labels, tuple(naming.name for naming in found.names), scores, all_labels)


def _text_id(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
