"""The report's tree and the small parts of its writers: words, cells, cutting, fitting, names, missing pieces."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from models.core.errors import MissingExtraError, SystemLibraryError
from models.core.month import Month
from models.review import MonthFacts, ReviewSnapshot, build_snapshot
from models.review.figures import Change, Figure, count, per_1000, rate
from models.review.report import Cell, Chart, Limits, Note, Section, Series, Table, cells_of, report_of
from models.review.report.causes import quantity_cell
from models.review.report.tree import Column
from models.review.report.words import Tongue
from service.reviews.docx import render_docx
from service.reviews.native_values import axis_ends
from service.reviews.office import fixed_package, n_lines
from service.reviews.pdf import render_pdf
from service.reviews.pptx import render_pptx
from service.reviews.pptx_parts import (
    BODY_BOTTOM,
    BODY_TOP,
    BODY_WIDTH,
    Item,
    fit_items,
    items_height,
    slide_parts,
)
from service.reviews.rendered import section_html
from service.reviews.report_charts import chart_svg, cut, narrowed
from service.reviews.report_sheets import sheet_name

SAY = Tongue("zh")


def empty_month() -> ReviewSnapshot:
    return build_snapshot(
        MonthFacts(
            month=Month(2024, 3),
            timezone="Asia/Shanghai",
            tenant="示例",
            sector="automotive",
            transcripts=(),
            previous=None,
            causes=(),
            versions={"taxonomy": "automotive 1.0.0"},
            generated_at=datetime(2024, 4, 1, tzinfo=UTC),
        )
    )


def test_a_cell_shows_the_rounded_number_and_keeps_the_exact_one_with_its_way_back() -> None:
    figure = rate(1, 3, query="/v1/transcripts?x=1")
    cell = SAY.cell(figure, interval=True)
    assert (cell.text, cell.value, cell.query) == ("33.3%", 0.333333, "/v1/transcripts?x=1")
    assert cell.sub.startswith("[") and "–" in cell.sub


def test_a_missing_number_is_a_dash_without_a_figure() -> None:
    assert SAY.cell(None) == Cell("—")
    assert SAY.tested(None) == Cell("—")


def test_a_p_value_keeps_what_its_text_rounds_away() -> None:
    assert (SAY.tested(0.0004).text, SAY.tested(0.0004).value) == ("<0.001", 0.0004)


def test_a_clear_change_is_strong_and_an_unclear_one_is_not() -> None:
    clear, flat = Change("up", count(3), Figure(0.1, "points")), Change("flat")
    assert [cell.strong for cell in SAY.change(clear)] == [False, True]
    assert [cell.text for cell in SAY.change(flat)] == ["—", "无明显变化"]


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (80, "minutes", "80 分钟"),
        (300, "minutes", "5 小时"),
        (4320, "minutes", "3 天"),
        (500, "yuan", "500 元"),
    ],
)
def test_a_quantity_is_said_in_the_unit_people_use(value: float, unit: str, text: str) -> None:
    assert quantity_cell(Figure(value, "mean"), unit, SAY).text == text


def test_an_empty_month_has_only_sections_with_something_in_them() -> None:
    for language in ("zh", "en"):
        report = report_of(empty_month(), language)
        assert [section.id for section in report.sections][:2] == ["director", "quality"]
        assert all(section.blocks for section in report.sections)


def test_added_sections_are_nowhere_in_an_empty_month_and_paths_are_distinct() -> None:
    extra = Section("journey", "旅程", (Note("x"),))
    report = report_of(empty_month(), extra_sections=[extra])
    assert "journey" not in {section.id for section in report.sections}
    assert len(set(report.paths)) == len(report.paths)
    assert {cell.query for cell in cells_of(report) if cell.query} == set(report.paths)


def charts() -> list[Chart]:
    cells = tuple(SAY.cell(per_1000(k, 50), interval=True, strong=k > 4) for k in (2, 5, 9))
    names = ("甲 <b>", "乙", "丙")
    one, two = Series("一", cells), Series("二", (*cells[:2], None), "ink")
    limits = (Limits(1, 50, 100), None, Limits(1, 60, 120))
    return [
        Chart("bar", "条", names, (one, two), "per_1000"),
        Chart("line", "线", names, (one, two), "per_1000"),
        Chart("stacked", "堆", names, (one, two), "per_1000"),
        Chart(
            "pareto", "帕", names, (one, Series("累", tuple(SAY.cell(rate(k, 3)) for k in (1, 2, 3)), "ink"))
        ),
        Chart("control", "控", names, (one,), "per_1000", limits),
        Chart("interval", "区", names, (one,), "per_1000", limits),
    ]


@pytest.mark.parametrize("chart", charts(), ids=lambda chart: chart.kind)
def test_every_kind_of_chart_is_drawn_named_and_escaped(chart: Chart) -> None:
    for width in (680, 346):
        inside = chart_svg(narrowed(chart), "c-1", width)
        across = [float(x) for x in re.findall(r' x="([-0-9.]+)"', inside)]
        assert f'width="{width}"' in inside and min(across) >= 0 and max(across) <= width
    drawn = chart_svg(chart, "c-1")
    assert drawn.startswith("<svg ") and drawn.endswith("</svg>")
    assert f'<title id="c-1-t">{chart.title}</title>' in drawn
    assert "<b>" not in drawn and "甲 &lt;b&gt;" in drawn
    assert "nan" not in drawn


@pytest.mark.parametrize("kind", ["bar", "line", "stacked", "control", "interval"])
def test_a_chart_without_a_value_is_drawn_all_the_same(kind: Any) -> None:
    chart = Chart(kind, "空", ("甲",), (Series("一", (None,)),))
    assert chart_svg(chart, "c").endswith("</svg>")


def test_the_axis_of_a_native_chart_holds_every_interval_and_zero() -> None:
    below = Figure(-2.1, "score", interval=(-2.4, -1.9))
    chart = Chart("interval", "区", ("甲",), (Series("一", (SAY.cell(below),)),), "score")
    low, high, step = axis_ends(chart) or (0, 0, 0)
    assert low <= -2.4 and high == 0 and step > 0
    empty = Chart("control", "空", ("甲",), (Series("一", (None,)),))
    low, high, _ = axis_ends(empty) or (0, 0, 0)
    assert low < high
    assert axis_ends(charts()[0]) is None


def test_a_section_becomes_html_with_exact_values_links_and_escaped_text() -> None:
    figure = count(1234, query="/v1/transcripts?a=1&b=2")
    table = Table((Column("<i>名</i>"), Column("数", "number")), ((Cell("<script>"), SAY.cell(figure)),))
    html = section_html(Section("s", "A & B", (table, *charts())), link_base="https://voc.example")
    assert 'href="https://voc.example/v1/transcripts?a=1&amp;b=2" data-value="1234"' in html
    assert "&lt;script&gt;" in html and "<script>" not in html and "A &amp; B" in html
    assert html.count("<svg ") == 12 and "&lt;svg" not in html


def test_text_is_cut_to_its_room_with_an_ellipsis() -> None:
    assert cut("客户之声", 4) == "客户之声"
    assert cut("客户之声月报", 4) == "客户之…"


def test_lines_are_counted_by_the_width_of_characters() -> None:
    assert n_lines("字" * 10, 10, 200) == 1
    assert n_lines("字" * 50, 10, 200) == 3
    assert n_lines("", 10, 200) == 1
    assert n_lines("一\n二", 10, 200) == 2


def test_text_that_is_too_high_is_set_smaller_and_not_below_seven_tenths() -> None:
    items = [Item(("字" * 400,), 16, "000000")]
    assert fit_items(items, 800, 400)[0].size == 16
    smaller = fit_items(items, 800, 180)
    assert 11.2 <= smaller[0].size < 16 and items_height(smaller, 800) <= 180
    assert fit_items(items, 800, 10)[0].size >= 11.1


def test_a_text_longer_than_a_slide_goes_over_several_and_nothing_is_lost() -> None:
    long = Item(("字" * 4000,), 16, "000000", below=("出处", 9))
    parts = slide_parts(long)
    assert "".join(str(part.pieces[0]) for part in parts) == "字" * 4000
    assert all(items_height([part], BODY_WIDTH) <= BODY_BOTTOM - BODY_TOP for part in parts)
    assert [part.below for part in parts if part.below] == [("出处", 9)]


def test_sheet_names_are_short_plain_and_distinct() -> None:
    assert sheet_name("旅程：接车/交车[1]", set()) == "旅程：接车-交车-1-"
    assert len(sheet_name("长" * 40, set())) == 31
    assert sheet_name("甲", {"甲"}) == "甲 2"
    assert sheet_name("长" * 40, {"长" * 31}).endswith(" 2")


def test_packages_of_equal_parts_are_equal_bytes_whenever_they_were_made() -> None:
    def package(year: int) -> bytes:
        made = BytesIO()
        with zipfile.ZipFile(made, "w") as target:
            target.writestr(zipfile.ZipInfo("a.xml", (year, 1, 1, 0, 0, 0)), "<a/>")
        return made.getvalue()

    assert package(2020) != package(2021)
    assert fixed_package(package(2020)) == fixed_package(package(2021))


def missing(problem: Exception) -> Callable[[], Any]:
    def load() -> Any:
        raise problem

    return load


def test_without_pango_the_error_names_it_and_how_to_install_it(tmp_path: Path) -> None:
    with pytest.raises(SystemLibraryError) as caught:
        render_pdf(report_of(empty_month()), tmp_path / "x.pdf", load=missing(OSError("libpango")))
    assert "Pango" in caught.value.message("zh") and "apt-get install" in caught.value.message("zh")
    assert list(tmp_path.iterdir()) == []


def test_without_a_chinese_font_the_error_names_one(tmp_path: Path) -> None:
    with pytest.raises(SystemLibraryError) as caught:
        render_pdf(report_of(empty_month()), tmp_path / "x.pdf", load=lambda: None, has_chinese=lambda: False)
    assert "中文字体" in caught.value.message("zh") and "fonts-noto-cjk" in caught.value.message("zh")


@pytest.mark.parametrize("render", [render_pdf, render_docx, render_pptx])
def test_without_the_package_the_error_names_the_extra(render: Callable[..., None], tmp_path: Path) -> None:
    with pytest.raises(MissingExtraError) as caught:
        render(report_of(empty_month()), tmp_path / "x", load=missing(ImportError("no module")))
    assert "voc-service[formats]" in caught.value.message("zh")
