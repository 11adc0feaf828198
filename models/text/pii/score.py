"""How well found personal data agree with a gold list, and the markup gold cases are written in."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from models.text.pii.values import PiiMatch

_MARK = re.compile(r"⟦(?P<kind>[a-z_]+):(?P<value>[^⟧]*)⟧", re.DOTALL)


def parse_marked(marked: str) -> tuple[str, list[PiiMatch]]:
    """Text and matches of ``打⟦mobile:13800138000⟧``."""
    pieces: list[str] = []
    matches: list[PiiMatch] = []
    at = length = 0
    for found in _MARK.finditer(marked):
        pieces += (marked[at : found.start()], found["value"])
        length += found.start() - at
        matches.append(PiiMatch(found["kind"], length, length + len(found["value"])))
        length += len(found["value"])
        at = found.end()
    return "".join([*pieces, marked[at:]]), matches


@dataclass(frozen=True, slots=True)
class KindScore:
    """Counts of one kind. A hit has the same kind and an overlapping span; ``n_exact`` hits have the same span."""

    n_expected: int = 0
    n_found: int = 0
    n_recalled: int = 0
    n_right: int = 0
    n_exact: int = 0

    @property
    def precision(self) -> float:
        """Share of what was found that is right; 1 where nothing was found."""
        return self.n_right / self.n_found if self.n_found else 1.0

    @property
    def recall(self) -> float:
        """Share of what was expected that was found; 1 where nothing was expected."""
        return self.n_recalled / self.n_expected if self.n_expected else 1.0

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0

    def __add__(self, other: KindScore) -> KindScore:
        return KindScore(
            self.n_expected + other.n_expected,
            self.n_found + other.n_found,
            self.n_recalled + other.n_recalled,
            self.n_right + other.n_right,
            self.n_exact + other.n_exact,
        )


def score(
    expected: Iterable[Sequence[PiiMatch]], found: Iterable[Sequence[PiiMatch]]
) -> dict[str, KindScore]:
    """Scores per kind over texts, ``expected`` and ``found`` being parallel; ``all`` holds the sum."""
    scores: dict[str, KindScore] = defaultdict(KindScore)
    for gold, got in zip(expected, found, strict=True):
        for kind in {m.kind for m in gold} | {m.kind for m in got}:
            one = _score_text([m for m in gold if m.kind == kind], [m for m in got if m.kind == kind])
            scores[kind] += one
            scores["all"] += one
    return dict(sorted(scores.items()))


def _score_text(gold: list[PiiMatch], got: list[PiiMatch]) -> KindScore:
    recalled = sum(any(_overlap(g, f) for f in got) for g in gold)
    right = sum(any(_overlap(g, f) for g in gold) for f in got)
    return KindScore(len(gold), len(got), recalled, right, len(set(gold) & set(got)))


def _overlap(a: PiiMatch, b: PiiMatch) -> bool:
    return a.start < b.end and b.start < a.end
