"""Sentiment models read composition too: negation, irony, courtesy, wishes, faults.

Every model of the task ``sentiment`` is fitted as ``classifier.composed_sentiment.v1`` over the model that the
preset gives; without it no model passes the behaviour suite of the release gate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from data.behaviour import load_cases, load_sentences
from data.lexicons import load_sentiment_lexicon
from models.sentiment.composed import LABELS, Anchor, ComposedParameters, ComposedSentiment
from training.presets import Fitted

PARAMETERS = ComposedParameters(penalty=1e-4, anchor_share=0.25)
"""Chosen on folds of the train files: the most pairs of ``dev`` without loss on the reviews."""


def composed(
    fitted: Fitted,
    texts: Sequence[str],
    labels: Sequence[str],
    *,
    sources: NDArray[np.int64] | None = None,
) -> Fitted:
    """``fitted`` with composition over it, stacked on the rows that it did not learn from.

    ``sources`` (n_texts,) numbers where rows come from: sources weigh by the square root of their size, so that
    none of them rules. A source without a neutral row teaches only good against bad.
    """
    rows = fitted.rows
    own_labels = [labels[int(i)] for i in rows]
    source = np.zeros(len(rows), dtype=np.int64) if sources is None else sources[rows]
    sizes = np.bincount(source)
    neutral = np.bincount(source, weights=[label == "neutral" for label in own_labels]) > 0
    model = ComposedSentiment(
        fitted.classifier, load_sentiment_lexicon(), parameters=PARAMETERS, anchors=anchors()
    )
    model.fit_stack(
        [texts[int(i)] for i in rows],
        own_labels,
        fitted.probabilities,
        two_way=~neutral[source],
        weights=(sizes.mean() / sizes[source]) ** 0.5,
    )
    return replace(fitted, classifier=model, probabilities=model.held_out_probabilities_)


def can_compose(labels: Sequence[str]) -> bool:
    """Whether these are labels of a sentiment: negative and positive, with or without neutral."""
    return {"negative", "positive"} <= set(labels) <= set(LABELS)


def anchors(split: str = "dev") -> list[Anchor]:
    """Texts of one part of the behaviour suite with their right labels, and the single sentences."""
    return [
        *load_sentences(),
        *(
            (text, expected)
            for case in load_cases()
            if case.split == split
            for text, expected in ((case.a, case.expect_a), (case.b, case.expect_b))
        ),
    ]
