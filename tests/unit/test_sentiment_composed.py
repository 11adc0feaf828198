"""The composed component over a base model that knows nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from models.core.errors import InputError
from models.sentiment.composed import LABELS, ComposedParameters, ComposedSentiment
from models.sentiment.lexicon import SentimentLexicon

LEXICON = SentimentLexicon("[positive 2]\n满意 好\n[negative 2]\n差 慢\n[negator]\n不", "ask 1 请问")
ANCHORS = [
    ("满意", ("positive",)),
    ("不满意", ("negative",)),
    ("好", ("positive",)),
    ("差", ("negative",)),
    ("请问几点", ("neutral",)),
    ("我在北京", ("neutral",)),
]


class Even:
    """A base model that finds every label as likely; ``classes`` in any order."""

    name = "classifier.even.v1"

    def __init__(self, classes: tuple[str, ...] = ("positive", "neutral", "negative")) -> None:
        self.classes_ = classes

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.full((len(texts), len(self.classes_)), 1 / len(self.classes_), dtype=np.float32)

    def to_files(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        return {"classes": list(self.classes_), "parameters": {}}, {"nothing": np.zeros(1)}


def fitted(base: Even | None = None) -> ComposedSentiment:
    model = ComposedSentiment(
        base or Even(), LEXICON, parameters=ComposedParameters(penalty=1e-3), anchors=ANCHORS
    )
    return model.fit(["很好", "太差", "在家"], ["positive", "negative", "neutral"])


def test_composition_leads_where_the_base_knows_nothing() -> None:
    p = fitted().predict_proba(["服务不满意", "服务满意", "请问在哪"])
    assert [LABELS[i] for i in p.argmax(axis=1)] == ["negative", "positive", "neutral"]


def test_rows_sum_to_one_and_no_texts_give_no_rows() -> None:
    model = fitted()
    np.testing.assert_allclose(model.predict_proba(["", "好" * 2000, "\ud800"]).sum(axis=1), 1, rtol=1e-5)
    assert model.predict_proba([]).shape == (0, 3)


def test_a_model_comes_out_of_its_files_as_it_went_in() -> None:
    model, texts = fitted(), ["不满意", "好", "我在北京", "差" * 300]
    meta, arrays = model.to_files()
    assert "base.nothing" in arrays
    members = {"base": Even(tuple(meta["parameters"]["members"]["base"]["classes"]))}
    again = ComposedSentiment.from_files(meta, arrays, members=members)
    np.testing.assert_array_equal(again.predict_proba(texts), model.predict_proba(texts))
    assert again.lexicon == model.lexicon


def test_the_order_of_the_base_classes_does_not_matter() -> None:
    one, other = fitted(Even()), fitted(Even(("neutral", "negative", "positive")))
    np.testing.assert_allclose(one.predict_proba(["不好"]), other.predict_proba(["不好"]), rtol=1e-5)


def test_a_base_without_neutral_is_taken() -> None:
    assert fitted(Even(("negative", "positive"))).predict_proba(["好"]).argmax() == 2


def test_a_base_with_other_classes_is_refused() -> None:
    with pytest.raises(InputError):
        ComposedSentiment(Even(("good", "bad")), LEXICON)


def test_evidence_has_offsets_into_the_text() -> None:
    text = "前台不满意，房间好"
    pieces = fitted().evidence(text)
    assert [(text[a:b], weight > 0) for a, b, weight, _ in pieces] == [("不满意", False), ("好", True)]


def test_evidence_of_a_long_text_covers_its_end() -> None:
    text = "在" * 900 + "差"
    (piece,) = fitted().evidence(text)
    assert text[piece[0] : piece[1]] == "差"
