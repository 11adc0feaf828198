"""Evidence by clause: the clause that names a subject decides its polarity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.classify.aspect_stack import Floats
from models.text.split import split_clauses

SHARPNESS = 4.0
"""Of the weights of the clauses: softmax of the subject's margin times this."""


@dataclass(frozen=True, slots=True)
class ClauseParts:
    """The clauses of several texts; ``owners`` (n_clauses,) says whose. A text of one clause has none here."""

    texts: tuple[str, ...]
    owners: NDArray[np.int64]


def clause_parts(texts: Sequence[str]) -> ClauseParts:
    """Clauses of the texts that have two or more."""
    found: list[str] = []
    owners: list[int] = []
    for row, text in enumerate(texts):
        spans = split_clauses(text)
        if len(spans) > 1:
            found += [text[span.start : span.end] for span in spans]
            owners += [row] * len(spans)
    return ClauseParts(tuple(found), np.array(owners, dtype=np.int64))


def clause_polarity(subject: Floats, polarity: Floats, owners: NDArray[np.int64], whole: Floats) -> Floats:
    """Polarity margins per subject, ``(n, n_subjects, 3)``: the mean over the clauses, weighted by how much
    each names the subject. ``subject`` (n_clauses, n_subjects) and ``polarity`` (n_clauses, 3) are margins of
    the clauses, ``whole`` (n, 3) those of the texts, which stand where a text has one clause."""
    n, k = len(whole), subject.shape[1]
    found = np.repeat(whole[:, None, :], k, axis=1).astype(np.float64)
    if not len(owners):
        return found.astype(np.float32)
    weights = np.exp(SHARPNESS * np.clip(subject, -3, 3).astype(np.float64))
    totals = np.zeros((n, k))
    np.add.at(totals, owners, weights)
    split = np.unique(owners)
    found[split] = 0.0
    np.add.at(found, owners, (weights / totals[owners])[:, :, None] * polarity[:, None, :])
    return found.astype(np.float32)
