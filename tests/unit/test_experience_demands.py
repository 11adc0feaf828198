"""What customers ask for."""

import pytest

from models.experience.catalog import ExperienceCatalog
from models.experience.demands import find_demands
from models.experience.told import told_from


def demands(said: str) -> set[str]:
    told = told_from([("customer", said)])
    return {mark.value for mark in find_demands(told, ExperienceCatalog("none"), ())}


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("把钱给我退回来", "refund"),
        ("给我换一台新的", "exchange"),
        ("派个师傅来修好", "repair"),
        ("这几天的误工费你们得出", "compensation"),
        ("让他给我赔个不是", "apology"),
        ("你们必须给我一个说法", "explanation"),
        ("让经理给我回个电话", "reply"),
        ("找个能做主的来处理", "handling"),
        ("这次的工时费给我免了", "free"),
        ("明天之前必须给我发货", "delivery"),
        ("把那个套餐给我停了", "cancellation"),
        ("那个骂人的员工必须处分", "accountability"),
    ],
)
def test_each_kind_is_heard(said: str, kind: str) -> None:
    assert kind in demands(said)


@pytest.mark.parametrize(
    "said",
    [
        "客服昨天给我退款了",
        "我不要赔偿",
        "请问退款要多久",
        "师傅已经修好了",
        "你们的退货政策是什么",
        "他让我自己去换货",
    ],
)
def test_done_refused_or_asked_about_is_none(said: str) -> None:
    assert demands(said) == set()


def test_a_kind_is_given_once_a_turn() -> None:
    told = told_from([("customer", "把钱退给我，今天就退给我，马上退钱")])
    assert len(list(find_demands(told, ExperienceCatalog("none"), ()))) == 1
