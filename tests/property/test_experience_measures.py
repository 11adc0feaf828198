"""Measures of an experience hold on any text: no error, places inside the text, values in their range."""

from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from models.experience.analyzer import Component, ExperienceAnalyzer, Summary
from models.experience.catalog import ExperienceCatalog
from models.experience.effort_index import measure_effort_index
from models.experience.mark import Mark
from models.experience.moments import measure_journey
from models.experience.moments_felt import find_felt
from models.experience.moments_tally import JourneyTally
from models.experience.peak_end import measure_peak_end
from models.experience.staff_effort import measure_staff_effort
from models.experience.told import Told, ToldClause, told_from
from models.experience.trajectory import measure_trajectory
from models.experience.wrap_up import measure_wrap_up
from models.experience.wrap_up_text import wrap_up_text

CATALOG = ExperienceCatalog("x")
KINDS = ("step", "demand", "promise", "wait", "churn", "exposure", "survey", "issue", "expectation")
WORDS = [
    "好的",
    "谢谢",
    "等了三天",
    "给您退款",
    "抱歉",
    "不归我们管",
    "气死了",
    "前台",
    "没人理我",
    "，。！？",
    "热情",
    "投诉",
    "吗",
    "\n",
    "12315",
    "我马上处理",
    "态度差",
]
turns = st.lists(
    st.tuples(
        st.sampled_from(["customer", "agent", "system"]),
        st.lists(st.sampled_from(WORDS) | st.text(max_size=6)),
    ),
    max_size=8,
)


def spans(value: Any) -> Iterator[list[int]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from [item] if key == "span" else spans(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from spans(item)


def judged(told: Told, polarity: float) -> Told:
    clauses = tuple(
        ToldClause(c.turn, c.speaker, c.start, c.text, polarity * (-1) ** n)
        for n, c in enumerate(told.clauses)
    )
    return Told(told.text, told.turns, clauses)


def marked(told: Told, kinds: list[str]) -> list[Mark]:
    return [
        Mark(kind, "open", clause.start, clause.end, clause.turn, amount=30.0, unit="minutes")
        for kind, clause in zip(kinds, told.clauses, strict=False)
    ]


@settings(max_examples=150, deadline=None)
@given(turns, st.lists(st.sampled_from(KINDS), max_size=30), st.floats(-1, 1))
def test_any_text_is_measured_within_its_bounds(
    said: list[tuple[str, list[str]]], kinds: list[str], polarity: float
) -> None:
    told = judged(told_from([(speaker, "".join(words)) for speaker, words in said]), polarity)
    analyzer = ExperienceAnalyzer(
        CATALOG,
        components=(Component("given", lambda t, c, m: marked(t, kinds)), Component("felt", find_felt)),
        summaries=(
            Summary("p", "peak_end", measure_peak_end),
            Summary("t", "trajectory", measure_trajectory),
            Summary("j", "journey", measure_journey),
            Summary("s", "staff_effort", measure_staff_effort),
            Summary("e", "effort", measure_effort_index),
            Summary("w", "wrap_up", measure_wrap_up),
        ),
    )
    plain = analyzer.analyze(told).to_dict()
    assert analyzer.analyze(told).to_dict() == plain
    assert all(0 <= start <= end <= len(told.text) for start, end in spans(plain))
    measures = plain["measures"]
    assert -1 <= measures["peak_end"].get("score", 0.0) <= 1
    assert -1 <= measures["staff_effort"].get("level", 0.0) <= 1
    assert 0 <= measures["effort"]["score"] <= 1
    assert isinstance(wrap_up_text(measures, told.text, CATALOG), str)
    tally = JourneyTally()
    tally.add(plain, transcript="a", text=told.text)
    assert JourneyTally.from_dict(tally.to_dict()).to_dict() == tally.to_dict()
