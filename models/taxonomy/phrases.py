"""All occurrences of many phrases in one pass over a text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple


class PhraseHit(NamedTuple):
    """``text[start:end]`` is the phrase number ``phrase``."""

    start: int
    end: int
    phrase: int


def fold(text: str) -> str:
    """Lower case of the same length, so that offsets stay."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)


class PhraseFinder:
    """Finds overlapping phrases of two or more characters, upper and lower case alike.

    A character-class regex skips to places where a phrase can begin; there the first two characters choose
    the few phrases to compare. A Latin or numeric edge of a phrase must be an edge in the text too (``app``
    is not in ``apple``).
    """

    def __init__(self, phrases: Iterable[str]) -> None:
        self.phrases = tuple(sorted({fold(phrase) for phrase in phrases}))
        self.number = {phrase: number for number, phrase in enumerate(self.phrases)}
        short = [phrase for phrase in self.phrases if len(phrase) < 2]
        if short:
            raise ValueError(f"phrases need two characters: {short}")
        buckets: dict[str, list[tuple[str, int, bool, int]]] = {}
        for phrase, number in self.number.items():
            has_edge = _is_latin(phrase[0]) or _is_latin(phrase[-1])
            buckets.setdefault(phrase[:2], []).append((phrase, len(phrase), has_edge, number))
        self._buckets = buckets
        self._starts = _start_pattern(self.phrases)

    def find(self, text: str) -> list[PhraseHit]:
        """All hits by start; at one start in the order of ``phrases``."""
        text = fold(text)
        buckets, hits = self._buckets, []
        for found in self._starts.finditer(text):
            start = found.start()
            bucket = buckets.get(text[start : start + 2])
            if bucket is None:
                continue
            for phrase, n_chars, has_edge, number in bucket:
                if not text.startswith(phrase, start):
                    continue
                end = start + n_chars
                if has_edge and not _is_whole(text, start, end):
                    continue
                hits.append(PhraseHit(start, end, number))
        return hits


def _start_pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    if not phrases:
        return re.compile(r"(?!)")
    first = "".join(sorted({re.escape(phrase[0]) for phrase in phrases}))
    second = "".join(sorted({re.escape(phrase[1]) for phrase in phrases}))
    return re.compile(f"[{first}](?=[{second}])")


def _is_latin(char: str) -> bool:
    return char.isascii() and char.isalnum()


def _is_whole(text: str, start: int, end: int) -> bool:
    if start and _is_latin(text[start]) and _same_kind(text[start - 1], text[start]):
        return False
    return not (end < len(text) and _is_latin(text[end - 1]) and _same_kind(text[end - 1], text[end]))


def _same_kind(one: str, other: str) -> bool:
    if not (one.isascii() and other.isascii()):
        return False
    return (one.isalpha() and other.isalpha()) or (one.isdigit() and other.isdigit())
