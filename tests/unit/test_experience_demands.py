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
        ("多扣的补回来", "refund"),
        ("这账怎么算", "compensation"),
        ("给个准日子", "reply"),
        ("帮我把地址改一下", "handling"),
        ("按协议扣减费用并支付违约金", "compensation"),
        ("你给我交个底", "explanation"),
        ("以后不用给我送了", "cancellation"),
        ("什么时候给我装", "delivery"),
        ("叫人上门来拿", "handling"),
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
        "你道歉没用",
        "我也不要求赔什么",
        "还给我倒了杯水",
        "他们原话“坏了一分不收”",
        "安装师傅很专业",
    ],
)
def test_done_refused_or_asked_about_is_none(said: str) -> None:
    assert demands(said) == set()


def test_a_kind_is_given_once_a_turn() -> None:
    told = told_from([("customer", "把钱退给我，今天就退给我，马上退钱")])
    assert len(list(find_demands(told, ExperienceCatalog("none"), ()))) == 1


def test_a_bare_word_asks_where_staff_asked_what_is_wanted_or_in_a_list() -> None:
    told = told_from([("agent", "您希望怎么处理"), ("customer", "退款")])
    assert [m.value for m in find_demands(told, ExperienceCatalog("none"), ())] == ["refund"]
    assert demands("两点要求：书面的故障报告；请换人") == {"explanation", "handling"}
