"""English words that lost the spaces between them: ``MomentsofTruth`` -> ``Moments of Truth``."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files

from models.text.align import Edit

MIN_CHARS = 8
_LATIN = re.compile(r"(?<![A-Za-z0-9@._/\\:#=&?%\-])[A-Za-z]{8,60}(?![A-Za-z0-9@_/\\=&%\-]|\.[A-Za-z0-9])")
_CAMEL = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_LINKING = frozenset({"of", "in", "to", "and", "for", "the", "with", "on", "at", "by", "from"})


def glued_edits(text: str) -> list[Edit]:
    """Edits that insert the missing spaces.

    Only where every piece is a known word, or a known given name with a capitalised second piece
    (``JimSterne``). Known compound names (``YouTube``, ``PowerPoint``), abbreviations and anything that is
    part of an address, a path or a code stay.
    """
    edits: list[Edit] = []
    for found in _LATIN.finditer(text):
        at = found.start()
        for piece in split_words(found[0])[:-1]:
            at += len(piece)
            edits.append(Edit(at, at, " "))
    return edits


def split_words(token: str) -> list[str]:
    """The words of a glued token, or the token alone where they are not all known."""
    words, names, whole = _lists()
    if token.lower() in words or token.lower() in whole:
        return [token]
    pieces = _CAMEL.findall(token)
    if "".join(pieces) != token:
        return [token]
    if len(pieces) == 2 and pieces[0].lower() in names and len(pieces[1]) >= 3 and pieces[1].istitle():
        return pieces
    split: list[str] = []
    for piece in pieces:
        known = _known_words(piece, words)
        if known is None:
            return [token]
        split += known
    long_enough = len(pieces) > 1 or len(token) >= 12
    return split if long_enough and any(len(word) >= 4 for word in split) else [token]


def _known_words(piece: str, words: frozenset[str]) -> list[str] | None:
    """The fewest known words that make up ``piece``; None where there are none."""
    lower = piece.lower()
    best: list[list[str] | None] = [[]] + [None] * len(lower)
    for end in range(1, len(lower) + 1):
        for start in range(max(0, end - 20), end):
            head, word = best[start], lower[start:end]
            if head is None or not (
                word in words and (len(word) >= 4 or word in _LINKING or start == 0 == end - len(lower))
            ):
                continue
            current = best[end]
            if current is None or len(head) + 1 < len(current):
                best[end] = [*head, piece[start:end]]
    return best[-1]


@lru_cache(maxsize=1)
def _lists() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Known words, given names and compound names that stay whole, in lower case."""
    sections: dict[str, set[str]] = {}
    section = ""
    for line in files("models.text.resources").joinpath("english.txt").read_text("utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            sections.setdefault(section, set()).update(line.lower().split())
    words = frozenset(sections["words"]) | _LINKING
    return words, frozenset(sections["names"]), frozenset(sections["whole"])
