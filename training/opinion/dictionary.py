"""The baseline without learning: aspects and opinions seen in the training rows, paired by nearness.

A string counts where it was labelled in at least ``min_share`` of the places it stands. Matching takes the
longest known string first. Each opinion goes to the nearest aspect, of which one in the same clause and in
front of it comes first; without any aspect in reach, the aspect is not written. The polarity is the commonest one
of the opinion in training, turned round behind a negation that is not part of it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

from models.opinion.values import Sign, Triplet
from models.text.align import Span
from training.opinion.rows import TripletRow
from training.opinion.scoring import score_triplets

_NEGATION = re.compile("(?:不|没|没有|别|非|无)(?:是|很|太|怎么|那么|特别|够|算)?$")
_CLAUSE_END = re.compile(r"[，。！？；,.!?;~～…#\s]")
SHARES = (0.03, 0.06, 0.1, 0.2, 0.4)
REACHES = (0, 1)


@dataclass(frozen=True, slots=True)
class DictionaryParameters:
    """Chosen on rows kept aside: least labelled shares, and how many clauses away an aspect may stand."""

    aspect_share: float = 0.3
    opinion_share: float = 0.3
    reach: int = 1


class DictionaryBaseline:
    """Learned state: ``aspects_`` and ``opinions_`` (string to labelled share), ``polarities_``."""

    name = "opinion.dictionary.v1"

    def __init__(self, parameters: DictionaryParameters | None = None, *, min_count: int = 2) -> None:
        self.parameters = parameters or DictionaryParameters()
        self.min_count = min_count

    def fit(self, rows: Sequence[TripletRow]) -> DictionaryBaseline:
        polarity_counts: dict[str, Counter[Sign]] = {}
        for row in rows:
            for t in row.triplets:
                polarity_counts.setdefault(row.text[slice(*t.opinion)], Counter())[t.polarity] += 1
        self.polarities_ = {word: counts.most_common(1)[0][0] for word, counts in polarity_counts.items()}
        self.aspects_ = self._shares(rows, [{t.aspect for t in row.triplets if t.aspect} for row in rows])
        self.opinions_ = self._shares(rows, [{t.opinion for t in row.triplets} for row in rows])
        return self

    def tune(self, rows: Sequence[TripletRow]) -> DictionaryBaseline:
        """Choose ``parameters`` by the exact F1 on ``rows``."""
        aspects = {s: [_longest_matches(row.text, self.aspects_, s) for row in rows] for s in SHARES}
        opinions = {s: [_longest_matches(row.text, self.opinions_, s) for row in rows] for s in SHARES}
        n_gold = sum(len(row.triplets) for row in rows)
        best = -1.0
        for a, o, reach in product(SHARES, SHARES, REACHES):
            found = [
                {self._pair(row.text, span, known, reach) for span in spans}
                for row, known, spans in zip(rows, aspects[a], opinions[o], strict=True)
            ]
            right = sum(len(f.intersection(row.triplets)) for row, f in zip(rows, found, strict=True))
            f1 = 2 * right / (n_gold + sum(map(len, found)))
            if f1 > best:
                best, self.parameters = f1, DictionaryParameters(a, o, reach)
        return self

    def predict(self, texts: Iterable[str]) -> list[list[Triplet]]:
        return [self._triplets(text) for text in texts]

    def _shares(self, rows: Sequence[TripletRow], labelled: Sequence[set[Span]]) -> dict[str, float]:
        counts = Counter(
            row.text[slice(*s)] for row, spans in zip(rows, labelled, strict=True) for s in spans
        )
        known = {word for word, n in counts.items() if n >= self.min_count}
        longest = max(map(len, known), default=0)
        seen = Counter(
            row.text[i:j]
            for row in rows
            for i in range(len(row.text))
            for j in range(i + 1, min(i + longest, len(row.text)) + 1)
            if row.text[i:j] in known
        )
        return {word: counts[word] / max(seen[word], 1) for word in known}

    def _triplets(self, text: str) -> list[Triplet]:
        p = self.parameters
        opinions = _longest_matches(text, self.opinions_, p.opinion_share)
        aspects = _longest_matches(text, self.aspects_, p.aspect_share)
        return [self._pair(text, opinion, aspects, p.reach) for opinion in opinions]

    def _pair(self, text: str, opinion: Span, aspects: Sequence[Span], reach: int) -> Triplet:
        polarity = self.polarities_[text[slice(*opinion)]]
        if _NEGATION.search(text[: opinion.start]):
            polarity = -polarity  # type: ignore[assignment]
        reachable = [
            a
            for a in aspects
            if (a.end <= opinion.start or a.start >= opinion.end)
            and _clauses_between(text, a, opinion) <= reach
        ]
        nearest = min(reachable, key=lambda a: _distance(text, a, opinion), default=None)
        return Triplet(nearest, opinion, polarity)


def _longest_matches(text: str, shares: dict[str, float], least: float) -> list[Span]:
    found, at = [], 0
    while at < len(text):
        for end in range(min(len(text), at + 20), at, -1):
            if shares.get(text[at:end], -1.0) >= least:
                found.append(Span(at, end))
                at = end
                break
        else:
            at += 1
    return found


def _clauses_between(text: str, a: Span, o: Span) -> int:
    return len(_CLAUSE_END.findall(text, min(a.end, o.end), max(a.start, o.start)))


def _distance(text: str, a: Span, o: Span) -> tuple[int, int, int]:
    gap = o.start - a.end if a.end <= o.start else a.start - o.end
    return _clauses_between(text, a, o), int(a.start > o.start), gap


def measure_baseline(
    train: Sequence[TripletRow], dev: Sequence[TripletRow], test: Sequence[TripletRow]
) -> dict[str, object]:
    """Fit on ``train``, choose on ``dev``, score on ``test``."""
    baseline = DictionaryBaseline().fit(train).tune(dev)
    found = baseline.predict([row.text for row in test])
    scores = score_triplets([row.triplets for row in test], found)
    return {
        "parameters": baseline.parameters,
        **{name: score.to_dict() for name, score in scores.items()},
    }
