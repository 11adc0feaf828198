"""A transcript as the talk network reads it: characters in one row, pieces of clauses, who says them.

Characters and pairs of characters are numbers of a vocabulary: 0 stands between turns, 1 for what is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

import numpy as np
from numpy.typing import NDArray

from models.experience.told import Told, ToldClause

PIECE_CHARS = 24
"""A longer clause (speech recognition writes no marks) is cut into even pieces of at most this length."""
BETWEEN, UNKNOWN = 0, 1
GAP = 2
"""Empty places between turns, so that no window of three sees two of them."""
_DIGIT = re.compile("[0-9]")
FIRST = 2
"""The number of the first known one."""

Numbers = NDArray[np.intp]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class TalkPiece:
    """A stretch ``[start, end)`` of the told text, in one clause."""

    turn: int
    clause: int
    start: int
    end: int


@dataclass(frozen=True)
class TalkPage:
    """``characters`` and ``pairs`` (n_characters), a pair numbered where it begins; ``bounds`` (n_pieces, 2) of the
    pieces in that row; ``turn`` (n_pieces) numbers turns; ``agent`` and ``first`` (n_pieces) of 0 and 1: an agent says it, it
    begins a turn; ``polarity`` (n_pieces) in [-1, 1]."""

    pieces: tuple[TalkPiece, ...]
    characters: Numbers
    pairs: Numbers
    bounds: Numbers
    turn: Numbers
    agent: Numbers
    first: Numbers
    polarity: Floats


@dataclass(frozen=True)
class TalkAlphabet:
    """Known characters and pairs of characters, in the order of their numbers."""

    characters: Mapping[str, int]
    pairs: Mapping[str, int]

    @classmethod
    def of(cls, characters: Iterable[str], pairs: Iterable[str]) -> TalkAlphabet:
        return cls(_numbered(characters), _numbered(pairs))

    def numbers(self, text: str) -> tuple[list[int], list[int]]:
        """Of each character, and of each pair beginning there; which digit it is says nothing."""
        text = folded(text)
        known, pair = self.characters.get, self.pairs.get
        doubles = [pair(a + b, UNKNOWN) for a, b in pairwise(text)]
        return [known(char, UNKNOWN) for char in text], [*doubles, UNKNOWN][: len(text)]


def folded(text: str) -> str:
    """One spelling of what the network does not tell apart; as long as ``text``."""
    lower = text.lower()
    if len(lower) != len(text):
        lower = "".join(low if len(low := char.lower()) == 1 else char for char in text)
    return _DIGIT.sub("0", lower)


def open_page(told: Told, alphabet: TalkAlphabet) -> TalkPage:
    """The page of a transcript; one without clauses has no pieces."""
    pieces = tuple(_pieces(told.clauses))
    characters: list[int] = []
    pairs: list[int] = []
    shift: dict[int, int] = {}
    for number, group in groupby(pieces, key=lambda piece: piece.turn):
        own = list(group)
        shift[number] = len(characters) - own[0].start
        single, double = alphabet.numbers(told.text[own[0].start : own[-1].end])
        characters += single + [BETWEEN] * GAP
        pairs += double + [BETWEEN] * GAP
    clauses = [told.clauses[piece.clause] for piece in pieces]
    before = [-1, *(piece.turn for piece in pieces)]
    return TalkPage(
        pieces,
        np.array(characters, dtype=np.intp),
        np.array(pairs, dtype=np.intp),
        np.array([(p.start + shift[p.turn], p.end + shift[p.turn]) for p in pieces], np.intp).reshape(-1, 2),
        np.array(before[1:], dtype=np.intp),
        np.array([clause.speaker != "customer" for clause in clauses], dtype=np.intp),
        np.array([piece.turn != last for piece, last in zip(pieces, before, strict=False)], dtype=np.intp),
        np.array([clause.polarity for clause in clauses], dtype=np.float32),
    )


def _pieces(clauses: Sequence[ToldClause]) -> Iterator[TalkPiece]:
    for number, clause in enumerate(clauses):
        n = len(clause.text)
        width = -(-n // -(-n // PIECE_CHARS)) if n else 1
        for at in range(0, n, width):
            yield TalkPiece(clause.turn, number, clause.start + at, clause.start + min(at + width, n))


def _numbered(items: Iterable[str]) -> dict[str, int]:
    return {item: number for number, item in enumerate(items, start=FIRST)}
