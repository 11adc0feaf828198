"""Regexes of rule files: checked, bounded, and with the fixed words that must be there for a match.

The fixed words let one pass over the text decide which regexes to run at all. The bounds keep the work of a
match below ``text length × MAX_WORK`` steps, whatever the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

MAX_CHARS = 200
MAX_REPEAT = 60
MAX_WORK = 20_000
_MAX_WORDS = 64
_REPEATS = (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT)


class PatternError(ValueError):
    """``zh`` and ``en`` say what is wrong with the regex and what to write instead."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


@dataclass(frozen=True, slots=True)
class GatedPattern:
    """``regex`` can only match where one of ``words`` stands."""

    regex: re.Pattern[str]
    words: tuple[str, ...]


def compile_pattern(text: str) -> GatedPattern:
    """Compile a regex of a rule file. Raises ``PatternError``."""
    if len(text) > MAX_CHARS:
        raise PatternError(
            f"正则过长（{len(text)} 字，最多 {MAX_CHARS}）", f"longer than {MAX_CHARS} characters"
        )
    try:
        tree = parser.parse(text, re.IGNORECASE)
        regex = re.compile(text, re.IGNORECASE)
    except (re.error, OverflowError, RecursionError) as error:
        raise PatternError(f"正则写错：{error}", f"not a regex: {error}") from error
    if _work(tree, inside=False) > MAX_WORK:
        raise PatternError(
            "正则的重复次数过多，请缩小 {0,N}", "too many repeats together; make the {0,N} smaller"
        )
    words = _fixed_words(tree)
    if not words or min(map(len, words)) < 2:
        raise PatternError(
            f"正则 {text} 的每个分支需含至少两个相连的固定字",
            f"{text}: every branch needs at least two fixed characters in a row",
        )
    return GatedPattern(regex, tuple(sorted(words)))


def _work(tree: Iterable[Any], *, inside: bool) -> int:
    """Upper bound of the ways to match at one position: the product of all choices."""
    total = 1
    for code, value in tree:
        if inside and (code in _REPEATS or code is codes.BRANCH):
            raise PatternError(
                "正则的重复里不能再有重复或分支", "a repeat or a branch inside a repeat is not allowed"
            )
        if code in _REPEATS:
            total *= _repeat_work(value)
        elif code is codes.BRANCH:
            total *= _branch_work(code, value)
        elif code in (codes.SUBPATTERN, codes.ASSERT, codes.ASSERT_NOT):
            total *= _work(value[-1], inside=inside)
        elif code in (codes.GROUPREF, codes.GROUPREF_EXISTS, codes.ATOMIC_GROUP):
            raise PatternError("正则不支持反向引用和原子组", "back references and atomic groups are refused")
        if total > MAX_WORK:
            return total
    return total


def _branch_work(code: Any, value: Any) -> int:
    words = _options(code, value)
    if words is not None and not any(
        word != other and other.startswith(word) for word in words for other in words
    ):
        return 1
    return sum(_work(branch, inside=False) for branch in value[1])


def _repeat_work(value: Any) -> int:
    least, most, body = value
    if most > MAX_REPEAT:
        raise PatternError(
            f"正则的 * + 或重复上限过大，请写成 {{0,N}}，N 不超过 {MAX_REPEAT}",
            f"write {{0,N}} with N up to {MAX_REPEAT} instead of * or +",
        )
    return (most - least + 1) * _work(body, inside=most > 1)


def _fixed_words(tree: Iterable[Any]) -> frozenset[str]:
    """A set of which each match contains one member; the set with the longest shortest word."""
    best: frozenset[str] = frozenset()
    run = frozenset({""})
    for code, value in tree:
        options = _options(code, value)
        if options is not None and len(run) * len(options) <= _MAX_WORDS:
            run = frozenset(head + tail for head in run for tail in options)
            continue
        best = max(best, run, key=_strength)
        run = options if options is not None else frozenset({""})
        best = max(best, _inner_words(code, value), key=_strength)
    return max(best, run, key=_strength)


def _strength(words: frozenset[str]) -> int:
    return min(map(len, words)) if words else -1


def _options(code: Any, value: Any) -> frozenset[str] | None:
    """The strings that an item stands for when they are few; ``None``: not a fixed item."""
    if code is codes.LITERAL:
        return frozenset({chr(value).lower()})
    if code is codes.IN and all(kind is codes.LITERAL for kind, _ in value):
        return frozenset(chr(char).lower() for _, char in value)
    if code is codes.SUBPATTERN:
        return _sequence_options(value[-1])
    if code in _REPEATS and value[:2] == (0, 1):
        words = _sequence_options(value[2])
        return None if words is None else words | {""}
    if code is codes.BRANCH:
        branches = [_sequence_options(branch) for branch in value[1]]
        if all(branch is not None for branch in branches):
            return frozenset(word for branch in branches if branch for word in branch)
    return None


def _sequence_options(tree: Iterable[Any]) -> frozenset[str] | None:
    words = frozenset({""})
    for code, value in tree:
        options = _options(code, value)
        if options is None or len(words) * len(options) > _MAX_WORDS:
            return None
        words = frozenset(head + tail for head in words for tail in options)
    return words


def _inner_words(code: Any, value: Any) -> frozenset[str]:
    """Fixed words inside an item that is not fixed as a whole."""
    if code in (codes.SUBPATTERN,):
        return _fixed_words(value[-1])
    if code in _REPEATS and value[0] > 0:
        return _fixed_words(value[2])
    if code is codes.BRANCH:
        sets = [_fixed_words(branch) for branch in value[1]]
        if all(_strength(words) >= 1 for words in sets):
            return frozenset().union(*sets)
    return frozenset()
