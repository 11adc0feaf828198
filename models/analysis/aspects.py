"""Aspects of what customers say: which of the sector's subjects, which way, and the clauses that say it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from models.analysis.prepare import Prepared, PreparedClause
from models.classify.aspect_ngram import labelled
from models.classify.aspect_values import POLARITIES, AspectLabel
from models.text.align import Span

MAX_CHARS = 150
"""Aspect models learn from remarks up to this size; a longer talk is read in pieces."""
PIECE_CHARS = 60
"""Of whole clauses. In a longer piece a subject drowns in the talk around it."""
MIN_CHARS = 2
N_EVIDENCE_SPANS = 3
ALSO_SAYS_RATIO = 0.5
"""Of the best clause's score: what a further clause needs to be evidence too."""


class AspectScorer(Protocol):
    """What finds aspects; the classifiers of ``models.classify.aspect_catalog`` do."""

    @property
    def subjects(self) -> tuple[str, ...]: ...

    @property
    def threshold(self) -> float: ...

    def scores(self, texts: Sequence[str]) -> NDArray[np.float32]: ...


class AspectLabeller:
    """Aspects of prepared transcripts: each subject once, with the polarity that is said of it most clearly."""

    def __init__(self, scorer: AspectScorer) -> None:
        self._scorer = scorer

    def label(
        self, prepared: Sequence[Prepared], clauses: Sequence[Sequence[PreparedClause]]
    ) -> list[tuple[Mapping[str, Any], ...]]:
        """Per transcript its aspects, the surest first; spans count over the masked text."""
        found = self._found(prepared, clauses)
        named = [group if labels else () for group, labels in zip(clauses, found, strict=True)]
        scores = self._scores([clause.text for group in named for clause in group])
        results: list[tuple[Mapping[str, Any], ...]] = []
        at = 0
        for group, labels in zip(named, found, strict=True):
            own = scores[at : at + len(group)]
            at += len(group)
            results.append(tuple(self._as_dict(label, group, own) for label in labels))
        return results

    def _found(
        self, prepared: Sequence[Prepared], clauses: Sequence[Sequence[PreparedClause]]
    ) -> list[list[AspectLabel]]:
        parts = [list(_pieces(ready, group)) for ready, group in zip(prepared, clauses, strict=True)]
        scores = self._scores([text for own in parts for text in own])
        best = np.zeros((len(parts), *scores.shape[1:]), dtype=np.float32)
        owners = np.repeat(np.arange(len(parts)), [len(own) for own in parts])
        np.maximum.at(best, owners, scores)
        return labelled(best, self._scorer.subjects, self._scorer.threshold)

    def _scores(self, texts: list[str]) -> NDArray[np.float32]:
        if not texts:
            return np.zeros((0, len(self._scorer.subjects), len(POLARITIES)), dtype=np.float32)
        return self._scorer.scores(texts)

    def _as_dict(
        self, label: AspectLabel, group: Sequence[PreparedClause], scores: NDArray[np.float32]
    ) -> dict[str, Any]:
        own = scores[:, self._scorer.subjects.index(label.subject), POLARITIES.index(label.polarity)]
        order = np.argsort(-own, kind="stable")[:N_EVIDENCE_SPANS]
        kept = [i for i in order if own[i] >= ALSO_SAYS_RATIO * own[order[0]]]
        spans = sorted(Span(group[i].start, group[i].end) for i in kept)
        return {
            "aspect": label.subject,
            "polarity": label.polarity,
            "score": round(label.score, 4),
            "spans": [list(span) for span in spans],
        }


def _pieces(ready: Prepared, clauses: Sequence[PreparedClause]) -> Iterator[str]:
    """The customer's words, whole if they are short, else whole clauses up to ``PIECE_CHARS`` together."""
    whole = ready.customer_text
    if len(whole) <= MAX_CHARS:
        if len(whole) >= MIN_CHARS:
            yield whole
        return
    held = ""
    for clause in clauses:
        if held and len(held) + len(clause.text) >= PIECE_CHARS:
            yield held
            held = ""
        held = f"{held}，{clause.text}" if held else clause.text
    yield held
