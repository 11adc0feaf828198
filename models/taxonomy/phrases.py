"""All occurrences of many phrases in one pass over a text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import NamedTuple

from models.text.word_places import WordPlaces

_BETWEEN = "\n"


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

    A Latin or numeric edge of a phrase must be an edge in the text too (``app`` is not in ``apple``).
    """

    def __init__(self, phrases: Iterable[str]) -> None:
        self.phrases = tuple(sorted({fold(phrase) for phrase in phrases}))
        self.number = {phrase: number for number, phrase in enumerate(self.phrases)}
        short = [phrase for phrase in self.phrases if len(phrase) < 2]
        if short:
            raise ValueError(f"phrases need two characters: {short}")
        self._places = WordPlaces(self.phrases)
        self._has_edge = [_is_latin(phrase[0]) or _is_latin(phrase[-1]) for phrase in self.phrases]

    def find(self, text: str) -> list[PhraseHit]:
        """All hits by start; at one start in the order of ``phrases``."""
        return [PhraseHit(*hit) for hit in self._find(fold(text))]

    def find_each(self, texts: Sequence[str]) -> list[list[PhraseHit]]:
        """What ``find`` gives for each text, in one pass over all."""
        starts = list(accumulate((len(text) + 1 for text in texts), initial=0))
        found: list[list[PhraseHit]] = [[] for _ in texts]
        number = 0
        for start, end, phrase in self._find(_BETWEEN.join(map(fold, texts))):
            while start >= starts[number + 1]:
                number += 1
            if end < starts[number + 1]:
                found[number].append(PhraseHit(start - starts[number], end - starts[number], phrase))
        return found

    def _find(self, text: str) -> list[tuple[int, int, int]]:
        has_edge = self._has_edge
        return sorted(
            (start, end, number)
            for number, start, end in self._places.find(text)
            if not has_edge[number] or _is_whole(text, start, end)
        )


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
