"""Charts: well-formed, in proportion, safe with any label and with nothing to draw."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree

import pytest

from service.reviews import charts
from service.reviews.charts import Bar, Frame, Stack

FRAME = Frame("x", "标题 <b>", "说明 & 更多", 720, 300)
SVG = "{http://www.w3.org/2000/svg}"


def _drawn(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def _heights(svg: str, colour: str) -> list[float]:
    return [float(r.get("height", 0)) for r in _drawn(svg).iter(f"{SVG}rect") if r.get("fill") == colour]


LEGEND = (("负面", charts.ACCENT), ("中性", charts.NEUTRAL), ("正面", charts.POSITIVE))


def test_a_stack_is_as_high_as_its_numbers() -> None:
    stacks = [
        Stack("甲", ((10.0, "", ""), (20.0, "", ""), (30.0, "", ""))),
        Stack("乙", ((20.0, "", ""),) * 3),
    ]
    svg = charts.stacked_columns(stacks, LEGEND, FRAME)
    _, first, second = _heights(svg, charts.ACCENT)
    assert second == pytest.approx(2 * first, abs=0.2)
    assert _heights(svg, charts.POSITIVE)[1] == pytest.approx(3 * first, abs=0.2)


def test_a_pareto_draws_each_bar_its_number_and_a_line_that_never_falls() -> None:
    bars = [
        Bar("变更价格", 60, "60", line=0.6, strong=True),
        Bar("异响", 30, "30", line=0.9, strong=True),
        Bar("漆面", 10, "10", line=1.0, strong=False),
    ]
    svg = charts.pareto(bars, FRAME)
    drawn = _drawn(svg)
    heights = [float(dot.get("cy", 0)) for dot in drawn.iter(f"{SVG}circle")]
    assert len(heights) == 3 and all(later < earlier for earlier, later in pairwise(heights))
    texts = {text.text for text in drawn.iter(f"{SVG}text")}
    assert {"60", "30", "10", "80%", "90.0%"} <= texts
    first, second = _heights(svg, charts.ACCENT)
    assert first == pytest.approx(2 * second, abs=0.2)


@pytest.mark.parametrize(
    "svg",
    [
        charts.stacked_columns([], LEGEND, FRAME),
        charts.stacked_columns([Stack("甲", ((0.0, "", ""),) * 3)], LEGEND, FRAME),
        charts.pareto([], FRAME),
        charts.pareto([Bar("", 0, "0")], FRAME),
        charts.day_columns([Bar("1日", 0, "0")] * 31, FRAME),
        charts.interval_bar(0.0, (0.0, 0.0), 0.0, FRAME),
        charts.sparkline([], FRAME),
        charts.sparkline([0, 0], FRAME),
    ],
)
def test_nothing_to_draw_is_still_a_well_formed_picture_with_title_and_description(svg: str) -> None:
    drawn = _drawn(svg)
    assert drawn.get("role") == "img"
    assert drawn.findtext(f"{SVG}title") == "标题 <b>"
    assert drawn.findtext(f"{SVG}desc") == "说明 & 更多"
    assert "nan" not in svg and "inf" not in svg


def test_labels_hints_and_addresses_are_escaped() -> None:
    evil = '"><script>x</script>'
    for svg in (
        charts.pareto([Bar(evil, 1, evil, href=evil, hint=evil, line_text=evil)], Frame(evil, evil, evil)),
        charts.day_columns([Bar(evil, 1, evil, href=evil, hint=evil)], FRAME),
        charts.stacked_columns([Stack(evil, ((1.0, evil, evil),) * 3, evil)], LEGEND, FRAME),
    ):
        assert not list(_drawn(svg).iter(f"{SVG}script"))


def test_a_long_label_takes_at_most_three_lines_and_loses_its_end() -> None:
    label = "一二三四五六七八九十" * 4
    bars = [Bar(label, 1, "1", line=at / 12, strong=False) for at in range(1, 13)]
    texts = [text.text or "" for text in _drawn(charts.pareto(bars, FRAME)).iter(f"{SVG}text")]
    lines = [text for text in texts if "一" in text or "五" in text or text.endswith("…")]
    assert max(len(line) for line in lines) <= 6
    assert sum(text.endswith("…") for text in texts) == 12
