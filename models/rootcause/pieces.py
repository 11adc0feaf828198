"""The parts a word may play in a name: object, fault, denial, or nothing. By lists and by jieba's dictionary."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from typing import Literal

from models.rootcause.generic import GenericWords, han_chars, parse_words

Tagger = Callable[[str], str]
Role = Literal["object", "fault", "whole", "negation", "verb", "quality", "part", "act", "dropped", "barrier"]
"""``whole`` is a fault with its object in it (烧机油); ``part`` a noun and ``act`` a verb of one character."""

UNKNOWN, WRONG_CUT = "nx", "u"
_OBJECT_TAGS = ("n", "vn", "j", "l", "i", "an", "eng", "x")
_FAILS = re.compile(r"([\u3400-\u9fff])不(?!\1|[是得])[\u3400-\u9fff]{1,2}")
"""What is tried and not done: 看不见, 打不通; not 能不能."""
_MOVES = re.compile(r".{1,2}(?:过|起|回|出|下|上|进)[来去]")
_NUMERALS = frozenset("一二两三四五六七八九十百几")
_KINDS = ("lacks", "denies", "barriers", "pronouns", "fillers", "parts", "junk")


@dataclass(frozen=True, slots=True)
class PhraseGrammar:
    """Words by what they do in a phrase; see the resource file."""

    lacks: frozenset[str]
    denies: frozenset[str]
    barriers: frozenset[str]
    pronouns: frozenset[str]
    fillers: frozenset[str]
    parts: frozenset[str]
    junk: frozenset[str]


@dataclass(frozen=True, slots=True)
class Piece:
    """A word of a clause: as written and lower-cased, its half-open place, part, part of speech, Han characters."""

    text: str
    word: str
    role: Role
    start: int
    end: int
    tag: str
    n_han: int = 0


@lru_cache(maxsize=1)
def load_grammar() -> PhraseGrammar:
    """The lists beside this module."""
    text = (files("models.rootcause") / "phrase_words.txt").read_text("utf-8")
    blocks = dict(re.findall(r"^\[(\w+)\]\n([^\[]*)", text, flags=re.MULTILINE))
    return PhraseGrammar(**{kind: parse_words(blocks[kind])[1] for kind in _KINDS})


@lru_cache(maxsize=1)
def load_tagger() -> Tagger:
    """The part of speech of a word, by jieba's dictionary; ``nx`` of an unknown one, ``u`` of a wrong cut."""
    import rjieba

    jieba, junk = rjieba.Jieba(), load_grammar().junk

    @lru_cache(maxsize=65536)
    def tag(word: str) -> str:
        try:
            found = jieba.tag(word, False)
        except UnicodeEncodeError:
            return "x"
        if len(found) == 1:
            return found[0][1] or "x"
        return WRONG_CUT if junk & set(word) else UNKNOWN

    return tag


def pieces_of(text: str, words: Sequence[str], generic: GenericWords, tag: Tagger) -> list[Piece]:
    """The words of a clause at their places, faults of several words joined; a gap with marks is a barrier.

    Nothing where the words do not stand in the text in their order.
    """
    lowered = text.lower() if len(text.lower()) == len(text) else text
    places = _places(lowered, words)
    pieces: list[Piece] = []
    index = 0
    while index < len(places):
        width = _fault_width(lowered, places, index, generic)
        start, end = places[index][0], places[index + width - 1][1]
        if pieces and _parted(text, pieces[-1].end, start):
            pieces.append(Piece("", "", "barrier", start, start, ""))
        word = lowered[start:end]
        role = _role(word, generic, tag)
        if width > 1:
            parts = [_role(lowered[a:b], generic, tag) for a, b in places[index : index + width]]
            role = "whole" if "object" in parts else "fault"
        pieces.append(Piece(text[start:end], word, role, start, end, tag(word), _han(word)))
        index += width
    return _settled(pieces)


def _places(lowered: str, words: Sequence[str]) -> list[tuple[int, int]]:
    at, places = 0, []
    for word in words:
        start = lowered.find(word.lower(), at)
        if start < 0:
            return []
        at = start + len(word)
        places.append((start, at))
    return places


def _fault_width(text: str, places: Sequence[tuple[int, int]], index: int, generic: GenericWords) -> int:
    for width in (3, 2):
        if index + width <= len(places):
            start, end = places[index][0], places[index + width - 1][1]
            if text[start:end] in generic.faults:
                return width
    return 1


def _parted(text: str, end: int, start: int) -> bool:
    gap = text[end:start]
    if not gap:
        return False
    return bool(gap.strip()) or not (text[end - 1].isascii() or text[start].isascii())


_han = lru_cache(maxsize=65536)(han_chars)


@lru_cache(maxsize=65536)
def _role(word: str, generic: GenericWords, tag: Tagger) -> Role:
    grammar = load_grammar()
    if word in grammar.barriers:
        return "barrier"
    if word in grammar.lacks or word in grammar.denies:
        return "negation"
    if word in generic.faults:
        return "fault"
    if word in grammar.pronouns or word in grammar.fillers or word in generic.words:
        return "dropped"
    if any(char.isdigit() for char in word) or not generic.is_term(word):
        return "dropped"
    if generic.is_fault(word) or _FAILS.fullmatch(word):
        return "fault"
    return _role_by_tag(word, tag(word), grammar)


def _role_by_tag(word: str, kind: str, grammar: PhraseGrammar) -> Role:
    if kind[:1] in "mqtrdpcuyeo" or (kind == UNKNOWN and (word[0] in _NUMERALS or _MOVES.fullmatch(word))):
        return "dropped"
    if len(word) == 1:
        return "part" if word in grammar.parts or kind[:1] == "n" else "act" if kind[:1] == "v" else "dropped"
    if kind.startswith(_OBJECT_TAGS):
        return "object"
    return "quality" if kind[:1] in "abz" else "verb"


def _settled(pieces: Sequence[Piece]) -> list[Piece]:
    """Parts that depend on the neighbours: a single verb needs a noun or a denial, 没有 may end a clause."""
    roles: list[Role] = ["barrier", *(piece.role for piece in pieces), "barrier"]
    settled: list[Piece] = []
    for piece, before, after in zip(pieces, roles, roles[2:], strict=False):
        role = piece.role
        if role == "act" and before != "negation" and after not in ("object", "part"):
            role = "dropped"
        elif role == "negation" and before == "object" and after == "barrier" and piece.word == "没有":
            role = "fault"
        settled.append(piece if role == piece.role else replace(piece, role=role))
    return settled
