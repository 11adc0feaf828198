"""A story of complaints gives each of them once, with its place; one without complaint gives none."""

import pytest

from data.packs.experience import load_experience
from models.experience.analyzer import ExperienceAnalyzer
from models.experience.mark import Mark
from models.experience.stories import find_issues
from models.experience.told import Told, told_from


def _read(sector: str, *turns: tuple[str, str]) -> tuple[Told, list[Mark], list[Mark]]:
    """The transcript, its marks, and its issues. Nobody judged the clauses: words alone decide."""
    told, catalog = told_from(turns), load_experience(sector)
    marks = [m for m in ExperienceAnalyzer(catalog).analyze(told).marks if m.kind != "issue"]
    return told, marks, find_issues(told, catalog, marks)


RESTAURANT = {
    "told in order": [
        (
            "customer",
            "上周六给老爷子办八十大寿，在你们店订了三十个人的位子和菜。到了才知道，你们把订单弄丢了。"
            "没办法现配菜，一半的客人干等了一个小时，另一半又比他们多等了二十分钟。饮料上错了，要的是酸梅汤，端来的是可乐。"
            "菜是凉的，牛排还煎老了，咬都咬不动。甜品干脆没有。桌上的花也是蔫的，一看就是前几天的。",
        )
    ],
    "spoken without marks": [
        (
            "customer",
            "喂你好昨天晚上我们公司三十个人在你们那聚餐早就订好的结果你们那个单子找不着了说没录进去"
            "然后一半人坐那等了一个小时另外一半再多等了二十分钟喝的也给上错了菜端上来都是冷的鱼也烧过头了"
            "甜点就没上花瓶里的花都枯了也不换",
        )
    ],
    "sarcastic": [
        ("customer", "真要给你们鼓掌，三十人的单子都能丢。"),
        ("agent", "非常抱歉给您带来不便。"),
        (
            "customer",
            "十五个人饿着肚子等了一小时，剩下的更有福气，又多等了二十分钟。饮料没一样是对的。"
            "菜嘛，凉的，肉柴得跟鞋底似的。说好的甜品呢？连影子都没见着。桌上那束花，怕是比我岁数都大。",
        ),
    ],
    "polite": [
        ("customer", "您好，我想反馈一下在贵店的用餐经历。"),
        ("agent", "您请讲。"),
        (
            "customer",
            "我们三十人的聚会，到店后工作人员找不到我们的订单。大约一半的客人等候了1小时，其余客人又晚了20分钟才吃上。"
            "送来的饮品与我们点的不符。主菜上来时已经冷了，而且火候过了。原定的甜点没有提供。另外，餐桌上摆的鲜花也不新鲜了。",
        ),
    ],
}


@pytest.mark.parametrize("style", RESTAURANT)
@pytest.mark.parametrize("sector", ["generic", "retail"])
def test_the_restaurant_story_has_its_issues_and_both_waiting_times(style: str, sector: str) -> None:
    told, marks, issues = _read(sector, *RESTAURANT[style])
    assert {"order", "wait", "drinks", "food_cold", "food_cooking", "dessert"} <= {m.value for m in issues}
    assert len(issues) >= 5 and len({m.value for m in issues}) == len(issues)
    waits = {m.amount: told.text[m.start : m.end] for m in marks if m.kind == "wait"}
    assert set(waits) == {60.0, 20.0}
    assert all(text in told.text for text in waits.values())


@pytest.mark.parametrize(
    ("sector", "story", "issues"),
    [
        (
            "hotel",
            "空调半夜漏水滴在床上，打前台电话没人接，毛巾是湿的，早餐九点不到就收了，退房还多收了我五十块钱。",
            {"device", "unreachable", "clean", "breakfast", "extra_charge"},
        ),
        (
            "automotive",
            "换的刹车片装反了。说是洗车，座椅上还有油印。结账多收了六百。",
            {"repair", "clean", "extra_charge"},
        ),
        (
            "telecom",
            "宽带断了四天，报修两次都没人上门。客服还挂我电话。账单上多了个没订过的彩铃。",
            {"network", "unreachable", "attitude", "extra_charge"},
        ),
        (
            "retail",
            "衣服色差特别大，袖口开线，快递盒子压扁了，退货还要我自己出运费。",
            {"mismatch", "quality", "packaging", "refund"},
        ),
        (
            "bank",
            "取号排了一个半小时，柜员态度很冷淡，ATM机吞了我的卡，手续费还多扣了二十。",
            {"wait", "attitude", "device", "extra_charge"},
        ),
        (
            "public-service",
            "跑了三趟还没办下来，窗口的人一问三不知，网上系统老是打不开。",
            {"procedure", "attitude", "device"},
        ),
    ],
)
def test_stories_of_other_sectors(sector: str, story: str, issues: set[str]) -> None:
    told, _, found = _read(sector, ("customer", story))
    assert issues <= {mark.value for mark in found}
    assert len(found) <= len(issues) + 1
    assert all(told.text[mark.start : mark.end].strip() for mark in found)


@pytest.mark.parametrize(
    "text",
    [
        "今天来做保养，师傅很仔细，车也洗得干净，谢谢你们。",
        "请问周末上班吗？我想预约下周六上午。",
        "菜很好吃，服务员也热情，下次还来。",
        "没有什么不满意的，都挺好。",
        "空调不响了，修得很好，没等多久就取车了。",
        "麻烦帮我查一下订单什么时候到，不急。",
        "要是菜凉了能帮忙热一下吗？",
        "",
    ],
)
def test_a_text_without_complaint_has_no_issue(text: str) -> None:
    assert _read("generic", ("customer", text))[2] == []


def test_clauses_of_one_object_are_one_issue_and_agents_complain_of_nothing() -> None:
    _, _, issues = _read(
        "generic", ("customer", "菜是凉的，汤也是凉的，连饭都冰凉"), ("agent", "菜凉了，订单也丢了")
    )
    assert [(mark.value, mark.turn) for mark in issues] == [("food_cold", 0)]


def test_a_negative_clause_of_an_object_needs_no_word_of_fault() -> None:
    told = told_from([("customer", "那个客房的隔音真是一言难尽")], [[-0.95]])
    assert [mark.value for mark in find_issues(told, load_experience("generic"), ())] == ["noise"]
