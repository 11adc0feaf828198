"""Praise that was asked for, years as a customer, and the facets of signals."""

import re

import pytest

from data.packs.experience import load_experience
from models.experience.signals import find_signals
from models.experience.signals_starts import compile_long
from models.experience.told import told_from

CATALOG = load_experience("generic")


def test_praise_that_answers_a_request_for_a_rating_is_kept_apart() -> None:
    asked = told_from([("agent", "您给我们打几分？"), ("customer", "十分，都挺好")])
    assert [mark.value for mark in find_signals(asked, CATALOG, ())] == ["solicited_praise"]
    unasked = told_from([("agent", "您好。"), ("customer", "你们挺好的，我打十分")])
    assert list(find_signals(unasked, CATALOG, ())) == []


def test_years_with_the_company_make_a_customer_of_long_standing() -> None:
    told = told_from(
        [("customer", "我十二年的老客户了"), ("customer", "质保三年"), ("customer", "我儿子八年前结的婚")]
    )
    assert [(m.value, m.amount, m.unit) for m in find_signals(told, CATALOG, ())] == [
        ("long_standing", 12.0, "years")
    ]


@pytest.mark.parametrize(
    ("said", "facet", "node"),
    [
        ("房间有点小", "signal", "small_defect"),
        ("我打算再买一台", "signal", "opportunity"),
        ("建议你们增加几个窗口", "signal", "suggestion"),
        ("麻烦帮我查一下", "signal", "request"),
        ("以后别再给我打电话了", "signal", "opt_out"),
        ("我会推荐朋友来的，推荐给同事", "signal", "recommend"),
        ("我要告诉所有人别来", "signal", "warn"),
        ("椅子坐着很舒服", "ladder", "comfort"),
        ("服务无可挑剔", "ladder", "admiration"),
        ("下次还来你们家", "ladder", "aftertaste"),
        ("别家都包邮", "competitor", "other_company"),
        ("第一次来你们店", "relationship", "first_time"),
    ],
)
def test_facets_of_signals(said: str, facet: str, node: str) -> None:
    assert node in {mark.value for mark in CATALOG.facets[facet].tag(told_from([("customer", said)]))}


@pytest.mark.parametrize(
    "pattern", ["(?<![不没])退(?:款|钱)|换(?:货|新)?|[赔补]偿?", "(?P<a>一分)|(?P<b>x*)", "(?:退|换)?货"]
)
def test_a_long_alternation_finds_what_the_plain_one_finds(pattern: str) -> None:
    text = "我要退款不退钱，换新赔偿，退货换货货，补，一分xx没有"
    assert [m.span() for m in compile_long(pattern).finditer(text)] == [
        m.span() for m in re.finditer(pattern, text)
    ]
