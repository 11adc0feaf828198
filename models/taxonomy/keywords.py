"""Cold start: categories from the keywords of the taxonomy alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from models.taxonomy.negation import has_negator, is_negated
from models.taxonomy.phrases import PhraseFinder, PhraseHit, fold
from models.taxonomy.taxonomy import Taxonomy
from models.text.align import Span

_WEIGHTS = {2: 0.4, 3: 0.55}
_LONG_WEIGHT = 0.65


class KeywordEvidence(NamedTuple):
    """``score`` in (0, 1): grows with the number and length of different keywords. ``spans`` by start."""

    category: str
    score: float
    spans: tuple[Span, ...]


class KeywordScorer:
    """Finds the keywords of all categories in one pass; the longest match wins, denied ones do not count.

    A keyword of ``n`` categories gives each of them ``1 / n`` of its weight. Weights join as
    ``1 - Π(1 - weight)`` over different keywords. These scores order categories; they are not calibrated.
    """

    def __init__(self, taxonomy: Taxonomy) -> None:
        owners: dict[str, list[str]] = {}
        for category in taxonomy.categories:
            for keyword in category.keywords:
                owners.setdefault(fold(keyword), []).append(category.id)
        self._finder = PhraseFinder(owners)
        self._owners = tuple(tuple(owners[phrase]) for phrase in self._finder.phrases)

    def score(self, text: str) -> list[KeywordEvidence]:
        """Best first, ties by id."""
        return self.score_each([text])[0]

    def score_each(self, texts: Sequence[str]) -> list[list[KeywordEvidence]]:
        """``score`` of each text, in one pass over all."""
        found = self._finder.find_each(texts)
        return [self._scored(text, hits) if hits else [] for text, hits in zip(texts, found, strict=True)]

    def _scored(self, text: str, every: list[PhraseHit]) -> list[KeywordEvidence]:
        hits = longest(every)
        if has_negator(text):
            hits = [hit for hit in hits if not is_negated(text, Span(hit.start, hit.end))]
        found: dict[str, list[PhraseHit]] = {}
        for hit in hits:
            for category in self._owners[hit.phrase]:
                found.setdefault(category, []).append(hit)
        evidence = [self._evidence(category, hits) for category, hits in found.items()]
        return sorted(evidence, key=lambda item: (-item.score, item.category))

    def _evidence(self, category: str, hits: list[PhraseHit]) -> KeywordEvidence:
        missing = 1.0
        for phrase in {hit.phrase for hit in hits}:
            weight = _WEIGHTS.get(len(self._finder.phrases[phrase]), _LONG_WEIGHT)
            missing *= 1.0 - weight / len(self._owners[phrase])
        return KeywordEvidence(category, round(1.0 - missing, 6), tuple(Span(h.start, h.end) for h in hits))


def longest(hits: list[PhraseHit]) -> list[PhraseHit]:
    """Leave out each hit that overlaps a longer one (of equal length: an earlier one). Result by start."""
    kept: list[PhraseHit] = []
    for hit in sorted(hits, key=lambda hit: (hit.start - hit.end, hit.start)):
        if all(hit.end <= other.start or hit.start >= other.end for other in kept):
            kept.append(hit)
    return sorted(kept)
