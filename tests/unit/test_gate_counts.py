import numpy as np
import pytest
from model_folders import empty_folder

from training.gate import check_release
from training.gate_counts import check_counted_release, micro_f1, paired_bootstrap_micro

TEXTS = [f"第{i}条，空调不制冷" for i in range(80)]


def counts(n_right, n=80):
    """``n_right`` rows are right, in the others one answer is wrong and one missed."""
    return np.array([[1, 0, 0]] * n_right + [[0, 1, 1]] * (n - n_right))


def test_micro_f1_is_that_of_all_answers_together():
    assert micro_f1(np.array([[2, 1, 0], [0, 0, 1]])) == pytest.approx(2 * 2 / (2 * 2 + 1 + 1))
    assert micro_f1(np.array([[0, 0, 0]])) == 0


def test_the_paired_interval_tells_a_real_loss_from_none():
    lost = paired_bootstrap_micro(counts(50), counts(65), seed=1, n_draws=2000)
    assert lost.estimate == pytest.approx(-15 / 80) and lost.high < 0
    same = paired_bootstrap_micro(counts(50), counts(50), seed=1, n_draws=200)
    assert (same.low, same.high) == (0, 0)


def test_models_of_sets_pass_and_fail_the_gate_by_their_rows(tmp_path):
    from models.artifact.seen_rows import ROWS, rows_file

    extra = {"task": "aspect", "component": "classifier.aspect_unheard_of.v1"}
    new, old = (
        empty_folder(tmp_path / v, version=v, extra_files={ROWS: rows_file(["别的"])}, **extra) for v in "ab"
    )
    right = {new: 62, old: 64}
    near = check_counted_release(new, old, TEXTS, lambda folder: counts(right[folder]), seed=1)
    assert near.passed and near.current == "aspect@b"
    right[new] = 30
    worse = check_counted_release(new, old, TEXTS, lambda folder: counts(right[folder]), seed=1)
    assert [check.name for check in worse.refused] == ["comparison"]
    leaked = check_counted_release(new, None, [*TEXTS, "别 的"], lambda folder: counts(81, 81), seed=1)
    assert [check.name for check in leaked.refused] == ["rows"]


def test_a_task_that_is_no_classifier_needs_a_reason_to_replace_another(tmp_path):
    new, old = (empty_folder(tmp_path / v, version=v, task="aspect", component="x.v1") for v in "ab")
    assert check_release(new, None, None, seed=1).passed
    report = check_release(new, old, None, seed=1)
    assert [check.name for check in report.refused] == ["comparison"]
    assert "voc evaluate" in report.check("comparison").zh
    (new / "card.md").write_text("other")
    assert [check.name for check in check_release(new, None, None, seed=1).refused] == ["files"]
