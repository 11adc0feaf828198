"""Moments of truth, the polarity of steps and the tally over transcripts."""

import random
from typing import Any

import pytest

from models.experience.analyzer import Component, ExperienceAnalyzer, Summary
from models.experience.catalog import ExperienceCatalog
from models.experience.facets import parse_facet, tag_all
from models.experience.moments import measure_journey, moments_in, steps_said
from models.experience.moments_tally import MAX_QUOTES, JourneyTally
from models.experience.told import Told, told_from

STEPS = parse_facet(
    {
        "facet": "step",
        "nodes": [
            {"id": "reception", "zh": "接待", "en": "Reception", "options": {"moment_of_truth": True}}
            | {"rules": [{"any": ["前台", "接待"], "speaker": "any"}]},
            {"id": "repair", "zh": "作业", "en": "Repair", "rules": [{"any": ["师傅"]}]},
            {"id": "bill", "zh": "结算", "en": "Bill", "options": {"moment_of_truth": True}}
            | {"rules": [{"any": ["结账", "费用"], "speaker": "any"}]},
        ],
    },
    pack="x",
)
CATALOG = ExperienceCatalog("x", {"step": STEPS})


def steps_of(told: Told) -> list[tuple[str, float]]:
    return [(said.step, said.polarity) for said in steps_said(told, STEPS.tag(told))]


def experience_of(told: Told) -> dict[str, Any]:
    analyzer = ExperienceAnalyzer(
        CATALOG,
        components=(Component("facets", lambda t, c, m: tag_all(c.facets.values(), t)),),
        summaries=(Summary("j", "journey", measure_journey),),
    )
    return analyzer.analyze(told).to_dict()


def test_a_missed_peak_is_a_negative_at_a_moment_of_truth_and_a_hit_a_positive() -> None:
    told = told_from([("customer", "前台没人理我，师傅也凶，结账倒是很快")], [[-0.8, -0.7, 0.6]])
    found = measure_journey(told, CATALOG, STEPS.tag(told))
    assert (found["missed"], found["hit"]) == (1, 1)
    assert [row["step"] for row in found["steps"]] == ["reception", "repair", "bill"]
    assert [(m["step"], m["verdict"], told.text[slice(*m["span"])]) for m in moments_in(found)] == [
        ("reception", "missed", "前台"),
        ("bill", "hit", "结账"),
    ]


def test_a_neutral_clause_takes_the_judgement_behind_it_else_the_one_before() -> None:
    assert steps_of(told_from([("customer", "我到了前台，半天没人理我")], [[0.0, -0.8]])) == [
        ("reception", -0.8)
    ]
    assert steps_of(told_from([("customer", "真是气人，就是那个前台")], [[-0.9, 0.0]])) == [
        ("reception", -0.9)
    ]


@pytest.mark.parametrize(
    ("text", "polarity", "expected"),
    [
        ("我到了前台，结账倒是很快", [0.0, 0.7], [("reception", 0.0), ("bill", 0.7)]),
        ("我到了前台，结账来着，快得很", [0.0, 0.0, 0.7], [("reception", 0.0), ("bill", 0.7)]),
        ("我到了前台，另外你们网站太难用", [0.0, -0.7], [("reception", 0.0)]),
        ("我到了前台，好的", [0.0, 0.9], [("reception", 0.0)]),
    ],
)
def test_what_is_said_of_another_step_or_matter_is_not_taken(
    text: str, polarity: list[float], expected: list[tuple[str, float]]
) -> None:
    assert steps_of(told_from([("customer", text)], [polarity])) == expected


def test_the_judgement_of_another_turn_is_taken_only_as_the_answer_to_a_question() -> None:
    asked = [("agent", "那费用方面您觉得呢"), ("customer", "贵得离谱")]
    told_so = [("agent", "费用是两百"), ("customer", "贵得离谱")]
    assert steps_of(told_from(asked, [[], [-0.8]])) == [("bill", -0.8)]
    assert steps_of(told_from(told_so, [[], [-0.8]])) == [("bill", 0.0)]


def test_of_a_step_told_twice_in_a_turn_the_most_extreme_counts() -> None:
    told = told_from([("customer", "前台还行，后来前台骂人，前台也笑过")], [[0.4, -0.9, 0.9]])
    assert steps_of(told) == [("reception", -0.9)]


def test_what_is_told_at_a_moment_of_truth_and_not_judged_has_passed() -> None:
    told = told_from([("customer", "我到了前台")], [[0.1]])
    found = measure_journey(told, CATALOG, STEPS.tag(told))
    assert [row["verdict"] for row in moments_in(found)] == ["passed"]
    assert (found["missed"], found["hit"]) == (0, 0)


def test_without_steps_there_are_no_moments() -> None:
    assert measure_journey(told_from([("customer", "前台")]), ExperienceCatalog("x"), ()) == {}


def test_the_tally_counts_mentions_and_transcripts_along_the_journey() -> None:
    tally = JourneyTally()
    texts = [
        ([("customer", "结账快，前台冷淡")], [[0.5, -0.4]]),
        ([("customer", "前台骂人"), ("agent", "抱歉"), ("customer", "前台又笑了")], [[-0.9], [], [0.4]]),
        ([("customer", "我打听个事")], [[0.0]]),
    ]
    for number, (turns, polarity) in enumerate(texts):
        told = told_from(turns, polarity)
        tally.add(experience_of(told), transcript=f"t{number}", text=told.text)
    reception, bill = tally.rows(CATALOG)
    assert tally.n_transcripts == 3
    assert (reception.step, reception.mentions, reception.transcripts) == ("reception", 3, 2)
    assert (reception.negative, reception.positive) == (2, 1)
    assert reception.mean_polarity == pytest.approx((-0.4 - 0.9 + 0.4) / 3)
    assert (reception.pain.estimate, reception.delight.estimate) == (1.0, 0.5)
    assert [q.text for q in reception.pain_quotes] == ["前台骂人", "前台冷淡"]
    assert [q.transcript for q in reception.pain_quotes] == ["t1", "t0"]
    assert (bill.step, bill.mean_polarity, bill.moment_of_truth) == ("bill", 0.5, True)


def test_a_tally_is_the_same_in_any_order_and_in_parts() -> None:
    seeded = random.Random(7)
    told = [
        told_from([("customer", "前台怎样，师傅怎样")], [[seeded.uniform(-1, 1), seeded.uniform(-1, 1)]])
        for _ in range(60)
    ]
    cases = [(experience_of(one), f"t{i}", one.text) for i, one in enumerate(told)]
    whole, left, right = JourneyTally(), JourneyTally(), JourneyTally()
    for experience, name, text in cases:
        whole.add(experience, transcript=name, text=text)
    seeded.shuffle(cases)
    for number, (experience, name, text) in enumerate(cases):
        (left if number % 3 else right).add(experience, transcript=name, text=text)
    left.merge(JourneyTally.from_dict(right.to_dict()))
    assert left.to_dict() == whole.to_dict()
    assert left.rows(CATALOG) == whole.rows(CATALOG)
    assert max(len(row.pain_quotes) for row in whole.rows()) == MAX_QUOTES


def test_a_step_has_the_effort_of_staff_and_customer_beside_its_curve() -> None:
    tally = JourneyTally()
    conflict = {"kind": "unmet", "step": "bill"}
    for level, conflicts in ((0.4, []), (-0.5, [conflict, conflict])):
        steps = {"steps": [{"step": "bill", "n": 1, "level": level}], "conflicts": conflicts}
        tally.add(
            {"measures": {"staff_effort": steps, "effort": {"steps": [{"step": "bill", "score": 0.25}]}}}
        )
    (row,) = tally.rows(CATALOG)
    assert (row.staff_effort, row.customer_effort, row.conflicts) == (-0.05, 0.25, 1)
    assert (row.mentions, row.mean_polarity, row.pain_quotes) == (0, None, ())
    assert repr(JourneyTally.from_dict(tally.to_dict()).rows(CATALOG)) == repr([row])  # by text: it has a NaN


def test_what_the_agent_tells_is_a_mention_and_no_feeling() -> None:
    told = told_from([("agent", "费用是两百"), ("customer", "结账太慢")], [[], [-0.8]])
    tally = JourneyTally()
    experience = experience_of(told)
    tally.add(experience, text=told.text)
    (row,) = tally.rows(CATALOG)
    assert (row.mentions, row.felt, row.mean_polarity) == (2, 1, -0.8)
    assert ["verdict" in said for said in experience["measures"]["journey"]["steps"]] == [False, True]


def test_a_long_clause_is_quoted_around_its_step() -> None:
    words = "哎" * 40 + "前台骂人" + "呀" * 40
    told = told_from([("customer", words)], [[-0.9]])
    tally = JourneyTally()
    tally.add(experience_of(told), text=told.text)
    (quote,) = tally.rows(CATALOG)[0].pain_quotes
    assert "前台骂人" in quote.text and len(quote.text) == 60
    assert told.text[quote.start : quote.end] == quote.text
