"""Cold start and few-shot on real shopping reviews. Fitting takes a few seconds: that is what is measured."""

import csv
import os
import random
from functools import cache
from pathlib import Path

import pytest

from data.packs import load_pack
from models.classify.cold_start import fit_cold_start
from models.classify.few_shot import fit_few_shot

SHARED = Path(os.environ.get("VOC_SHARED_DATA") or Path(__file__).parents[3] / "shared/data")
LABELS = ("书籍", "平板", "手机", "水果", "洗发水", "热水器", "蒙牛", "衣服", "计算机", "酒店")
N_UNLABELLED, N_TEST = 3000, 3000

pytestmark = [
    pytest.mark.shared_data,
    pytest.mark.skipif(not (SHARED / "shopping").is_dir(), reason="the shared public data is absent"),
]


@cache
def rows(split: str, n: int | None) -> list[tuple[str, str]]:
    with (SHARED / f"shopping/{split}.csv").open(encoding="utf-8-sig", newline="") as file:
        found = [(row["text"], row["category"]) for row in csv.DictReader(file)]
    return found if n is None else random.Random(7).sample(found, n)


def accuracy(model) -> float:
    test = rows("test", N_TEST)
    predicted = model.predict([text for text, _ in test])
    return sum(p == label for p, (_, label) in zip(predicted, test, strict=True)) / len(test)


def test_the_pack_alone_tells_ten_products_apart() -> None:
    pack = load_pack("retail")
    texts = [text for text, _ in rows("train", N_UNLABELLED)]
    assert accuracy(fit_cold_start(pack.taxonomy, texts, rules=pack.rules, labels=LABELS)) >= 0.70


def test_sixteen_labels_a_class_help_also_without_other_texts() -> None:
    pack = load_pack("retail")
    rng = random.Random(1)
    train = rows("train", None)
    labelled = [
        (text, label)
        for label in LABELS
        for text in rng.sample(sorted(t for t, given in train if given == label), 16)
    ]
    alone = accuracy(fit_cold_start(pack.taxonomy, [], labels=LABELS))
    assert accuracy(fit_few_shot(pack.taxonomy, labelled, labels=LABELS)) >= alone + 0.05
