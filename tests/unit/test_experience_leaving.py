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


@pytest.mark.parametrize(
    "said",
    [
        "我宁可多跑两公里去别人家买",
        "把全家三个号都迁走了",
        "销一张副卡",
        "以后有多远躲多远",
        "从明天起你们的奶我不喝了",
        "这APP我当场就卸了",
        "以后团建不放你们这儿了",
        "下回不一定来了",
        "我再信你们一次我就是狗",
        "另外两家的方案已经在桌上了",
        "不用给我打折了我不会回来了",
        "工资卡下个月我就改到招行",
        "这牌子我是不敢碰了",
    ],
)
def test_going_is_heard_in_many_ways(said: str) -> None:
    assert len(found("churn", ("customer", said))) == 1


def test_a_refusal_counts_as_an_answer_to_an_invitation_only() -> None:
    assert found("churn", ("agent", "能不能再给我们一次机会"), ("customer", "免了")) == ["unspecified"]
    assert found("churn", ("agent", "要不要给您开张发票"), ("customer", "免了")) == []


def test_what_is_no_longer_needed_is_a_sign_beside_a_certain_reason_only() -> None:
    assert found("churn", ("customer", "我父亲上个月去世了，这个业务以后用不着了")) == ["death"]
    assert found("churn", ("customer", "这个业务以后用不着了")) == []


def test_staff_may_tell_that_the_customer_left() -> None:
    assert found("churn", ("agent", "看到您上个月把号码转到别的运营商了")) == ["unspecified"]


@pytest.mark.parametrize(
    "said",
    [
        "再也不用担心没信号了",
        "我的卡被停了怎么恢复",
        "我从别家转过来的",
        "隔壁房间太吵了",
        "钱都给人转过去了",
        "我下次还找你们",
    ],
)
def test_relief_and_other_moves_are_no_signs(said: str) -> None:
    assert found("churn", ("customer", said)) == []


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


def test_own_people_in_the_media_are_a_threat() -> None:
    assert found("exposure", ("customer", "我闺女可是电视台的")) == ["media"]
    assert found("exposure", ("customer", "广告上写的是免费")) == []
