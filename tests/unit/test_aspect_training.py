"""Reading, fitting and measuring aspects."""

from datetime import UTC, datetime

import numpy as np
import pytest

from models.classify.aspect_catalog import load_aspect
from models.classify.aspect_ngram import AspectParameters
from models.core.errors import FileFormatError, InputError
from training.aspect_data import read_aspects
from training.aspect_evaluate import evaluate_aspect, evaluate_pairs, pair_calibration_error
from training.aspect_fit import AspectRequest, fit_aspect

NOW = datetime(2024, 3, 1, tzinfo=UTC)
SMALL = AspectParameters(max_n=2, min_df=1, n_folds=3)


def _rows():
    said = [("动力", "提速"), ("油耗", "百公里")]
    how = [(-1, "太差"), (0, "多少"), (1, "很好")]
    cells = [(s, w, p, h, c) for s, w in said for p, h in how for c in "啊呢吧的了嘛"]
    return [f"{w}{h}{c}" for _, w, _, h, c in cells], [[(s, p)] for s, _, p, _, _ in cells]


def test_a_file_gives_texts_and_pairs_and_rejects_bad_rows(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("内容,opinions\n动力好,动力:1|油耗:0\n油耗高,油耗\n,动力:1\n没说,\n", encoding="utf-8")
    table = read_aspects(path, {"text": "内容"})
    assert table.texts == ("动力好", "没说")
    assert table.labels == ((("动力", 1), ("油耗", 0)), ())
    assert [error.values["line"] for error in table.rejected] == [3, 4]


def test_a_file_without_a_usable_row_is_refused(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("text,opinions\n油耗高,油耗\n", encoding="utf-8")
    with pytest.raises(FileFormatError):
        read_aspects(path)


def test_a_fitted_folder_loads_and_is_measured(tmp_path):
    texts, labels = _rows()
    shown = []
    request = AspectRequest(
        now=NOW,
        parameters=SMALL,
        background=("您好", "再见了"),
        task="aspect.automotive",
        sources=("rows.csv",),
    )
    manifest = fit_aspect(request, texts, labels, tmp_path / "m", progress=lambda done, _: shown.append(done))
    assert manifest.name.startswith("aspect.automotive@20240301-")
    assert manifest.data["n_rows"] == len(texts)
    assert manifest.metrics["held_out_folds"]["n"] == len(texts)
    assert shown == sorted(shown) and shown[-1] == 1
    loaded, model = load_aspect(tmp_path / "m")
    assert loaded.classes == ("动力", "油耗")
    found = evaluate_aspect(model, texts, labels)
    assert found["micro_f1"] > 0.9
    low, high = found["micro_f1_interval"]
    assert low <= found["micro_f1"] <= high
    assert set(found["per_subject"]) == {"动力", "油耗"}
    assert found["docs_per_second"] > 0
    card = (tmp_path / "m" / "card.md").read_text(encoding="utf-8")
    assert "| 动力 |" in card and "rows.csv" in card


def test_figures_are_those_of_a_count_by_hand():
    scores = np.zeros((3, 2, 3), dtype=np.float32)
    scores[0, 0, 2] = 0.9
    scores[1, 0, 0], scores[1, 1, 1] = 0.8, 0.7
    scores[2, 1, 1] = 0.6
    labels = [[("a", 1)], [("a", 1)], [("b", 0), ("c", 1)]]
    found = evaluate_pairs(scores, labels, ("a", "b"), 0.5, seed=1)
    assert found["micro_f1"] == 0.5
    assert found["precision"] == 0.5 and found["recall"] == 0.5
    assert found["subject_micro_f1"] == 0.75
    assert found["polarity_accuracy"] == round(2 / 3, 4)
    assert found["per_subject"]["c"] == {
        "n": 1, "precision": 0.0, "recall": 0.0, "f1": 0.0, "subject_f1": 0.0
    }  # fmt: skip


def test_scores_that_hold_have_no_calibration_error():
    scores = np.zeros((10, 1, 3), dtype=np.float32)
    scores[:, 0, 0] = 0.7
    targets = np.zeros((10, 1, 3), dtype=bool)
    targets[:7, 0, 0] = True
    assert pair_calibration_error(scores, scores > 0, targets) == pytest.approx(0, abs=1e-6)
    targets[:] = False
    assert pair_calibration_error(scores, scores > 0, targets) == pytest.approx(0.7, abs=1e-6)


def test_data_of_other_subjects_alone_are_refused(tmp_path):
    texts, labels = _rows()
    fit_aspect(AspectRequest(now=NOW, parameters=SMALL), texts, labels, tmp_path / "m")
    _, model = load_aspect(tmp_path / "m")
    with pytest.raises(InputError):
        evaluate_aspect(model, ["房间小"], [[("房间", -1)]])
