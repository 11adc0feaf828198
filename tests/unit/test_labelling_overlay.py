"""The word of an analyst over the models', and back again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from models.core.errors import FieldError
from models.taxonomy.taxonomy import Taxonomy
from service.database.labels import LabelRecord
from service.labelling.corrections import find_category, nearest_categories, read_correction
from service.labelling.overlay import with_labels

NOW = datetime(2024, 3, 1, tzinfo=UTC)
TAXONOMY = Taxonomy.parse(
    {
        "name": "t",
        "categories": [
            {"id": "a", "zh": "售后服务", "en": "A"},
            {"id": "a.repair", "zh": "维修质量", "en": "R", "parent": "a"},
            {"id": "b", "zh": "价格", "en": "B", "aliases": ["收费"]},
        ],
    }
)


def body() -> dict[str, Any]:
    clause = {"speaker": "customer", "sentiment": "negative", "polarity": -0.9, "score": 0.95}
    return {
        "language": "zh",
        "sentiment": {
            "label": "negative",
            "score": 0.8,
            "polarity": -0.7,
            "intensity": 0.6,
            "spans": [[0, 5]],
        },
        "categories": [{"id": "b", "path": ["价格"], "score": 0.7, "source": "model", "spans": [[6, 9]]}],
        "clauses": [{**clause, "start": 0, "end": 5}, {**clause, "start": 6, "end": 9, "category": "b"}],
    }


def said(task: str, *labels: str, span: tuple[int, int] | None = None) -> LabelRecord:
    start, end = span or (None, None)
    return LabelRecord("i", "t", task, labels, NOW, start, end)


def test_without_labels_nothing_changes() -> None:
    assert with_labels(body(), [], TAXONOMY) == body()


def test_labels_laid_over_twice_are_the_same_and_can_be_taken_back() -> None:
    labels = [said("sentiment", "positive"), said("category", "a.repair"), said("category", "a", span=(0, 5))]
    once = with_labels(body(), labels, TAXONOMY)
    assert with_labels(once, labels, TAXONOMY) == once
    assert with_labels(once, [], TAXONOMY) == body()


def test_a_sentiment_is_certain_and_keeps_evidence_only_where_the_models_agree() -> None:
    other = with_labels(body(), [said("sentiment", "neutral")], TAXONOMY)["sentiment"]
    assert (other["score"], other["polarity"], other["intensity"], other["spans"]) == (1.0, 0.0, 0.0, [])
    same = with_labels(body(), [said("sentiment", "negative")], TAXONOMY)["sentiment"]
    assert (same["score"], same["polarity"], same["intensity"], same["spans"]) == (1.0, -1.0, 0.6, [[0, 5]])


def test_categories_of_the_whole_replace_and_those_of_a_span_join() -> None:
    whole = with_labels(body(), [said("category", "a.repair", "b")], TAXONOMY)["categories"]
    assert [(c["path"], c["source"], c["spans"]) for c in whole] == [
        (["售后服务", "维修质量"], "analyst", []),
        (["价格"], "analyst", [[6, 9]]),
    ]
    part = with_labels(body(), [said("category", "a", span=(1, 4))], TAXONOMY)
    assert [c["id"] for c in part["categories"]] == ["a", "b"]
    assert [clause.get("category") for clause in part["clauses"]] == ["a", "b"]


def test_a_category_that_the_taxonomy_has_lost_is_shown_by_its_id() -> None:
    found = with_labels(body(), [said("category", "gone.id")], TAXONOMY)["categories"]
    assert found[0]["path"] == ["gone.id"]


@pytest.mark.parametrize("name", ["a.repair", "维修质量", "售后服务/维修质量"])
def test_a_category_is_found_by_id_name_and_path(name: str) -> None:
    assert find_category(name, TAXONOMY) == "a.repair"


@pytest.mark.parametrize(
    ("name", "near"), [("维修质量问题", "a.repair"), ("收费高", "b"), ("a.repairs", "a.repair")]
)
def test_an_unknown_category_is_refused_with_the_nearest(name: str, near: str) -> None:
    assert nearest_categories(name, TAXONOMY)[0].startswith(f"{near}（")
    with pytest.raises(FieldError, match="near ones"):
        find_category(name, TAXONOMY)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"label": []}, "label"),
        ({"label": ["a", 1]}, "label"),
        ({"label": True}, "label"),
        ({"span": [0]}, "span"),
        ({"span": [0, True]}, "span"),
        ({"span": [3, 3]}, "span"),
        ({"span": [-1, 3]}, "span"),
        ({"clause": -1}, "clause"),
        ({"clause": 0, "span": [0, 3]}, "clause"),
        ({"task": None}, "task"),
        ({"transcript_id": ""}, "transcript_id"),
        ({"note": 5}, "note"),
        ({"analyst": "长" * 101}, "analyst"),
        ({"note": "a\0b"}, "note"),
    ],
)
def test_a_wrong_field_is_named(fields: dict[str, Any], field: str) -> None:
    good = {"transcript_id": "x", "task": "category", "label": "a"}
    assert read_correction(good, TAXONOMY).labels == ("a",)
    with pytest.raises(FieldError) as caught:
        read_correction(good | fields, TAXONOMY)
    assert caught.value.field == field  # type: ignore[attr-defined]
