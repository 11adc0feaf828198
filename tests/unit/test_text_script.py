from __future__ import annotations

import pytest

from models.text.align import AlignedText
from models.text.script import detect_script, difference_edits, fold_script, simplify


def simple(text: str) -> str:
    return simplify(AlignedText.of(text)).text


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("空调不制冷，维修网点说没有配件。", "hans"),
        ("冷氣壞了，維修據點說沒有零件。", "hant"),
        ("冷氣壞了，維修據點說沒有零件。\n您好，这边帮您联系维修师傅处理问题。", "mixed"),
        ("他於昨天来过，车辆没有修好。", "hans"),
        ("這個問題並沒有解決，并且後來更嚴重。", "hant"),
        ("12345 CEM", "hans"),
        ("", "hans"),
    ],
)
def test_script_is_counted_on_characters_of_one_script_only(text: str, script: str) -> None:
    assert detect_script(text) == script


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("客戶體驗管理關注過程", "客户体验管理关注过程"),
        ("頭髮和發展", "头发和发展"),
        ("沿著路走，著名品牌", "沿著路走，著名品牌"),
        ("沿著這條路，著名的車廠", "沿着这条路，著名的车厂"),
        ("問題并沒有解決", "问题并没有解决"),
    ],
)
def test_traditional_sentences_are_converted_in_context(text: str, result: str) -> None:
    assert simple(text) == result


def test_a_simplified_sentence_loses_stray_traditional_characters_only() -> None:
    assert simple("关於乾隆年间的车辆问题，他於昨天瞭望过") == "关于乾隆年间的车辆问题，他于昨天瞭望过"


def test_each_sentence_is_decided_on_its_own() -> None:
    assert simple("乾隆说这车辆没问题。頭髮乾燥的問題") == "乾隆说这车辆没问题。头发干燥的问题"


def test_text_without_traditional_characters_comes_back_as_the_same_object() -> None:
    aligned = AlignedText.of("刹车异响，4S店说正常，著名品牌就这样？")
    assert simplify(aligned) is aligned


def test_lone_surrogates_and_nul_do_not_stop_the_conversion() -> None:
    assert simple("車\ud800輛\x00維修") == "车\ud800辆\x00维修"


def test_equal_lengths_map_position_by_position() -> None:
    aligned = simplify(AlignedText.of("請問車輛"))
    assert [aligned.to_raw(i, i + 1) for i in range(4)] == [(0, 1), (1, 2), (2, 3), (3, 4)]


def test_a_conversion_that_changes_the_length_keeps_the_rest_aligned() -> None:
    raw = "買計程車票"
    aligned = AlignedText.of(raw).apply(difference_edits(raw, "買出租汽車票"))
    assert aligned.text == "買出租汽車票"
    assert aligned.to_raw(0, 1) == (0, 1)
    assert aligned.to_raw(5, 6) == (4, 5)
    assert raw[slice(*aligned.to_raw(1, 4))].startswith("計程")


def test_folding_keeps_every_position() -> None:
    assert fold_script("相關鏈接：業務") == "相关链接：业务"
