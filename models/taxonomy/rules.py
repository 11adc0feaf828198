"""Rules beside the model: keywords and regexes with AND, OR, NOT, speaker and distance.

One pass over all utterances finds every word of every rule; only rules with a word there are looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from models.taxonomy.negation import has_negator, is_negated
from models.taxonomy.patterns import GatedPattern
from models.taxonomy.phrases import PhraseFinder, PhraseHit
from models.taxonomy.rule_parsing import Near, Rule, parse_rule, rule_error
from models.taxonomy.taxonomy import Taxonomy
from models.text.align import Span

__all__ = ["Near", "Rule", "RuleHit", "RuleSet", "Utterance"]

NONE_MARGIN_CHARS = 10
"""In a transcript-wide ``near`` rule, a ``none`` word counts within this distance of the pair."""


class Utterance(NamedTuple):
    """A clause of one speaker; ``start`` is the offset of its text in the whole."""

    speaker: str
    text: str
    start: int


class RuleHit(NamedTuple):
    """A rule that holds. ``spans`` are its evidence in whole-text offsets, sorted and disjoint."""

    rule_id: str
    category: str
    score: float
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class _Compiled:
    rule: Rule
    groups: tuple[frozenset[int], ...]
    none: frozenset[int]
    first: frozenset[int]
    then: frozenset[int]
    patterns: tuple[tuple[GatedPattern, frozenset[int]], ...]


@dataclass(slots=True)
class _Found:
    """Word hits of one scope: ``stated`` without the denied ones, and the utterances they stand in."""

    every: dict[int, list[Span]] = field(default_factory=dict)
    stated: dict[int, list[Span]] = field(default_factory=dict)
    utterances: list[tuple[Utterance, frozenset[int]]] = field(default_factory=list)

    def add(self, other: _Found) -> None:
        for word, spans in other.every.items():
            self.every.setdefault(word, []).extend(spans)
        for word, spans in other.stated.items():
            self.stated.setdefault(word, []).extend(spans)
        self.utterances += other.utterances


class RuleSet:
    """Compiled rules. ``rules`` keeps them as parsed, in the order of the file."""

    heeds_denial = True
    """Whether a word that is denied just before counts as not said."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        self._finder = PhraseFinder(word for rule in self.rules for word in rule.words())
        self._compiled = tuple(self._compile(rule) for rule in self.rules)
        triggers: dict[int, set[int]] = {}
        for index, compiled in enumerate(self._compiled):
            for word in _trigger(compiled):
                triggers.setdefault(word, set()).add(index)
        self._triggers = triggers
        self._has_transcript_rules = any(rule.scope == "transcript" for rule in self.rules)

    @classmethod
    def parse(
        cls, items: Iterable[Mapping[str, Any]], *, taxonomy: Taxonomy, pack: str | None = None
    ) -> RuleSet:
        """Read the items of a ``rules.yaml``. Raises ``PackError`` naming the rule."""
        pack = pack or taxonomy.name
        rules: dict[str, Rule] = {}
        for item in items:
            rule = parse_rule(item, pack=pack)
            if rule.id in rules:
                raise rule_error(pack, rule.id, "规则编号重复", "the id is used twice")
            if rule.category not in taxonomy:
                raise rule_error(
                    pack, rule.id, f"类别 {rule.category} 不存在", f"there is no category {rule.category}"
                )
            rules[rule.id] = rule
        return cls(rules.values())

    def __len__(self) -> int:
        return len(self.rules)

    def match(self, utterances: Sequence[Utterance]) -> list[RuleHit]:
        """The rules that hold, each once, in the order of the file.

        A word that is denied just before (没有异响) does not count as said, if the set ``heeds_denial``; ``none`` words
        count either way.
        """
        spans: dict[int, list[Span]] = {}
        whole: dict[str, _Found] = {}
        heard = self._finder.find_each([utterance.text for utterance in utterances])
        for utterance, hits in zip(utterances, heard, strict=True):
            if not hits:
                continue
            found = self._found(utterance, hits)
            self._evaluate(found, utterance.speaker, "clause", spans)
            if self._has_transcript_rules:
                for speaker in (utterance.speaker, "any"):
                    whole.setdefault(speaker, _Found()).add(found)
        for speaker, found in whole.items():
            self._evaluate(found, speaker, "transcript", spans)
        return [self._hit(index, spans[index]) for index in sorted(spans)]

    def _found(self, utterance: Utterance, hits: Iterable[PhraseHit]) -> _Found:
        start, text = utterance.start, utterance.text
        found = _Found()
        may_deny = self.heeds_denial and has_negator(text)
        for hit in hits:
            span = Span(hit.start + start, hit.end + start)
            found.every.setdefault(hit.phrase, []).append(span)
            if not (may_deny and is_negated(text, Span(hit.start, hit.end))):
                found.stated.setdefault(hit.phrase, []).append(span)
        found.utterances.append((utterance, frozenset(found.every)))
        return found

    def _evaluate(self, found: _Found, speaker: str, scope: str, spans: dict[int, list[Span]]) -> None:
        triggers = self._triggers
        for index in set[int]().union(*[triggers[word] for word in found.every if word in triggers]):
            compiled = self._compiled[index]
            rule = compiled.rule
            if rule.scope != scope:
                continue
            if scope == "transcript":
                if rule.speaker != speaker:
                    continue
            elif rule.speaker not in ("any", speaker):
                continue
            if evidence := _evidence(compiled, found):
                spans.setdefault(index, []).extend(evidence)

    def _hit(self, index: int, spans: list[Span]) -> RuleHit:
        rule = self.rules[index]
        return RuleHit(rule.id, rule.category, rule.score, _merged(spans))

    def _compile(self, rule: Rule) -> _Compiled:
        near = rule.near or Near((), (), 0, True)
        groups = ((rule.any,) if rule.any else ()) + rule.all
        return _Compiled(
            rule,
            tuple(self._numbers(group) for group in groups),
            self._numbers(rule.none),
            self._numbers(near.first),
            self._numbers(near.then),
            tuple((pattern, self._numbers(pattern.words)) for pattern in rule.patterns),
        )

    def _numbers(self, words: Iterable[str]) -> frozenset[int]:
        return frozenset(self._finder.number[word] for word in words)


def _trigger(compiled: _Compiled) -> frozenset[int]:
    """Words of which one must be there, whatever else holds."""
    if compiled.groups:
        return compiled.groups[0]
    if compiled.first:
        return compiled.first
    return frozenset().union(*(gate for _, gate in compiled.patterns))


def _evidence(compiled: _Compiled, found: _Found) -> list[Span]:
    """The spans that make the rule hold; empty when it does not."""
    evidence: list[Span] = []
    for group in compiled.groups:
        spans = _said(group, found.stated)
        if not spans:
            return []
        evidence += spans
    if compiled.patterns:
        spans = _pattern_spans(compiled, found)
        if not spans:
            return []
        evidence += spans
    denied = _said(compiled.none, found.every)
    if compiled.rule.near is not None:
        spans = _near_spans(compiled, compiled.rule.near, found, denied)
        if not spans:
            return []
        return evidence + spans
    return [] if denied else evidence


def _said(words: frozenset[int], found: Mapping[int, list[Span]]) -> list[Span]:
    """Spans of those of ``words`` that were found: few are, of however many a rule lists."""
    return [span for word, spans in found.items() if word in words for span in spans]


def _pattern_spans(compiled: _Compiled, found: _Found) -> list[Span]:
    spans: list[Span] = []
    for pattern, gate in compiled.patterns:
        for utterance, words in found.utterances:
            if gate.isdisjoint(words):
                continue
            for match in pattern.regex.finditer(utterance.text):
                if match.end() > match.start() and not is_negated(utterance.text, Span(*match.span())):
                    spans.append(Span(utterance.start + match.start(), utterance.start + match.end()))
    return spans


def _near_spans(compiled: _Compiled, near: Near, found: _Found, denied: list[Span]) -> list[Span]:
    """The closest pair of ``first`` and ``then``: as one quote in a clause, as two across a transcript."""
    firsts = _said(compiled.first, found.stated)
    thens = _said(compiled.then, found.stated)
    in_clause = compiled.rule.scope == "clause"
    pairs = sorted(
        (gap, first, then)
        for first in firsts
        for then in thens
        if 0 <= (gap := _gap(first, then, ordered=near.ordered)) <= near.within_chars
    )
    for _, first, then in pairs:
        start, end = min(first.start, then.start), max(first.end, then.end)
        margin = end - start + 10**9 if in_clause else NONE_MARGIN_CHARS
        if any(span.end > start - margin and span.start < end + margin for span in denied):
            continue
        return [Span(start, end)] if in_clause else [first, then]
    return []


def _gap(first: Span, then: Span, *, ordered: bool) -> int:
    """Characters between the two; negative when they overlap or stand in the wrong order."""
    gap = then.start - first.end
    return gap if ordered or gap >= 0 else first.start - then.end


def _merged(spans: list[Span]) -> tuple[Span, ...]:
    merged: list[Span] = []
    for span in sorted(set(spans)):
        if merged and span.start < merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return tuple(merged)
