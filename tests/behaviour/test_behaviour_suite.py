"""The behaviour suite on the shipped default sentiment model."""

from __future__ import annotations

import pytest

from data.artifacts import resolve_model
from data.behaviour import load_cases
from data.behaviour.suite import run_suite
from data.lexicons import load_sentiment_lexicon
from models.artifact.folder import load_manifest
from models.classify.catalog import load_classifier
from models.sentiment.composed import ComposedSentiment
from models.sentiment.composition import read

WANTED_RATIO = 0.95


def test_the_shipped_model_passes_95_percent_of_the_pairs() -> None:
    folder = resolve_model("sentiment", None)
    if load_manifest(folder).component != ComposedSentiment.name:
        pytest.skip("the shipped sentiment model is not the composed one")
    _, classifier = load_classifier(folder)
    result = run_suite(classifier.predict_proba, classifier.classes_)
    assert result.pass_ratio >= WANTED_RATIO, [failure.case.id for failure in result.failures]


def test_composition_alone_orders_nine_in_ten_pairs_that_differ_in_polarity() -> None:
    lexicon = load_sentiment_lexicon()

    def balance(text: str) -> float:
        return sum(piece.weight for piece in read(text, lexicon).evidence)

    opposed = [c for c in load_cases() if {*c.expect_a, *c.expect_b} == {"negative", "positive"}]
    right = sum((balance(c.a) < balance(c.b)) == ("negative" in c.expect_a) for c in opposed)
    assert right / len(opposed) >= 0.9
