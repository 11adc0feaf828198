"""The shipped talk model reads any text, and its marks lie where they say."""

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.artifacts import shipped_models
from data.packs.experience import load_experience
from models.experience.analyzer import ExperienceAnalyzer
from models.experience.talk_files import load_talk
from models.experience.told import told_from

SAID = st.lists(
    st.sampled_from(
        [
            *"，。！？ \n0９aİ😀\ud800",
            "说好三点",
            "等了两个小时",
            "没人理我",
            "退钱",
            "洗车",
            "[手机]",
            "再也不来了",
            "嗯",
        ]
    ),
    max_size=30,
).map("".join)
TURNS = st.lists(st.tuples(st.sampled_from(["customer", "agent", "system"]), SAID), max_size=6)


@cache
def _analyzer(sector: str) -> ExperienceAnalyzer:
    return ExperienceAnalyzer(load_experience(sector), talk=load_talk(shipped_models()["experience"])[1])


@pytest.mark.parametrize("sector", ["automotive", "bank"])
@settings(max_examples=60, deadline=None)
@given(turns=TURNS)
def test_marks_lie_in_their_turns_and_come_again(sector: str, turns: list[tuple[str, str]]) -> None:
    told = told_from(turns)
    marks = _analyzer(sector).analyze(told).marks
    for mark in marks:
        turn = told.turns[mark.turn]
        assert turn.start <= mark.start < mark.end <= turn.end, mark
        assert mark.other is None or 0 <= mark.other.start < mark.other.end <= len(told.text)
    assert len(set(marks)) == len(marks)
    assert _analyzer(sector).analyze(told).marks == marks
