"""Segmentation: agreement with jieba, exact offsets, guaranteed spans, and no leak between dictionaries."""

from __future__ import annotations

import csv
import os
from itertools import accumulate, islice
from pathlib import Path

import jieba
import pytest
import rjieba

from models.text.dictionary import parse_dictionary
from models.text.segment import Segmenter

SENTENCES = (
    "发动机故障灯亮了，去店里检查说没有问题，可是第二天又亮了",
    "客服态度非常恶劣，一直推脱责任，不给任何解决方案",
    "用户表示对处理结果不满意，要求退还已经扣除的费用",
    "宽带安装师傅没有按照约定的时间上门，打电话也不接",
    "酒店房间隔音很差，隔壁说话听得一清二楚，整晚没有睡好",
    "新车提回来不到一个星期就出现了异响，售后却说是正常现象",
    "银行柜台工作人员办理业务太慢，排队排了一个上午",
    "小区物业不作为，楼道里堆满了杂物，存在严重的安全隐患",
    "快递员没有打电话就把包裹放在门口，结果东西丢了",
    "希望有关部门尽快核实情况并督促厂家给出合理的解释",
    "话费余额明明充足，却突然被停机，严重影响了我的工作",
    "方向盘抖动，刹车异响，厂家拒绝承认质量问题",
    "空调不制冷，维修了好几次都没有彻底解决",
    "前台服务员很热情，早餐也很丰富，下次还会选择这里",
)


@pytest.fixture(scope="module")
def segmenter() -> Segmenter:
    return Segmenter()


@pytest.fixture(scope="module")
def reference() -> Segmenter:
    return Segmenter(engine="jieba")


def boundary_f1(found: list[list[str]], expected: list[list[str]]) -> float:
    n_same = n_all = 0
    for left, right in zip(found, expected, strict=True):
        a, b = set(accumulate(map(len, left))), set(accumulate(map(len, right)))
        n_same += 2 * len(a & b)
        n_all += len(a) + len(b)
    return n_same / n_all


def test_rjieba_agrees_with_jieba_on_complaint_language(segmenter: Segmenter, reference: Segmenter) -> None:
    found = [segmenter.words(text) for text in SENTENCES]
    expected = [reference.words(text) for text in SENTENCES]
    assert boundary_f1(found, expected) >= 0.99


@pytest.mark.shared_data
def test_rjieba_agrees_with_jieba_on_real_complaints(segmenter: Segmenter, reference: Segmenter) -> None:
    root = Path(os.environ.get("VOC_SHARED_DATA") or Path(__file__).parents[3] / "shared" / "data")
    path = root / "car_complaints" / "test.csv"
    if not path.exists():
        pytest.skip("the shared public data is not here; set VOC_SHARED_DATA")
    with path.open(encoding="utf-8-sig", newline="") as rows:
        texts = [row["text"] for row in islice(csv.DictReader(rows), 500)]
    assert len(texts) == 500
    found = [segmenter.words(text) for text in texts]
    expected = [reference.words(text) for text in texts]
    assert boundary_f1(found, expected) >= 0.99


def test_tokens_are_exact_and_leave_white_space_out(segmenter: Segmenter) -> None:
    text = " 空调 不制冷\r\n😀修了3次 "
    tokens = segmenter.tokens(text)
    assert [text[token.start : token.end] for token in tokens] == [token.text for token in tokens]
    assert "".join(token.text for token in tokens) == "空调不制冷😀修了3次"


def test_words_keep_white_space_so_that_they_join_to_the_text(segmenter: Segmenter) -> None:
    text = "空调\t不 制冷\r\n\n好　的"
    assert "".join(segmenter.words(text)) == text


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("大众ID.4 CROZZ续航缩水", ["ID.4 CROZZ"]),
        ("特斯拉Model 3降价", ["Model 3"]),
        ("我的iPhone 15 Pro发热", ["iPhone 15 Pro"]),
        ("红米K70信号差", ["K70"]),
        ("件号19-9的零件", ["19-9"]),
        ("去4S店维修", ["4S店"]),
        ("4S的态度", ["4S"]),
        ("CRM系统与DMAIC方法", ["CRM", "DMAIC"]),
        ("5G信号不好", ["5G"]),
        ("花了3000元还是1.5万，退¥200", ["3000元", "1.5万", "¥200"]),
        ("等了1小时20分", ["1小时20分"]),
        ("三天没人理，拖了2个月", ["三天", "2个月"]),
        ("费用涨了12.5%，占百分之三十", ["12.5%", "百分之三十"]),
        ("2024年3月5日提车，2024-03-06退车", ["2024年3月5日", "2024-03-06"]),
        ("我的号码是[手机]，我叫[姓名]", ["[手机]", "[姓名]"]),
        ("谢谢[微笑]", ["[微笑]"]),
        ("做了USB超声检查", ["USB"]),
    ],
)
def test_a_guaranteed_span_is_one_word(segmenter: Segmenter, text: str, whole: list[str]) -> None:
    words = segmenter.words(text)
    assert [word for word in words if word in whole] == whole


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("孩子读一年级", "一年级"),
        ("统一年检", "统一"),
        ("万一天黑了", "万一"),
        ("周三天窗漏水", "周三"),
        ("一年多少钱", "多少"),
        ("不要一直推脱", "一直"),
        ("住在三单元", "单元"),
    ],
)
def test_what_only_looks_like_an_amount_is_left_to_the_engine(
    segmenter: Segmenter, text: str, word: str
) -> None:
    assert word in segmenter.words(text)


def test_a_word_of_the_dictionary_that_mixes_scripts_is_never_cut() -> None:
    dictionary = parse_dictionary("秦PLUS\nDM-i 冠军版 3 nz\nPS 100000 n\n", name="t")
    segmenter = Segmenter(dictionary)
    assert segmenter.words("秦PLUS DM-i 冠军版有GPS") == ["秦PLUS", " ", "DM-i 冠军版", "有", "GPS"]
    assert (0, 5) in segmenter.protected_spans("秦PLUS好")


def test_two_dictionaries_and_the_module_wide_tokenizers_do_not_meet() -> None:
    text = "领克零八质保期内异响"
    before = (rjieba.cut(text), jieba.lcut(text))
    with_words = {
        engine: Segmenter(parse_dictionary("质保期内\n领克零八\n", name="a"), engine=engine).words(text)
        for engine in ("rjieba", "jieba")
    }
    other = Segmenter(parse_dictionary("期内异响\n", name="b")).words(text)
    assert with_words["rjieba"] == with_words["jieba"] == ["领克零八", "质保期内", "异响"]
    assert "质保期内" not in other and "期内异响" in other
    assert Segmenter().words(text) == before[0]
    assert (rjieba.cut(text), jieba.lcut(text)) == before
    assert "领克零八" not in jieba.dt.FREQ and not rjieba._DEFAULT_JIEBA.has_word("领克零八")


def test_search_words_hold_the_shorter_words_and_the_parts(segmenter: Segmenter) -> None:
    found = segmenter.search_words("去4S店全额退款，iPhone 15 Pro，清华大学")
    assert {"4S店", "4S", "退款", "iPhone", "15", "Pro", "清华大学", "清华", "大学"} <= set(found)
    assert not any(any(character.isspace() for character in word) for word in found)
    assert "，" not in found


def test_a_mask_does_not_answer_a_search_for_its_kind(segmenter: Segmenter) -> None:
    assert segmenter.search_words("打[手机]找我") == ["打", "找", "我"]


def test_parts_of_speech_come_from_engine_dictionary_and_spans() -> None:
    segmenter = Segmenter(parse_dictionary("问界 5 nz\n", name="t"))
    tags = {token.text: token.pos for token in segmenter.tokens("问界空调坏了3天花3000元[手机]", pos=True)}
    assert tags["问界"] == "nz"
    assert tags["空调"] == "n"
    assert (tags["3天"], tags["3000元"], tags["[手机]"]) == ("t", "m", "x")


@pytest.mark.parametrize("engine", ["rjieba", "jieba"])
def test_hostile_characters_are_kept_and_never_crash(engine: str) -> None:
    segmenter = Segmenter(engine=engine)  # type: ignore[arg-type]
    for text in ("", "\x00空调\x00", "\ud800坏了\udfff3000元", "\ue000退款\ue0003天\ue000", "[[[[", "\u200b"):
        assert "".join(segmenter.words(text)) == text
        segmenter.search_words(text)
        segmenter.tokens(text, pos=True)


def test_the_version_changes_with_the_dictionary_and_the_engine() -> None:
    versions = {
        Segmenter().version,
        Segmenter(engine="jieba").version,
        Segmenter(parse_dictionary("户表\n", name="builtin")).version,
    }
    assert len(versions) == 3
