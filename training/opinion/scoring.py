"""Exact-match precision, recall and F1 of triplets, with bootstrap intervals over the texts."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.opinion.values import Triplet

N_BOOTSTRAP = 1000
Labelled = Sequence[Iterable[Triplet]]
_PARTS: dict[str, Callable[[Triplet], Hashable]] = {
    "triplet": lambda t: t,
    "aspect_and_opinion": lambda t: (t.aspect, t.opinion),
    "aspect": lambda t: t.aspect,
    "opinion": lambda t: t.opinion,
}


@dataclass(frozen=True, slots=True)
class ExactScore:
    """Micro figures in [0, 1]; ``f1_interval`` is a 95 % percentile interval over resampled texts."""

    n_gold: int
    n_found: int
    n_right: int
    precision: float
    recall: float
    f1: float
    f1_interval: tuple[float, float]

    def to_dict(self) -> dict[str, Any]:
        values = {k: round(v, 4) if isinstance(v, float) else v for k, v in asdict(self).items()}
        return {**values, "f1_interval": [round(v, 4) for v in self.f1_interval]}


def score_triplets(gold: Labelled, found: Labelled, *, seed: int = 13) -> dict[str, ExactScore]:
    """Scores of whole triplets, of the two spans, of aspects and of opinions; a repeat in a text counts once."""
    scores = {}
    for name, part in _PARTS.items():
        counts = np.array(
            [_counts({part(t) for t in g}, {part(t) for t in f}) for g, f in zip(gold, found, strict=True)],
            dtype=np.int64,
        ).reshape(-1, 3)
        scores[name] = _score(counts, seed)
    return scores


def _counts(gold: set[Hashable], found: set[Hashable]) -> tuple[int, int, int]:
    return len(gold), len(found), len(gold & found)


def _score(counts: NDArray[np.int64], seed: int) -> ExactScore:
    n_gold, n_found, n_right = (int(v) for v in counts.sum(axis=0))
    return ExactScore(
        n_gold=n_gold,
        n_found=n_found,
        n_right=n_right,
        precision=n_right / max(n_found, 1),
        recall=n_right / max(n_gold, 1),
        f1=float(_f1(counts.sum(axis=0))),
        f1_interval=_interval(counts, seed),
    )


def _f1(sums: NDArray[np.int64]) -> Any:
    return 2 * sums[..., 2] / np.maximum(sums[..., 0] + sums[..., 1], 1)


def _interval(counts: NDArray[np.int64], seed: int) -> tuple[float, float]:
    if not len(counts):
        return 0.0, 0.0
    rng = np.random.default_rng(seed)
    drawn = [counts[rng.integers(0, len(counts), len(counts))].sum(axis=0) for _ in range(N_BOOTSTRAP)]
    low, high = np.percentile(_f1(np.array(drawn)), [2.5, 97.5])
    return float(low), float(high)
