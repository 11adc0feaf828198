"""Which words weigh for a label."""

import numpy as np
import pytest

from models.classify.ngram_linear import NgramLinearClassifier, NgramParameters
from models.explain.tokens import character_runs, explain_tokens, token_weights
from models.text.align import Span

TEXTS = [f"房间很干净{i}" for i in range(12)] + [f"前台态度差{i}" for i in range(12)]
LABELS = ["positive"] * 12 + ["negative"] * 12


class WordCounter:
    """Says negative by the share of 差 among the characters; no contributions of its own."""

    name = "classifier.counter.v1"
    classes_ = ("negative", "positive")

    def predict_proba(self, texts: list[str]) -> np.ndarray:
        p = np.array([0.9 if "差" in text else 0.2 for text in texts])
        return np.stack([p, 1 - p], axis=1).astype(np.float32)

    def to_files(self) -> tuple[dict, dict]:
        return {}, {}


def linear() -> NgramLinearClassifier:
    return NgramLinearClassifier(NgramParameters(min_df=1)).fit(TEXTS, LABELS)


def test_weights_and_bias_are_the_margin_between_the_two_best_classes() -> None:
    model = linear()
    text = "房间 很干净，前台"
    found = explain_tokens(model, text)
    margins = dict(zip(model.classes_, model.margins([text])[0], strict=True))
    assert found.is_exact
    assert found.margin == pytest.approx(margins[found.label] - margins[found.runner_up], abs=1e-4)
    assert sum(t.weight for t in found.tokens) + found.bias == pytest.approx(found.margin, abs=1e-4)


def test_words_of_the_label_speak_for_it() -> None:
    weights = {
        (t.start, t.end): t.weight
        for t in token_weights(
            linear(), "很干净，态度差", cut=lambda _: [Span(0, 3), Span(4, 7)], label="negative"
        )
    }
    assert weights[(0, 3)] < 0 < weights[(4, 7)]


def test_digits_and_white_space_keep_their_places() -> None:
    text = "1 2\n态 度"
    tokens = token_weights(linear(), text)
    assert [text[t.start : t.end] for t in tokens] == ["1", "2", "态", "度"]


def test_another_classifier_is_asked_without_each_word() -> None:
    found = explain_tokens(WordCounter(), "态度差")
    assert not found.is_exact
    assert found.label == "negative"
    assert [round(t.weight, 3) for t in found.tokens] == [
        0.0,
        0.0,
        pytest.approx(np.log(0.9 / 0.1) - np.log(0.2 / 0.8), abs=1e-2),
    ]


def test_a_long_text_is_asked_about_in_pieces() -> None:
    found = explain_tokens(WordCounter(), "好" * 500 + "差")
    assert len(found.tokens) <= 48
    assert max(found.tokens, key=lambda t: t.weight).end == 501


def test_a_text_without_words_has_no_weights() -> None:
    assert token_weights(WordCounter(), "  ") == []
    assert token_weights(linear(), "") == []


def test_a_label_that_is_no_class_is_refused() -> None:
    with pytest.raises(ValueError, match="index"):
        explain_tokens(WordCounter(), "差", label="neutral")


def test_runs_of_letters_and_digits_are_words() -> None:
    text = "iPhone15屏幕, ok"
    assert [text[s.start : s.end] for s in character_runs(text)] == ["iPhone15", "屏", "幕", "ok"]
