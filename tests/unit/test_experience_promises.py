"""Promises told by either speaker, and what came of them."""

import pytest

from models.experience.catalog import ExperienceCatalog
from models.experience.mark import Mark
from models.experience.promises import find_promises
from models.experience.told import told_from

CATALOG = ExperienceCatalog("none")


def promises(*turns: tuple[str, str]) -> list[tuple[str, str, str]]:
    """(status, promise, outcome) of each."""
    told = told_from(turns)
    found: list[Mark] = list(find_promises(told, CATALOG, ()))
    return [
        (m.value, told.text[m.start : m.end], told.text[slice(*m.other)] if m.other else "") for m in found
    ]


@pytest.mark.parametrize(
    ("said", "promise"),
    [
        ("你们客服说周三之前给我退款，到现在一分没见。", "周三之前给我退款"),
        ("当时销售答应送一套脚垫，结果提车那天说没有了。", "送一套脚垫"),
        ("合同上写着三十天交房，都过去两个月了。", "三十天交房"),
        ("师傅拍着胸脯说修好不会再漏，第二天又漏了。", "修好不会再漏"),
        ("说好的免费洗车呢，压根没人洗。", "免费洗车"),
        ("不是说当天就能开通吗，这都第三天了。", "当天就能开通"),
        ("昨天打热线那边讲两个小时内有人联系我我等到晚上十点也没接到电话", "两个小时内有人联系我"),
    ],
)
def test_a_promise_that_did_not_come_is_broken(said: str, promise: str) -> None:
    found = promises(("customer", said))
    assert [(status, promise in told) for status, told, _ in found] == [("broken", True)], found


@pytest.mark.parametrize(
    "said",
    [
        "师傅说下午三点来，果然三点整就到了。",
        "客服答应给我补一份赠品，第二天就寄到了。",
        "你们说两天退款，还真两天就到账了，说话算数。",
    ],
)
def test_a_promise_that_came_is_kept(said: str) -> None:
    assert [status for status, _, _ in promises(("customer", said))] == ["kept"]


@pytest.mark.parametrize(
    "said",
    [
        "我说你们三天内给我退款。",
        "客服说系统里查不到记录。",
        "他说这个他不清楚。",
        "能不能保证明天送到？",
        "说实话我等了三天。",
        "我昨天就跟你们说了要今天来。",
        "听说你们这里可以办卡。",
    ],
)
def test_a_demand_a_question_or_a_refusal_is_no_promise(said: str) -> None:
    assert promises(("customer", said)) == []


@pytest.mark.parametrize(
    "said",
    [
        "我今天下午五点前给您回电话。",
        "明天上午十点前一定送到您家。",
        "这次的费用我们全部承担。",
        "我让师傅明早过去给您换。",
        "您放心，绝对不会再出现这种情况。",
        "退款三个工作日内到账。",
    ],
)
def test_staff_who_undertake_something_leave_it_open(said: str) -> None:
    assert [status for status, _, _ in promises(("agent", said))] == ["open"]


@pytest.mark.parametrize(
    "said",
    [
        "我们会尽快处理。",
        "需要我给您预约明天的吗？",
        "一般三到五天到货。",
        "我已经给您登记了。",
        "我帮您查一下。",
        "您明天可以到营业厅办理。",
        "非常抱歉给您带来不便。",
    ],
)
def test_offers_standing_rules_things_done_and_vague_words_are_none(said: str) -> None:
    assert promises(("agent", said)) == []


def test_a_later_turn_of_the_call_tells_that_it_was_kept() -> None:
    found = promises(
        ("agent", "师傅十分钟内到您门口。"), ("customer", "好，等着。"), ("customer", "师傅来了，谢谢。")
    )
    assert found == [("kept", "师傅十分钟内到您门口", "来了")]


@pytest.mark.parametrize(
    ("said", "promise"),
    [
        ("海报上登着“充值就送水杯”，去领说没有这回事。", "充值就送水杯"),
        ("押金七个工作日退回卡里，今天第十二天，一毛没见着。", "押金七个工作日退回卡里"),
        ("我问能不能当天取，她说能，结果让我把车撂那儿过夜。", "能不能当天取"),
        ("说十分钟上菜，等了快一个小时。", "十分钟上菜"),
        ("合同上是纯铜的，拆开一看是镀的。", "纯铜"),
        ("前台说无烟房，一进门满屋子烟味。", "无烟房"),
    ],
)
def test_written_bare_agreed_and_found_out_promises_are_broken(said: str, promise: str) -> None:
    found = promises(("customer", said))
    assert [(status, promise in told) for status, told, _ in found] == [("broken", True)], found


def test_a_time_said_in_the_call_is_held_against_what_the_customer_tells_later() -> None:
    late = promises(("agent", "师傅五分钟到您房间。"), ("customer", "我掐着表呢，二十三分钟。"))
    assert [status for status, _, _ in late] == ["broken"]


@pytest.mark.parametrize(
    "said",
    [
        "他说明天要下雨，我就没洗车。",
        "师傅说这个胎还能跑一万公里，我就先不换了。",
        "客服说没货了，我就退了。",
        "同事说电信快，我就换了电信。",
    ],
)
def test_advice_and_ones_own_choice_break_nothing(said: str) -> None:
    assert [status for status, _, _ in promises(("customer", said)) if status == "broken"] == []


@pytest.mark.parametrize(
    "said",
    ["我请技术主管给您看。", "三点钟来提。", "检测费免了。", "我把二号工位空出来。", "这次我亲自跟。"],
)
def test_a_deed_for_the_customer_is_an_undertaking(said: str) -> None:
    assert [status for status, _, _ in promises(("agent", said))] == ["open"]
