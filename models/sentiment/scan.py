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
    hits: list[Hit] = []
    at, n = 0, len(folded)
    while at < n:
        place_end = ends.get(at, at)
        hit = _longest_word(folded, at, place_end, lexicon)
        if hit is None and place_end > at and (place := pattern.match(folded, at)) is not None:
            entry = entries[int((place.lastgroup or "g0")[1:])]
            hit = Hit(at, place_end, entry.kind, entry.strength)
        if hit is None:
            at += 1
        else:
            hits.append(hit)
            at = hit.end
    return hits


def _longest_word(folded: str, at: int, beyond: int, lexicon: SentimentLexicon) -> Hit | None:
    """The longest word at ``at`` that does not end before ``beyond``."""
    for length in lexicon.lengths.get(folded[at], ()):
        if at + length < beyond:
            return None
        word = folded[at : at + length]
        entry = lexicon.words.get(word) if len(word) == length else None
        if entry is not None:
            return Hit(at, at + length, entry.kind, entry.strength, entry.polar)
    return None
