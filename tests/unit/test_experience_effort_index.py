"""Customer effort of a transcript in one place, by step, scored by hand."""

import pytest

from models.experience.catalog import ExperienceCatalog
from models.experience.effort_index import find_customer_effort, measure_effort_index
from models.experience.mark import Mark
from models.experience.told import told_from

CATALOG = ExperienceCatalog("x")


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("电话转了三个部门都说不是他们管", "transfer"),
        ("让我找厂家厂家又让我找你们", "transfer"),
        ("每次都换一个人", "transfer"),
        ("APP上根本办不了", "channel"),
        ("最后只能自己跑一趟营业厅", "channel"),
        ("转不了人工", "channel"),
        ("又让我重新填一遍表", "paperwork"),
        ("手续太繁琐了", "paperwork"),
        ("来来回回跑断腿", "hassle"),
        ("我请了半天假", "hassle"),
        ("一直打不通", "unreached"),
        ("我说了多少遍了", "retell"),
        ("打了四次电话", "repeat"),
    ],
)
def test_each_source_of_effort_is_heard(said: str, kind: str) -> None:
    assert kind in {piece.kind for piece in find_customer_effort(told_from([("customer", said)]), ())}


@pytest.mark.parametrize("said", ["麻烦您查一下", "我在小程序下的单", "手续办好了", "晚上来取车"])
def test_what_costs_nothing_is_none(said: str) -> None:
    assert measure_effort_index(told_from([("customer", said)]), CATALOG, ()) == {"score": 0.0}


def test_the_agent_speaks_of_no_effort_of_the_customer() -> None:
    assert measure_effort_index(told_from([("agent", "您打了四次电话都打不通")]), CATALOG, ()) == {
        "score": 0.0
    }


def test_evidence_has_places_amounts_and_steps() -> None:
    told = told_from([("customer", "前台排了两个小时，结账又打了三次电话")])
    marks = [
        Mark("step", "reception", 0, 2, 0),
        Mark("wait", "wait", 4, 8, 0, amount=120.0, unit="minutes"),
        Mark("step", "bill", 9, 11, 0),
    ]
    found = measure_effort_index(told, CATALOG, marks)
    assert [(e["kind"], told.text[slice(*e["span"])], e["step"]) for e in found["evidence"]] == [
        ("wait", "两个小时", "reception"),
        ("repeat", "又打", "bill"),
        ("repeat", "三次", "bill"),
    ]
    assert (found["waited_minutes"], found["contacts"], found["kinds"]) == (
        120.0,
        3,
        {"repeat": 2, "wait": 1},
    )
    wait, repeat = 0.35, 1 - (1 - 0.25) * (1 - 0.32)
    assert found["score"] == pytest.approx(1 - (1 - wait) * (1 - repeat), abs=1e-4)
    assert found["steps"] == [
        {"step": "bill", "score": pytest.approx(repeat, abs=1e-4)},
        {"step": "reception", "score": wait},
    ]


def test_waits_have_their_length_from_marks_alone() -> None:
    told = told_from([("customer", "等了两个小时，本来说三天")])
    found = measure_effort_index(told, CATALOG, [Mark("wait", "wait", 2, 6, 0, amount=120.0, unit="minutes")])
    assert [(e["span"], e["amount"], e["unit"]) for e in found["evidence"]] == [([2, 6], 120.0, "minutes")]
