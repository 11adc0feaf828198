"""Words and constructions of the lexicon in a text: the longest at each place, from left to right."""

from __future__ import annotations

import re
from dataclasses import dataclass

from models.sentiment.lexicon import SentimentLexicon

_WIDE = "".join(
    chr(code) for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))
)
_CAPITALS = "".join(map(chr, range(ord("A"), ord("Z") + 1)))
_FOLDED = str.maketrans(
    f"{_WIDE}{_CAPITALS},?!;:",
    f"0123456789{_CAPITALS.lower()}{_CAPITALS.lower()}{_CAPITALS.lower()}，？！；：",
)

CLAUSE_MARK = re.compile(r"[，、。！？；：:…\n\r~～ ]+")
SENTENCE_MARK = re.compile(r"[。！？；…\n\r]+")


@dataclass(frozen=True, slots=True)
class Hit:
    """A word or construction at ``[start, end)`` of the folded text, which is as long as the raw one."""

    start: int
    end: int
    kind: str
    strength: float
    polar: float = 0.0


def fold(text: str) -> str:
    """Lower case, full-width letters and digits as ASCII, ASCII marks as Chinese ones; the same length."""
    return text.translate(_FOLDED)


def find_hits(folded: str, lexicon: SentimentLexicon) -> list[Hit]:
    """Hits in order, not overlapping. At the same place a construction wins over a shorter word."""
    pattern, entries = lexicon.places
    ends = {match.start(): match.end() for match in lexicon.place_finder.finditer(folded)}
    words = _longest_words(folded, lexicon)
    hits: list[Hit] = []
    beyond = 0
    for at in sorted(ends.keys() | words.keys()):
        word, place_end = words.get(at), ends.get(at, at)
        if at < beyond or (word is None and place_end == at):
            continue
        if word is not None and word.end >= place_end:
            hits.append(word)
        elif (place := pattern.match(folded, at)) is not None:
            entry = entries[int((place.lastgroup or "g0")[1:])]
            hits.append(Hit(at, place_end, entry.kind, entry.strength))
        else:
            continue
        beyond = hits[-1].end
    return hits


def _longest_words(folded: str, lexicon: SentimentLexicon) -> dict[int, Hit]:
    """The longest word at each place where one begins."""
    places, entries = lexicon.word_places
    found: dict[int, Hit] = {}
    for number, start, end in places.find(folded):  # By end: a longer word comes later.
        entry = entries[number]
        found[start] = Hit(start, end, entry.kind, entry.strength, entry.polar)
    return found
