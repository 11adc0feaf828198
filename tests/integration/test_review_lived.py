"""The experience part of a review: the same whatever the order, nothing made up where nothing was read."""

from __future__ import annotations

import importlib.util
import random
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from models.review import Quote, ReviewSnapshot, build_snapshot
from models.review.lived.form import form_lines, told_of
from models.review.lived.rows import Lived
from models.review.report import Section, cells_of, charts_of, tables_of
from models.review.report.lived import lived_sections
from models.review.report.words import Tongue
from service.reviews.html import render_html
from service.reviews.xlsx import render_xlsx


def _demo() -> Any:
    path = Path(__file__).parents[1] / "review_demo.py"
    spec = importlib.util.spec_from_file_location("review_demo", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


demo = _demo()


@pytest.fixture(scope="module")
def snapshot() -> ReviewSnapshot:
    return build_snapshot(demo.lived_facts(), demo.lived_setup())


@pytest.fixture(scope="module")
def lived(snapshot: ReviewSnapshot) -> Lived:
    assert snapshot.lived is not None
    return snapshot.lived


@pytest.fixture(scope="module")
def sections(snapshot: ReviewSnapshot) -> list[Section]:
    return list(lived_sections(snapshot, Tongue("zh")))


def test_transcripts_in_any_order_give_the_same_snapshot(snapshot: ReviewSnapshot) -> None:
    facts = demo.lived_facts()
    mixed = list(facts.transcripts)
    random.Random(3).shuffle(mixed)
    assert build_snapshot(replace(facts, transcripts=tuple(mixed)), demo.lived_setup()) == snapshot


def test_counts_are_of_the_transcripts_that_were_read(lived: Lived) -> None:
    facts = demo.lived_facts()
    read = [fact for fact in facts.transcripts if fact.experience is not None]
    bad = [fact for fact in read if fact.sentiment == "negative"]
    assert (lived.analysed.n, lived.analysed.of) == (len(read), len(facts.transcripts))
    assert {row.name: row.figure.value for row in lived.promises} == {
        "broken": len(bad),
        "kept": 0,
        "open": 0,
    }
    assert lived.waits.value == len(bad) and lived.wait_median.value == 3.0
    assert lived.wait_long.value == 1.0
    assert lived.leaving_told.value == len(bad)
    handover = next(row for row in lived.steps if row.id == "handover")
    assert handover.transcripts.value == len(read)
    assert (handover.pain.n, handover.delight.n) == (len(bad), len(read) - len(bad))


def test_an_item_has_its_answers_and_the_share_of_good_ones(lived: Lived) -> None:
    read = [fact for fact in demo.lived_facts().transcripts if fact.experience is not None]
    good = sum(fact.sentiment != "negative" for fact in read)
    (row,) = lived.survey
    assert row.id == "on_time" and row.is_flow
    assert [(one.name, one.figure.value) for one in row.answers] == [("yes", good), ("no", len(read) - good)]
    assert (row.good.n, row.good.of) == (good, len(read))
    assert row.good.value == pytest.approx(good / len(read))


def test_quotes_are_of_the_text_and_long_enough_to_be_understood(lived: Lived) -> None:
    rows = [quote for step in lived.steps for quote in step.quotes]
    rows += [quote for heard in lived.heard for quote in heard.quotes]
    assert {heard.kind for heard in lived.heard} == {"broken", "suggestion", "exposure", "churn", "conflict"}
    for quote in rows:
        assert quote.text == demo.LIVED_TEXT[quote.start : quote.end]
        assert len(quote.text) >= 12 and "\n" not in quote.text, quote.text
        assert quote.occurred_at and quote.channel
    assert all(len({quote.transcript_id for quote in heard.quotes}) == 3 for heard in lived.heard)


def test_a_month_without_experience_has_no_such_part_and_no_such_sections() -> None:
    plain = build_snapshot(demo.demo_facts(), demo.lived_setup())
    assert plain.lived is None
    assert list(lived_sections(plain, Tongue("zh"))) == []
    assert 'class="contents"' not in render_html(plain)


def test_the_part_survives_being_stored(snapshot: ReviewSnapshot) -> None:
    assert ReviewSnapshot.from_dict(snapshot.to_dict()) == snapshot


def without_threats(experience: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    marks = [mark for mark in (experience or {}).get("marks", ()) if mark["kind"] != "exposure"]
    return None if experience is None else {**experience, "marks": marks}


@pytest.mark.parametrize(
    ("words", "threats", "first"),
    [
        ("刹车失灵撞了护栏，人受伤了", False, True),
        ("贴膜起泡了没人管", True, True),
        ("贴膜起泡了没人管", False, False),
    ],
)
def test_the_form_does_not_rank_safety_and_law_down_by_value(words: str, threats: bool, first: bool) -> None:
    """The largest cause is of customers who are worth least."""
    facts = demo.lived_facts()
    large = max(facts.causes, key=lambda cause: cause.n_transcripts)
    said = Quote(large.exemplars[0].transcript_id, 0, len(words), words)
    causes = tuple(
        replace(cause, name=words, exemplars=(said,)) if cause.id == large.id else cause
        for cause in facts.causes
    )
    inside = set(large.transcript_ids)
    transcripts = tuple(
        replace(
            fact,
            scores={**fact.scores, "value": 0.01 if fact.id in inside else 900.0},
            experience=fact.experience if threats else without_threats(fact.experience),
        )
        for fact in facts.transcripts
    )
    found = build_snapshot(replace(facts, causes=causes, transcripts=transcripts), demo.lived_setup()).lived
    assert found is not None
    (line,) = (line for line in found.form if line.cause_id == large.id)
    assert bool(line.protected) == first
    assert (line.number == 1) == first


def test_the_form_quotes_words_that_can_be_understood(snapshot: ReviewSnapshot) -> None:
    cause = snapshot.causes[0]
    short, long = (
        replace(cause.quotes[0], text="太差"),
        replace(cause.quotes[0], text="说好三天，拖了两个星期"),
    )
    assert told_of(replace(cause, quotes=(short, long))) is long
    assert told_of(replace(cause, quotes=(short,))) is short
    assert form_lines.__doc__


def test_sections_stand_in_order_and_none_is_empty(sections: list[Section]) -> None:
    names = [section.id for section in sections]
    assert names[:6] == ["form", "journey", "indicators", "survey", "promises", "leaving"]
    assert all(section.blocks for section in sections)
    for section in sections:
        for table in tables_of(section):
            assert table.rows and all(len(row) == len(table.columns) for row in table.rows)


def test_steps_stand_in_the_order_of_the_journey_with_moments_of_truth_marked(
    sections: list[Section],
) -> None:
    (journey,) = (section for section in sections if section.id == "journey")
    curve = charts_of(journey)[0]
    assert curve.categories == ("交车 ★", "跟踪服务 ★")
    assert [cell.value is not None for cell in curve.series[0].cells if cell] == [True, True]


def test_page_and_workbook_have_every_number_of_the_sections(
    snapshot: ReviewSnapshot, sections: list[Section], tmp_path: Path
) -> None:
    page = render_html(snapshot)
    values = set(re.findall(r'data-value="([^"]+)"', page))
    told = [
        cell for section in sections for cell in cells_of(section, charts=False) if cell.value is not None
    ]
    assert len(told) > 100
    assert [cell.text for cell in told if repr(cell.value) not in values] == []
    assert all(f'href="#{section.id}"' in page and f'id="{section.id}"' in page for section in sections)
    render_xlsx(snapshot, tmp_path / "r.xlsx")
    book = openpyxl.load_workbook(tmp_path / "r.xlsx", read_only=True)
    known = {
        value
        for sheet in book.worksheets
        for row in sheet.iter_rows(values_only=True)
        for value in row
        if isinstance(value, (int, float))
    }
    tables = [
        cell for section in sections for table in tables_of(section) for row in table.rows for cell in row
    ]
    assert [cell.text for cell in tables if cell.value is not None and cell.value not in known] == []


def test_small_print_that_is_a_field_has_a_column_of_the_workbook(
    snapshot: ReviewSnapshot, tmp_path: Path
) -> None:
    render_xlsx(snapshot, tmp_path / "r.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "r.xlsx")["VOC 月度表"]
    rows = [row for row in sheet.iter_rows(values_only=True) if any(row)]
    (head,) = (row for row in rows if "根因" in row)
    assert {"归类", "负责人", "阶段"} <= set(head)
    first = rows[rows.index(head) + 1]
    assert snapshot.lived is not None
    assert first[head.index("归类")] == " / ".join(snapshot.lived.form[0].category)


def test_the_english_page_has_english_heads(snapshot: ReviewSnapshot) -> None:
    page = render_html(snapshot, language="en")
    assert "The VOC monthly form" in page and "Proposed action" in page and "旅程" not in page
