"""Staff effort beside what the customer feels: cues, levels and conflicts, scored by hand."""

import re

import pytest

from models.experience import effort_index, staff_effort_cues
from models.experience.catalog import ExperienceCatalog
from models.experience.mark import Mark
from models.experience.staff_effort import answers_of, effort_level, measure_staff_effort
from models.experience.staff_effort_cues import find_staff_effort, find_told_effort
from models.experience.staff_effort_pattern import named_words
from models.experience.told import told_from

CATALOG = ExperienceCatalog("x")


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("给您添麻烦了", "apologise"),
        ("您别着急慢慢讲", "empathise"),
        ("是因为台风所以航班都停了", "explain"),
        ("我马上联系仓库", "act"),
        ("这边帮您加急处理", "act"),
        ("运费我们承担", "offer"),
        ("给您申请一张代金券", "act"),
        ("下午三点前给您回电话", "follow_up"),
        ("这个不归我们管", "deflect"),
        ("您自己去找厂家吧", "deflect"),
        ("这个我也没办法", "refuse"),
        ("您再等等吧", "stall"),
        ("是您自己操作不当", "blame"),
        ("爱投诉不投诉", "rude"),
        ("你跟我喊什么", "rude"),
    ],
)
def test_staff_words_show_care_or_brushing_off(said: str, kind: str) -> None:
    assert kind in {cue.kind for cue in find_staff_effort(said, 0, len(said))}


@pytest.mark.parametrize("said", ["您好，很高兴为您服务", "一共是三百二十元", "这个套餐包含二十个G流量"])
def test_plain_facts_and_greetings_show_neither(said: str) -> None:
    assert effort_level(find_staff_effort(said, 0, len(said))) == 0.0


@pytest.mark.parametrize(
    ("said", "kinds"),
    [
        ("那个小姑娘特别热情", ["care"]),
        ("师傅跑前跑后的", ["care"]),
        ("一点也不耐心", ["neglect"]),
        ("态度不好", ["neglect"]),
        ("前台爱答不理", ["neglect"]),
        ("希望耐心一点", ["neglect"]),
        ("我下午三点到的店", []),
    ],
)
def test_customers_tell_of_care_and_neglect(said: str, kinds: list[str]) -> None:
    assert [piece.kind for piece in find_told_effort(said, 0, len(said))] == kinds


def test_a_level_is_care_less_brushing_off_and_a_kind_counts_once() -> None:
    said = "抱歉抱歉，我马上联系仓库，不过这个不归我们管"
    assert effort_level(find_staff_effort(said, 0, len(said))) == pytest.approx(
        1 - (1 - 0.2) * (1 - 0.4) - 0.5, abs=1e-4
    )


def test_neighbouring_turns_of_the_agent_are_one_answer() -> None:
    told = told_from([("agent", "抱歉"), ("system", "转接"), ("agent", "我马上联系仓库"), ("customer", "嗯")])
    assert [(a.turn, a.level) for a in answers_of(told)] == [(0, pytest.approx(0.52))]


def test_pains_that_do_not_please_are_a_conflict_at_their_step() -> None:
    told = told_from(
        [
            ("customer", "货还没到"),
            ("agent", "非常抱歉，我马上帮您催一下快递"),
            ("customer", "又是这句话气死了"),
        ],
        [[-0.4], [], [-0.9]],
    )
    found = measure_staff_effort(told, CATALOG, [Mark("step", "transit", 0, 3, 0, -0.4)])
    (conflict,) = found["conflicts"]
    assert (conflict["kind"], conflict["step"], conflict["turn"]) == ("unrewarded", "transit", 2)
    assert told.text[slice(*conflict["customer"]["span"])] == "又是这句话气死了"
    assert told.text[slice(*conflict["staff"]["span"])].startswith("我马上")
    assert found["steps"] == [{"step": "transit", "n": 1, "level": found["level"]}]


def test_anger_that_is_brushed_off_is_a_conflict() -> None:
    told = told_from(
        [("customer", "你们这群骗子"), ("agent", "这个不归我们管")],
        [[-0.9], []],
    )
    (conflict,) = measure_staff_effort(told, CATALOG, ())["conflicts"]
    assert (conflict["kind"], conflict["turn"], conflict["level"]) == ("unmet", 1, -0.5)
    assert "step" not in conflict


@pytest.mark.parametrize(
    "turns",
    [
        [("customer", "你们这群骗子"), ("agent", "请问您的订单号是多少")],
        [("customer", "你们这群骗子"), ("agent", "非常抱歉，我马上帮您退")],
        [("customer", "想问下几点关门"), ("agent", "晚上十点")],
    ],
)
def test_asking_back_helping_and_calm_are_none(turns: list[tuple[str, str]]) -> None:
    polarity = [[-0.9 if "骗子" in turns[0][1] else 0.0], []]
    assert "conflicts" not in measure_staff_effort(told_from(turns, polarity), CATALOG, ())


def test_pains_told_of_at_a_step_that_hurts_are_a_conflict() -> None:
    told = told_from([("customer", "小姑娘很热情，房间却一股霉味")], [[0.8, -0.9]])
    room = told.text.index("房间")
    found = measure_staff_effort(told, CATALOG, [Mark("step", "room", room, room + 2, 0, -0.9)])
    assert [(c["kind"], c["step"]) for c in found["conflicts"]] == [("unrewarded", "room")]
    assert found["told"] == [{"kind": "care", "span": [4, 6]}]


def test_nothing_said_gives_nothing() -> None:
    assert measure_staff_effort(told_from([]), CATALOG, ()) == {}


def test_a_look_ahead_changes_no_match() -> None:
    words = {"one": "(?:[甲乙]丙?|丁+)戊|己{0,2}庚", "two": "(?<!辛)壬"}
    plain = re.compile("|".join(f"(?P<{name}>{own})" for name, own in words.items()))
    text = "甲丙戊庚己己庚丁丁戊辛壬壬乙戊"
    fast = named_words(words)
    assert fast.pattern.startswith("(?=[")
    assert [(m.span(), m.lastgroup) for m in fast.finditer(text)] == [
        (m.span(), m.lastgroup) for m in plain.finditer(text)
    ]
    assert named_words({"any": ".甲"}).pattern == "(?P<any>.甲)"


def test_the_vocabularies_are_looked_for_by_first_character() -> None:
    assert all(
        own.pattern.startswith("(?=[")
        for own in (staff_effort_cues._SAID, staff_effort_cues._TOLD, effort_index._MORE)
    )
