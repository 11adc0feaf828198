from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest

from models.analysis.categories import CategoryLabeller
from models.analysis.explaining import MAX_TOKENS, Explainer, runner_up
from models.analysis.pipeline import Analyzer
from models.analysis.sentiment import SentimentLabeller, judged
from models.analysis.values import Sentiment
from models.taxonomy.rules import RuleSet
from models.taxonomy.taxonomy import Taxonomy
from models.text.segment import Segmenter


class Words:
    """Each listed word adds its weight to a class; ``evidence`` names the words of the last class."""

    name = "classifier.words.v1"

    def __init__(self, classes: Sequence[str], words: dict[str, tuple[str, float]]) -> None:
        self.classes_ = tuple(classes)
        self.words = words

    def predict_proba(self, texts):
        margins = np.zeros((len(texts), len(self.classes_)))
        for row, text in enumerate(texts):
            for word, (label, weight) in self.words.items():
                margins[row, self.classes_.index(label)] += weight * (word in text)
        e = np.exp(margins)
        return (e / e.sum(axis=1, keepdims=True)).astype(np.float32)

    def evidence(self, text):
        return [(text.find(w), text.find(w) + len(w), 1.0, "word") for w in self.words if w in text]

    def to_files(self):
        return {}, {}


TAXONOMY = Taxonomy.parse(
    {
        "name": "shop",
        "version": "1",
        "categories": [
            {"id": "repair", "zh": "维修", "en": "repair", "keywords": ["修了"]},
            {"id": "cooling", "zh": "制冷", "en": "cooling", "keywords": ["空调"]},
            {"id": "price", "zh": "价格", "en": "price", "keywords": ["降价"]},
        ],
    }
)
RULES = [{"id": "again", "category": "repair", "regex": ["修了[两三]次"]}]
TONE = Words(
    ["positive", "neutral", "negative"],
    {"": ("neutral", 1.0), "太差": ("negative", 4.0), "三次": ("negative", 3.0), "满意": ("positive", 4.0)},
)
TOPIC = Words(["价格", "制冷"], {"空调": ("制冷", 4.0), "降价": ("价格", 4.0)})


def analyzer(*, topic: Words | None = TOPIC) -> Analyzer:
    categories = CategoryLabeller(TAXONOMY, RuleSet.parse(RULES, taxonomy=TAXONOMY), classifier=topic)
    return Analyzer(
        segmenter=Segmenter(),
        sentiment=SentimentLabeller(TONE),
        categories=categories,
        versions={"sentiment": "words.v1", "category": "words.v1"},
    )


def words(text: str, tokens) -> dict[str, float]:
    return {text[slice(*token["span"])]: token["weight"] for token in tokens}


def of_id(found, category):
    return next(item for item in found["categories"] if item["id"] == category)


def test_the_word_that_makes_a_clause_negative_weighs_most_and_is_its_evidence() -> None:
    text = "客户：空調，太差！坐席：满意吗。"
    ((analysis, why),) = analyzer().explain_raw([text])
    assert why["sentiment"]["label"] == analysis.sentiment.label == "negative"
    (clause,) = why["sentiment"]["clauses"]
    assert text[slice(*clause["span"])] == "太差"
    weights = words(text, clause["tokens"])
    assert weights and all(weight > 0 for weight in weights.values())
    assert [text[slice(*item["span"])] for item in clause["evidence"]] == ["太差"]


def test_a_rule_is_named_with_its_pattern_and_where_it_hit() -> None:
    text = "我电话13800138000，修了三次！"
    ((_, why),) = analyzer().explain_raw([text])
    repair = of_id(why, "repair")
    assert (repair["source"], repair["rule"]["id"]) == ("rule", "again")
    assert repair["rule"]["patterns"] == ["修了[两三]次"]
    assert [text[slice(*span)] for span in repair["rule"]["spans"]] == ["修了三次"]


def test_a_models_category_has_the_words_that_speak_for_it() -> None:
    text = "１２３ 空调不行了"
    ((_, why),) = analyzer().explain_raw([text])
    cooling = of_id(why, "cooling")
    weights = words(text, cooling["tokens"])
    assert cooling["source"] == "model" and "rule" not in cooling
    assert max(weights, key=lambda word: weights[word]) == "空调"


def test_a_category_by_keywords_names_no_rule_but_the_keywords() -> None:
    text = "提车，就降价太差了"
    ((_, why),) = analyzer(topic=None).explain_raw([text])
    price = of_id(why, "price")
    assert price["rule"] is None
    assert [text[slice(*item["span"])] for item in price["keywords"]] == ["降价"]


def test_words_of_one_mask_become_one_token_over_the_number_as_sent() -> None:
    text = "空调13800138000坏了"
    masks = Words(["价格", "制冷"], {"空调": ("制冷", 4.0), "手机": ("制冷", 1.0), "[": ("制冷", 0.5)})
    ((_, why),) = analyzer(topic=masks).explain_raw([text])
    spans = [tuple(token["span"]) for token in of_id(why, "cooling")["tokens"]]
    assert spans.count((2, 13)) == 1 and all(a[1] <= b[0] for a, b in pairwise(spans))


def test_at_most_the_heaviest_tokens_are_shown_in_the_order_of_the_text() -> None:
    letters = Words(
        ["价格", "制冷"], {c: ("制冷", 0.02 + 0.01 * i) for i, c in enumerate("abcdefghijklmnop")}
    )
    text = "的".join("abcdefghijklmnop")
    ((_, why),) = analyzer(topic=letters).explain_raw([text])
    tokens = of_id(why, "cooling")["tokens"]
    starts = [token["span"][0] for token in tokens]
    assert len(starts) == MAX_TOKENS and starts == sorted(starts)
    assert text[starts[0]] == "e", "the later a letter, the more it weighs"


def test_a_stored_transcript_is_explained_over_its_masked_text() -> None:
    text = "我叫[姓名]，修了三次，太差"
    why = analyzer().explain_stored(text, [("customer", 0, len(text))])
    assert [text[slice(*span)] for span in of_id(why, "repair")["rule"]["spans"]] == ["修了三次"]
    clauses = [text[slice(*clause["span"])] for clause in why["sentiment"]["clauses"]]
    assert "太差" in clauses
    assert why["models"] == {"sentiment": "words.v1", "category": "words.v1"}


def test_only_labels_that_a_model_has_get_words() -> None:
    two_way = Words(["negative", "positive"], {"太差": ("negative", 3.0)})
    why = Explainer(SentimentLabeller(two_way), CategoryLabeller(TAXONOMY, RuleSet([])), Segmenter())
    assert why._weights(two_way, "太差", "neutral") == (None, ())


@pytest.mark.parametrize(
    ("negative", "neutral", "positive", "second"),
    [
        (0.6, 0.3, 0.1, "neutral"),
        (0.6, 0.1, 0.3, "positive"),
        (0.2, 0.7, 0.1, "negative"),
        (0.1, 0.35, 0.55, "neutral"),
        (0.0, 1.0, 0.0, None),
    ],
)
def test_the_runner_up_follows_from_score_and_polarity(negative, neutral, positive, second) -> None:
    scores = {"negative": negative, "neutral": neutral, "positive": positive}
    label = max(scores, key=lambda name: scores[name])
    assert runner_up(Sentiment(label, scores[label], positive - negative, 0.5)) == second


def test_masks_are_not_read_and_what_is_read_maps_to_the_clause() -> None:
    read = judged("我叫[姓名]太差")
    assert (read.text, read.to_raw(0, 2)) == ("太差", (6, 8))
