"""Long alternations that skip to where they can begin.

Python's regex engine tries every branch at every place. With a look-ahead for the characters that a match can begin with, a place
that begins none costs one test.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

_MAX_RANGE = 200
_ASSERTIONS = (codes.ASSERT, codes.ASSERT_NOT, codes.AT)
_REPEATS = (codes.MAX_REPEAT, codes.MIN_REPEAT)


def compile_long(pattern: str) -> re.Pattern[str]:
    """The same matches as ``re.compile(pattern)``. Named groups stay; without a known beginning nothing is added."""
    starts, may_be_empty = _starts(parser.parse(pattern))
    if starts is None or may_be_empty:
        return re.compile(pattern)
    chars = "".join(re.escape(char) for char in sorted(starts))
    return re.compile(f"(?=[{chars}])(?:{pattern})")


def _starts(tree: Iterable[Any]) -> tuple[frozenset[str] | None, bool]:
    """Characters that a match can begin with (``None``: any), and whether it can be empty."""
    found: frozenset[str] = frozenset()
    for code, value in tree:
        if code in _ASSERTIONS:
            continue
        own, may_be_empty = _item(code, value)
        if own is None:
            return None, False
        found |= own
        if not may_be_empty:
            return found, False
    return found, True


def _item(code: Any, value: Any) -> tuple[frozenset[str] | None, bool]:
    if code is codes.LITERAL:
        return frozenset(chr(value)), False
    if code is codes.IN:
        return _members(value), False
    if code is codes.SUBPATTERN:
        return _starts(value[-1])
    if code is codes.BRANCH:
        parts = [_starts(branch) for branch in value[1]]
        known = [own for own, _ in parts if own is not None]
        return (frozenset().union(*known) if len(known) == len(parts) else None), any(e for _, e in parts)
    if code in _REPEATS:
        own, may_be_empty = _starts(value[2])
        return own, may_be_empty or value[0] == 0
    return None, False


def _members(items: Iterable[Any]) -> frozenset[str] | None:
    found: set[str] = set()
    for kind, value in items:
        if kind is codes.LITERAL:
            found.add(chr(value))
        elif kind is codes.RANGE and value[1] - value[0] < _MAX_RANGE:
            found |= {chr(code) for code in range(value[0], value[1] + 1)}
        elif kind is codes.CATEGORY and value is codes.CATEGORY_DIGIT:
            found |= set("0123456789０１２３４５６７８９")
        else:
            return None
    return frozenset(found)
