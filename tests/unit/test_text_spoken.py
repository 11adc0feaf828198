from __future__ import annotations

import pytest

from models.text.align import AlignedText
from models.text.spoken import digit_view, find_fillers


def marked(text: str) -> list[tuple[str, str]]:
    return [(mark.kind, text[mark.start : mark.end]) for mark in find_fillers(text)]


def view(text: str) -> str:
    return digit_view(AlignedText.of(text)).text


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("嗯我想查一下那个那个套餐", [("filler", "嗯"), ("filler", "那个那个")]),
        ("就是就是说不清楚", [("filler", "就是就是")]),
        ("额，余额多少", [("filler", "额")]),
        ("喂喂听得到吗", [("greeting", "喂喂")]),
        ("喂，你好", [("greeting", "喂")]),
        ("我我我想退订", [("stutter", "我我")]),
        ("我们我们的车", [("stutter", "我们")]),
        ("查查查流量", [("stutter", "查查")]),
        ("呃呃呃我我要退", [("filler", "呃呃呃"), ("stutter", "我")]),
    ],
)
def test_fillers_and_stutters_are_marked(text: str, marks: list[tuple[str, str]]) -> None:
    assert marked(text) == marks


@pytest.mark.parametrize(
    "text",
    [
        "谢谢，我看看",
        "对对对，是是是",
        "天天堵车",
        "额度不够",
        "喂狗",
        "哈哈哈哈",
        "底盘嗡嗡嗡响",
        "太太太差",
        "联系我，我没接",
        "一一一一",
        "妈妈的手机",
    ],
)
def test_words_that_double_by_right_are_not_marked(text: str) -> None:
    assert marked(text) == []


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("我手机是一三八零零一三八零零零", "我手机是13800138000"),
        ("幺三八洞洞幺三八洞洞洞", "13800138000"),
        ("一三八，零零一三 嗯 八零零零", "13800138000"),
        ("138 0013 8000", "13800138000"),
        ("138-0013-8000", "13800138000"),
        ("138.0013.8000", "13800138000"),
        ("13八零零1三八000", "13800138000"),
        ("１３８００１３８０００", "13800138000"),
        ("卡号六二二二 零二一二 三四五六", "卡号622202123456"),
        ("尾号一二三四五六两个", "尾号123456两个"),
        ("1、13800138000", "1、13800138000"),
        ("致电4008-171-666、一汽", "致电4008171666、一汽"),
        ("一，三，八，零，零，一，三", "1380013"),
        ("8421-9398", "8421-9398"),
        ("9398-8421", "93988421"),
        ("○七三一八八八八六六六六", "073188886666"),
    ],
)
def test_spoken_and_spaced_digits_read_as_one_number(text: str, read: str) -> None:
    assert view(text) == read


@pytest.mark.parametrize(
    "text",
    [
        "三千五百",
        "一二三线城市",
        "二零二四年",
        "一万二三四五六",
        "2024-03-15 10:30",
        "12,345,678元",
        "100、200、300",
        "170 180 190 200克",
        "1、2、3、4、5、6、7、8楼",
        "一、二、三、四、五、六、七",
        "2、2024年3月",
        "住8633、8634房",
        "1999-2008",
        "走400-500米",
        "勾勾两两洞洞",
        "没有数字",
        "一三八\n零零一",
    ],
)
def test_numbers_in_ordinary_use_stay(text: str) -> None:
    assert view(text) == text


def test_each_digit_of_the_view_points_at_its_own_character() -> None:
    raw = "打一三八，零零给我"
    aligned = digit_view(AlignedText.of(raw))
    assert aligned.text == "打13800给我"
    assert [raw[slice(*aligned.to_raw(i, i + 1))] for i in range(1, 6)] == list("一三八零零")
    assert aligned.to_raw(1, 6) == (1, 7)


def test_text_without_a_number_comes_back_as_the_same_object() -> None:
    aligned = AlignedText.of("修了2次，等了15天")
    assert digit_view(aligned) is aligned
