"""Turns from plain text: marks, roles, time stamps, and texts that only look like a dialogue."""

from __future__ import annotations

import pytest

from models.core.transcript import Turn
from models.text.dialogue import split_turns


def turns(text: str) -> list[tuple[str, str]]:
    return [(turn.speaker.value, turn.text) for turn in split_turns(text)]


@pytest.mark.parametrize(
    "customer", ["客户：", "用户:", "顾客：", "车主 : ", "【客户】", "[用户] ", "客户1："]
)
@pytest.mark.parametrize(
    "agent", ["坐席：", "客服:", "销售：", "服务顾问：", "【坐席】：", "[客服]", "客服小王：", "坐席8001："]
)
def test_every_mark_gives_its_role(customer: str, agent: str) -> None:
    text = f"{customer}车坏了\n修不好\n{agent}请稍等"
    assert turns(text) == [("customer", "车坏了\n修不好"), ("agent", "请稍等")]


def test_marks_inline_after_punctuation_count_once_a_line_began_with_one() -> None:
    text = "客户：车坏了。坐席：您好，什么车？客户：秦PLUS 系统：通话结束"
    assert turns(text) == [
        ("customer", "车坏了。"),
        ("agent", "您好，什么车？"),
        ("customer", "秦PLUS"),
        ("system", "通话结束"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "我打电话给客服，客服：不归我们管",
        "用户名：张三\n客户姓名：李四\n客户满意度：低",
        "系统：安卓14，一直闪退",
        "售后：一直推脱\n销售：承诺不兑现",
        "A：价格贵\nA：质量差",
        "空调不制冷：真的",
        "方案A: 退款，方案B: 换货",
    ],
)
def test_a_text_that_is_no_dialogue_is_one_customer_turn_as_sent(text: str) -> None:
    assert turns(text) == [("customer", text)]


@pytest.mark.parametrize("text", ["", "  \n", "客户：\n坐席： "])
def test_a_blank_text_has_no_turn(text: str) -> None:
    assert turns(text) == []


@pytest.mark.parametrize(
    ("text", "roles"),
    [
        ("A: 我要投诉\nB: 您好，请问有什么可以帮您", ["customer", "agent"]),
        ("A: 您好，工号8001为您服务\nB: 我要投诉", ["agent", "customer"]),
        ("A：喂\nB：哎", ["agent", "customer"]),
        ("说话人2：我想问下话费\n说话人1：请稍等", ["customer", "agent"]),
        ("客户：喂\nB：在的", ["customer", "agent"]),
        ("客服：喂\nB：在的", ["agent", "customer"]),
    ],
)
def test_speakers_without_a_role_get_it_by_what_they_say(text: str, roles: list[str]) -> None:
    assert [role for role, _ in turns(text)] == roles


@pytest.mark.parametrize(
    ("text", "starts"),
    [
        ("[00:12] 客户：喂\n[01:05] 客服：您好", [12_000, 65_000]),
        ("00:01:12 客户：喂\n00:01:15.5 客服：您好", [72_000, 75_500]),
        ("客户 [00:12]：喂\n客服（00:15）：您好", [12_000, 15_000]),
        ("说话人1 00:12\n您好，欢迎致电\n说话人2 00:15\n喂", [12_000, 15_000]),
        ("2024-03-01 10:00:05 客户：喂\n2024-03-01 10:00:35 客服：您好", [0, 30_000]),
        ("2024-13-41 10:00:05 客户：喂\n客服：您好", [None, None]),
    ],
)
def test_time_stamps_go_to_start_ms_and_out_of_the_text(text: str, starts: list[int | None]) -> None:
    found = split_turns(text)
    assert [turn.start_ms for turn in found] == starts
    assert not any(character.isdigit() for turn in found for character in turn.text)


def test_words_before_the_first_mark_are_the_customers_unless_they_are_a_header() -> None:
    assert turns("车坏了没人管。\n客户：喂\n客服：您好")[0] == ("customer", "车坏了没人管。")
    assert turns("通话记录\n编号：123\n客户：喂\n客服：您好")[0] == ("system", "通话记录\n编号：123")


def test_a_turn_is_a_run_of_the_text() -> None:
    text = "客户：  第一行\n\n第二行  \n客服：好"
    first = split_turns(text)[0]
    assert isinstance(first, Turn)
    assert first.text == "第一行\n\n第二行"
    assert first.text in text
