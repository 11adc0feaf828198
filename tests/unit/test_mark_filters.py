"""Marks in queries and answers: what may be asked for, and the names people read."""

from __future__ import annotations

import pytest

from models.core.errors import FieldError
from models.experience.catalog import ExperienceCatalog
from models.experience.facets import parse_facet
from models.review.queries import mark_field
from service.api.mark_labels import mark_label
from service.api.parameters import mark_filter
from service.database.records import MarkFilter

ITEMS = {"facet": "survey", "nodes": [{"id": "waiting", "zh": "等待时间", "en": "Waiting time"}]}
STEPS = {"facet": "step", "nodes": [{"id": "washing", "zh": "清洗", "en": "Washing"}]}
CATALOG = ExperienceCatalog("t", {plain["facet"]: parse_facet(plain, pack="t") for plain in (ITEMS, STEPS)})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, None),
        ("churn", MarkFilter("churn")),
        ("step:washing", MarkFilter("step", ("washing",))),
        ("survey", MarkFilter("survey")),
        ("survey:waiting.dissatisfied", MarkFilter("survey", ("waiting.dissatisfied",))),
        ("step:a:b", MarkFilter("step", ("a:b",))),
    ],
)
def test_a_mark_is_a_kind_with_or_without_a_value(text: str | None, expected: MarkFilter | None) -> None:
    assert mark_filter(text, "generic") == expected


def test_a_survey_item_without_answer_stands_for_every_answer() -> None:
    found = mark_filter("survey:waiting", "generic")
    assert found is not None
    assert set(found.values) == {
        f"waiting.{answer}" for answer in ("yes", "no", "satisfied", "neutral", "dissatisfied")
    }


@pytest.mark.parametrize("text", ["", ":", "shoe", "shoe:big", "Step:washing", ":washing", "step:"])
def test_an_unknown_kind_or_a_missing_value_is_refused_with_the_kinds_there_are(text: str) -> None:
    with pytest.raises(FieldError) as caught:
        mark_filter(text, "generic")
    message = caught.value.message("zh")
    assert "mark" in message
    assert "值" in message
    if text != "step:":
        assert "touchpoint" in message
        assert "touchpoint" in caught.value.message("en")


@pytest.mark.parametrize(
    ("kind", "value", "zh", "en"),
    [
        ("step", "washing", "清洗", "Washing"),
        ("survey", "waiting.dissatisfied", "等待时间：不满意", "Waiting time: dissatisfied"),
        ("survey", "waiting", "等待时间", "Waiting time"),
        ("survey", "gone.maybe", "gone：maybe", "gone: maybe"),
        ("promise", "broken", "承诺未兑现", "Promise broken"),
        ("step", "gone", "gone", "gone"),
    ],
)
def test_a_mark_is_named_by_its_facet_else_stands_for_itself(kind: str, value: str, zh: str, en: str) -> None:
    assert mark_label(CATALOG, kind, value) == zh
    assert mark_label(CATALOG, kind, value, english=True) == en


def test_the_field_of_a_link_is_what_the_search_reads() -> None:
    assert mark_field("churn") == "churn"
    assert mark_field("step", "washing") == "step:washing"
    assert mark_filter(mark_field("survey", "waiting", "no"), "generic") == MarkFilter(
        "survey", ("waiting.no",)
    )
