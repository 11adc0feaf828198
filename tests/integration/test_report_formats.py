"""The printed formats: the numbers of the snapshot in all of them, nothing empty, nothing beyond the edge."""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pptx
import pypdf
import pytest
import xlsxwriter

from models.core.errors import SystemLibraryError
from models.review import MonthFacts, Quote, ReviewSnapshot, build_snapshot
from models.review.report import (
    Chart,
    Facts,
    Note,
    Report,
    Section,
    Statement,
    Table,
    cells_of,
    charts_of,
    report_of,
    tables_of,
)
from service.reviews.docx import render_docx
from service.reviews.formats import WRITERS, write_review
from service.reviews.html import render_html
from service.reviews.json import render_json
from service.reviews.pdf import print_html, render_pdf
from service.reviews.pptx import render_pptx
from service.reviews.report_sheets import write_sections
from service.reviews.sheet import Styles
from service.reviews.xlsx import render_xlsx

EVIL = '<script>alert("x")</script>\x07{{ 7 * 7 }}'


def _demo() -> Any:
    path = Path(__file__).parents[1] / "review_demo.py"
    spec = importlib.util.spec_from_file_location("review_demo", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


demo = _demo()
demo_facts: Callable[..., MonthFacts] = demo.demo_facts


@pytest.fixture(scope="module")
def snapshot() -> ReviewSnapshot:
    return build_snapshot(demo.lived_facts(), demo.lived_setup())


@pytest.fixture(scope="module")
def report(snapshot: ReviewSnapshot) -> Report:
    return report_of(snapshot)


@pytest.fixture(scope="module")
def folder(report: Report, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("report")
    render_docx(report, made / "r.docx")
    render_pptx(report, made / "r.pptx")
    return made


@pytest.fixture(scope="module")
def printed(report: Report, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The text of the PDF without white space."""
    path = tmp_path_factory.mktemp("print") / "r.pdf"
    print_or_skip(report, path)
    pages = pypdf.PdfReader(str(path)).pages
    assert len(pages) > 10
    return tight("".join(page.extract_text() for page in pages))


def print_or_skip(report: Report, path: Path) -> None:
    """Pango and a Chinese font are of the system: where they are missing there is nothing to test."""
    try:
        render_pdf(report, path)
    except SystemLibraryError as missing:
        pytest.skip(str(missing))


def small_month() -> ReviewSnapshot:
    facts = demo_facts(with_previous=False)
    return build_snapshot(replace(facts, transcripts=facts.transcripts[:1], causes=()))


def tight(text: str) -> str:
    return re.sub(r"\s+", "", text)


def numbers_in(plain: Any) -> Iterator[float]:
    if isinstance(plain, dict):
        for item in plain.values():
            yield from numbers_in(item)
    elif isinstance(plain, list):
        for item in plain:
            yield from numbers_in(item)
    elif isinstance(plain, (int, float)):
        yield float(plain)


def told(cells: Any) -> list[str]:
    return [cell.text + (f"\n{cell.sub}" if cell.sub else "") for cell in cells]


def printed_sections(report: Report) -> list[Section]:
    return [section for section in report.sections if not section.appendix]


def words_of(report: Report) -> list[str]:
    """Findings, headline numbers and paragraphs of the report, as they read."""
    made = []
    for section in report.sections:
        for block in section.blocks:
            if isinstance(block, Statement):
                made += [block.text, block.sure]
            elif isinstance(block, Facts):
                made += [fact.cell.text for fact in block.items]
            elif not isinstance(block, (Table, Chart)) and hasattr(block, "text"):
                made.append(block.text)
    return made


def test_every_number_of_the_report_is_a_number_of_the_json(snapshot: ReviewSnapshot, report: Report) -> None:
    known = set(numbers_in(json.loads(render_json(snapshot))))
    values = [cell.value for cell in cells_of(report) if cell.value is not None]
    assert len(values) > 700
    assert [value for value in values if value not in known] == []


def test_the_headline_findings_and_tables_are_those_of_the_page(
    snapshot: ReviewSnapshot, report: Report
) -> None:
    page = tight(re.sub(r"<[^>]+>", "", render_html(snapshot)))
    for block in report.sections[0].blocks:
        if isinstance(block, Statement):
            assert tight(block.text) in page and tight(block.sure) in page
        elif isinstance(block, Facts):
            assert all(fact.cell.text in page for fact in block.items)
    values = set(re.findall(r'data-value="([^"]+)"', render_html(snapshot)))
    missing = [
        (section.id, cell.text)
        for section in report.sections
        if section.id in ("director", "channels", "causes", "concentration", "quality", "cause-1")
        for cell in cells_of(section, charts=False)
        if cell.query and repr(cell.value) not in values
    ]
    assert missing == []


def test_every_number_of_the_tables_is_in_the_workbook_unrounded(
    snapshot: ReviewSnapshot, report: Report, tmp_path: Path
) -> None:
    render_xlsx(snapshot, tmp_path / "r.xlsx")
    book = openpyxl.load_workbook(tmp_path / "r.xlsx", read_only=True)
    known = {
        float(value)
        for sheet in book.worksheets
        for row in sheet.iter_rows(values_only=True)
        for value in row
        if isinstance(value, (int, float))
    }
    missing = {
        section.id
        for section in report.sections
        for table in tables_of(section)
        for row in table.rows
        for cell in row
        if cell.value is not None and float(cell.value) not in known
    }
    assert missing <= {"courses", "drivers-category"}, "the workbook has no expected counts and no segments"


def test_the_document_has_every_table_cell_by_cell(report: Report, folder: Path) -> None:
    document = docx.Document(str(folder / "r.docx"))
    tables = iter(document.tables)
    for section in report.sections:
        for block in section.blocks:
            if isinstance(block, Facts):
                headline = [cell.text for cell in next(tables)._cells]
                assert [text.splitlines()[1] for text in headline] == [f.cell.text for f in block.items]
            if not isinstance(block, Table):
                continue
            table, found = block, next(tables)
            cells = [cell.text for cell in found._cells]
            expected = [column.label for column in table.columns]
            for row in table.rows:
                expected += told(row)
            assert cells == expected, section.id
            assert found._tbl.tr_lst[0].xpath("w:trPr/w:tblHeader"), "the header must repeat"
    assert next(tables, None) is None


def test_the_document_reads_as_the_report_under_real_headings(report: Report, folder: Path) -> None:
    document = docx.Document(str(folder / "r.docx"))
    headings = [(p.text, p.style.name[-1]) for p in document.paragraphs if p.style.name.startswith("Heading")]
    assert headings == [(section.title, str(section.level)) for section in report.sections]
    body = tight("".join(document.element.body.xpath("//w:t/text()")))
    assert [text for text in words_of(report) if tight(text) not in body] == []


def test_numbers_of_the_document_lead_to_their_paths_in_its_appendix(report: Report, folder: Path) -> None:
    body = docx.Document(str(folder / "r.docx")).element.body
    places = {path: f"q-{at}" for at, path in enumerate(report.paths, 1)}
    linked = {places[cell.query] for cell in cells_of(report, charts=False) if cell.query}
    assert set(body.xpath("//w:hyperlink/@w:anchor")) == linked
    assert set(places.values()) <= set(body.xpath("//w:bookmarkStart/@w:name"))


def chart_values(space: Any) -> list[list[float]]:
    found = []
    for series in space.iter("{http://schemas.openxmlformats.org/drawingml/2006/chart}ser"):
        namespaces = {"c": "http://schemas.openxmlformats.org/drawingml/2006/chart"}
        found.append([float(v.text) for v in series.findall("c:val//c:v", namespaces)])
    return found


def expected_values(chart: Chart) -> list[list[float]]:
    made = [[float(c.value) for c in s.cells if c and c.value is not None] for s in chart.series]
    if chart.kind == "control" and any(chart.limits):
        limits = [limit for limit in chart.limits if limit]
        made += [[getattr(limit, field) for limit in limits] for field in ("centre", "upper", "lower")]
    return made


def test_the_charts_of_slides_and_document_hold_the_unrounded_numbers(report: Report, folder: Path) -> None:
    from lxml import etree

    charts = [chart for section in printed_sections(report) for chart in charts_of(section)]
    slides = pptx.Presentation(str(folder / "r.pptx")).slides
    native = [shape.chart for slide in slides for shape in slide.shapes if shape.has_chart]
    parts = [
        part
        for part in docx.Document(str(folder / "r.docx")).part.package.iter_parts()
        if "/charts/" in str(part.partname)
    ]
    parts.sort(key=lambda part: int(re.sub(r"\D", "", str(part.partname))))
    assert len(charts) == len(native) == len(parts) > 8
    for chart, slide_chart, part in zip(charts, native, parts, strict=True):
        assert chart_values(slide_chart._chartSpace) == expected_values(chart), chart.title
        assert chart_values(etree.fromstring(part.blob)) == expected_values(chart), chart.title
        book = openpyxl.load_workbook(_blob(slide_chart.part.chart_workbook.xlsx_part.blob))
        column = [row[1].value for row in book.active.iter_rows(min_row=2)]
        assert [v for v in column if v is not None] == expected_values(chart)[0]


def _blob(content: bytes) -> Any:
    from io import BytesIO

    return BytesIO(content)


def test_the_slides_have_every_row_of_every_table_once(report: Report, folder: Path) -> None:
    slides = pptx.Presentation(str(folder / "r.pptx")).slides
    rows = [
        [cell.text for cell in list(row.cells)]
        for slide in slides
        for shape in slide.shapes
        if shape.has_table
        for row in list(shape.table.rows)[1:]
    ]
    expected = [
        told(row)
        for section in printed_sections(report)
        for table in tables_of(section)
        for row in table.rows
    ]
    assert rows == expected


def test_every_slide_says_something_and_stays_within_its_edges(report: Report, folder: Path) -> None:
    deck = pptx.Presentation(str(folder / "r.pptx"))
    titles = [slide.shapes.title.text for slide in deck.slides]
    assert {section.title for section in printed_sections(report)} - set(titles) <= {
        "满意度由什么决定",
        "谁与平均不同，谁只是运气",
    }, "only headings without anything of their own may be carried on"
    for slide, title in zip(deck.slides, titles, strict=True):
        body = [shape for shape in slide.shapes if shape != slide.shapes.title]
        assert len(body) > 2, title
        for shape in body:
            assert shape.left >= 0 and shape.left + shape.width <= deck.slide_width, (title, shape.name)
            assert shape.top >= 0 and shape.top + shape.height <= deck.slide_height, (title, shape.name)
    spoken = tight("".join(t for slide in deck.slides for t in slide._element.xpath("//a:t/text()")))
    printed = replace(report, sections=tuple(printed_sections(report)))
    assert [text for text in words_of(printed) if tight(text) not in spoken] == []


def test_the_notes_of_a_slide_name_the_paths_behind_its_numbers(report: Report, folder: Path) -> None:
    slides = pptx.Presentation(str(folder / "r.pptx")).slides
    notes = "\n".join(s.notes_slide.notes_text_frame.text for s in slides if s.has_notes_slide)
    paths = {cell.query for section in printed_sections(report) for cell in cells_of(section) if cell.query}
    assert {line.split("  ")[-1] for line in notes.split("\n") if "  /v1/" in line} >= paths


def test_the_print_has_every_row_finding_and_heading(report: Report, printed: str) -> None:
    for section in report.sections:
        assert tight(section.title) in printed
    assert [words for words in words_of(report) if tight(words) not in printed] == []
    missing = []
    for section in printed_sections(report):
        for table in tables_of(section):
            for row in table.rows:
                missing += [cell.text for cell in row if tight(cell.text) not in printed]
    assert missing == []


def test_the_print_page_asks_nothing_of_any_other_place_and_escapes_customer_text() -> None:
    facts = demo_facts()
    cause = facts.causes[0]
    quote = Quote(cause.transcript_ids[0], 0, len(EVIL), EVIL)
    cause = replace(cause, name=EVIL, keywords=(EVIL,), exemplars=(quote,))
    html = print_html(report_of(build_snapshot(replace(facts, causes=(cause,), tenant=EVIL))))
    assert "<script" not in html and "{{ 7 * 7 }}" in html
    assert not re.findall(r"https?:|url\(|@import|<img|<link", html)
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', html)) <= set(ids)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("n", [0, 1])
def test_a_month_of_nothing_or_of_one_awkward_text_is_written(tmp_path: Path, n: int, language: str) -> None:
    facts = demo_facts(with_previous=False)
    facts = replace(facts, transcripts=facts.transcripts[:n], causes=(), tenant=EVIL)
    report = report_of(build_snapshot(facts), language)
    assert all(section.blocks for section in report.sections)
    render_docx(report, tmp_path / "r.docx")
    render_pptx(report, tmp_path / "r.pptx")
    assert "7 * 7" in "".join(docx.Document(str(tmp_path / "r.docx")).element.body.xpath("//w:t/text()"))
    assert len(pptx.Presentation(str(tmp_path / "r.pptx")).slides) >= 3


@pytest.mark.parametrize("render", [print_or_skip, render_docx, render_pptx])
def test_the_same_report_gives_the_same_bytes(render: Callable[..., None], tmp_path: Path) -> None:
    report = report_of(small_month())
    render(report, tmp_path / "a")
    render(report, tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_links_begin_with_the_given_address(tmp_path: Path) -> None:
    report = report_of(small_month())
    render_docx(report, tmp_path / "r.docx", link_base="https://voc.example")
    rels = docx.Document(str(tmp_path / "r.docx")).part.rels.values()
    links = {rel.target_ref for rel in rels if rel.is_external}
    paths = {cell.query for cell in cells_of(report, charts=False) if cell.query}
    assert links == {"https://voc.example" + path for path in paths} and len(paths) > 5


def test_a_format_that_cannot_be_made_is_told_and_the_others_are_made(tmp_path: Path) -> None:
    def no_pango(snapshot: ReviewSnapshot, path: Path) -> None:
        raise SystemLibraryError(what="Pango", what_en="Pango", hint="x", hint_en="x")

    told_of: dict[str, str] = {}
    snapshot, writers = small_month(), {**WRITERS, "pdf": no_pango}
    written = write_review(
        snapshot,
        tmp_path,
        ["pdf", "html", "json"],
        on_missing=lambda name, error: told_of.update({name: error.code}),
        writers=writers,
    )
    assert (list(written), told_of) == (["html", "json"], {"pdf": "system_library_missing"})
    assert len(list(tmp_path.iterdir())) == 2
    with pytest.raises(SystemLibraryError):
        write_review(snapshot, tmp_path, ["pdf"], writers=writers)


def test_added_sections_stand_behind_the_first_page_in_every_format(
    snapshot: ReviewSnapshot, tmp_path: Path
) -> None:
    extra, closed = (
        Section("added", "客户旅程", (Note("旅程说明"),)),
        Section("closed", "已办结", (Note("已办结三项"),)),
    )
    report = report_of(snapshot, extra_sections=[extra], closed_actions=[closed])
    ids = [section.id for section in report.sections]
    assert ids.index("added") == ids.index("spreads") + 1 and ids.index("closed") == ids.index("quality") - 1
    brief = replace(report, sections=(report.sections[0], extra), paths=report.paths)
    render_pptx(brief, tmp_path / "r.pptx")
    titles = [slide.shapes.title.text for slide in pptx.Presentation(str(tmp_path / "r.pptx")).slides]
    assert titles == ["本月要点", "客户旅程"]


def test_sections_become_sheets_with_exact_numbers_intervals_and_charts(
    report: Report, tmp_path: Path
) -> None:
    sections = tuple(
        section for section in printed_sections(report) if tables_of(section) or charts_of(section)
    )
    options = {"strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(tmp_path / "r.xlsx"), options) as book:
        write_sections(book, Styles(book), sections)
    read = openpyxl.load_workbook(tmp_path / "r.xlsx")
    assert len(read.sheetnames) == len(sections)
    for section, sheet in zip(sections, read.worksheets, strict=True):
        known = {
            float(v) for row in sheet.iter_rows(values_only=True) for v in row if isinstance(v, (int, float))
        }
        told_in = tuple(block for block in section.blocks if isinstance(block, (Table, Chart, Facts)))
        cells = [c for c in cells_of(replace(section, blocks=told_in)) if c.query or c.figure]
        values = {float(c.value) for c in cells if c.value is not None}
        ends = {
            end
            for table in tables_of(section)
            for row in table.rows
            for cell in row
            if cell.figure and cell.figure.interval
            for end in cell.figure.interval
        }
        assert values | ends <= known, section.id
        assert len(sheet._charts) == len(charts_of(section))
