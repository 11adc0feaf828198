"""What a sector pack says of its classes: the words that point to each, as evidence in texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.core.errors import PackError
from models.taxonomy.keywords import longest
from models.taxonomy.negation import has_negator, is_negated
from models.taxonomy.phrases import PhraseFinder, PhraseHit, fold
from models.taxonomy.rules import RuleSet, Utterance
from models.taxonomy.taxonomy import Category, Taxonomy
from models.text.align import Span

VAGUE_NAMES = ("其他", "其他原因", "未明")
"""Categories that say nothing: no class of a classifier, which abstains instead."""


@dataclass(frozen=True, slots=True)
class SeedClass:
    """A class to tell apart: ``category`` and all below it count as the class ``label``."""

    label: str
    category: str
    members: frozenset[str]
    words: tuple[str, ...]
    sentences: tuple[str, ...]


def seed_classes(
    taxonomy: Taxonomy, labels: Sequence[str] | None = None, *, under: str | None = None
) -> tuple[SeedClass, ...]:
    """The classes to learn, in the order of the taxonomy.

    ``labels`` name them by id, Chinese name or alias, and become the labels as written. Without them the
    classes are the children of ``under`` (or the roots), labelled by id, without those that say nothing.
    Raises ``PackError`` for an unknown name, two names of one category, and with fewer than two classes.
    """
    if labels is not None:
        found = {label: _find(taxonomy, label) for label in labels}
    else:
        parent = None if under is None else _find(taxonomy, under).id
        found = {node.id: node for node in taxonomy.children(parent) if node.zh not in VAGUE_NAMES}
    if len(found) < 2 or len({node.id for node in found.values()}) < len(found):
        raise PackError(
            pack=taxonomy.name,
            reason=f"至少需要两个不同的类别，这里是 {list(found)}",
            reason_en=f"two different categories are needed, given are {list(found)}",
        )
    order = {category.id: i for i, category in enumerate(taxonomy.categories)}
    chosen = {node.id for node in found.values()}
    ranked = sorted(found.items(), key=lambda item: order[item[1].id])
    return tuple(_seed_class(taxonomy, label, node, chosen) for label, node in ranked)


class SeedWords:
    """Finds the words of all classes in one pass; the longest match wins, denied words do not count.

    A word of ``n`` classes gives each ``1 / n``.
    """

    def __init__(self, owners: Mapping[str, Sequence[int]], n_classes: int) -> None:
        self.owners = {word: tuple(sorted(set(classes))) for word, classes in owners.items()}
        self.n_classes = n_classes
        self._finder = PhraseFinder(self.owners)
        self._of_phrase = tuple(self.owners[phrase] for phrase in self._finder.phrases)

    @classmethod
    def of_classes(cls, classes: Sequence[SeedClass]) -> SeedWords:
        owners: dict[str, list[int]] = {}
        for number, seed in enumerate(classes):
            for word in seed.words:
                owners.setdefault(fold(word), []).append(number)
        return cls(owners, len(classes))

    def evidence(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Different words per class, ``(n_texts, n_classes)``, 0 or more."""
        found = np.zeros((len(texts), self.n_classes), dtype=np.float32)
        for row, text in enumerate(texts):
            for phrase in {hit.phrase for hit in self._hits(text)}:
                owners = self._of_phrase[phrase]
                found[row, owners] += 1.0 / len(owners)
        return found

    def located(self, text: str) -> tuple[list[Span], NDArray[np.float32]]:
        """Where words stand and what each place adds to ``evidence``, ``(n_spans, n_classes)``."""
        hits = self._hits(text)
        times = Counter(hit.phrase for hit in hits)
        shares = np.zeros((len(hits), self.n_classes), dtype=np.float32)
        for row, hit in enumerate(hits):
            owners = self._of_phrase[hit.phrase]
            shares[row, owners] = 1.0 / len(owners) / times[hit.phrase]
        return [Span(hit.start, hit.end) for hit in hits], shares

    def _hits(self, text: str) -> list[PhraseHit]:
        hits = longest(self._finder.find(text))
        if hits and has_negator(text):
            hits = [hit for hit in hits if not is_negated(text, Span(hit.start, hit.end))]
        return hits


def rule_evidence(
    rules: RuleSet | None, classes: Sequence[SeedClass], texts: Sequence[str]
) -> NDArray[np.float32]:
    """Sum of the scores of the rules that hold, per class, ``(n_texts, n_classes)``."""
    found = np.zeros((len(texts), len(classes)), dtype=np.float32)
    if rules is None or not len(rules):
        return found
    columns = {member: i for i, seed in enumerate(classes) for member in seed.members}
    for row, text in enumerate(texts):
        for hit in rules.match([Utterance("customer", text, 0)]):
            if hit.category in columns:
                found[row, columns[hit.category]] += hit.score
    return found


def _find(taxonomy: Taxonomy, name: str) -> Category:
    node = taxonomy.find(name)
    if node is None:
        raise PackError(
            pack=taxonomy.name,
            reason=f"没有名为「{name}」的类别，请补充类别或别名",
            reason_en=f"there is no category or alias {name!r}; add it to the pack",
        )
    return node


def _seed_class(taxonomy: Taxonomy, label: str, node: Category, chosen: set[str]) -> SeedClass:
    """The subtree of ``node`` without the subtrees of other chosen classes."""
    below = [node]
    for category in below:
        below += [child for child in taxonomy.children(category.id) if child.id not in chosen]
    words = dict.fromkeys(
        word for c in below for word in (c.zh, *c.aliases, *c.keywords) if len(word.strip()) > 1
    )
    sentences = (node.zh, *(c.description for c in below if c.description))
    lists = tuple("、".join(c.keywords) for c in below if c.keywords)
    return SeedClass(label, node.id, frozenset(c.id for c in below), tuple(words), sentences + lists)
