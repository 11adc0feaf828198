"""A few labels on top of a pack, or alone."""

import random

import numpy as np
import pytest

from models.classify.few_shot import FewShotClassifier, fit_few_shot
from models.core.errors import InputError, PackError
from models.taxonomy.taxonomy import Taxonomy

TAXONOMY = Taxonomy.parse(
    {
        "name": "shop",
        "categories": [
            {"id": "fruit", "zh": "水果", "en": "Fruit", "keywords": ["苹果"]},
            {"id": "book", "zh": "图书", "en": "Books", "keywords": ["小说"]},
            {"id": "room", "zh": "住宿", "en": "Rooms", "keywords": ["酒店"]},
        ],
    }
)
WORDS = {
    "水果": ("很甜", "新鲜", "汁多", "个头大", "坏果", "脆口"),
    "图书": ("情节", "文笔", "印刷", "翻译", "纸张", "读完"),
    "住宿": ("前台", "房间", "早餐", "隔音", "入住", "退房"),
}


def labelled(n: int, seed: int = 0) -> list[tuple[str, str]]:
    rng = random.Random(seed)
    return [("，".join(rng.sample(words, 3)), label) for label, words in WORDS.items() for _ in range(n)]


def test_labels_teach_what_the_pack_does_not_say() -> None:
    model = fit_few_shot(TAXONOMY, labelled(8), [text for text, _ in labelled(100, seed=1)])
    assert model.classes_ == ("水果", "图书", "住宿")
    assert model.predict(["脆口，汁多", "纸张印刷", "前台隔音"]) == ["水果", "图书", "住宿"]


def test_no_pack_and_no_other_texts_are_needed() -> None:
    model = fit_few_shot(None, labelled(8))
    assert model.predict(["脆口，汁多", "纸张印刷", "前台隔音"]) == ["水果", "图书", "住宿"]


def test_a_label_outranks_a_word_of_the_pack() -> None:
    rows = [*labelled(8), *[(f"苹果手机壳{i}，读完说明", "图书") for i in range(8)]]
    assert fit_few_shot(TAXONOMY, rows).predict(["苹果手机壳9，读完说明"]) == ["图书"]


def test_a_label_that_the_pack_does_not_know_is_refused() -> None:
    with pytest.raises(PackError):
        fit_few_shot(TAXONOMY, [("很甜", "水果"), ("起飞", "火箭")])


def test_a_label_outside_the_chosen_classes_is_refused() -> None:
    with pytest.raises(InputError):
        fit_few_shot(TAXONOMY, [("前台", "住宿")], labels=["水果", "图书"])


def test_one_class_is_not_enough() -> None:
    with pytest.raises(InputError):
        fit_few_shot(None, [("很甜", "水果"), ("新鲜", "水果")])


def test_the_order_of_the_labels_changes_nothing() -> None:
    rows = labelled(8)
    texts = [text for text, _ in labelled(60, seed=1)]
    one, other = fit_few_shot(TAXONOMY, rows, texts), fit_few_shot(TAXONOMY, rows[::-1], texts)
    assert np.array_equal(one.predict_proba(texts[:20]), other.predict_proba(texts[:20]))


def test_files_give_the_same_probabilities_back() -> None:
    model = fit_few_shot(TAXONOMY, labelled(8))
    meta, arrays = model.to_files()
    again = FewShotClassifier.from_files(meta, arrays)
    texts = [text for text, _ in labelled(3, seed=2)]
    assert np.allclose(again.predict_proba(texts), model.predict_proba(texts), atol=2e-3)


def test_probabilities_are_rows_that_sum_to_one() -> None:
    probabilities = fit_few_shot(TAXONOMY, labelled(8)).predict_proba(["很甜", "", "入住"])
    assert probabilities.shape == (3, 3)
    assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    assert fit_few_shot(TAXONOMY, labelled(8)).predict_proba([]).shape == (0, 3)
