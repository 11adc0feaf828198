"""The wrap-up of a contact: only what was said, with its place."""

import pytest

from models.experience.catalog import ExperienceCatalog
from models.experience.facets import parse_facet
from models.experience.mark import Mark
from models.experience.told import Told, told_from
from models.experience.wrap_up import measure_wrap_up
from models.experience.wrap_up_text import wrap_up_text

STEPS = parse_facet(
    {"facet": "step", "nodes": [{"id": "bill", "zh": "结算", "en": "Bill", "rules": [{"any": ["发票"]}]}]},
    pack="x",
)
CATALOG = ExperienceCatalog("x", {"step": STEPS})


def said(told: Told, entry: dict[str, list[int]]) -> str:
    return told.text[slice(*entry["span"])]


def status(*turns: tuple[str, str]) -> str | None:
    outcome = measure_wrap_up(told_from(turns), CATALOG, ()).get("outcome")
    return outcome["status"] if outcome else None


def test_a_call_is_told_by_its_own_words() -> None:
    told = told_from(
        [
            ("customer", "你好，我上周的发票开错抬头了，等了五天"),
            ("agent", "非常抱歉，我让财务今天给您重开"),
            ("customer", "好的，再错我就投诉到12315"),
        ],
        [[0.0, -0.8, -0.6], [], [0.0, -0.5]],
    )
    at = told.text.index
    marks = [
        Mark("step", "bill", at("发票"), at("发票") + 2, 0, -0.8),
        Mark("wait", "wait", at("五天"), at("五天") + 2, 0, amount=7200.0, unit="minutes"),
        Mark("promise", "open", at("我让财务"), at("重开") + 2, 1),
        Mark("exposure", "12315", at("投诉到"), at("12315") + 5, 2),
    ]
    found = measure_wrap_up(told, CATALOG, marks)
    assert (found["reason"]["kind"], said(told, found["reason"])) == ("complaint", "我上周的发票开错抬头了")
    assert (found["outcome"]["status"], said(told, found["outcome"])) == ("escalating", "投诉到12315")
    assert [said(told, row) for row in found["next"]] == ["我让财务今天给您重开"]
    assert wrap_up_text({"wrap_up": found}, told.text, CATALOG) == (
        "客户反映：“我上周的发票开错抬头了”。涉及环节：结算。等待：“五天”。结果：客户表示要投诉或曝光，“投诉到12315”。"
        "后续：“我让财务今天给您重开”。注意：曝光或投诉意向“投诉到12315”。"
    )


@pytest.mark.parametrize(
    ("turns", "expected"),
    [
        ([("customer", "网断了"), ("agent", "我马上给您派师傅")], "promised"),
        ([("customer", "网断了"), ("agent", "我马上给您派师傅"), ("customer", "行吧，谢谢")], "accepted"),
        ([("customer", "网断了"), ("agent", "我马上给您派师傅"), ("customer", "现在又好了")], "resolved"),
        ([("customer", "改下地址"), ("agent", "已经给您改好了"), ("customer", "好的谢谢")], "resolved"),
        ([("customer", "退我钱"), ("agent", "这个不能退"), ("customer", "哦")], "refused"),
        ([("customer", "退我钱"), ("agent", "送您一张优惠券"), ("customer", "谁稀罕你的券")], "rejected"),
        ([("customer", "网断了"), ("agent", "我给您记录一下")], "noted"),
        ([("customer", "网断了"), ("agent", "您耐心等待吧")], "deferred"),
        ([("customer", "网断了"), ("agent", "请问您的地址"), ("customer", "幸福路三号")], None),
        ([("customer", "什么时候能修好了再说")], None),
    ],
)
def test_the_outcome_is_the_last_sign_of_one(turns: list[tuple[str, str]], expected: str | None) -> None:
    assert status(*turns) == expected


def test_a_call_of_the_company_has_its_own_reason() -> None:
    told = told_from([("agent", "您好，这里是服务回访"), ("customer", "洗车没洗干净")], [[], [-0.8]])
    reason = measure_wrap_up(told, CATALOG, ())["reason"]
    assert (reason["kind"], said(told, reason)) == ("follow_up", "这里是服务回访")


def test_a_question_is_no_complaint() -> None:
    told = told_from([("customer", "您好，请问小保养多少钱"), ("agent", "三百八")])
    reason = measure_wrap_up(told, CATALOG, ())["reason"]
    assert (reason["kind"], said(told, reason)) == ("request", "请问小保养多少钱")


def test_what_the_agent_undertook_is_next_where_no_promise_is_marked() -> None:
    told = told_from([("customer", "网断了"), ("agent", "我查一下，明天上午给您回电话"), ("customer", "好")])
    assert [said(told, row) for row in measure_wrap_up(told, CATALOG, ())["next"]] == ["明天上午给您回电话"]


@pytest.mark.parametrize("turns", [[], [("agent", "您好"), ("customer", "嗯，好的")], [("customer", "")]])
def test_nothing_said_gives_nothing(turns: list[tuple[str, str]]) -> None:
    found = measure_wrap_up(told_from(turns), CATALOG, ())
    assert found == {} and wrap_up_text({"wrap_up": found}, "", CATALOG) == ""


@pytest.mark.parametrize(
    ("mark", "expected"),
    [
        (Mark("churn", "competition", 0, 4, 0), "leaving"),
        (Mark("churn", "death", 0, 4, 0), None),
        (Mark("exposure", "law", 0, 4, 0), "escalating"),
    ],
)
def test_who_leaves_without_blame_does_not_leave_in_anger(mark: Mark, expected: str | None) -> None:
    outcome = measure_wrap_up(told_from([("customer", "我要销户不用了的")]), CATALOG, [mark]).get("outcome")
    assert (outcome["status"] if outcome else None) == expected


def test_a_threat_long_before_the_end_is_no_outcome() -> None:
    told = told_from(
        [
            ("customer", "不然我就打12315"),
            ("agent", "请问订单号"),
            ("customer", "尾号是三三四四"),
            ("agent", "好的"),
            ("customer", "地址是幸福路三号"),
        ]
    )
    found = measure_wrap_up(told, CATALOG, [Mark("exposure", "hotline12315", 3, 8, 0)])
    assert "outcome" not in found
    assert [risk["value"] for risk in found["risks"]] == ["hotline12315"]


def test_quotes_inside_quotes_are_single() -> None:
    text = "短信写的“到店即送”没给"
    measures = {"wrap_up": {"reason": {"kind": "complaint", "turn": 0, "span": [0, len(text)]}}}
    assert wrap_up_text(measures, text, CATALOG) == "客户反映：“短信写的‘到店即送’没给”。"
