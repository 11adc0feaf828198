"""The review's formats: the same numbers in all, safe texts, whole files."""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from models.core.errors import FieldError, StorageError
from models.review import IntakeCounts, MonthFacts, Quote, ReviewSnapshot, build_snapshot
from service.reviews import render_html, render_json, render_xlsx, write_review
from service.reviews.html import CAUSES_IN_FULL

EVIL = '<script>alert("x")</script>{{ 7 * 7 }}'


def _demo() -> Callable[..., MonthFacts]:
    path = Path(__file__).parents[1] / "review_demo.py"
    spec = importlib.util.spec_from_file_location("review_demo", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.demo_facts


demo_facts = _demo()


class _Page(HTMLParser):
    """Figures by their place, links, tags and the visible text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.figures: dict[str, float | None] = {}
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.ids: list[str] = []
        self.text = ""
        self._skipped = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append(tag)
        self._skipped += tag in ("style", "script")
        self.addresses += [
            value or "" for name, value in attrs if name in ("href", "src", "srcset", "action")
        ]
        if found.get("id"):
            self.ids.append(str(found["id"]))
        if "data-figure" in found:
            value = found["data-value"]
            self.figures[str(found["data-figure"])] = float(value) if value else None

    def handle_endtag(self, tag: str) -> None:
        self._skipped -= tag in ("style", "script")

    def handle_data(self, data: str) -> None:
        if not self._skipped:
            self.text += data


def _at(plain: Any, place: str) -> Any:
    for step in place.split("."):
        plain = plain[int(step)] if isinstance(plain, list) else plain[step]
    return plain.get("value")


def _table(book: openpyxl.Workbook, sheet: str) -> list[dict[str, Any]]:
    rows = list(book[sheet].iter_rows(values_only=True))
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:] if row[0] is not None]


@pytest.fixture(scope="module")
def snapshot() -> ReviewSnapshot:
    return build_snapshot(demo_facts())


@pytest.fixture(scope="module")
def book(snapshot: ReviewSnapshot, tmp_path_factory: pytest.TempPathFactory) -> openpyxl.Workbook:
    path = tmp_path_factory.mktemp("review") / "review.xlsx"
    render_xlsx(snapshot, path)
    return openpyxl.load_workbook(path)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_number_of_the_page_is_the_number_of_the_json(snapshot: ReviewSnapshot, language: str) -> None:
    plain = json.loads(render_json(snapshot))
    page = _Page(render_html(snapshot, language=language))
    assert len(page.figures) > 150
    assert {place: _at(plain, place) for place in page.figures} == page.figures


def test_every_number_of_the_workbook_is_the_number_of_the_json(
    snapshot: ReviewSnapshot, book: openpyxl.Workbook
) -> None:
    plain = json.loads(render_json(snapshot))

    def value(row: dict[str, Any], *path: str) -> Any:
        for step in path:
            row = row.get(step, {})
        return row.get("value")

    channels = [
        (row["反馈条数"], row["占比"], row["负面"], row["负面率"], row["差值"])
        for row in _table(book, "渠道")
    ]
    assert channels == [
        (
            value(row, "transcripts"),
            value(row, "share"),
            value(row, "negative"),
            value(row, "negative_rate"),
            value(row, "change", "difference"),
        )
        for row in plain["channels"]
    ]
    weeks = [
        (row["周"], row["负面"], row["中性"], row["正面"], row["负面率"]) for row in _table(book, "情感周度")
    ]
    assert weeks == [
        (row["week"], *(value(row, name) for name in ("negative", "neutral", "positive", "negative_rate")))
        for row in plain["weeks"]
    ]
    pareto = [(row["负面"], row["占比"], row["累计占比"]) for row in _table(book, "类别帕累托")]
    assert pareto == [
        (value(row, "negative"), value(row, "share"), value(row, "cumulative"))
        for row in plain["pareto"]["rows"]
    ]
    causes = [(row["根因"], row["反馈条数"], row["每千条"], row["上月"]) for row in _table(book, "根因")]
    assert causes == [
        (row["name"], value(row, "transcripts"), value(row, "rate"), value(row, "change", "previous"))
        for row in plain["causes"]
    ]
    overview = {row["指标"]: row["数值"] for row in _table(book, "概览")}
    assert overview["反馈总量"] == plain["totals"]["transcripts"]["value"]
    assert overview["负面率"] == plain["totals"]["negative_rate"]["value"]
    quality = [row["条数"] for row in _table(book, "数据质量")]
    assert quality == [value(row, "count") for row in plain["quality"]]


def test_the_json_reads_back_as_the_same_snapshot(snapshot: ReviewSnapshot) -> None:
    assert ReviewSnapshot.from_dict(json.loads(render_json(snapshot))) == snapshot


def test_findings_say_the_same_in_page_json_and_workbook(
    snapshot: ReviewSnapshot, book: openpyxl.Workbook
) -> None:
    page = re.sub(r"\s+", "", _Page(render_html(snapshot)).text)
    notes = " ".join(str(row["说明"]) for row in _table(book, "概览"))
    findings = json.loads(render_json(snapshot))["findings"]
    assert 3 <= len(findings) <= 5
    for finding in findings:
        assert finding["text"]["zh"] in notes
        assert re.sub(r"\s+", "", finding["text"]["zh"]) in page
        assert re.sub(r"\s+", "", finding["how_sure"]["zh"]) in page


def test_the_workbook_has_its_sheets_frozen_headers_and_charts(book: openpyxl.Workbook) -> None:
    assert book.sheetnames == [
        "概览", "渠道", "产品地区", "情感周度", "类别帕累托", "根因", "原声", "变化", "走势", "月内突发",
        "满意度驱动", "集中程度", "对象比较",
        "数据质量", "方法",
    ]  # fmt: skip
    assert {sheet.freeze_panes for sheet in book.worksheets} == {"B2"}
    assert len(book["类别帕累托"]._charts) == 1
    assert len(book["情感周度"]._charts) == 1


@pytest.mark.parametrize(
    "text", ["=HYPERLINK('http://x','y')", "+86", "-1+1", "@SUM(A1)", "http://x.example"]
)
def test_no_customer_text_becomes_a_formula_or_a_link(tmp_path: Path, text: str) -> None:
    facts = demo_facts()
    cause = facts.causes[0]
    quote = Quote(cause.transcript_ids[0], 0, len(text), text)
    facts = replace(facts, causes=(replace(cause, name=text, exemplars=(quote,)), *facts.causes[1:]))
    render_xlsx(build_snapshot(facts), tmp_path / "review.xlsx")
    book = openpyxl.load_workbook(tmp_path / "review.xlsx")
    cell = book["原声"]["B2"]
    assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]


def test_customer_text_is_escaped_wherever_it_stands() -> None:
    facts = demo_facts()
    rows = [
        replace(
            fact,
            channel=EVIL,
            product=EVIL,
            region=EVIL,
            external_id=EVIL,
            categories=((EVIL, (EVIL, EVIL)),),
        )
        for fact in facts.transcripts
    ]
    cause = facts.causes[0]
    quote = Quote(cause.transcript_ids[0], 0, len(EVIL), EVIL)
    cause = replace(cause, name=EVIL, keywords=(EVIL,), exemplars=(quote,), state=EVIL)
    previous = replace(facts.previous, by_cause={"gone": 4}, cause_names={"gone": EVIL})
    versions = {EVIL: EVIL}
    facts = replace(
        facts,
        transcripts=rows,
        causes=(cause,),
        tenant=EVIL,
        sector=EVIL,
        versions=versions,
        previous=previous,
    )
    for language in ("zh", "en"):
        html = render_html(build_snapshot(facts), language=language)
        page = _Page(html)
        assert page.tags.count("script") == 1
        assert "alert(" not in html.replace("alert(&#34;x&#34;)", "").replace("alert(&quot;x&quot;)", "")
        assert page.text.count(EVIL) > 10


def test_the_page_asks_nothing_of_any_other_place(snapshot: ReviewSnapshot) -> None:
    html = render_html(snapshot)
    page = _Page(html)
    assert not re.findall(r"https?:|//[a-z0-9.-]+\.[a-z]|url\(|@import", html)
    assert not {"link", "img", "iframe", "object", "embed", "base", "form"} & set(page.tags)
    assert {address[:4] for address in page.addresses if not address.startswith("#")} == {"/v1/"}
    assert len(page.ids) == len(set(page.ids))
    assert {address[1:] for address in page.addresses if address.startswith("#")} <= set(page.ids)


def test_links_begin_with_the_given_address(snapshot: ReviewSnapshot) -> None:
    page = _Page(render_html(snapshot, link_base="https://voc.example"))
    outside = [address for address in page.addresses if not address.startswith("#")]
    assert outside and all(address.startswith("https://voc.example/v1/") for address in outside)


def test_every_quote_stands_in_the_appendix_with_its_record(snapshot: ReviewSnapshot) -> None:
    appendix = _Page(render_html(snapshot)).text.split("附录：引用的记录")[1]
    quotes = [quote for cause in snapshot.causes[:CAUSES_IN_FULL] for quote in cause.quotes]
    assert len(quotes) == 14
    for quote in quotes:
        assert quote.text in appendix and quote.transcript_id in appendix


def test_many_root_causes_are_all_named_and_the_largest_are_told_in_full() -> None:
    facts = demo_facts()
    small = [replace(facts.causes[-1], id=f"s{at}", name=f"小根因{at}", n_transcripts=3) for at in range(60)]
    snapshot = build_snapshot(replace(facts, causes=(*facts.causes, *small)))
    page = _Page(render_html(snapshot))
    assert all(cause.name in page.text for cause in snapshot.causes)
    assert sum(ident.startswith("cause-") for ident in page.ids) == CAUSES_IN_FULL
    assert page.figures["causes.68.transcripts"] == 3


def test_a_first_month_says_that_there_is_nothing_to_compare() -> None:
    snapshot = build_snapshot(demo_facts(with_previous=False))
    text = _Page(render_html(snapshot)).text
    assert "无上月数据" in text
    assert "明显上升" not in text.split("方法")[0] and "明显下降" not in text.split("方法")[0]


@pytest.mark.parametrize("n", [0, 1])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_month_of_nothing_or_of_one_is_written_in_all_formats(
    tmp_path: Path, n: int, language: str
) -> None:
    facts = demo_facts()
    facts = replace(facts, transcripts=facts.transcripts[:n], causes=(), previous=None, intake=IntakeCounts())
    snapshot = build_snapshot(facts)
    render_xlsx(snapshot, tmp_path / "review.xlsx", language=language)
    assert openpyxl.load_workbook(tmp_path / "review.xlsx").sheetnames
    page = _Page(render_html(snapshot, language=language))
    assert page.figures["totals.transcripts"] == n
    assert json.loads(render_json(snapshot))["totals"]["transcripts"]["value"] == n
    if language == "zh":
        assert ("本月没有收到任何反馈" in page.text) == (n == 0)
        assert ("样本少" in page.text.split("方法")[0]) == (n == 1)


def test_the_same_snapshot_gives_the_same_bytes(tmp_path: Path, snapshot: ReviewSnapshot) -> None:
    first = write_review(snapshot, tmp_path / "a", ["html", "json", "xlsx"])
    second = write_review(snapshot, tmp_path / "b", ["html", "json", "xlsx"])
    assert {name: path.read_bytes() for name, path in first.items()} == {
        name: path.read_bytes() for name, path in second.items()
    }


def test_files_are_named_by_month_and_nothing_else_is_left(tmp_path: Path, snapshot: ReviewSnapshot) -> None:
    written = write_review(snapshot, tmp_path, ["html", "JSON", "html"])
    assert list(written) == ["html", "json"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "voc-review-2024-03.html",
        "voc-review-2024-03.json",
    ]


def test_an_unknown_format_names_those_there_are_and_writes_nothing(
    tmp_path: Path, snapshot: ReviewSnapshot
) -> None:
    with pytest.raises(FieldError) as caught:
        write_review(snapshot, tmp_path, ["html", "odt"])
    assert "odt" in caught.value.message("zh") and "html, json, xlsx" in caught.value.message("zh")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(FieldError):
        write_review(snapshot, tmp_path, [])


def test_a_folder_that_cannot_be_written_is_a_clear_error_and_keeps_the_old_file(
    tmp_path: Path, snapshot: ReviewSnapshot
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(StorageError) as caught:
        write_review(snapshot, blocked / "reviews", ["json"])
    assert "reviews" in caught.value.message("zh")
    assert blocked.read_text() == "not a folder"
