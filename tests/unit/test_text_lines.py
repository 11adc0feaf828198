from __future__ import annotations

import pytest

from models.text.align import AlignedText, Span
from models.text.glued import split_words
from models.text.lines import line_edits, stands_across


def healed(text: str) -> str:
    return AlignedText.of(text).apply(line_edits(text)).text


@pytest.mark.parametrize(
    ("broken", "whole"),
    [
        ("门店定期回访车主,记录他们提出的需\n求。", "门店定期回访车主,记录他们提出的需求。"),
        ("大堂、停车场、休息室等处的环境\n。", "大堂、停车场、休息室等处的环境。"),
        (
            "我们对比了三家门店的报价，\n最后选了最近的一家。",
            "我们对比了三家门店的报价，最后选了最近的一家。",
        ),
        (
            "师傅检查以后认为，这辆车的底盘\n没有受到外力撞击。",
            "师傅检查以后认为，这辆车的底盘没有受到外力撞击。",
        ),
        ("电话打了三次，每次都说正在\n\n，让人等着回复。", "电话打了三次，每次都说正在，让人等着回复。"),
    ],
)
def test_a_line_cut_inside_a_sentence_is_joined(broken: str, whole: str) -> None:
    assert healed(broken) == whole


def test_a_paragraph_cut_inside_a_word_is_joined_over_a_blank_line() -> None:
    before = (
        "这家门店去年换了店长以后，服务态度有了不小的变化，很多老车主愿意回来保养，店里也开始看重客户的满"
    )
    after = "意度，每个月都做一次回访。"
    assert healed(f"{before}\n\n{after}") == before + after


@pytest.mark.parametrize(
    "text",
    [
        "服务质量\n涵盖前台、客房、餐饮等多个方面。",
        "第一步:准备\n第二步:实施",
        "要点如下：\n检查刹车\n更换机油",
        "客户：我的车，开起来有点抖\n坐席：好的，我帮您登记。",
        "这是第一段。\n\n这是第二段。",
        "我们的承诺,是做到最好的服务\n• 当天回复",
        "我们的承诺,是做到最好的服务\n2、当天回复",
    ],
)
def test_headings_items_turns_and_whole_sentences_stay_on_their_line(text: str) -> None:
    assert healed(text) == text


@pytest.mark.parametrize(
    ("spaced", "closed"),
    [
        ("请您先考 虑一下", "请您先考虑一下"),
        ("娱乐设施 、健身设施", "娱乐设施、健身设施"),
        (
            "店里的师傅花了整整一个下午的时间检查 最后说没有问题,我不信。",
            "店里的师傅花了整整一个下午的时间检查最后说没有问题,我不信。",
        ),
    ],
)
def test_a_space_left_by_a_line_break_is_closed(spaced: str, closed: str) -> None:
    assert healed(spaced) == closed


@pytest.mark.parametrize("text", ["产品 质量 价格 服务", "提供 24小时服务", "预约 接待 诊断 估价"])
def test_spaces_that_separate_a_list_stay(text: str) -> None:
    assert healed(text) == text


def test_a_line_at_the_edge_of_boilerplate_is_not_joined() -> None:
    text = "门店定期回访车主,记录他们的需\n求职广告"
    assert AlignedText.of(text).apply(line_edits(text, [Span(16, 20)])).text == text


def test_a_join_between_latin_words_keeps_a_space() -> None:
    assert healed("门店采用的方法叫做 Net Promoter,\nScore 越高越好").count("\n") == 0
    assert "Promoter,Score" in healed("门店采用的方法叫做 Net Promoter,\nScore 越高越好")


@pytest.mark.parametrize(
    ("glued", "words"),
    [
        ("VoiceofCustomer", "Voice of Customer"),
        ("CustomerJourneyMapping", "Customer Journey Mapping"),
        ("TomPeters", "Tom Peters"),
        ("promoterscores", "promoter scores"),
        ("customerexperience", "customer experience"),
    ],
)
def test_glued_english_is_split_at_known_words(glued: str, words: str) -> None:
    assert " ".join(split_words(glued)) == words


@pytest.mark.parametrize(
    "token",
    [
        "YouTube",
        "PowerPoint",
        "iPhone",
        "JavaScript",
        "DMAICphase",
        "understanding",
        "responsibility",
        "QXWErtzuiop",
    ],
)
def test_names_words_and_unknown_tokens_stay_whole(token: str) -> None:
    assert split_words(token) == [token]


def test_addresses_are_never_split() -> None:
    text = "见 https://www.example.com/CustomerService 或 CustomerService@example.com"
    assert healed(text) == text


def test_a_word_of_the_dictionary_stands_across_a_seam() -> None:
    assert stands_across("满足客户的需", "求很重要")
    assert not stands_across("产品", "质量")
