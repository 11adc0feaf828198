"""Where any of thousands of words stand in a text, in one pass (Aho and Corasick 1975)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ahocorasick_rs import AhoCorasick

_HALF = re.compile("[\ud800-\udfff]")
_UNKNOWN = "\ufffd"


class WordPlaces:
    """``words`` are matched as they are written; none may be empty or hold half surrogates. Cannot be pickled."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = tuple(words)
        self._automaton = AhoCorasick(self._words)

    def find(self, text: str) -> list[tuple[int, int, int]]:
        """``(number, start, end)`` of every place, overlapping ones too, by end: ``text[start:end]`` is ``words[number]``."""
        try:
            return self._automaton.find_matches_as_indexes(text, overlapping=True)
        except UnicodeEncodeError:  # Half surrogates, which the library does not take.
            found = self.find(_HALF.sub(_UNKNOWN, text))
        return [
            (number, start, end) for number, start, end in found if text[start:end] == self._words[number]
        ]
