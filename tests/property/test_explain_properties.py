"""Whatever the text: spans lie in it, weights sum to the margin, thresholds keep their promise."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.classify.cold_start import fit_cold_start
from models.classify.ngram_linear import NgramLinearClassifier, NgramParameters
from models.classify.ngram_nb import NgramNbClassifier, NgramNbParameters
from models.explain.thresholds import choose_thresholds
from models.explain.tokens import explain_tokens
from models.taxonomy.taxonomy import Taxonomy
from models.text.segment import Segmenter

TEXTS = [f"房间很干净 {i}号 Wi-Fi快" for i in range(12)] + [f"前台态度差{i} İX" for i in range(12)]
LABELS = ["好"] * 6 + ["优"] * 6 + ["差"] * 12
MATERIAL = st.text(
    alphabet=st.sampled_from("房间很干净前台态度差号0１2 \n\t　İΣſWi-Fi快X，。😀\0\ud800ﬁ"), max_size=40
)


@cache
def models() -> dict:
    taxonomy = Taxonomy.parse(
        {
            "name": "hotel",
            "categories": [
                {"id": "room", "zh": "房间", "en": "Room", "keywords": ["干净", "房间"]},
                {"id": "desk", "zh": "前台", "en": "Desk", "keywords": ["态度差"]},
            ],
        }
    )
    return {
        "linear": NgramLinearClassifier(NgramParameters(min_df=1)).fit(TEXTS, LABELS),
        "nb": NgramNbClassifier(NgramNbParameters(min_df=1)).fit(TEXTS, LABELS),
        "cold": fit_cold_start(taxonomy, TEXTS * 2),
    }


@cache
def segmenter() -> Segmenter:
    return Segmenter()


@pytest.mark.parametrize("name", ["linear", "nb", "cold"])
@given(text=MATERIAL | st.text(max_size=20), words=st.booleans())
@settings(max_examples=150, deadline=None)
def test_spans_are_inside_and_weights_sum_to_the_margin(name: str, text: str, words: bool) -> None:
    model = models()[name]
    found = explain_tokens(model, text, cut=(lambda t: segmenter().tokens(t)) if words else None)
    ends = [0]
    for token in found.tokens:
        assert ends[-1] <= token.start < token.end <= len(text)
        ends.append(token.end)
    assert sum(token.weight for token in found.tokens) + found.bias == pytest.approx(found.margin, abs=1e-3)
    scores = model.model_.scores([text])[0] if name == "cold" else model.margins([text])[0]
    by_class = dict(zip(model.classes_, scores, strict=True))
    assert found.margin == pytest.approx(by_class[found.label] - by_class[found.runner_up], abs=2e-3)


@given(
    rows=st.lists(st.tuples(st.floats(0.34, 0.99), st.integers(0, 2), st.integers(-1, 2)), max_size=80),
    precision=st.sampled_from([0.5, 0.8, 0.9]),
    bound=st.sampled_from(["wilson", "estimate"]),
)
@settings(max_examples=200, deadline=None)
def test_every_class_that_is_given_is_right_as_often_as_stated(rows, precision, bound) -> None:
    probabilities = np.zeros((len(rows), 3))
    for i, (top, number, _) in enumerate(rows):
        probabilities[i] = (1 - top) / 2
        probabilities[i, number] = top
    y = np.array([label for _, _, label in rows], dtype=int)
    found = choose_thresholds(probabilities, y, ("a", "b", "c"), precision=precision, bound=bound)
    labels = found.labels(probabilities)
    assert np.mean([label != "未明" for label in labels] or [0]) == pytest.approx(found.coverage)
    for one in found.classes:
        given_rows = [i for i, label in enumerate(labels) if label == one.label]
        assert len(given_rows) == one.n
        if one.is_own and one.n:
            assert (one.precision_low if bound == "wilson" else one.precision) >= precision - 1e-3
