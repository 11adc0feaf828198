"""Signs of leaving with their reason, and threats to go public."""

import pytest

from data.packs.experience import load_experience
from models.experience.leaving import find_leaving
from models.experience.told import told_from

CATALOG = load_experience("generic")


def found(kind: str, *turns: tuple[str, str]) -> list[str]:
    return [mark.value for mark in find_leaving(told_from(turns), CATALOG, ()) if mark.kind == kind]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("我爷爷上个月走了，这张卡给注销掉吧", "death"),
        ("我们搬到外地去了，会员不续了", "moving"),
        ("我小舅子开了家店，以后不来你们这了", "other_ties"),
        ("我已经在对面那家订了", "competition"),
        ("三天两头断网，我要换一家", "product"),
        ("那个前台翻白眼还骂人，再也不来了", "staff_attitude"),
        ("又涨价了，太贵，我要销户", "price"),
        ("以后再也不来了", "unspecified"),
    ],
)
def test_the_reason_is_told_around_the_sign(said: str, reason: str) -> None:
    assert found("churn", ("customer", said)) == [reason]


@pytest.mark.parametrize("said", ["我不会换别家的", "取消明天的预约", "下次还来", "以后不会再出这种问题吧"])
def test_staying_or_a_small_matter_is_no_sign(said: str) -> None:
    assert found("churn", ("customer", said)) == []


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("不解决我就找记者曝光", "media"),
        ("我现在就打12315", "hotline12315"),
        ("我去工信部投诉你们", "regulator"),
        ("发到抖音上让大家评评理", "internet"),
        ("咱们法庭见，我律师会联系你们", "law"),
        ("我直接打到你们总部去", "head_office"),
    ],
)
def test_a_threat_names_where(said: str, place: str) -> None:
    assert place in found("exposure", ("customer", said))


def test_advice_of_the_company_or_a_mere_mention_is_no_threat() -> None:
    assert found("exposure", ("agent", "您也可以打12315投诉")) == []
    assert found("exposure", ("customer", "我是在抖音上看到你们广告的")) == []
    assert found("exposure", ("customer", "我不想打12315")) == []
