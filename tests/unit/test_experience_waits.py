"""How long a customer waited."""

import pytest

from models.experience.catalog import ExperienceCatalog
from models.experience.told import told_from
from models.experience.waits import find_waits


def waits(said: str) -> list[tuple[str, float | None]]:
    told = told_from([("customer", said)])
    return [(told.text[m.start : m.end], m.amount) for m in find_waits(told, ExperienceCatalog("none"), ())]


@pytest.mark.parametrize(
    ("said", "place", "minutes"),
    [
        ("等了一个半小时", "一个半小时", 90),
        ("三天没发货", "三天", 4320),
        ("排队排了40多分钟", "40多分钟", 40),
        ("在大厅干坐了三刻钟", "三刻钟", 45),
        ("今天都第五天了还没动静", "第五天", 7200),
        ("电话转来转去耗了我二十分钟", "二十分钟", 20),
        ("报修半个月了没人管", "半个月", 21600),
        ("在家守了一上午", "一上午", 240),
        ("从上午九点等到下午两点", "从上午九点等到下午两点", 300),
        ("到十一点半才通，十一个多小时。", "十一个多小时", 660),
        ("每次都先听五分钟音乐", "五分钟", 5),
        ("快递走了八天", "八天", 11520),
        ("断网两天", "两天", 2880),
    ],
)
def test_a_wait_has_its_minutes(said: str, place: str, minutes: float) -> None:
    assert waits(said) == [(place, minutes)]


@pytest.mark.parametrize(
    "said",
    [
        "你们说三天内退款",
        "这车我开了五年",
        "七天无理由退货",
        "我是八年的老会员",
        "打算住三天",
        "预计半小时送到",
        "质保三年",
        "套餐二十九一个月",
        "真拖个半小时我也没话讲",
    ],
)
def test_terms_ages_and_promised_times_are_no_waits(said: str) -> None:
    assert waits(said) == []


def test_both_waits_of_one_story_are_told_apart() -> None:
    assert waits("一半人等了一个小时，剩下的又多等了二十分钟") == [("一个小时", 60), ("二十分钟", 20)]


def test_a_time_alone_is_a_wait_where_staff_asked_how_long() -> None:
    told = told_from([("agent", "送餐时间方面呢"), ("customer", "那天大概二十五分钟吧")])
    assert [m.amount for m in find_waits(told, ExperienceCatalog("none"), ())] == [25]
    told = told_from([("agent", "您贵姓"), ("customer", "那天大概二十五分钟吧")])
    assert list(find_waits(told, ExperienceCatalog("none"), ())) == []
