"""All personal data of a text, without overlaps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from models.text.pii.accounts import find_accounts
from models.text.pii.address import find_addresses
from models.text.pii.codes import find_codes
from models.text.pii.fold import fold
from models.text.pii.masking import MASK, mask
from models.text.pii.names import find_names
from models.text.pii.numbers import find_numbers
from models.text.pii.recognisers import NameRecogniser
from models.text.pii.values import Candidate, PiiMatch

_MAX_ROUNDS = 8


def find_pii(raw: str, recogniser: NameRecogniser | None = None) -> list[PiiMatch]:
    """Personal data of ``raw``, sorted by position, without overlaps.

    A mask changes what stands beside its neighbours, so the masked text is read again until nothing new shows
    up; that is what makes masking idempotent. ``recogniser`` adds names that the lists cannot tell.
    """
    matches = _find_once(raw, recogniser)
    for _ in range(_MAX_ROUNDS):
        if not matches:
            break
        masked = mask(raw, matches)
        later = _find_once(masked.text, recogniser)
        if not later:
            break
        matches = sorted(
            [*matches, *(PiiMatch(m.kind, *masked.to_raw(m.start, m.end)) for m in later)], key=_position
        )
    return matches


def _find_once(text: str, recogniser: NameRecogniser | None) -> list[PiiMatch]:
    folded = fold(text)
    found = list(chain(find_numbers(folded), find_codes(folded), find_accounts(folded)))
    phones = [candidate for candidate in found if candidate.kind in ("mobile", "landline")]
    found += chain(find_addresses(folded), find_names(folded, phones), _recognised(text, recogniser))
    if not found:
        return []
    masks = [found.span() for found in MASK.finditer(text)] if "[" in text else []
    return [PiiMatch(c.kind, c.start, c.end) for c in _without_overlaps(found, masks)]


def _recognised(text: str, recogniser: NameRecogniser | None) -> Iterator[Candidate]:
    if recogniser is not None:
        for start, end in recogniser.find_names(text):
            yield Candidate("name", start, end, 20)


def _without_overlaps(found: Iterable[Candidate], taken: list[tuple[int, int]]) -> list[Candidate]:
    """The best candidates that touch neither each other nor a mask."""
    kept: list[Candidate] = []
    taken = list(taken)
    for candidate in sorted(found, key=lambda c: (c.rank, c.start - c.end, c.start, c.kind)):
        if all(candidate.end <= start or end <= candidate.start for start, end in taken):
            kept.append(candidate)
            taken.append((candidate.start, candidate.end))
    return sorted(kept, key=lambda c: c.start)


def _position(match: PiiMatch) -> tuple[int, int]:
    return match.start, match.end
