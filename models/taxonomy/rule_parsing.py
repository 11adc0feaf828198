"""One item of a ``rules.yaml`` read into a ``Rule``, with every mistake named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from models.core.errors import PackError
from models.taxonomy.patterns import GatedPattern, PatternError, compile_pattern
from models.taxonomy.phrases import fold
from models.taxonomy.taxonomy import parse_words

RuleSpeaker = Literal["customer", "agent", "any"]
Scope = Literal["clause", "transcript"]

_FIELDS = frozenset(
    [
        "id",
        "category",
        "any",
        "all",
        "none",
        "regex",
        "speaker",
        "near",
        "scope",
        "score",
        "examples",
        "counterexamples",
    ]
)
_NEAR_FIELDS = frozenset({"first", "then", "within_chars", "ordered"})
_DEFAULT_SCORE = 0.8
_MAX_NEAR_CHARS = 500


@dataclass(frozen=True, slots=True)
class Near:
    """A word of ``first`` and a word of ``then``, at most ``within_chars`` characters between them."""

    first: tuple[str, ...]
    then: tuple[str, ...]
    within_chars: int
    ordered: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """All given conditions must hold together.

    ``any``: one of the words. ``all``: one word of each group. ``none``: no such word. ``patterns``: one of
    the regexes. ``near``: two words close together. ``score`` in (0, 1] is the certainty the author gives.
    """

    id: str
    category: str
    any: tuple[str, ...]
    all: tuple[tuple[str, ...], ...]
    none: tuple[str, ...]
    patterns: tuple[GatedPattern, ...]
    near: Near | None
    speaker: RuleSpeaker
    scope: Scope
    score: float
    examples: tuple[str, ...]
    counterexamples: tuple[str, ...]

    def words(self) -> list[str]:
        """Every word to look for, folded."""
        words = [*self.any, *self.none]
        words += [word for group in self.all for word in group]
        words += [word for pattern in self.patterns for word in pattern.words]
        if self.near is not None:
            words += [*self.near.first, *self.near.then]
        return words


def rule_error(pack: str, rule_id: object, reason: str, reason_en: str) -> PackError:
    return PackError(pack=pack, reason=f"规则 {rule_id}：{reason}", reason_en=f"rule {rule_id}: {reason_en}")


def parse_rule(item: Mapping[str, Any], *, pack: str) -> Rule:
    """Raises ``PackError`` naming the rule."""
    if not isinstance(item, Mapping) or not isinstance(item.get("id"), str):
        raise PackError(pack=pack, reason=f"规则缺少 id：{item!r}", reason_en=f"a rule without id: {item!r}")
    rule_id = item["id"]
    if unknown := sorted(set(item) - _FIELDS):
        raise rule_error(pack, rule_id, f"不认识的字段 {unknown}", f"unknown fields {unknown}")
    if not {"any", "all", "regex", "near"} & set(item):
        raise rule_error(
            pack, rule_id, "需要 any、all、regex 或 near 之一", "needs one of any, all, regex, near"
        )
    category = item.get("category")
    if not isinstance(category, str):
        raise rule_error(pack, rule_id, "缺少 category", "category is missing")
    return Rule(
        id=rule_id,
        category=category,
        any=_words(item, "any", pack),
        all=_groups(item, pack),
        none=_words(item, "none", pack),
        patterns=_patterns(item, pack),
        near=_near(item, pack),
        speaker=_choice(item, "speaker", "customer", get_args(RuleSpeaker), pack),
        scope=_choice(item, "scope", "clause", get_args(Scope), pack),
        score=_score(item, pack),
        examples=tuple(item.get("examples", ())),
        counterexamples=tuple(item.get("counterexamples", ())),
    )


def _words(item: Mapping[str, Any], name: str, pack: str) -> tuple[str, ...]:
    words = parse_words(item.get(name, ()), pack=pack, owner=f"{item['id']}.{name}")
    return tuple(fold(word) for word in words)


def _groups(item: Mapping[str, Any], pack: str) -> tuple[tuple[str, ...], ...]:
    """``all: [提车, [降价, 优惠]]``: each entry is a word or a list of words of which one is enough."""
    entries = item.get("all", ())
    if isinstance(entries, str) or not isinstance(entries, Sequence):
        raise rule_error(pack, item["id"], "all 应为列表", "all must be a list")
    owner = f"{item['id']}.all"
    groups = [
        parse_words([entry] if isinstance(entry, str) else entry, pack=pack, owner=owner) for entry in entries
    ]
    return tuple(tuple(fold(word) for word in group) for group in groups)


def _patterns(item: Mapping[str, Any], pack: str) -> tuple[GatedPattern, ...]:
    texts = parse_words(item.get("regex", ()), pack=pack, owner=f"{item['id']}.regex")
    try:
        return tuple(compile_pattern(text) for text in texts)
    except PatternError as error:
        raise rule_error(pack, item["id"], error.zh, error.en) from error


def _near(item: Mapping[str, Any], pack: str) -> Near | None:
    if "near" not in item:
        return None
    near, rule_id = item["near"], item["id"]
    if not isinstance(near, Mapping) or not {"first", "then"} <= set(near) <= _NEAR_FIELDS:
        raise rule_error(
            pack, rule_id, "near 需要 first 和 then", f"near needs first and then, of {sorted(_NEAR_FIELDS)}"
        )
    within = near.get("within_chars", 20)
    if not isinstance(within, int) or not 0 <= within <= _MAX_NEAR_CHARS:
        raise rule_error(
            pack, rule_id, f"within_chars 应在 0 到 {_MAX_NEAR_CHARS} 之间", "within_chars is out of range"
        )
    owner = f"{rule_id}.near"
    first = tuple(fold(word) for word in parse_words(near["first"], pack=pack, owner=owner))
    then = tuple(fold(word) for word in parse_words(near["then"], pack=pack, owner=owner))
    if not first or not then:
        raise rule_error(
            pack, rule_id, "near 的 first 和 then 不能为空", "near needs words in first and then"
        )
    return Near(first, then, within, bool(near.get("ordered", True)))


def _choice(item: Mapping[str, Any], name: str, default: str, options: tuple[str, ...], pack: str) -> Any:
    value = item.get(name, default)
    if value not in options:
        raise rule_error(pack, item["id"], f"{name} 不能是 {value!r}", f"{name} must be one of {options}")
    return value


def _score(item: Mapping[str, Any], pack: str) -> float:
    score = item.get("score", _DEFAULT_SCORE)
    if isinstance(score, bool) or not isinstance(score, int | float) or not 0 < score <= 1:
        raise rule_error(pack, item["id"], "score 应在 0 到 1 之间", "score must be above 0 and at most 1")
    return float(score)
