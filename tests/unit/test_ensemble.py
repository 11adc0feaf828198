"""Heads on encoder vectors, votes of several classifiers, and how they come out of their files."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from models.classify.catalog import build_classifier
from models.classify.encoder_linear import EncoderLinearClassifier
from models.classify.ensemble import EnsembleClassifier
from models.classify.ngram_linear import NgramLinearClassifier
from models.core.errors import ArtifactError, InputError

GOOD = ["很好用", "非常满意", "态度好，很快", "满意，还会来", "喜欢，好看", "好吃又便宜"]
BAD = ["坏了没人管", "等了很久，差", "差评，坏的", "太慢了，生气", "退款不给，差", "坏了三次"]
TEXTS = GOOD * 4 + BAD * 4
LABELS = ["positive"] * 24 + ["negative"] * 24


class CharEncoder:
    """Counts of a few characters: enough to tell the texts above apart."""

    name = "chars.test.v1"

    def pooled(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.array([[text.count(c) for c in "好满喜差坏慢"] for text in texts], dtype=np.float32)


def test_a_head_on_vectors_learns_and_comes_back_from_its_files() -> None:
    model = EncoderLinearClassifier(CharEncoder()).fit(TEXTS, LABELS)
    given = model.predict_proba(["真好，满意", "又坏了，差"])
    assert given.argmax(axis=1).tolist() == [1, 0]
    np.testing.assert_allclose(given.sum(axis=1), 1, rtol=1e-5)
    meta, arrays = model.to_files()
    again = build_classifier(model.name, meta, arrays, encoders=lambda name: CharEncoder())
    np.testing.assert_array_equal(again.predict_proba(["真好，满意", "又坏了，差"]), given)


def test_a_head_without_its_encoder_says_so() -> None:
    model = EncoderLinearClassifier(CharEncoder()).fit(TEXTS, LABELS)
    with pytest.raises(ArtifactError, match="needs an encoder"):
        build_classifier(model.name, *model.to_files())


def test_a_tuned_head_gives_the_softmax_of_its_logits() -> None:
    weight = np.array([[1, 0, 0, -1, 0, 0], [-1, 0, 0, 1, 0, 0]], dtype=np.float32)
    model = EncoderLinearClassifier.of_head(CharEncoder(), ["a", "b"], weight, np.zeros(2, dtype=np.float32))
    np.testing.assert_allclose(
        model.predict_proba(["好"])[0], [1 / (1 + np.exp(-2)), 1 / (1 + np.exp(2))], 1e-5
    )


class Fixed:
    """Says the same of every text."""

    name = "fixed.test.v1"
    classes_ = ("a", "b")

    def __init__(self, *p: float) -> None:
        self.p = p

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.tile(np.array(self.p, dtype=np.float32), (len(texts), 1))

    def to_files(self) -> tuple[dict[str, object], dict[str, NDArray[np.float32]]]:
        return {"classes": list(self.classes_), "parameters": {}}, {}


def test_the_vote_follows_the_member_that_is_right() -> None:
    y = np.array([0, 1] * 50)
    right = np.where(y[:, None] == [0, 1], 0.8, 0.2).astype(np.float32)
    noise = np.random.default_rng(0).dirichlet([1, 1], len(y)).astype(np.float32)
    vote = EnsembleClassifier({"right": Fixed(0.5, 0.5), "noise": Fixed(0.5, 0.5)})
    vote.fit_weights({"right": right, "noise": noise}, y)
    assert vote.weights_[0] > 5 * vote.weights_[1]
    assert (vote.combined({"right": right, "noise": noise}).argmax(axis=1) == y).all()


def test_the_vote_is_calibrated_on_rows_that_members_did_not_see() -> None:
    """Both members are sure at 0.99 and right in 8 of 10 rows: the vote says about 0.8."""
    y = np.array(([0] * 8 + [1] * 2) * 20)
    sure = np.tile(np.array([0.99, 0.01], dtype=np.float32), (len(y), 1))
    vote = EnsembleClassifier({"one": Fixed(0.99, 0.01), "two": Fixed(0.99, 0.01)})
    vote.fit_weights({"one": sure, "two": sure}, y)
    assert vote.predict_proba(["x"])[0, 0] == pytest.approx(0.8, abs=0.02)


def test_members_must_share_their_classes() -> None:
    other = Fixed(0.5, 0.5)
    other.classes_ = ("a", "c")
    with pytest.raises(InputError, match="differ in their classes"):
        EnsembleClassifier({"one": Fixed(0.5, 0.5), "two": other})


def test_an_ensemble_comes_back_from_its_files_with_all_members() -> None:
    ngrams = NgramLinearClassifier().fit(TEXTS, LABELS)
    head = EncoderLinearClassifier(CharEncoder()).fit(TEXTS, LABELS)
    vote = EnsembleClassifier({"ngrams": ngrams, "encoder": head}).fit(TEXTS, LABELS)
    again = build_classifier(vote.name, *vote.to_files(), encoders=lambda name: CharEncoder())
    texts = ["真好", "坏了", "", "满意但是慢"]
    np.testing.assert_allclose(again.predict_proba(texts), vote.predict_proba(texts), atol=2e-3)
    assert vote.predict_proba([]).shape == (0, 2)


def test_an_unknown_component_asks_for_a_newer_release() -> None:
    with pytest.raises(ArtifactError, match="upgrade"):
        build_classifier("classifier.of_tomorrow.v9", {"classes": [], "parameters": {}}, {})
