"""Sentiment models read composition too: negation, irony, courtesy, wishes, faults.

A model of the task ``sentiment`` with all three classes is fitted as ``classifier.composed_sentiment.v1`` over the
model that the preset gives; without it no model passes the behaviour suite of the release gate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from data.behaviour import Case, load_cases, load_sentences
from data.behaviour.suite import run_suite
from data.lexicons import load_sentiment_lexicon
from models.sentiment.composed import LABELS, Anchor, ComposedParameters, ComposedSentiment
from training.presets import Fitted

PENALTY = 1e-4
ANCHOR_SHARES = (0.15, 0.25, 0.35, 0.5, 0.65)
WANTED_RATIO = 0.96
"""The least share of the hand-written texts is taken with which this many of the ``dev`` pairs pass: more of them
costs accuracy on reviews."""


def composed(
    fitted: Fitted,
    texts: Sequence[str],
    labels: Sequence[str],
    *,
    sources: NDArray[np.int64] | None = None,
) -> Fitted:
    """``fitted`` with composition over it, stacked on the rows that it did not learn from.

    ``sources`` (n_texts,) numbers where rows come from: sources weigh by the square root of their size, so that
    none of them rules. A source that says good and bad and never neutral teaches only good against bad.
    """
    rows = fitted.rows
    own_labels = [labels[int(i)] for i in rows]
    source = np.zeros(len(rows), dtype=np.int64) if sources is None else sources[rows]
    sizes = np.bincount(source)
    said = np.array([np.bincount(source, weights=[own == label for own in own_labels]) for label in LABELS])
    negative, neutral, positive = said > 0
    own_texts = [texts[int(i)] for i in rows]
    two_way, weights = (negative & positive & ~neutral)[source], (sizes.mean() / sizes[source]) ** 0.5
    for share in ANCHOR_SHARES:
        model = ComposedSentiment(
            fitted.classifier,
            load_sentiment_lexicon(),
            parameters=ComposedParameters(penalty=PENALTY, anchor_share=share),
            anchors=anchors(),
        )
        model.fit_stack(own_texts, own_labels, fitted.probabilities, two_way=two_way, weights=weights)
        if run_suite(model.predict_proba, model.classes_, cases=_dev_cases()).pass_ratio >= WANTED_RATIO:
            break
    return replace(fitted, classifier=model, probabilities=model.held_out_probabilities_)


def can_compose(labels: Sequence[str]) -> bool:
    """Whether these are labels of service talk: negative, neutral and positive, and no other.

    Reviews that are good or bad alone make a plain model: composition would bring in a class they lack.
    """
    return set(labels) == set(LABELS)


def anchors() -> list[Anchor]:
    """The ``dev`` texts of the behaviour suite with their right labels, and the single sentences."""
    return [
        *load_sentences(),
        *(
            (text, expected)
            for case in _dev_cases()
            for text, expected in ((case.a, case.expect_a), (case.b, case.expect_b))
        ),
    ]


def _dev_cases() -> list[Case]:
    return [case for case in load_cases() if case.split == "dev"]
