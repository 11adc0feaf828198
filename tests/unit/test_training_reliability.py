from datetime import UTC, datetime

import numpy as np
import pytest

from models.artifact.folder import SAFE_SUFFIXES, load_manifest, verify_folder
from models.explain.thresholds import NEVER, Thresholds
from training.evaluate import evaluate_probabilities
from training.fit import FitRequest, fit_folder
from training.reliability import FIGURE, figure_files, measure_reliability

NOW = datetime(2024, 3, 1, tzinfo=UTC)


def two_way(share_right_by_score, n=200):
    """Rows of class a: at each score so many are right, the others are b."""
    scores = np.repeat(np.array([score for score, _ in share_right_by_score], dtype=np.float32), n)
    labels = [
        "a" if i < share * n else "b" for _, share in share_right_by_score for i in range(n)
    ]  # fmt: skip
    return np.column_stack([scores, 1 - scores]), labels


def test_the_error_by_chance_is_that_of_scores_that_come_exactly_true():
    p, labels = two_way([(0.6, 0.6), (0.9, 0.9)])
    y = np.array([label != "a" for label in labels], dtype=np.int64)
    honest = evaluate_probabilities(p, y, ("a", "b"), seed=1)
    assert honest.ece < honest.ece_by_chance < 0.06
    boasting = evaluate_probabilities(p, 1 - y, ("a", "b"), seed=1)
    assert boasting.ece > 0.4 and boasting.ece_by_chance == honest.ece_by_chance
    few = evaluate_probabilities(p[::20], y[::20], ("a", "b"), seed=1)
    assert few.ece_by_chance > 2 * honest.ece_by_chance
    assert list(few.to_dict()).index("ece_by_chance") == list(few.to_dict()).index("ece") + 1


def test_thresholds_stand_where_labels_hold_nine_times_in_ten():
    p, labels = two_way([(0.6, 0.5), (0.8, 0.97), (0.9, 0.99)])
    found = measure_reliability(p, ("a", "b"), labels)
    assert found.thresholds.classes[0].threshold == pytest.approx(0.8)
    assert found.thresholds.coverage == pytest.approx(2 / 3)
    assert [(round(b.confidence, 2), b.n) for b in found.bins] == [(0.6, 200), (0.8, 200), (0.9, 200)]


def test_a_label_that_is_no_class_counts_as_wrong():
    p, _ = two_way([(0.9, 1.0)])
    found = measure_reliability(p, ("a", "b"), ["c"] * 200)
    assert [c.threshold for c in found.thresholds.classes] == [NEVER, NEVER]
    assert found.bins[0].accuracy == 0


def test_a_model_folder_carries_thresholds_and_a_card_with_both_tables(tmp_path):
    texts = [f"{a}{b}" for a in ("服务很好", "非常满意", "态度差", "太失望") for b in map(str, range(30))]
    labels = ["positive"] * 60 + ["negative"] * 60
    fit_folder(FitRequest(task="sentiment", now=NOW), texts, labels, tmp_path / "m")
    manifest = load_manifest(tmp_path / "m")
    kept = Thresholds.from_dict(manifest.metrics["thresholds"])
    assert [c.label for c in kept.classes] == list(manifest.classes)
    assert kept.wanted == 0.9 and kept.coverage > 0.5
    assert next(iter(manifest.metrics)) == "held_out_folds"
    assert manifest.metrics["held_out_folds"]["ece_by_chance"] >= 0
    card = (tmp_path / "m" / "card.md").read_text(encoding="utf-8")
    assert "| stated | rows | mean stated | came true | 95 % interval |" in card
    assert "## Thresholds for a precision of 90%" in card and "--abstain" in card
    verify_folder(tmp_path / "m")


def test_the_figure_lies_in_the_folder_where_folders_may_hold_figures():
    p, labels = two_way([(0.9, 0.9)])
    files = figure_files(measure_reliability(p, ("a", "b"), labels))
    assert list(files) == ([FIGURE] if ".svg" in SAFE_SUFFIXES else [])
    assert all(body.startswith(b"<svg") for body in files.values())
