"""What a clause feels: the sentiment model, and the marks that know better."""

import pytest

from models.experience.catalog import ExperienceCatalog
from models.experience.mark import Mark
from models.experience.moments_felt import feelings, find_felt, strength_of
from models.experience.peak_end import measure_peak_end, moments_of
from models.experience.told import told_from
from models.text.align import Span

CATALOG = ExperienceCatalog("x")


@pytest.mark.parametrize(
    ("mark", "served", "felt"),
    [
        (Mark("demand", "compensation", 0, 3, 0), 0.7, -0.4),
        (Mark("demand", "compensation", 0, 3, 0), -0.9, -0.9),
        (Mark("demand", "cancellation", 0, 3, 0), 0.5, 0.5),
        (Mark("exposure", "law", 0, 3, 0), 0.0, -0.7),
        (Mark("churn", "competition", 0, 3, 0), 0.3, -0.6),
        (Mark("churn", "death", 0, 3, 0), -0.1, -0.1),
        (Mark("survey", "quality", 0, 3, 0, detail="satisfied"), -0.9, 0.6),
        (Mark("survey", "quality", 0, 3, 0, detail="yes"), -0.2, -0.2),
        (Mark("wait", "wait", 0, 3, 0, amount=5.0, unit="minutes"), 0.1, 0.1),
        (Mark("wait", "wait", 0, 3, 0, amount=90.0, unit="minutes"), 0.1, -0.4),
        (Mark("step", "bill", 0, 3, 0), 0.4, 0.4),
        (Mark("issue", "price", 0, 3, 0), 0.1, -0.4),
        (Mark("issue", "price", 0, 3, 0), 0.6, 0.6),
    ],
)
def test_a_mark_moves_a_polarity_to_its_own_side_only(mark: Mark, served: float, felt: float) -> None:
    assert feelings(told_from([("customer", "四百多全赔我")], [[served]]), [mark]) == [felt]


def test_marks_that_contradict_each_other_leave_the_model_alone() -> None:
    told = told_from([("customer", "四百多全赔我")], [[0.2]])
    marks = [Mark("demand", "refund", 0, 2, 0), Mark("survey", "price", 2, 4, 0, detail="satisfied")]
    assert feelings(told, marks) == [0.2]


def test_what_came_of_a_promise_hurts_not_the_promise() -> None:
    told = told_from([("customer", "说好三天到，一周了没动静")], [[0.1, 0.2]])
    assert feelings(told, [Mark("promise", "broken", 0, 5, 0, other=Span(6, 12))]) == [0.1, -0.6]
    assert strength_of(Mark("promise", "broken", 0, 5, 0)) == 0.0


def test_a_question_is_no_praise_and_care_told_of_is() -> None:
    told = told_from([("customer", "需要提前约吗？小姑娘跑前跑后的")], [[0.6, 0.0]])
    assert feelings(told, ()) == [0.0, 0.5]


def test_agents_feel_nothing() -> None:
    assert feelings(told_from([("agent", "您再等等，特别热情")], [[0.8, 0.8]]), ()) == [0.0, 0.0]


def test_only_what_differs_from_the_model_is_marked_and_measures_follow_it() -> None:
    told = told_from([("customer", "还可以吧，四百多全赔我")], [[0.2, 0.7]])
    demand = Mark("demand", "refund", 6, 8, 0)
    (felt,) = find_felt(told, CATALOG, [demand])
    assert (felt.kind, felt.value, felt.polarity, told.text[felt.start : felt.end]) == (
        "felt",
        "negative",
        -0.4,
        "四百多全赔我",
    )
    assert [moment.polarity for moment in moments_of(told, [demand, felt])] == [0.2, -0.4]
    assert measure_peak_end(told, CATALOG, [demand, felt])["score"] == -0.4
    assert measure_peak_end(told, CATALOG, [demand])["score"] == 0.7


def test_words_of_anger_are_heard_where_the_model_hears_nothing() -> None:
    told = told_from([("customer", "真是坑人，今天周三")], [[0.1, 0.1]])
    assert feelings(told, ()) == [-0.6, 0.1]
