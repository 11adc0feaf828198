"""Scores that are said, and scores sent along that the text contradicts."""

import pytest

from models.experience.mark import Mark
from models.experience.survey_patterns import patterns_of
from models.experience.survey_scores import conflicts, scale_of, scores_told, share_of
from models.experience.told import told_from
from models.taxonomy.patterns import MAX_CHARS


@pytest.mark.parametrize(
    ("text", "amount", "answer"),
    [
        ("我给你们打8分", 8.0, "satisfied"),
        ("给个五星好评", 5.0, "satisfied"),
        ("最多打六分", 6.0, "neutral"),
        ("只能给两颗星", 2.0, "dissatisfied"),
        ("我打85分", 85.0, "satisfied"),
        ("给个满分", 10.0, "satisfied"),
    ],
)
def test_scores_are_read_on_their_own_scale(text: str, amount: float, answer: str) -> None:
    assert [(s.amount, s.answer) for s in scores_told(told_from([("customer", text)]))] == [(amount, answer)]


@pytest.mark.parametrize(
    "text", ["等了三十分钟", "扣一分怕你们骄傲", "四十分才到", "打了三分钟电话", "住的五星级酒店"]
)
def test_minutes_and_points_taken_off_are_no_scores(text: str) -> None:
    assert list(scores_told(told_from([("customer", text)]))) == []


@pytest.mark.parametrize(
    ("name", "seen", "top"),
    [
        ("overall", [9], 10.0),
        ("nps", [3], 10.0),
        ("CSAT", [4], 5.0),
        ("score", [1, 5, 3], 5.0),
        ("满意度", [88], 100.0),
        ("score", [-1], None),
        ("score", [250], None),
    ],
)
def test_a_scale_is_known_by_name_and_range(name: str, seen: list[float], top: float | None) -> None:
    assert scale_of(name, seen) == top


def test_shares_run_from_worst_to_best() -> None:
    assert [share_of(1, 5.0), share_of(5, 5.0), share_of(0, 10.0), share_of(75, 100.0)] == [0, 1, 0, 0.75]


_BAD = Mark("survey", "waiting", 4, 9, turn=1, detail="dissatisfied")
_GOOD = Mark("survey", "quality", 0, 3, turn=0, detail="satisfied")


def test_a_high_score_with_a_text_of_blame_is_a_conflict_at_the_blame() -> None:
    (found,) = conflicts([_BAD, _BAD, _GOOD], -0.9, {"overall": 10})
    assert (found.kind, found.score, found.share, found.span) == ("high_score", 10, 1.0, (4, 9))
    assert found.says == pytest.approx((-1 - 1 + 1 - 0.9) / 4)


def test_a_low_score_with_praise_is_a_conflict_and_agreement_is_none() -> None:
    assert [c.kind for c in conflicts([_GOOD], 0.8, {"nps": 2})] == ["low_score"]
    assert conflicts([_GOOD], 0.8, {"overall": 9}) == ()
    assert conflicts([_BAD], -0.8, {"overall": 2}) == ()
    assert conflicts([], None, {"overall": 10}) == ()


def test_only_overall_scores_count_and_a_score_told_is_no_judgement() -> None:
    assert conflicts([_BAD], -0.9, {"cleanliness": 10}) == ()
    told = Mark("survey", "overall", 0, 2, turn=0, detail="satisfied", amount=10.0, unit="score")
    assert [c.kind for c in conflicts([told, _BAD], None, {"overall": 10})] == ["high_score"]


def test_a_conflict_is_written_with_its_span() -> None:
    (found,) = conflicts([_BAD], None, {"overall": 10})
    assert found.to_dict() == {
        "kind": "high_score",
        "name": "overall",
        "score": 10,
        "share": 1.0,
        "says": -1.0,
        "span": [4, 9],
    }


def test_long_patterns_are_cut_into_parts_that_match_the_same() -> None:
    words = "|".join(f"甲{n:03}乙" for n in range(80))
    parts = patterns_of(f"# a remark\n(?:{words})<g>(?:好|坏)")
    assert len(parts) > 1 and all(len(part) <= MAX_CHARS for part in parts)
    assert sum(part.count("甲") for part in parts) == 80
