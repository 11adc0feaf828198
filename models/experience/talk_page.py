"""A transcript as the talk network reads it: characters in one row, pieces of clauses, who says them.

Characters and pairs of characters are numbers of a vocabulary: 0 stands between turns, 1 for what is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from models.experience.told import Told, ToldClause

PIECE_CHARS = 24
"""A longer clause (speech recognition writes no marks) is cut into even pieces of at most this length."""
BETWEEN, UNKNOWN = 0, 1
GAP = 2
"""Empty places between turns, so that no window of three sees two of them."""
_EMPTY = "\0" * GAP
"""Fills the places between turns; which they are is counted, as a text may hold this character itself."""
_CODE_BITS = 21
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
        singles, doubles = self.row([text])
        return singles[: len(text)].tolist(), doubles[: len(text)].tolist()

    def row(self, texts: Sequence[str]) -> tuple[Numbers, Numbers]:
        """The numbers of ``texts`` one behind the other, ``GAP`` empty places behind each."""
        codes = _codes("".join(f"{folded(text)}{_EMPTY}" for text in texts))
        ends = np.cumsum([len(text) + GAP for text in texts], dtype=np.intp)
        said = np.ones(len(codes), dtype=bool)
        for place in range(1, GAP + 1):
            said[ends - place] = False
        singles = self._of_code[np.minimum(codes, len(self._of_code) - 1)]
        doubles = np.full(len(codes), UNKNOWN, dtype=np.intp)
        doubles[:-1] = self._of_two(_twos(codes))
        doubles[ends - GAP - 1] = UNKNOWN  # Nothing follows the last one.
        return np.where(said, singles, BETWEEN), np.where(said, doubles, BETWEEN)

    @cached_property
    def _of_code(self) -> Numbers:
        """Numbers of characters by code point, the last for all beyond."""
        codes = _codes("".join(self.characters))
        found = np.full(int(codes.max(initial=0)) + 2, UNKNOWN, dtype=np.intp)
        found[codes] = list(self.characters.values())
        return found

    @cached_property
    def _sorted_pairs(self) -> tuple[Numbers, Numbers]:
        """Pairs as one number each in order, and their numbers here; one at the end stands for all beyond."""
        twos = _twos(_codes("".join(self.pairs)))[::2]
        order = np.argsort(twos)
        known = np.fromiter(self.pairs.values(), dtype=np.intp, count=len(self.pairs))
        return np.append(twos[order], -1), np.append(known[order], UNKNOWN)

    def _of_two(self, twos: Numbers) -> Numbers:
        codes, numbers = self._sorted_pairs
        near = np.searchsorted(codes[:-1], twos)
        return np.where(codes[near] == twos, numbers[near], UNKNOWN)


def _codes(text: str) -> Numbers:
    """Code points (n_characters)."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.intp)


def _twos(codes: Numbers) -> Numbers:
    """One number for each two code points in a row."""
    return (codes[:-1] << _CODE_BITS) | codes[1:]


def folded(text: str) -> str:
    """One spelling of what the network does not tell apart; as long as ``text``."""
    lower = text.lower()
    if len(lower) != len(text):
        lower = "".join(low if len(low := char.lower()) == 1 else char for char in text)
    return _DIGIT.sub("0", lower)


def open_page(told: Told, alphabet: TalkAlphabet) -> TalkPage:
    """The page of a transcript; one without clauses has no pieces."""
    pieces = tuple(_pieces(told.clauses))
    texts: list[str] = []
    shift: dict[int, int] = {}
    at = 0
    for number, group in groupby(pieces, key=lambda piece: piece.turn):
        own = list(group)
        shift[number] = at - own[0].start
        texts.append(told.text[own[0].start : own[-1].end])
        at += len(texts[-1]) + GAP
    characters, pairs = alphabet.row(texts)
    clauses = [told.clauses[piece.clause] for piece in pieces]
    before = [-1, *(piece.turn for piece in pieces)]
    return TalkPage(
        pieces,
        characters,
        pairs,
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
