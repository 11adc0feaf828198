"""Short phrases of a clause that may name a cause: its words that say an object or a fault, in their order.

A phrase is a stretch of one clause without the words that name nothing (adverbs, particles, pronouns, times):
空调这几天都不制冷 gives 空调不制冷. What a phrase holds and what was left out decide how well it reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from models.rootcause.generic import GenericWords
from models.rootcause.pieces import UNKNOWN, Piece, Tagger, load_grammar, load_tagger, pieces_of

MIN_CHARS, MAX_CHARS = 3, 12
MAX_KEPT = 5
MAX_DROPPED = 3
"""The longest run of words without meaning that a phrase may leave out."""
TALK_FACTOR = 0.25
_FAULTS = ("fault", "whole")
_NOUNS = ("object", "part", "whole")


@dataclass(frozen=True, slots=True)
class Phrase:
    """``text`` as it may stand in a name; ``words`` lower-cased; ``fitness`` in (0, 3], how well it reads."""

    text: str
    words: tuple[str, ...]
    fitness: float


def phrases_of(
    text: str, words: Sequence[str], generic: GenericWords, tag: Tagger | None = None
) -> list[Phrase]:
    """Phrases of the clause ``text`` whose ``words`` stand in order, each text once with its best fitness."""
    pieces = pieces_of(text, words, generic, tag or load_tagger())
    found: dict[str, Phrase] = {}
    for first, last in _spans(pieces):
        phrase = _phrase(pieces, first, last, generic)
        if phrase and phrase.fitness > (found[phrase.text].fitness if phrase.text in found else 0.0):
            found[phrase.text] = phrase
    return list(found.values())


def _spans(pieces: Sequence[Piece]) -> Iterator[tuple[int, int]]:
    for first, piece in enumerate(pieces):
        if piece.role in ("dropped", "barrier"):
            continue
        kept = dropped = 0
        for last in range(first, len(pieces)):
            role = pieces[last].role
            if role == "barrier":
                break
            dropped = dropped + 1 if role == "dropped" else 0
            kept += role != "dropped"
            if dropped > MAX_DROPPED or kept > MAX_KEPT:
                break
            if role not in ("dropped", "negation"):
                yield first, last


def _phrase(pieces: Sequence[Piece], first: int, last: int, generic: GenericWords) -> Phrase | None:
    span = pieces[first : last + 1]
    kept = [piece for piece in span if piece.role != "dropped"]
    if not MIN_CHARS <= sum(piece.n_han for piece in kept) <= MAX_CHARS:
        return None
    if len({piece.word for piece in kept}) < len(kept) or _negation_hangs(span):
        return None
    fitness = _structure(kept) * _edges(pieces, first, last) * _wording(kept, generic)
    fitness *= 0.9 ** (len(span) - len(kept))
    if any(piece.word in load_grammar().pronouns for piece in span):
        fitness *= 0.5
    return Phrase(_joined(kept), tuple(piece.word for piece in kept), fitness)


def _joined(kept: Sequence[Piece]) -> str:
    text = ""
    for piece in kept:
        text += " " if text and text[-1].isascii() and piece.text[:1].isascii() else ""
        text += piece.text
    return text


def _negation_hangs(span: Sequence[Piece]) -> bool:
    """Whether a negation denies a fault or does not deny what follows: a word left out, 不 before a noun."""
    lacks = load_grammar().lacks
    return any(
        piece.role == "negation"
        and (
            after.role in ("dropped", "negation", *_FAULTS)
            or (after.role == "object" and piece.word not in lacks)
        )
        for piece, after in pairwise(span)
    )


def _structure(kept: Sequence[Piece]) -> float:
    """3 for an object and its fault, less for what lacks one of them."""
    roles = [piece.role for piece in kept]
    denied = {i + 1 for i, role in enumerate(roles) if role == "negation"}
    others = [role for i, role in enumerate(roles) if i not in denied]
    acts = 0.6 if roles[0] == "act" else 1.0
    if "whole" in roles:
        return 3.0 * acts
    if denied or "fault" in roles:
        two_faults = roles.count("fault") > 1
        what = 3.0 if "object" in others else 2.2 if "verb" in others or two_faults else 1.2
        if "part" in others:
            what = max(what, 1.8)
        hangs = roles[-1] == "object" and roles[-2] == "fault" and kept[-2].tag != "v"
        return what * acts * (0.6 if hangs else 1.0)
    n_objects = roles.count("object")
    if n_objects and len(roles) > 1:
        apart = any(piece.end != after.start for piece, after in pairwise(kept))
        value = 0.4 if apart else 0.8
    else:
        value = 0.4 if n_objects else 0.15
    return value * acts * (0.5 if roles[-1] in ("verb", "act") else 1.0)


def _edges(pieces: Sequence[Piece], first: int, last: int) -> float:
    """Less where the phrase leaves half of something behind: a noun beside it, a negation before it."""
    value = 1.0
    if first:
        before = pieces[first - 1].role
        value *= 0.25 if before == "negation" else 0.7 if before in _NOUNS else 1.0
    if last + 1 < len(pieces):
        after = pieces[last + 1].role
        value *= 1.0 if after in ("barrier", "dropped") else 0.6
        value *= 0.3 if pieces[last].role == "act" and after != "barrier" else 1.0
    return value


def _wording(kept: Sequence[Piece], generic: GenericWords) -> float:
    """Less for words of talk, wrong cuts, a fault that says its object again (价格降价), and length."""
    n = sum(piece.n_han for piece in kept)
    value = 1.0 if 4 <= n <= 8 else 0.8 if n <= 10 else 0.6
    for piece in kept:
        if piece.word in generic.talk:
            value *= TALK_FACTOR
        elif piece.role == "object" and piece.tag == UNKNOWN:
            value *= 0.75
    for piece, after in pairwise(kept):
        if set(piece.word) & set(after.word):
            value *= 0.6
    return value
