"""All personal data of a text, without overlaps."""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import chain

from models.text.pii.accounts import find_accounts
from models.text.pii.address import find_addresses
from models.text.pii.codes import find_codes
from models.text.pii.fold import fold
from models.text.pii.masking import MASK, mask_word
from models.text.pii.names import find_names
from models.text.pii.numbers import find_numbers
from models.text.pii.recognisers import NameRecogniser
from models.text.pii.values import Candidate, PiiMatch

_MAX_ROUNDS = 8
_SIGNED_KINDS = ("mobile", "landline", "id_card", "bank_card")


def find_pii(raw: str, recogniser: NameRecogniser | None = None) -> list[PiiMatch]:
    """Personal data of ``raw``, sorted by position, without overlaps.

    A mask changes what stands beside its neighbours, so the masked text is read again until nothing new shows
    up; that is what makes masking idempotent. ``recogniser`` adds names that the lists cannot tell.
    """
    folded = fold(raw)
    found = _find_once(raw, folded, recogniser)
    matches: list[Candidate] = []
    for _ in range(_MAX_ROUNDS):
        if not found:
            break
        matches = sorted([*matches, *found], key=_position)
        words = [mask_word(match.kind, raw[match.start : match.end]) for match in matches]
        masked, origins = _masked(raw, matches, words)
        refolded, _ = _masked(folded, matches, words)
        found = [_moved(later, origins) for later in _find_once(masked, refolded, recogniser)]
    return [PiiMatch(match.kind, match.start, match.end) for match in matches]


def _masked(text: str, matches: list[Candidate], words: list[str]) -> tuple[str, list[tuple[int, int]]]:
    """``text`` with masks, and where the pieces between them came from, as (place there, place in ``text``)."""
    pieces: list[str] = []
    origins: list[tuple[int, int]] = [(0, 0)]
    at = length = 0
    for match, word in zip(matches, words, strict=True):
        pieces += (text[at : match.start], word)
        length += match.start - at + len(word)
        at = match.end
        origins.append((length, at))
    return "".join([*pieces, text[at:]]), origins


def _moved(found: Candidate, origins: list[tuple[int, int]]) -> Candidate:
    """A candidate of the masked text as one of the raw text; it touches no mask."""
    there, here = origins[bisect_right(origins, (found.start, sys.maxsize)) - 1]
    return Candidate(found.kind, found.start - there + here, found.end - there + here, found.rank)


def _find_once(text: str, folded: str, recogniser: NameRecogniser | None) -> list[Candidate]:
    found = list(chain(find_numbers(folded), find_codes(folded), find_accounts(folded)))
    phones = [candidate for candidate in found if candidate.kind in _SIGNED_KINDS]
    found += chain(find_addresses(folded), find_names(folded, phones), _recognised(text, recogniser))
    if not found:
        return []
    return _without_overlaps(found, [token.span() for token in MASK.finditer(text)] if "[" in text else [])


def _recognised(text: str, recogniser: NameRecogniser | None) -> Iterator[Candidate]:
    if recogniser is not None:
        for start, end in recogniser.find_names(text):
            yield Candidate("name", start, end, 20)


def _without_overlaps(found: Iterable[Candidate], masks: list[tuple[int, int]]) -> list[Candidate]:
    """The best candidates that touch neither each other nor a mask."""
    kept: list[Candidate] = []
    taken = sorted(masks)
    for candidate in sorted(found, key=lambda c: (c.rank, c.start - c.end, c.start, c.kind)):
        at = bisect_right(taken, (candidate.start, sys.maxsize))
        free_left = at == 0 or taken[at - 1][1] <= candidate.start
        if free_left and (at == len(taken) or candidate.end <= taken[at][0]):
            kept.append(candidate)
            taken.insert(at, (candidate.start, candidate.end))
    return sorted(kept, key=_position)


def _position(match: Candidate) -> tuple[int, int]:
    return match.start, match.end
