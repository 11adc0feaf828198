import json
from datetime import date

import pytest

from models.core.errors import PackError
from models.indicators.actions import ActionLibrary, Concern, latent_need, parse_library, propose_actions
from models.indicators.form import FormSettings, Voice, form_rows
from models.indicators.improvement import (
    Improvement,
    ImprovementStatus,
    before_after,
    before_after_by_store,
    improvement_status,
)
from models.indicators.protection import ProtectionRule
from models.statistics.effect import ArmCounts

WAIT = {"id": "shifts", "zh": "重排班次", "en": "Re-plan shifts", "department": "运营部", "phase": "improve",
        "effort": "medium", "measure": "waited", "due_days": 21, "categories": ["timeliness"], "words": ["排队"]}  # fmt: skip
NOTICE = {**WAIT, "id": "notice", "zh": "主动告知", "effort": "low", "due_days": 7, "words": ["久等"]}
STOP = {
    **WAIT,
    "id": "stop",
    "zh": "停驶拖回",
    "due_days": 1,
    "categories": ["auto.brake"],
    "words": ["刹车"],
}
NEEDS = [
    {
        "id": "time",
        "zh": "珍惜我的时间",
        "en": "My time counts",
        "factor": "responsiveness",
        "categories": ["timeliness"],
    },
    {
        "id": "safe",
        "zh": "我要安全",
        "en": "Safe",
        "factor": "assurance",
        "categories": ["auto.brake"],
        "words": ["刹车"],
    },
]
LIBRARY = parse_library({"actions": [WAIT, NOTICE, STOP], "needs": NEEDS}, pack="p")


def test_actions_that_match_more_come_first_and_say_why() -> None:
    found = propose_actions(LIBRARY, Concern("排队太久", categories=["timeliness"]))
    assert [(one.action.id, one.why) for one in found] == [
        ("shifts", ("category:timeliness", "word:排队")),
        ("notice", ("category:timeliness",)),
    ]


def test_of_equals_the_one_of_least_effort_comes_first() -> None:
    found = propose_actions(LIBRARY, Concern(categories=["timeliness"]))
    assert [one.action.id for one in found] == ["notice", "shifts"]


def test_a_category_answers_for_those_below_it_a_little_less() -> None:
    lineage = {"timeliness.wait": ("timeliness", "timeliness.wait")}
    found = propose_actions(
        LIBRARY, Concern(categories=["timeliness.wait"], lineage=lambda one: lineage.get(one, (one,)))
    )
    exact = propose_actions(LIBRARY, Concern(categories=["timeliness"]))
    assert found[0].action.id == "notice" and found[0].score < exact[0].score


def test_steps_and_items_are_known_by_the_names_of_people() -> None:
    by_step = {**WAIT, "categories": [], "words": [], "steps": ["接待"], "items": ["等待时间"]}
    library = parse_library({"actions": [by_step]}, pack="p", names=lambda kind, name: [f"{kind}.{name}"])
    assert propose_actions(library, Concern(steps=["step.接待"]))[0].why == ("step:step.接待",)
    assert propose_actions(library, Concern(items=["等待时间"]))[0].why == ("item:等待时间",)


def test_nothing_that_fits_is_no_proposal_and_no_need() -> None:
    assert propose_actions(LIBRARY, Concern("茶水")) == ()
    assert latent_need(LIBRARY, Concern("茶水")) is None


@pytest.mark.parametrize(
    "change",
    [
        {"phase": "later"},
        {"effort": "huge"},
        {"categories": [], "words": []},
        {"boss": "x"},
        {"due_days": None, "phase": 1},
    ],
)
def test_a_wrong_action_is_named(change: dict) -> None:
    with pytest.raises(PackError, match="shifts"):
        parse_library({"actions": [{**WAIT, **change}]}, pack="p")


RULE = ProtectionRule({"auto.brake": "safety"})
SETTINGS = FormSettings(
    LIBRARY,
    RULE,
    date(2024, 4, 1),
    owners={"运营部": "王经理"},
    path_of=lambda one: {"timeliness": ("时效",)}.get(one, (one,)),
)
QUEUE = Voice("r1", "等了两个小时", Concern("排队太久", ["timeliness"]), "rc1", size=30, worth=900)
BRAKE = Voice("r2", "刹车踩不住", Concern("刹车偏软", ["auto.brake"]), "rc2", size=40, worth=5)


def test_a_row_of_the_form_has_voice_class_need_cause_action_owner_and_date() -> None:
    (row,) = form_rows([QUEUE], SETTINGS)
    assert (row.number, row.voice, row.voice_class, row.latent_voice) == (
        1,
        "等了两个小时",
        ("时效",),
        "珍惜我的时间",
    )
    assert (row.factor, row.cause, row.department, row.action) == (
        "responsiveness",
        "排队太久",
        "运营部",
        "重排班次",
    )
    assert (row.owner, row.due, row.phase) == ("王经理", date(2024, 4, 22), "define")
    assert json.loads(json.dumps(row.to_dict()))["due"] == "2024-04-22"


def test_value_orders_the_form_but_never_ranks_safety_down() -> None:
    tea = Voice("r3", "茶水凉", Concern("茶水"), "rc3", size=5, worth=950)
    assert [row.record for row in form_rows([QUEUE, BRAKE, tea], SETTINGS)] == ["r2", "r1", "r3"]
    by_value = form_rows([QUEUE, BRAKE, tea], SETTINGS, by_value=True)
    assert [(row.record, row.protected) for row in by_value] == [
        ("r2", ("safety:auto.brake",)),
        ("r3", ()),
        ("r1", ()),
    ]


def status(**more) -> ImprovementStatus:
    improvement = Improvement(
        "i1", "rc1", "notice", owner="李店长", due=date(2024, 5, 1), started=date(2024, 3, 1)
    )
    return improvement_status(improvement, today=date(2024, 4, 1), **more)


def test_an_improvement_under_way_goes_before_a_new_proposal() -> None:
    settings = FormSettings(LIBRARY, RULE, date(2024, 4, 1), statuses={"rc1": status()})
    (row,) = form_rows([QUEUE], settings)
    assert (row.action_id, row.why, row.owner, row.due, row.phase) == (
        "notice", ("under_way",), "李店长", date(2024, 5, 1), "improve"
    )  # fmt: skip


def test_a_voice_that_no_action_answers_stands_in_the_form_without_one() -> None:
    (row,) = form_rows(
        [Voice("r3", "茶水凉", Concern("茶水"))], FormSettings(ActionLibrary(()), RULE, date(2024, 4, 1))
    )
    assert (row.action, row.due, row.latent_voice) == ("", None, "")


def test_the_same_fall_with_and_without_a_control_group() -> None:
    alone = before_after(ArmCounts(60, 300, 30, 300))
    assert (alone.outcome, alone.controlled, alone.before, alone.after) == ("worked", False, 0.2, 0.1)
    assert alone.change.estimate == pytest.approx(-0.1)
    beside = before_after(ArmCounts(60, 300, 30, 300), ArmCounts(60, 300, 30, 300))
    assert (beside.outcome, beside.controlled) == ("unproven", True)
    assert beside.minimum_detectable is not None


def test_stores_are_the_witnesses_where_they_are_known() -> None:
    treated = [True] * 4 + [False] * 4
    steady = [20, 22, 18, 21]
    found = before_after_by_store(treated, [*steady, *steady], [100] * 8, [10, 11, 9, 10, *steady], [100] * 8)
    assert (found.outcome, found.controlled) == ("worked", True)
    assert (found.before, found.after) == pytest.approx((0.2025, 0.1))
    one_store = before_after_by_store(
        treated, [*steady, *steady], [100] * 8, [0, 22, 18, 21, *steady], [100] * 8
    )
    assert one_store.outcome == "unproven"
    done = Improvement("i", "c", "a", done=date(2024, 2, 1))
    assert improvement_status(done, today=date(2024, 4, 1), result=found).phase == "control"


def test_a_rise_is_worse_and_few_contacts_are_too_early() -> None:
    assert before_after(ArmCounts(30, 300, 90, 300)).outcome == "worsened"
    assert before_after(ArmCounts(30, 300, 0, 10)).outcome == "too_early"


def test_the_phase_follows_what_is_there() -> None:
    today, worked = date(2024, 4, 1), ArmCounts(60, 300, 30, 300)
    cases = [
        (Improvement("i", "c", "a"), None, "define"),
        (Improvement("i", "c", "a"), ArmCounts(60, 300, 0, 0), "measure"),
        (Improvement("i", "c", "a", analysed=True), ArmCounts(60, 300, 0, 0), "analyse"),
        (Improvement("i", "c", "a", analysed=True, started=today), worked, "improve"),
        (Improvement("i", "c", "a", started=today, done=today), ArmCounts(60, 300, 58, 300), "improve"),
        (Improvement("i", "c", "a", started=today, done=today), worked, "control"),
    ]
    for improvement, own, phase in cases:
        assert improvement_status(improvement, today=today, own=own).phase == phase


def test_a_gain_that_is_lost_again_is_a_relapse() -> None:
    done = Improvement("i", "c", "a", started=date(2024, 1, 1), done=date(2024, 2, 1), due=date(2024, 1, 15))
    found = improvement_status(
        done, today=date(2024, 4, 1), own=ArmCounts(60, 300, 30, 300), since=ArmCounts(30, 300, 70, 300)
    )
    assert (found.relapsed, found.phase, found.overdue) == (True, "improve", False)


def test_what_is_not_done_by_its_day_is_overdue() -> None:
    late = Improvement("i", "c", "a", due=date(2024, 3, 31))
    assert improvement_status(late, today=date(2024, 4, 1)).overdue
    assert not improvement_status(late, today=date(2024, 3, 31)).overdue
