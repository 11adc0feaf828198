"""Facets: small vocabularies (journey steps, touchpoints, service quality …) and the rules that find them in clauses.

A facet is data: a file of a sector pack, so that a customer installs another journey without code.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from models.core.errors import PackError
from models.experience.mark import Mark
from models.experience.step_turns import StepReader, parse_reader
from models.experience.told import Told
from models.taxonomy.rule_parsing import Rule, parse_rule
from models.taxonomy.rules import RuleHit, RuleSet, Utterance
from models.text.align import Span

_NODE_FIELDS = frozenset({"id", "zh", "en", "parent", "rules", "options", "sentences"})


@dataclass(frozen=True, slots=True)
class Node:
    """``options`` are what a facet says of its nodes beside names (``moment_of_truth: true``, ``weight: 0.2``)."""

    id: str
    zh: str
    en: str
    parent: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Facet:
    """``name`` is the kind of its marks; ``nodes`` in the order of the file, parents before children.

    ``reader`` reads clauses beside the rules, where the file has sentences.
    """

    name: str
    version: str
    nodes: tuple[Node, ...]
    rules: RuleSet
    reader: StepReader | None = None

    def __contains__(self, node_id: object) -> bool:
        return any(node.id == node_id for node in self.nodes)

    def node(self, node_id: str) -> Node:
        """Raises ``KeyError`` for an id that is none of this facet."""
        for node in self.nodes:
            if node.id == node_id:
                return node
        raise KeyError(node_id)

    def tag(self, told: Told) -> list[Mark]:
        """One mark per clause and node, at the first evidence there, ordered by place."""
        return self.marks(told, self.rules.match(_said(told)), _starts(told))

    def marks(self, told: Told, hits: Iterable[RuleHit], starts: Sequence[int]) -> list[Mark]:
        """As ``tag``, from what the rules found. ``starts`` are those of the clauses."""
        places: dict[tuple[int, str], Span] = {}
        certain: dict[tuple[int, str], float] = {}
        for hit in hits:
            for span in hit.spans:
                key = max(bisect_right(starts, span.start) - 1, 0), hit.category
                certain[key] = max(certain.get(key, 0.0), hit.score)
                places[key] = min(places.get(key, span), span)
        if self.reader is not None:
            read, taught = self.reader.read(told, certain), self.reader.taught
            alone = {key: span for key, span in places.items() if key[1] not in taught}
            places = alone | {key: places.get(key, span) for key, span in read.items() if key[1] in taught}
        marks = [self._mark(told, *key, span) for key, span in places.items()]
        return sorted(marks, key=lambda mark: (mark.start, mark.end, mark.value))

    def _mark(self, told: Told, number: int, node: str, span: Span) -> Mark:
        clause = told.clauses[number]
        return Mark(self.name, node, *span, turn=clause.turn, polarity=clause.polarity)


class MentionRules(RuleSet):
    """Rules for which a denied word counts as said: nobody washed it (没洗车) still tells of washing."""

    heeds_denial = False


def _said(told: Told) -> list[Utterance]:
    return [Utterance(clause.speaker, clause.text, clause.start) for clause in told.clauses]


def _starts(told: Told) -> list[int]:
    return [clause.start for clause in told.clauses]


def parse_facet(plain: Mapping[str, Any], *, pack: str) -> Facet:
    """``{facet, version, nodes: [{id, zh, en, parent?, options?, rules: [...], sentences?}], other?, reading?}``.

    Each rule is one of a ``rules.yaml`` without ``id`` and ``category``; ``sentences`` and ``other`` (of no node) have
    one sentence a line. Raises ``PackError`` naming what is wrong.
    """
    name = str(plain.get("facet", ""))
    nodes: list[Node] = []
    rules: list[Rule] = []
    for item in plain.get("nodes") or ():
        node = _node(item, {known.id for known in nodes}, pack=pack)
        nodes.append(node)
        rules += _rules(node.id, item.get("rules") or (), pack=pack)
    if not name or not nodes:
        raise PackError(
            pack=pack, reason="facet 文件需要 facet 名和 nodes", reason_en="a facet needs a name and nodes"
        )
    return Facet(
        name,
        str(plain.get("version", "0")),
        tuple(nodes),
        MentionRules(rules),
        parse_reader(plain, pack=pack),
    )


def _node(item: Mapping[str, Any], known: set[str], *, pack: str) -> Node:
    node_id = item.get("id")
    if not isinstance(node_id, str) or not item.get("zh") or not item.get("en"):
        raise PackError(
            pack=pack, reason=f"节点需要 id、zh、en：{item!r}", reason_en=f"a node needs id, zh, en: {item!r}"
        )
    if unknown := sorted(set(item) - _NODE_FIELDS):
        raise PackError(
            pack=pack,
            reason=f"节点 {node_id} 有不认识的字段 {unknown}",
            reason_en=f"unknown fields {unknown} of node {node_id}",
        )
    parent = item.get("parent")
    if node_id in known or (parent is not None and parent not in known):
        raise PackError(
            pack=pack,
            reason=f"节点 {node_id} 重复，或上级 {parent} 不在它之前",
            reason_en=f"node {node_id} is there twice, or its parent {parent} does not stand before it",
        )
    return Node(node_id, str(item["zh"]), str(item["en"]), parent, dict(item.get("options") or {}))


def _rules(node_id: str, items: Sequence[Mapping[str, Any]], *, pack: str) -> Iterator[Rule]:
    for number, item in enumerate(items):
        yield parse_rule({"id": f"{node_id}#{number + 1}", "category": node_id, **item}, pack=pack)


def tag_all(facets: Iterable[Facet], told: Told) -> list[Mark]:
    """Marks of several facets, as each would give them, in one pass over the text."""
    together = tuple(facets)
    found: dict[str, list[RuleHit]] = {}
    for hit in _joined(together).match(_said(told)):
        name, _, node = hit.category.partition(_BETWEEN)
        found.setdefault(name, []).append(hit._replace(category=node))
    starts = _starts(told)
    telling = [facet for facet in together if facet.name in found or facet.reader is not None]
    return [mark for facet in telling for mark in facet.marks(told, found.get(facet.name, ()), starts)]


_BETWEEN = "\n"


@lru_cache(maxsize=64)
def _joined(facets: tuple[Facet, ...]) -> MentionRules:
    """The rules of all facets as one set, whose categories name facet and node."""
    return MentionRules(
        replace(
            rule, id=f"{facet.name}{_BETWEEN}{rule.id}", category=f"{facet.name}{_BETWEEN}{rule.category}"
        )
        for facet in facets
        for rule in facet.rules.rules
    )
