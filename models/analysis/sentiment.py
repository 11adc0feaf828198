"""Sentiment of transcripts and of their clauses, from one classifier over negative, neutral, positive."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from models.analysis.prepare import PreparedClause
from models.analysis.values import Polarity, Sentiment
from models.classify.catalog import Classifier
from models.text.align import AlignedText, Edit, Span

LABELS: tuple[Polarity, ...] = get_args(Polarity)
N_EVIDENCE_SPANS = 3
FULL_CLAUSE_CHARS = 120
"""From this length on the strongest clauses have their full weight; a short text is judged as a whole, because
its clauses contradict each other on purpose (虽然贵，但是好吃)."""
MIN_JUDGED_CHARS = 2
"""Less than this, masks left out, says nothing: neutral."""
_MASK = re.compile(r"(?:我叫|我姓|我是)?\[[\u4e00-\u9fff·]{1,8}\]")
_DEGREE = re.compile(r"[!！]|非常|特别|太|极其|严重|根本|简直|完全|十分|超级|一点都|居然|竟然|多次|再三|一直")


@dataclass(frozen=True, slots=True)
class ClauseSentiment:
    """``polarity`` is P(positive) - P(negative), in [-1, 1]."""

    label: Polarity
    score: float
    polarity: float


class SentimentLabeller:
    """Labels whole texts and clauses.

    ``clause_weight`` is how much the mean of the two strongest clauses counts beside the whole text: a
    complaint in a long, matter-of-fact call must not drown (the peak of the peak-end rule, Kahneman 1993).
    It is the weight for texts of ``FULL_CLAUSE_CHARS`` and more, and falls with the length below that.
    """

    def __init__(self, classifier: Classifier, *, clause_weight: float = 0.4) -> None:
        self._classifier = classifier
        self._clause_weight = clause_weight
        self._columns = [
            classifier.classes_.index(label) if label in classifier.classes_ else -1 for label in LABELS
        ]

    @property
    def classifier(self) -> Classifier:
        """What labels the texts; it reads them as ``judged`` gives them."""
        return self._classifier

    def label(
        self, texts: Sequence[str], clauses: Sequence[Sequence[PreparedClause]]
    ) -> list[tuple[Sentiment, list[ClauseSentiment]]]:
        """One entry per text: its sentiment and that of each of its clauses, in order."""
        flat = [clause.text for group in clauses for clause in group]
        probabilities = self._probabilities([_MASK.sub("", text) for text in (*texts, *flat)])
        results, at = [], len(texts)
        for i, group in enumerate(clauses):
            own = probabilities[at : at + len(group)]
            at += len(group)
            results.append((self._whole(texts[i], probabilities[i], own, group), _clauses(own)))
        return results

    def _probabilities(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Columns in the order of ``LABELS``; a class the model lacks has probability 0."""
        given = self._classifier.predict_proba(texts)
        columns = [given[:, c] if c >= 0 else np.zeros(len(texts), dtype=np.float32) for c in self._columns]
        stacked = np.stack(columns, axis=1)
        says_little = [i for i, text in enumerate(texts) if len(text) < MIN_JUDGED_CHARS]
        stacked[says_little] = (0.0, 1.0, 0.0)
        return stacked

    def _whole(
        self,
        text: str,
        probability: NDArray[np.float32],
        own: NDArray[np.float32],
        clauses: Sequence[PreparedClause],
    ) -> Sentiment:
        if not text.strip():
            return Sentiment("neutral", 1.0, 0.0, 0.0)
        p = probability
        if len(own) > 1:
            signed = own[:, 2] - own[:, 0]
            strongest = np.argsort(-np.abs(signed), kind="stable")[:2]
            weight = self._clause_weight * min(1.0, len(text) / FULL_CLAUSE_CHARS)
            p = (1 - weight) * p + weight * own[strongest].mean(axis=0)
        best = int(p.argmax())
        label = LABELS[best]
        order = np.argsort(-own[:, best], kind="stable")[:N_EVIDENCE_SPANS]
        spans = sorted(Span(clauses[i].start, clauses[i].end) for i in order if own[i].argmax() == best)
        polarity = float(p[2] - p[0])
        n_degree = min(len(_DEGREE.findall(text)), 4)
        intensity = min(1.0, abs(polarity) * (0.7 + 0.1 * n_degree))
        return Sentiment(label, float(p[best]), polarity, intensity, tuple(spans))


def judged(text: str) -> AlignedText:
    """``text`` as the classifier reads it, without masks, mapped to ``text``."""
    edits = [Edit(*match.span(), "") for match in _MASK.finditer(text)]
    return AlignedText.of(text).apply(edits)


def _clauses(own: NDArray[np.float32]) -> list[ClauseSentiment]:
    best = own.argmax(axis=1) if len(own) else []
    return [
        ClauseSentiment(LABELS[int(b)], float(row[int(b)]), float(row[2] - row[0]))
        for row, b in zip(own, best, strict=True)
    ]
