"""The shipped dialogue models on real dialogues that they were not fitted on."""

import os
from pathlib import Path

import pytest

from data.artifacts import shipped_models
from models.dialogue.analyzer import load_analyzer
from training.dialogue.fit import evaluate_problem, evaluate_satisfaction
from training.dialogue.reading import load_dialogues

SHARED = Path(os.environ.get("VOC_SHARED_DATA") or Path(__file__).parents[2].parent / "shared" / "data")
pytestmark = [
    pytest.mark.shared_data,
    pytest.mark.skipif(not SHARED.is_dir(), reason=f"shared public data not found at {SHARED}"),
]
MAX_BYTES = 2_000_000


@pytest.fixture(scope="module")
def records():
    table = load_dialogues(SHARED / "helpdesk_dialogues" / "test.jsonl")
    assert table.rejected == ()
    return table.records


@pytest.fixture(scope="module")
def analyzer():
    shipped = shipped_models()
    return load_analyzer(shipped["satisfaction"], shipped["problem"])


def test_satisfaction_in_three_classes_is_above_the_mark(analyzer, records):
    result = evaluate_satisfaction(analyzer.satisfaction, records)
    assert result.macro_f1 >= 0.68
    assert result.ece <= 0.06


def test_the_problem_turn_is_found_better_than_by_the_first_customer_turn(analyzer, records):
    result = evaluate_problem(analyzer.problem, records).problem
    assert result.gain_interval[0] > 0


def test_spans_of_the_marks_are_the_turns(analyzer, records):
    turns = [record.turns for record in records[:100]]
    for own, scores in zip(turns, analyzer.analyze_many(turns), strict=True):
        joined = "\n".join(text for _, text in own)
        for mark in (scores.problem, scores.goal):
            assert mark is None or joined[mark.start : mark.end] == own[mark.turn][1]


def test_both_models_together_stay_small():
    folders = [shipped_models()[task] for task in ("satisfaction", "problem")]
    assert sum(path.stat().st_size for folder in folders for path in folder.iterdir()) <= MAX_BYTES
