"""How good an opinion extractor is on labelled rows: exact figures, calibration, speed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from models.core.errors import InputError
from models.opinion.catalog import OpinionExtractor
from training.opinion.rows import TripletRow
from training.opinion.scoring import score_triplets


def evaluate_opinion(
    model: OpinionExtractor, rows: Sequence[TripletRow], *, seed: int = 13
) -> dict[str, Any]:
    """``n`` texts, exact micro ``precision``, ``recall``, ``f1`` of whole triplets with ``f1_interval`` (95 %,
    bootstrap over texts), the same ``parts`` by part, ``ece`` of the scores (15 bins), ``texts_per_second``.

    Raises ``InputError`` without rows.
    """
    if not rows:
        raise InputError(reason="没有可用的行", reason_en="there is no row")
    started = time.perf_counter()
    found = model.extract([row.text for row in rows])
    seconds = time.perf_counter() - started
    parts = score_triplets([row.triplets for row in rows], [[o.triplet for o in f] for f in found], seed=seed)
    scores = np.array([o.score for f in found for o in f], dtype=np.float32)
    right = np.array(
        [o.triplet in set(r.triplets) for r, f in zip(rows, found, strict=True) for o in f], bool
    )
    whole = parts["triplet"].to_dict()
    return {
        "n": len(rows),
        **{name: whole[name] for name in ("precision", "recall", "f1", "f1_interval")},
        "parts": {name: score.to_dict() for name, score in parts.items()},
        "ece": round(_calibration_error(scores, right), 4),
        "texts_per_second": round(len(rows) / max(seconds, 1e-9), 1),
    }


def _calibration_error(scores: np.ndarray, right: np.ndarray) -> float:
    """Of "this triplet is right": both outcomes as columns would count each score at least half; so by hand."""
    if not len(scores):
        return 0.0
    bins = np.minimum((scores * 15).astype(int), 14)
    gaps = [abs(scores[bins == b].mean() - right[bins == b].mean()) * (bins == b).sum() for b in set(bins)]
    return float(sum(gaps) / len(scores))
