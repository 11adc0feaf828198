"""Survey items are answered by what is said, each once, with its place; what is not mentioned has no mark."""

from functools import cache

import pytest

from data.packs.experience import load_experience
from models.experience.catalog import ExperienceCatalog
from models.experience.mark import Mark
from models.experience.survey import ANSWERS, find_survey
from models.experience.told import told_from


@cache
def _catalog(sector: str) -> ExperienceCatalog:
    return load_experience(sector)


def _answers(sector: str, *turns: tuple[str, str]) -> dict[str, str]:
    marks = find_survey(told_from(turns), _catalog(sector))
    return {_catalog(sector).label("survey", mark.value): mark.detail for mark in marks}


def _said(sector: str, text: str) -> dict[str, str]:
    return _answers(sector, ("customer", text))


NAMES = {
    "automotive": "预约服务 估算费用 预估时间 免费食物 邀请验车 有帮助的建议 按时交车 完成全部要求 三日内回访 "
    "等待时间 休息室环境 解释项目与费用 收费合理 车内外干净 所花时间 质量 服务顾问 整体",
    "retail": "描述相符 发货速度 物流速度 包装完好 客服态度 退换便利 价格 质量 整体",
    "telecom": "一次解决 信号 网速 资费透明 安装及时 修障速度 客服态度 办理便利 整体",
    "bank": "一次办结 等候时间 手续便利 收费透明 产品说明 手机银行 自助设备 客服态度 整体",
    "public-service": "一次办成 一次性告知 等候时间 按时办结 线上办理 材料手续 窗口态度 答复清楚 整体",
    "hotel": "预订兑现 房间清洁 房间安静 设施 早餐 前台效率 员工态度 价格 整体",
}


@pytest.mark.parametrize("sector", NAMES)
def test_a_sector_has_the_items_of_its_survey(sector: str) -> None:
    nodes = _catalog(sector).facets["survey"].nodes
    assert {node.zh for node in nodes} == set(NAMES[sector].split())
    assert all(node.options["kind"] in ANSWERS for node in nodes)


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        ("我提前三天就预约好了，到店没等就进了车间", {"预约服务": "yes", "等待时间": "satisfied"}),
        ("在门口干坐着等了两个多钟头", {"等待时间": "dissatisfied"}),
        ("休息区又闷又挤，连口水都没有", {"休息室环境": "dissatisfied", "免费食物": "no"}),
        (
            "修之前报价八百，最后结账也是八百，单子逐项给我讲过",
            {"估算费用": "yes", "解释项目与费用": "satisfied"},
        ),
        ("洗得锃亮，脚垫都吸过尘", {"车内外干净": "satisfied"}),
        ("方向盘上全是油手印", {"车内外干净": "dissatisfied"}),
        ("就换个机油做了四个小时", {"所花时间": "dissatisfied"}),
        ("修完第二天又漏油了", {"质量": "dissatisfied"}),
        ("没人叫我验车，钥匙一扔就完了", {"邀请验车": "no"}),
        ("收费还算合理，顾问也很有耐心", {"收费合理": "satisfied", "服务顾问": "satisfied"}),
        ("说是三天内有电话，过了十天也没人回访", {"三日内回访": "no"}),
    ],
)
def test_a_dealers_items(text: str, answers: dict[str, str]) -> None:
    assert _said("automotive", text) == answers


@pytest.mark.parametrize(
    ("sector", "text", "answers"),
    [
        ("retail", "下单一个礼拜了还没发货", {"发货速度": "dissatisfied"}),
        ("retail", "收到的裙子跟图片完全不一样", {"描述相符": "no"}),
        ("retail", "第二天就收到了，里三层外三层包得严实", {"物流速度": "satisfied", "包装完好": "yes"}),
        ("telecom", "上个月莫名其妙多扣了我三十", {"资费透明": "dissatisfied"}),
        ("telecom", "电梯里一格信号都没有", {"信号": "dissatisfied"}),
        (
            "bank",
            "排队排了一个多小时，取款机还把卡吞了",
            {"等候时间": "dissatisfied", "自助设备": "dissatisfied"},
        ),
        ("bank", "手机银行很好用，转账秒到", {"手机银行": "satisfied"}),
        (
            "public-service",
            "跑了三趟都没办下来，窗口的人爱答不理",
            {"一次办成": "no", "窗口态度": "dissatisfied"},
        ),
        ("public-service", "只跑了一趟就办好了，讲得很清楚", {"一次办成": "yes", "答复清楚": "satisfied"}),
        ("hotel", "床单上有黄渍，隔音也太差", {"房间清洁": "dissatisfied", "房间安静": "dissatisfied"}),
        ("hotel", "早餐种类丰富，前台两分钟就办好入住", {"早餐": "satisfied", "前台效率": "satisfied"}),
    ],
)
def test_items_of_other_sectors(sector: str, text: str, answers: dict[str, str]) -> None:
    assert _said(sector, text) == answers


def test_agents_answer_what_was_done_but_not_how_content_the_customer_is() -> None:
    assert _answers("automotive", ("agent", "好的，给您登记明天上午十点的时段，休息区很舒服")) == {
        "预约服务": "yes"
    }


@pytest.mark.parametrize("text", ["请问你们休息区干净吗？", "我想问一下保养要多久", "谢谢，再见", ""])
def test_questions_and_courtesies_answer_nothing(text: str) -> None:
    assert _said("automotive", text) == {}


def test_a_denied_fault_is_praise_and_a_denied_praise_is_a_fault() -> None:
    assert _said("automotive", "倒不是修得不好")["质量"] == "satisfied"
    assert _said("automotive", "休息区一点都不舒服")["休息室环境"] == "dissatisfied"


def test_an_aspect_in_a_short_clause_of_clear_polarity_is_answered() -> None:
    told = told_from([("customer", "那个休息区真是一言难尽")], [[-0.95]])
    marks = find_survey(told, _catalog("automotive"))
    assert [(m.value, m.detail) for m in marks] == [("lounge", "dissatisfied")]


def test_a_score_told_is_the_answer_with_its_amount() -> None:
    told = told_from([("agent", "您打几分？"), ("customer", "九分吧")])
    marks = find_survey(told, _catalog("automotive"))
    assert [(m.value, m.detail, m.amount, m.unit) for m in marks] == [("overall", "satisfied", 9.0, "score")]


def test_an_item_is_marked_once_and_its_place_holds_the_evidence() -> None:
    told = told_from([("customer", "早餐难吃。说真的，早餐太难吃了")])
    marks = find_survey(told, _catalog("hotel"))
    assert [(m.value, m.detail) for m in marks] == [("breakfast", "dissatisfied")]
    assert "早餐" in told.text[marks[0].start : marks[0].end]


def test_a_sector_without_items_has_no_marks() -> None:
    assert find_survey(told_from([("customer", "太差了")]), ExperienceCatalog("x")) == []


def test_marks_survive_being_written() -> None:
    for mark in find_survey(told_from([("customer", "休息区太脏了")]), _catalog("automotive")):
        assert Mark.from_dict(mark.to_dict()) == mark
