"""Which pairs to report and what their scores mean, fitted on rows that the network did not learn from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from models.opinion.decoding import PairScores, choose
from models.opinion.extractor import Decision, SpanPairExtractor
from models.opinion.values import SIGNS, Triplet
from models.text.align import Span
from training.opinion.rows import TripletRow

LEASTS = tuple(round(0.16 + 0.02 * n, 2) for n in range(18))


def fit_decision(extractor: SpanPairExtractor, rows: Sequence[TripletRow]) -> Decision:
    """The threshold with the best exact F1 on ``rows``, and the logistic scale of the scores above it."""
    pairs = extractor.pair_scores([row.text for row in rows])
    least = max(LEASTS, key=lambda value: (_f1(pairs, rows, value), -value))
    probabilities, right = _chosen(pairs, rows, least)
    slope, shift = _logistic(probabilities, right)
    return Decision(least, slope, shift)


def _f1(pairs: Sequence[Sequence[PairScores]], rows: Sequence[TripletRow], least: float) -> float:
    _, right = _chosen(pairs, rows, least)
    n_gold = sum(len(row.triplets) for row in rows)
    return 2 * float(right.sum()) / max(len(right) + n_gold, 1)


def _chosen(
    pairs: Sequence[Sequence[PairScores]], rows: Sequence[TripletRow], least: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    probabilities, right = [], []
    for windows, row in zip(pairs, rows, strict=True):
        gold = set(row.triplets)
        for scored in windows:
            for number, column, probability in choose(scored, least=least):
                a, b, c, d = scored.spans[number].tolist()
                triplet = Triplet(None if a < 0 else Span(a, b), Span(c, d), SIGNS[column])
                probabilities.append(probability)
                right.append(triplet in gold)
    return np.array(probabilities, dtype=np.float64), np.array(right, dtype=np.float64)


def _logistic(p: NDArray[np.float64], right: NDArray[np.float64]) -> tuple[float, float]:
    """Slope and shift of the log-odds (Platt 1999); 1 and 0 where there is too little to fit."""
    if len(p) < 30 or right.min() == right.max():
        return 1.0, 0.0
    logits = np.log(np.clip(p, 1e-6, 1 - 1e-6) / (1 - np.clip(p, 1e-6, 1 - 1e-6)))

    def loss(w: NDArray[np.float64]) -> float:
        z = w[0] * logits + w[1]
        return float((np.logaddexp(0, z) - right * z).mean() + 1e-4 * ((w[0] - 1) ** 2 + w[1] ** 2))

    found = minimize(loss, np.array([1.0, 0.0]), method="L-BFGS-B")
    return round(float(found.x[0]), 4), round(float(found.x[1]), 4)
