import numpy as np
import pytest
from model_folders import empty_folder

from models.artifact.seen_rows import ROWS, rows_file
from models.core.errors import ArtifactError, InputError
from training.gate_counts import (
    Answered,
    CountedRows,
    check_counted_release,
    micro_f1,
    paired_bootstrap_micro,
)
from training.gate_rows import count_answers

TEXTS = tuple(f"第{i}条，空调不制冷" for i in range(80))
ASPECT = {"task": "aspect", "component": "classifier.aspect_unheard_of.v1"}
NOTHING = np.zeros(0)


def counts(n_right, n=80):
    """``n_right`` rows are right, in the others one answer is wrong and one missed."""
    return np.array([[1, 0, 0]] * n_right + [[0, 1, 1]] * (n - n_right))


def answered(n_right, n=80, *, score=None):
    """One answer per row, all with ``score``; without it no scores are stated."""
    scores = NOTHING if score is None else np.full(n, score)
    return Answered(counts(n_right, n), scores, np.arange(len(scores)) < n_right)


def folders(tmp_path, names="ab"):
    return [
        empty_folder(tmp_path / v, version=v, extra_files={ROWS: rows_file(["别的"])}, **ASPECT)
        for v in names
    ]


def test_micro_f1_is_that_of_all_answers_together():
    assert micro_f1(np.array([[2, 1, 0], [0, 0, 1]])) == pytest.approx(2 * 2 / (2 * 2 + 1 + 1))
    assert micro_f1(np.array([[0, 0, 0]])) == 0


def test_answers_are_right_wrong_or_missed_row_by_row():
    found = count_answers([{"a", "b"}, set(), {"c"}], [[("a", 0.9), ("x", 0.4)], [("y", 0.5)], []])
    assert found.counts.tolist() == [[1, 1, 1], [0, 1, 0], [0, 0, 1]]
    assert found.scores.tolist() == [0.9, 0.4, 0.5]
    assert found.right.tolist() == [True, False, False]
    assert count_answers([], []).counts.shape == (0, 3)


def test_several_turns_that_say_the_same_are_met_by_one():
    gold = [{1, 4}, {1, 4}, {1, 4}, set()]
    found = count_answers(gold, [[(4, 0.8)], [(2, 0.8)], [], []], met_by_one=True)
    assert found.counts.tolist() == [[1, 0, 0], [0, 1, 1], [0, 0, 1], [0, 0, 0]]


def test_the_paired_interval_tells_a_real_loss_from_none():
    lost = paired_bootstrap_micro(counts(50), counts(65), seed=1, n_draws=2000)
    assert lost.estimate == pytest.approx(-15 / 80) and lost.high < 0
    same = paired_bootstrap_micro(counts(50), counts(50), seed=1, n_draws=200)
    assert (same.low, same.high) == (0, 0)


def test_models_of_sets_pass_and_fail_the_gate_by_their_rows(tmp_path):
    new, old = folders(tmp_path)
    right = {new: 62, old: 64}
    test = CountedRows(TEXTS, lambda folder: answered(right[folder]))
    near = check_counted_release(new, old, test, seed=1)
    assert near.passed and near.current == "aspect@b"
    assert near.check("comparison").figures["candidate"] == {"micro_f1": 0.775}
    right[new] = 30
    worse = check_counted_release(new, old, test, seed=1)
    assert [check.name for check in worse.refused] == ["comparison"]
    leaked = CountedRows((*TEXTS, "别 的"), lambda folder: answered(81, 81))
    report = check_counted_release(new, None, leaked, seed=1)
    assert [check.name for check in report.refused] == ["rows"]
    assert report.check("rows").figures["first_seen_rows"] == [81]


def test_rows_that_the_model_in_use_was_fitted_on_are_left_out(tmp_path):
    (new,) = folders(tmp_path, "a")
    old = empty_folder(tmp_path / "b", version="b", extra_files={ROWS: rows_file(TEXTS[:60])}, **ASPECT)
    report = check_counted_release(new, old, CountedRows(TEXTS, lambda folder: answered(70)), seed=1)
    assert [check.name for check in report.refused] == ["comparison"]
    assert report.check("comparison").figures == {"n": 20}


def test_scores_that_do_not_come_true_are_refused_on_the_test_rows(tmp_path):
    new, old = folders(tmp_path)

    def judged(score):
        test = CountedRows(TEXTS, lambda folder: answered(64, score=score))
        return check_counted_release(new, old, test, seed=1).check("calibration")

    honest, boasting = judged(0.8), judged(0.99)
    assert (honest.verdict, honest.figures["rows"], honest.figures["ece"]) == ("passed", "test", 0.0)
    assert boasting.verdict == "refused" and boasting.figures["ece"] == pytest.approx(0.19)


def test_with_few_scores_the_figures_of_the_model_are_judged(tmp_path):
    test = CountedRows(TEXTS, lambda folder: answered(64))
    for name, metrics, verdict in (
        ("folds", {"held_out_folds": {"ece": 0.02}}, "passed"),
        ("aside", {"kept_aside": {"f1": 0.5, "ece": 0.2}}, "refused"),
        ("none", {"held_out_folds": {"f1": 0.5}}, "skipped"),
    ):
        folder = empty_folder(
            tmp_path / name, extra_files={ROWS: rows_file(["别的"])}, metrics=metrics, **ASPECT
        )
        assert check_counted_release(folder, None, test, seed=1).check("calibration").verdict == verdict


def test_without_test_rows_only_the_first_model_of_a_task_passes(tmp_path):
    new, old = folders(tmp_path)
    assert check_counted_release(new, None, None, seed=1).passed
    report = check_counted_release(new, old, None, seed=1)
    assert [check.name for check in report.refused] == ["comparison"]
    assert "--test" in report.check("comparison").zh and report.current == "aspect@b"
    (new / "card.md").write_text("other")
    assert [check.name for check in check_counted_release(new, None, None, seed=1).refused] == ["files"]


def test_a_model_that_cannot_answer_is_refused_and_one_in_use_is_passed_over(tmp_path):
    new, old = folders(tmp_path)
    unknown = InputError(reason="没有交集", reason_en="nothing in common")
    foreign = ArtifactError(name="x", reason="未知的组件", reason_en="unknown component")

    def answering(failing, error):
        def answer(folder):
            if folder == failing:
                raise error
            return answered(70)

        return check_counted_release(new, old, CountedRows(TEXTS, answer), seed=1)

    assert [check.name for check in answering(new, unknown).refused] == ["comparison"]
    assert [check.name for check in answering(new, foreign).refused] == ["files"]
    report = answering(old, foreign)
    assert report.passed and report.check("comparison").verdict == "skipped"
    assert "未知的组件" in report.check("comparison").zh
