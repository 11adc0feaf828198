from typing import Any

import pytest

from models.core.errors import PackError
from models.indicators.registry import parse_indicator, parse_registry
from models.indicators.row import IndicatorRow, Seen

HEAD: dict[str, Any] = {"id": "x", "zh": "甲", "en": "X", "system": "experience"}


def pair(formula: dict[str, Any], row: IndicatorRow) -> tuple[float, float] | None:
    return parse_indicator({**HEAD, "formula": formula}, pack="p").formula.observe(Seen(row))


def told(*marks: dict[str, Any], **measures: dict[str, Any]) -> IndicatorRow:
    return IndicatorRow("2024-03", {"marks": list(marks), "measures": measures})


KEPT, BROKEN = {"kind": "promise", "value": "kept"}, {"kind": "promise", "value": "broken"}
RATIO = {
    "kind": "mark_ratio",
    "good": {"kind": "promise", "values": ["kept"]},
    "bad": {"kind": "promise", "values": ["broken"]},
}


def test_a_ratio_of_marks_counts_both_sides_and_leaves_out_what_is_open() -> None:
    assert pair(RATIO, told(KEPT, BROKEN, BROKEN, {"kind": "promise", "value": "open"})) == (1.0, 3.0)
    assert pair(RATIO, told({"kind": "promise", "value": "open"})) is None


def test_a_share_of_marks_counts_a_transcript_once() -> None:
    formula = {"kind": "mark_share", "marks": {"kind": "promise", "values": ["broken"]}}
    assert pair(formula, told(BROKEN, BROKEN)) == (1.0, 1.0)
    assert pair(formula, told(KEPT)) == (0.0, 1.0)


def test_a_share_of_some_marks_leaves_out_transcripts_without_them() -> None:
    step = {"kind": "step", "values": ["reception"]}
    formula = {"kind": "mark_share", "marks": {**step, "polarity": "negative"}, "of": step}
    bad = {"kind": "step", "value": "reception", "polarity": -0.5}
    assert pair(formula, told(bad)) == (1.0, 1.0)
    assert pair(formula, told({**bad, "polarity": -0.1})) == (0.0, 1.0)
    assert pair(formula, told({"kind": "step", "value": "lounge", "polarity": -0.9})) is None


def test_a_survey_item_reads_the_answer_from_the_detail() -> None:
    formula = {
        "kind": "mark_ratio",
        "good": {"kind": "survey", "values": ["on_time"], "details": ["yes"]},
        "bad": {"kind": "survey", "values": ["on_time"], "details": ["no"]},
    }
    assert pair(formula, told({"kind": "survey", "value": "on_time", "detail": "no"})) == (0.0, 1.0)
    assert pair(formula, told({"kind": "survey", "value": "food", "detail": "no"})) is None


def test_yes_and_no_of_a_file_are_words_not_truth_values() -> None:
    bare = parse_indicator(
        {**HEAD, "formula": {"kind": "mark_share", "marks": {"kind": "survey", "details": [True, False]}}},
        pack="p",
    )
    assert bare.to_dict()["formula"]["marks"]["details"] == ["no", "yes"]


def test_a_balance_is_plus_minus_or_both() -> None:
    formula = {"kind": "mark_balance", "plus": {"kind": "recommend"}, "minus": {"kind": "warn"}}
    plus, minus = {"kind": "recommend", "value": "r"}, {"kind": "warn", "value": "w"}
    assert pair(formula, told(plus)) == (1.0, 1.0)
    assert pair(formula, told(minus)) == (-1.0, 1.0)
    assert pair(formula, told(plus, minus)) == (0.0, 1.0)
    assert pair(formula, told()) is None


@pytest.mark.parametrize(
    ("score", "expected"), [(10, 1.0), (9, 1.0), (8, 0.0), (7, 0.0), (6, -1.0), (0, -1.0)]
)
def test_promoters_and_detractors(score: float, expected: float) -> None:
    row = IndicatorRow("2024-03", scores={"recommend": score})
    assert pair({"kind": "nps", "scores": ["nps", "recommend"]}, row) == (expected, 1.0)


def test_scores_are_looked_for_by_their_names_in_order() -> None:
    row = IndicatorRow("2024-03", scores={"csat": 3.0, "满意度": 5.0})
    assert pair({"kind": "score_mean", "scores": ["满意度", "csat"]}, row) == (5.0, 1.0)
    assert pair({"kind": "score_share", "scores": ["csat"], "at_least": 4}, row) == (0.0, 1.0)
    assert pair({"kind": "score_mean", "scores": ["price"]}, row) is None


def test_measures_are_read_by_key_and_name() -> None:
    row = told(peak_end={"score": -0.4})
    assert pair({"kind": "measure_mean", "key": "peak_end", "name": "score"}, row) == (-0.4, 1.0)
    assert pair({"kind": "measure_mean", "key": "effort", "name": "score"}, row) is None


def test_the_longest_wait_of_a_transcript_counts_and_a_year_is_cut() -> None:
    waits = [{"kind": "wait", "value": "wait", "amount": amount} for amount in (30.0, 90.0)]
    mean = {"kind": "mark_amount", "marks": {"kind": "wait"}, "most": 1440}
    assert pair(mean, told(*waits)) == (90.0, 1.0)
    assert pair(mean, told({"kind": "wait", "value": "wait", "amount": 525_600.0})) == (1440.0, 1.0)
    assert pair(mean, told({"kind": "wait", "value": "wait"})) is None
    share = {"kind": "mark_amount_share", "marks": {"kind": "wait"}, "at_most": 60}
    assert pair(share, told(*waits)) == (0.0, 1.0)
    assert pair(share, told(waits[0])) == (1.0, 1.0)


def test_steps_are_felt_as_the_journey_has_it() -> None:
    said = [("reception", -0.5), ("reception", 0.1), ("handover", 0.9), ("washing", -0.9)]
    row = told(journey={"steps": [{"step": step, "polarity": polarity} for step, polarity in said]})
    steps = ["reception", "handover"]
    assert pair({"kind": "journey_ratio", "steps": steps}, row) == (1.0, 2.0)
    assert pair({"kind": "journey_pain", "steps": ["reception"]}, row) == (1.0, 1.0)
    assert pair({"kind": "journey_pain", "steps": ["handover"]}, row) == (0.0, 1.0)
    assert pair({"kind": "journey_pain", "steps": ["diagnosis"]}, row) is None


def test_a_reply_in_time_is_one_within_the_hours() -> None:
    formula = {"kind": "replied_within", "hours": 24}
    assert pair(formula, IndicatorRow("2024-03", reply_hours=24.0)) == (1.0, 1.0)
    assert pair(formula, IndicatorRow("2024-03", reply_hours=25.0)) == (0.0, 1.0)
    assert pair(formula, IndicatorRow("2024-03")) is None


def test_names_of_people_stand_for_the_ids_of_values() -> None:
    found = parse_indicator(
        {**HEAD, "formula": {"kind": "mark_share", "marks": {"kind": "step", "values": ["接待"]}}},
        pack="p",
        names=lambda kind, name: ["reception"] if (kind, name) == ("step", "接待") else [],
    )
    assert found.formula.observe(Seen(told({"kind": "step", "value": "reception"}))) == (1.0, 1.0)


@pytest.mark.parametrize(
    "change",
    [
        {"formula": {"kind": "eval", "code": "1"}},
        {"formula": {"kind": "nps", "scores": ["a"], "code": "1"}},
        {"formula": {"kind": "mark_share"}},
        {"formula": {"kind": "mark_share", "marks": {"kind": "a", "polarity": "bad"}}},
        {"formula": {"kind": "score_mean", "scores": ["a"]}, "scale": [1, 1]},
        {"formula": {"kind": "score_mean", "scores": ["a"]}, "weight": -1},
        {"formula": {"kind": "score_mean", "scores": ["a"]}, "system": "other"},
        {"formula": {"kind": "score_mean", "scores": ["a"]}, "goal": 1},
        {"formula": {"kind": "score_mean", "scores": ["a"]}, "zh": ""},
    ],
)
def test_a_wrong_indicator_is_named(change: dict[str, Any]) -> None:
    with pytest.raises(PackError, match="x"):
        parse_indicator({**HEAD, **change}, pack="p")


def test_ids_are_there_once() -> None:
    one = {**HEAD, "formula": {"kind": "score_mean", "scores": ["a"]}}
    with pytest.raises(PackError, match="twice"):
        parse_registry([one, one], pack="p")


def test_points_run_from_the_worst_to_the_best_of_the_scale_and_are_cut_there() -> None:
    minutes = parse_indicator(
        {
            **HEAD,
            "direction": "lower",
            "unit": "minutes",
            "scale": [0, 60],
            "formula": {"kind": "score_mean", "scores": ["a"]},
        },
        pack="p",
    )
    assert [minutes.points(value) for value in (0, 15, 60, 90)] == [100, 75, 0, 0]
