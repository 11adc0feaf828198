"""What was expected and what came."""

import pytest

from models.experience.catalog import ExperienceCatalog
from models.experience.expectations import find_expectations
from models.experience.promises import find_promises
from models.experience.told import told_from

CATALOG = ExperienceCatalog("none")


@pytest.mark.parametrize(
    ("said", "expected", "came", "gap"),
    [
        ("说好两天发货，结果等了两周。", "两天发货", "等了两周", "worse"),
        ("我以为要排很久，没想到十分钟就办好了。", "我以为要排很久", "十分钟就办好了", "better"),
        ("约的下午两点，四点才轮到我。", "约的下午两点", "四点才轮到我", "worse"),
        ("详情页写的纯棉，到手是涤纶。", "纯棉", "到手是涤纶", "worse"),
        ("我点的微辣，端上来的是特辣。", "我点的微辣", "端上来的是特辣", "worse"),
        ("往年都给老客户送日历，今年啥也没有。", "往年都给老客户送日历", "今年啥也没有", "worse"),
    ],
)
def test_both_sides_are_quoted(said: str, expected: str, came: str, gap: str) -> None:
    told = told_from([("customer", said)])
    found = list(find_expectations(told, CATALOG, list(find_promises(told, CATALOG, ()))))
    assert [mark.value for mark in found] == [gap]
    assert expected in told.text[found[0].start : found[0].end]
    assert found[0].other is not None
    assert came in told.text[slice(*found[0].other)]


@pytest.mark.parametrize("said", ["我约了两点。", "请问约的两点还能改吗？", "我订的大床房，谢谢。"])
def test_one_side_alone_is_none(said: str) -> None:
    told = told_from([("customer", said)])
    assert list(find_expectations(told, CATALOG, ())) == []


def test_what_came_may_be_told_before_the_thought_of_it() -> None:
    told = told_from([("customer", "拖车四十分钟就到，我以为得耗到天亮。")])
    assert [m.value for m in find_expectations(told, ExperienceCatalog("none"), ())] == ["better"]
