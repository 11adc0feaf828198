"""Cold start: classes from a pack, rounds of self-training, what is served and saved."""

import random
from functools import cache

import numpy as np
import pytest

from models.classify.cold_start import ColdStartClassifier, fit_cold_start
from models.classify.cold_start_linear import fit_bayes, fit_logistic, mean_margin, softmax
from models.classify.cold_start_words import SeedWords, rule_evidence, seed_classes
from models.core.errors import ArtifactError, PackError
from models.taxonomy.rules import RuleSet
from models.taxonomy.taxonomy import Taxonomy

TAXONOMY = Taxonomy.parse(
    {
        "name": "shop",
        "categories": [
            {
                "id": "fruit",
                "zh": "水果生鲜",
                "en": "Fruit",
                "aliases": ["水果"],
                "keywords": ["苹果", "香蕉"],
            },
            {"id": "fruit.box", "zh": "礼盒", "en": "Boxes", "parent": "fruit", "keywords": ["果篮"]},
            {"id": "book", "zh": "图书", "en": "Books", "keywords": ["小说", "作者"]},
            {"id": "room", "zh": "住宿", "en": "Rooms", "keywords": ["酒店", "大床"]},
            {"id": "other", "zh": "其他", "en": "Other", "keywords": ["别的事情"]},
        ],
    }
)
WORDS = {
    "fruit": ("苹果", "香蕉", "很甜", "新鲜", "汁多", "个头大", "坏果", "脆口"),
    "book": ("小说", "作者", "情节", "文笔", "印刷", "翻译", "纸张", "读完"),
    "room": ("酒店", "大床", "前台", "房间", "早餐", "隔音", "入住", "退房"),
}


def texts_of(label: str, n: int, seed: int) -> list[str]:
    """Sentences of three words of the class; about half of them hold no word of the pack."""
    rng = random.Random(seed)
    return ["，".join(rng.sample(WORDS[label], 3)) + f"。{rng.choice('的了吧呢')}" for _ in range(n)]


def unlabelled(n: int = 110) -> list[str]:
    return [text for i, label in enumerate(sorted(WORDS)) for text in texts_of(label, n, i)]


@cache
def fitted() -> ColdStartClassifier:
    return fit_cold_start(TAXONOMY, unlabelled())


class LetterEncoder:
    """Counts of a few characters, as vectors of length 1."""

    name = "letters.v1"

    def encode(self, texts: list[str]) -> np.ndarray:
        rows = np.array([[text.count(c) for c in "甜鲜脆情文读前房早的"] for text in texts], dtype=np.float32)
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


def test_classes_are_the_roots_without_those_that_say_nothing() -> None:
    assert [seed.label for seed in seed_classes(TAXONOMY)] == ["fruit", "book", "room"]


def test_labels_keep_the_name_they_were_given() -> None:
    classes = seed_classes(TAXONOMY, ["图书", "水果"])
    assert [(seed.label, seed.category) for seed in classes] == [("水果", "fruit"), ("图书", "book")]


def test_a_class_has_the_words_of_all_categories_below_it() -> None:
    fruit = seed_classes(TAXONOMY)[0]
    assert {"苹果", "水果", "果篮", "礼盒"} <= set(fruit.words)
    assert fruit.members == {"fruit", "fruit.box"}


def test_a_chosen_category_below_another_keeps_its_words_to_itself() -> None:
    upper, lower = seed_classes(TAXONOMY, ["fruit", "fruit.box"])
    assert "果篮" in lower.words
    assert "果篮" not in upper.words


@pytest.mark.parametrize("labels", [["水果"], ["水果", "fruit"], ["水果", "火箭"]])
def test_unusable_class_lists_are_refused(labels: list[str]) -> None:
    with pytest.raises(PackError):
        seed_classes(TAXONOMY, labels)


def test_a_denied_word_is_no_evidence() -> None:
    words = SeedWords({"异响": [0], "顿挫": [1]}, 2)
    assert words.evidence(["没有异响，只有顿挫"]).tolist() == [[0.0, 1.0]]


def test_a_word_of_two_classes_gives_each_half() -> None:
    assert SeedWords({"屏幕": [0, 1]}, 2).evidence(["屏幕碎了"]).tolist() == [[0.5, 0.5]]


def test_places_of_words_sum_to_their_evidence() -> None:
    words = SeedWords({"屏幕": [0, 1], "手机": [0]}, 2)
    text = "手机屏幕，手机"
    spans, shares = words.located(text)
    assert [text[span.start : span.end] for span in spans] == ["手机", "屏幕", "手机"]
    assert shares.sum(axis=0).tolist() == words.evidence([text])[0].tolist()


def test_rules_below_a_class_count_for_it() -> None:
    rules = RuleSet.parse(
        [{"id": "basket", "category": "fruit.box", "any": ["果篮少"], "score": 0.9}], taxonomy=TAXONOMY
    )
    found = rule_evidence(rules, seed_classes(TAXONOMY), ["果篮少了两个", "房间小"])
    assert found[0].tolist() == pytest.approx([0.9, 0.0, 0.0])
    assert not found[1].any()


def test_texts_without_any_word_of_the_pack_are_told_apart() -> None:
    model = fitted()
    assert model.classes_ == ("fruit", "book", "room")
    assert model.predict(["汁多，脆口，很甜", "情节文笔都好", "前台隔音早餐"]) == ["fruit", "book", "room"]


def test_the_order_of_the_texts_changes_nothing() -> None:
    texts = unlabelled()
    shuffled = random.Random(4).sample(texts, len(texts))
    one, other = fitted(), fit_cold_start(TAXONOMY, shuffled)
    assert np.array_equal(one.predict_proba(texts[:20]), other.predict_proba(texts[:20]))


def test_a_class_without_a_single_hit_does_not_stop_the_others() -> None:
    texts = texts_of("fruit", 120, 0) + texts_of("room", 120, 2)
    model = fit_cold_start(TAXONOMY, texts)
    assert model.predict(["汁多，脆口，很甜", "前台隔音早餐"]) == ["fruit", "room"]


def test_without_texts_the_words_of_the_pack_decide() -> None:
    model = fit_cold_start(TAXONOMY, [])
    assert model.predict(["这本小说的作者", "香蕉和苹果"]) == ["book", "fruit"]


def test_nothing_known_in_a_text_leaves_no_class_ahead() -> None:
    probabilities = fitted().predict_proba(["", "XYZ"])
    assert probabilities.shape == (2, 3)
    assert np.allclose(probabilities, 1 / 3, atol=1e-6)


def test_files_give_the_same_probabilities_back() -> None:
    texts = unlabelled()
    model = fitted()
    meta, arrays = model.to_files()
    again = ColdStartClassifier.from_files(meta, arrays)
    assert again.classes_ == model.classes_
    assert again.parameters == model.parameters
    assert np.allclose(again.predict_proba(texts[:9]), model.predict_proba(texts[:9]), atol=2e-3)


def test_with_texts_the_encoder_is_needed_for_fitting_only() -> None:
    model = fit_cold_start(TAXONOMY, unlabelled(), LetterEncoder())
    assert not model.needs_encoder
    assert model.predict(["脆口，汁多，很甜"]) == ["fruit"]


def test_without_texts_the_encoder_serves_too_and_another_one_is_refused() -> None:
    model = fit_cold_start(TAXONOMY, [], LetterEncoder())
    meta, arrays = model.to_files()
    again = ColdStartClassifier.from_files(meta, arrays)
    assert again.needs_encoder
    assert np.allclose(
        again.attach(LetterEncoder()).predict_proba(["前台"]), model.predict_proba(["前台"]), atol=2e-3
    )
    other = LetterEncoder()
    other.name = "letters.v2"
    with pytest.raises(ArtifactError):
        again.attach(other)


def test_contributions_sum_to_the_scores() -> None:
    model = fitted()
    text = "前台 隔音差， 前台没有 大床房间"
    found = model.contributions(text)
    assert found is not None
    starts, ends, weights = found
    assert ((starts >= 0) & (starts < ends) & (ends <= len(text))).all()
    assert np.allclose(weights.sum(axis=0), model.model_.scores([text])[0], atol=1e-4)


def test_bayes_prefers_the_class_that_a_feature_stands_in() -> None:
    from scipy import sparse

    features = sparse.csr_matrix(np.array([[1, 0, 0.1], [0, 1, 0.1]], dtype=np.float32))
    coef = fit_bayes(features, np.eye(2))
    assert (features @ coef).argmax(axis=1).tolist() == [0, 1]


def test_dense_model_follows_soft_labels() -> None:
    rows = np.array([[1, 0], [0, 1]], dtype=np.float32)
    fitted = fit_logistic(rows, np.array([[0.9, 0.1], [0.2, 0.8]]), cost=1000.0)
    assert np.allclose(softmax(fitted.scores(rows)), [[0.9, 0.1], [0.2, 0.8]], atol=0.03)


def test_mean_margin_is_best_less_second() -> None:
    assert mean_margin(np.array([[3.0, 1.0, 0.0], [1.0, 0.0, 0.0]])) == pytest.approx(1.5)
    assert mean_margin(np.zeros((2, 3))) == 1.0
