"""What becomes of the marks of rules where a network has a say. The odds here are written by hand."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from data.packs.experience import load_experience
from models.experience.mark import Mark
from models.experience.talk_marks import settle
from models.experience.talk_page import TalkAlphabet, open_page
from models.experience.talk_reader import NO_SECTOR, Heard, Judgement
from models.experience.told import Told, told_from
from models.text.align import Span

CATALOG = load_experience("automotive")
KINDS = (
    "step",
    "touchpoint",
    "demand",
    "churn",
    "exposure",
    "survey",
    "promise",
    "broken",
    "expectation",
    "wait",
)
SURE, NO = 6.0, -6.0


def _heard(
    told: Told, odds: Mapping[str, Mapping[int, float]], labels: tuple[str, ...] = (), lift: float = 3.0
) -> Heard:
    """``odds`` by label and piece; all others are ``NO``."""
    page = open_page(told, TalkAlphabet.of("", []))
    names = tuple(dict.fromkeys([*odds, *labels]))
    table = np.full((len(page.pieces), len(names)), NO, dtype=np.float32)
    for column, name in enumerate(names):
        for piece, value in odds.get(name, {}).items():
            table[piece, column] = value
    columns = {name: number for number, name in enumerate(names)}
    return Heard(told, "automotive", page.pieces, table, columns, dict.fromkeys(KINDS, Judgement(0.5, lift)))


def test_a_step_that_only_the_network_heard_is_marked_at_its_piece() -> None:
    told = told_from([("customer", "师傅把车升起来看了半天，也没说啥。")])
    (mark,) = settle(_heard(told, {"step/automotive/diagnosis": {0: SURE}}), CATALOG, ("step",), [])
    assert (mark.kind, mark.value, mark.turn) == ("step", "diagnosis", 0)
    assert told.text[mark.start : mark.end] == "师傅把车升起来看了半天"


def test_a_step_of_a_rule_falls_where_the_network_is_sure_of_the_opposite() -> None:
    told = told_from([("customer", "车洗了。")])
    rule = Mark("step", "washing", 0, 3, turn=0)
    heard = _heard(told, {}, ("step/automotive/washing",))
    assert settle(heard, CATALOG, ("step",), [rule]) == []


def test_the_word_of_a_rule_tips_the_balance() -> None:
    told = told_from([("customer", "车洗了。")])
    rule = Mark("step", "washing", 1, 3, turn=0)
    doubtful = {"step/automotive/washing": {0: -1.0}}
    assert settle(_heard(told, doubtful), CATALOG, ("step",), []) == []
    assert settle(_heard(told, doubtful), CATALOG, ("step",), [rule]) == [rule]


def test_in_a_sector_that_nobody_labelled_rules_keep_their_word() -> None:
    told = told_from([("customer", "说好的甜点根本没有。")])
    rule = Mark("promise", "broken", 0, 5, turn=0)
    labels = ("promise", "promise/broken", "promise/kept")
    known, none = _heard(told, {}, labels), replace(_heard(told, {}, labels), sector=NO_SECTOR)
    assert settle(known, CATALOG, ("promise",), [rule]) == []
    assert settle(none, CATALOG, ("promise",), [rule]) == [rule]


def test_survey_items_of_such_a_sector_are_left_to_rules() -> None:
    told = told_from([("customer", "等太久。")])
    heard = replace(
        _heard(told, {"item/waiting": {0: SURE}, "answer/dissatisfied": {0: SURE}}), sector=NO_SECTOR
    )
    assert settle(heard, CATALOG, ("survey",), []) == []


def test_nodes_of_a_pack_of_ones_own_stay_with_their_rules() -> None:
    told = told_from([("customer", "车洗了。")])
    rule = Mark("step", "washing", 1, 3, turn=0)
    own = replace(CATALOG, own=frozenset({("step", "washing")}))
    heard = _heard(told, {"step/automotive/work": {}}, ("step/automotive/washing",))
    assert settle(heard, own, ("step",), [rule]) == [rule]
    assert settle(heard, CATALOG, ("step",), [rule]) == []


def test_a_reason_of_ones_own_stays_and_takes_its_turn() -> None:
    told = told_from([("customer", "老漫游不了，我不用了。")])
    rule = Mark("churn", "roaming", 0, 6, turn=0)
    heard = _heard(told, {"churn": {0: SURE}, "churn/price": {0: SURE}})
    assert settle(heard, CATALOG, ("churn",), [rule]) == [rule]


def test_one_mark_of_a_rule_stays_one() -> None:
    told = told_from([("agent", "明天上午，十点以前，给您送到。")])
    rule = Mark("promise", "open", 0, 15, turn=0)
    odds = {"promise": {0: SURE, 2: SURE}, "promise/broken": {}, "promise/kept": {}}
    assert settle(_heard(told, odds), CATALOG, ("promise",), [rule]) == [rule]


def test_demands_come_once_a_turn_and_from_customers_alone() -> None:
    told = told_from(
        [("customer", "退钱，赶紧退钱。"), ("agent", "您是要退款吗？"), ("system", "退款请按一")]
    )
    odds = {"demand/refund": {0: 2.0, 1: SURE, 2: SURE, 3: SURE}}
    (mark,) = settle(_heard(told, odds), CATALOG, ("demand",), [])
    assert told.text[mark.start : mark.end] == "赶紧退钱"


def test_announcements_tell_of_no_step() -> None:
    told = told_from([("system", "预约请按一"), ("agent", "给您约好了")])
    odds = {"step/automotive/appointment": {0: SURE, 1: SURE}}
    assert [mark.turn for mark in settle(_heard(told, odds), CATALOG, ("step",), [])] == [1]


def test_nodes_that_the_network_does_not_know_stay_with_the_rules() -> None:
    told = told_from([("customer", "车洗了。")])
    rule = Mark("step", "washing", 1, 3, turn=0)
    assert settle(_heard(told, {"step/automotive/work": {}}), CATALOG, ("step",), [rule]) == [rule]


def test_marks_of_other_kinds_pass() -> None:
    told = told_from([("customer", "车洗了。")])
    other = Mark("servqual", "empathy", 0, 3, turn=0)
    assert settle(_heard(told, {}), CATALOG, ("step",), [other]) == [other]


def test_a_survey_item_gets_the_answer_of_the_piece_that_names_it() -> None:
    told = told_from([("customer", "师傅手艺不错，就是等得太久。")])
    odds = {
        "item/waiting": {1: SURE},
        "item/quality": {0: SURE},
        "answer/satisfied": {0: SURE},
        "answer/dissatisfied": {1: SURE},
        "answer/neutral": {},
    }
    found = settle(_heard(told, odds), CATALOG, ("survey",), [])
    assert {(mark.value, mark.detail) for mark in found} == {
        ("waiting", "dissatisfied"),
        ("quality", "satisfied"),
    }


def test_a_score_that_a_rule_read_stays_with_its_item() -> None:
    told = told_from([("customer", "打个九分吧。")])
    rule = Mark("survey", "overall", 0, 5, turn=0, amount=9.0, unit="score", detail="satisfied")
    odds = {
        "item/overall": {0: SURE},
        "answer/satisfied": {0: SURE},
        "answer/neutral": {},
        "answer/dissatisfied": {},
    }
    (mark,) = settle(_heard(told, odds), CATALOG, ("survey",), [rule])
    assert mark == rule


def test_a_broken_promise_names_what_came_of_it() -> None:
    told = told_from([("customer", "说好三点交车，五点了还在洗。")])
    odds = {
        "promise": {0: SURE},
        "promise/broken": {0: SURE},
        "promise/kept": {},
        "outcome/broken": {1: SURE},
    }
    (mark,) = settle(_heard(told, odds), CATALOG, ("promise",), [])
    assert mark.value == "broken"
    assert mark.other == Span(7, 13)
    assert told.text[slice(*mark.other)] == "五点了还在洗"


def test_neighbouring_pieces_are_one_promise() -> None:
    told = told_from([("agent", "明天上午，十点以前，给您送到。别急。")])
    odds = {"promise": {0: SURE, 1: SURE, 2: SURE}, "promise/broken": {}, "promise/kept": {}}
    (mark,) = settle(_heard(told, odds), CATALOG, ("promise",), [])
    assert (mark.value, told.text[mark.start : mark.end]) == ("open", "明天上午，十点以前，给您送到")


def test_only_stretches_of_time_are_waits() -> None:
    told = told_from([("customer", "等了两个小时，一直没人。")])
    found = settle(_heard(told, {"wait": {0: SURE, 1: SURE}}), CATALOG, ("wait",), [])
    assert [(mark.amount, told.text[mark.start : mark.end]) for mark in found] == [(120.0, "两个小时")]


def test_churn_has_one_reason_a_turn() -> None:
    told = told_from([("customer", "以后不来了，隔壁便宜，我去隔壁。")])
    odds = {"churn": {0: SURE, 2: 2.0}, "churn/competition": {0: 1.0}, "churn/price": {0: -1.0}}
    (mark,) = settle(_heard(told, odds), CATALOG, ("churn",), [])
    assert (mark.value, mark.turn) == ("competition", 0)


def test_an_expectation_points_at_the_experience() -> None:
    told = told_from([("customer", "以为半小时，结果等了仨钟头。")])
    odds = {"expectation/worse": {0: SURE}, "expectation/better": {}, "experience/worse": {1: 0.0}}
    (mark,) = settle(_heard(told, odds), CATALOG, ("expectation",), [])
    assert mark.value == "worse"
    assert mark.other is not None
    assert told.text[slice(*mark.other)] == "结果等了仨钟头"
