"""Repair on five raw web documents of the worst kind; run with ``-s`` to see the counts of each."""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path

import pytest

from models.text.repair import Repaired, repair

SHARED = Path(os.environ.get("VOC_SHARED_DATA") or Path(__file__).parents[3] / "shared" / "data") / "repair"
pytestmark = [
    pytest.mark.shared_data,
    pytest.mark.skipif(not SHARED.is_dir(), reason=f"the shared public data is not at {SHARED}"),
]
BRACKETS = re.compile(r"[(（][^()（）]*[)）]")
PINYIN = re.compile(r"[(（][a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜü]+[)）]")


@cache
def repaired(number: str) -> Repaired:
    raw = next(SHARED.glob(f"{number}_*.txt")).read_text("utf-8")
    result = repair(raw, document=True)
    print(
        f"\n{number}: {len(raw)} chars, body {len(result.body().text)}, {result.script}, {dict(result.counts)}"
    )
    return result


def pieces(result: Repaired, kind: str) -> list[str]:
    return [result.text.raw[b.start : b.end] for b in result.boilerplate if b.kind == kind]


def test_all_83_pinyin_marks_go_and_every_other_bracket_stays() -> None:
    result = repaired("000")
    assert result.counts["debris"] == 83
    assert not PINYIN.search(result.text.text)
    assert result.text.text.count("(") == result.text.raw.count("(") - 83
    for kept in (
        "(CEM,Customer Experience Management)",
        "(CSM,Customer Satisfaction Management)",
        "(cio.enet.com.cn)",
    ):
        assert kept in result.text.text


def test_traditional_script_is_read_as_simplified() -> None:
    result = repaired("000")
    assert result.script == "hant"
    assert "客户体验管理" in result.text.text
    assert not re.search("[體驗戰業發創優]", result.text.text)


def test_paragraphs_that_stand_twice_are_found_and_kept_once() -> None:
    result = repaired("000")
    assert len(pieces(result, "repeated_paragraph")) == 12
    body = [line for line in result.body().text.splitlines() if len(line) >= 20]
    assert len(body) == len(set(body))


def test_the_list_of_counties_is_recognised() -> None:
    (places,) = pieces(repaired("000"), "place_list")
    assert len(re.findall(r"[县市区旗省]\|", places)) == 41
    assert "花莲" not in repaired("000").body().text


@pytest.mark.parametrize(
    ("number", "furniture"),
    [
        ("001", ["评论已关闭", "相关文章", "2013-11-16"]),
        ("002", ["1 阅读", "上一篇", "下一篇", "企业微信", "2025-02-23 17:49:31"]),
    ],
)
def test_page_furniture_is_recognised(number: str, furniture: list[str]) -> None:
    found = " ".join(pieces(repaired(number), "page_furniture"))
    assert [word for word in furniture if word not in found] == []


def test_image_paths_and_disclaimers_are_recognised() -> None:
    assert len(pieces(repaired("001"), "image_path")) == 4
    assert any("转载请注明" in text for text in pieces(repaired("001"), "disclaimer"))
    assert any(text.startswith("免责声明") for text in pieces(repaired("002"), "disclaimer"))


def test_slides_lose_broken_lines_page_numbers_and_headers() -> None:
    result = repaired("003")
    assert result.counts["lines"] >= 20
    assert result.counts["gaps"] >= 100
    assert {"32", "22", "23", "11", "12", "15"} <= set(pieces(result, "page_number"))
    assert pieces(result, "page_furniture").count("专业课件") == 5
    for whole in (
        "对消费者的呵护仅仅有",
        "充分考虑",
        "特殊饮食要求等",
        "非常深入的市场调查",
        "健身设施等方面的评价指标。",
    ):
        assert whole in result.text.text.replace(",\n", ",")


def test_lists_and_headings_of_slides_stay_apart() -> None:
    text = repaired("003").text.text
    for kept in ("刻板印象 月晕效应", "服务质量\n涵盖", "员工态度\n培养", "价格透明度\n02"):
        assert kept in text


def test_paragraphs_cut_inside_sentences_are_whole_again_and_english_is_split() -> None:
    result = repaired("004")
    assert result.counts["lines"] == 3
    for whole in (
        "需求等指标来",
        "电视广告、第二",
        "客户体验，真正",
        "Moments of Truth",
        "Web Analytics Association",
        "Jim Sterne",
    ):
        assert whole in result.text.text


@pytest.mark.parametrize("number", ["000", "001", "002", "003", "004"])
def test_every_character_points_into_the_raw_document(number: str) -> None:
    text = repaired(number).text
    previous = (0, 0)
    for i, char in enumerate(text.text):
        start, end = text.to_raw(i, i + 1)
        assert 0 <= start <= end <= len(text.raw)
        assert (start, end) >= previous
        assert not char.isascii() or char.isspace() or char in text.raw[start:end]
        previous = (start, end)
