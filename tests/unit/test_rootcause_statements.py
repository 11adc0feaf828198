"""What one clause and its neighbours state."""

from __future__ import annotations

from typing import Any

import pytest

from models.rootcause.statements import ClauseText, Statement, statements_of
from models.text.split import split_clauses

STORY = (
    "上周在你们店修车，等了1小时20分才有人接待，空调修了三次还是不制冷，说好当天交车，结果拖了两天，"
    "因为师傅装错配件，仪表盘一直报警，最后还多收了我500元，要求退款并道歉，不处理我就投诉到12315。"
)


def clauses_of(text: str) -> list[ClauseText]:
    return [ClauseText(start, end, text[start:end]) for start, end in split_clauses(text)]


def state(text: str) -> list[Statement]:
    return statements_of(clauses_of(text))


def kinds(text: str) -> list[str]:
    return [found.sub_kind for found in state(text)]


def test_a_story_of_five_faults_gives_five_clauses_that_say_what_they_should() -> None:
    clauses = clauses_of(STORY)
    faults = ["等了1小时20分", "修了三次还是不制冷", "拖了两天", "仪表盘一直报警", "多收了我500元"]
    at = [next(i for i, clause in enumerate(clauses) if fault in clause.text) for fault in faults]
    assert len(set(at)) == 5
    found = {(s.kind, s.sub_kind): s for s in statements_of(clauses)}
    assert found["quantity", "money"].value == 500
    assert found["quantity", "times"].value == 3
    waits = [s.value for s in statements_of(clauses) if s.sub_kind == "waiting"]
    assert waits == [80, 2880]
    assert found["cause_effect", "cause"].text == "师傅装错配件"
    assert found["cause_effect", "cause"].other_text == "仪表盘一直报警"
    assert found["expectation", "promise"].text == "说好当天交车"
    assert found["expectation", "promise"].other_text == "拖了两天"
    assert {sub for kind, sub in found if kind == "demand"} == {"refund", "apology", "escalation"}


def test_spans_are_places_of_the_transcript() -> None:
    before = "客服：您好。\n"
    text = before + "等了三天，因为你们漏单，货没到，要求退款"
    clauses = [
        ClauseText(a + len(before), b + len(before), text[len(before) :][a:b])
        for a, b in split_clauses(text[len(before) :])
    ]
    found = statements_of(clauses)
    assert {s.kind for s in found} == {"quantity", "cause_effect", "demand"}
    for s in found:
        assert text[s.start : s.end] == s.text
        assert s.other is None or text[s.other.start : s.other.end] == s.other_text


@pytest.mark.parametrize(
    ("text", "value", "is_open"),
    [
        ("等了1小时20分", 80, False),
        ("等了一个半小时", 90, False),
        ("等了两个多月", 86400, True),
        ("等了三天", 4320, False),
        ("等了几天", 4320, True),
        ("打了五次电话", 5, False),
        ("这是第四次", 4, False),
        ("收了两万块", 20000, False),
        ("花了3千多元", 3000, True),
        ("￥99.5买的", 99.5, False),
    ],
)
def test_quantities_are_normalised(text: str, value: float, is_open: bool) -> None:
    (found,) = [s for s in state(text) if s.kind == "quantity"]
    assert (found.value, found.is_open) == (value, is_open)


@pytest.mark.parametrize(
    "text",
    [
        "不要赔偿",
        "已经退款了",
        "客服要求我退货",
        "商家不给退款",
        "退款流程很慢",
        "客服说会尽快处理",
        "需要自费更换",
    ],
)
def test_what_is_refused_done_or_asked_by_the_company_is_no_demand(text: str) -> None:
    assert [s for s in state(text) if s.kind == "demand"] == []


@pytest.mark.parametrize(
    "text", ["三天前下的单", "前几天去过", "2024年3月买的", "7天无理由退货", "24小时客服"]
)
def test_moments_and_policies_are_no_quantities(text: str) -> None:
    assert [s for s in state(text) if s.kind == "quantity"] == []


def test_neighbours_are_of_one_turn() -> None:
    def pair(*turns: int) -> list[Any]:
        texts = ("师傅接错线", "导致电视烧了")
        return statements_of(
            [
                ClauseText(i * 9, i * 9 + len(t), t, turn)
                for i, (t, turn) in enumerate(zip(texts, turns, strict=True))
            ]
        )

    assert [s.kind for s in pair(1, 1)] == ["cause_effect"]
    assert pair(1, 3) == []


def test_what_comes_instead_of_a_promise_is_no_effect_of_it() -> None:
    assert [s.kind for s in state("销售答应送脚垫，结果没给")] == ["expectation"]
    assert [s.kind for s in state("师傅接错线，结果电视烧了")] == ["cause_effect"]


def test_nothing_states_nothing() -> None:
    assert statements_of([]) == []
    assert state("谢谢") == []


def test_a_text_without_marks_is_read_to_a_limit() -> None:
    text = "因为" * 300 + "要求退款" * 5000
    assert len(statements_of([ClauseText(0, len(text), text)])) < 10
