import json
from datetime import UTC, datetime

import numpy as np
import pytest

from models.artifact.folder import verify_folder
from models.classify.catalog import load_classifier
from models.core.errors import ArtifactError, FieldError, InputError
from training.evaluate import evaluate_classifier, evaluate_probabilities
from training.fit import FitRequest, data_fingerprint, fit_folder

TEXTS = [f"{a}{b}" for a in ("服务很好", "非常满意", "态度差", "太失望") for b in map(str, range(30))]
LABELS = ["positive"] * 60 + ["negative"] * 60
REQUEST = FitRequest(task="sentiment", now=datetime(2024, 3, 1, tzinfo=UTC), sources=("rows.csv",))


def test_a_fitted_folder_is_whole_and_says_how_good_it_is(tmp_path):
    manifest = fit_folder(REQUEST, TEXTS, LABELS, tmp_path / "m")
    assert verify_folder(tmp_path / "m").version == manifest.version
    assert manifest.metrics["held_out_folds"]["accuracy"] > 0.9
    card = (tmp_path / "m" / "card.md").read_text()
    assert "rows.csv" in card
    assert "positive" in card


def test_the_same_rows_give_the_same_files(tmp_path):
    one = fit_folder(REQUEST, TEXTS, LABELS, tmp_path / "a")
    other = fit_folder(REQUEST, TEXTS, LABELS, tmp_path / "b")
    assert one.files["weights.safetensors"] == other.files["weights.safetensors"]


def test_a_loaded_model_is_evaluated(tmp_path):
    fit_folder(REQUEST, TEXTS, LABELS, tmp_path / "m")
    _, classifier = load_classifier(tmp_path / "m")
    result = evaluate_classifier(classifier, TEXTS, LABELS)
    low, high = result.accuracy_interval
    assert 0 <= low <= result.accuracy <= high <= 1
    assert json.loads(json.dumps(result.to_dict()))["n"] == 120


def test_labels_the_model_does_not_know_count_as_wrong(tmp_path):
    fit_folder(REQUEST, TEXTS, LABELS, tmp_path / "m")
    _, classifier = load_classifier(tmp_path / "m")
    result = evaluate_classifier(classifier, ["服务很好1", "服务很好2"], ["positive", "mixed"])
    assert result.accuracy == 0.5
    with pytest.raises(InputError):
        evaluate_classifier(classifier, ["x"], ["other"])


def test_scores_of_a_hand_computed_confusion():
    p = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.7, 0.3]], dtype=np.float32)
    result = evaluate_probabilities(p, np.array([0, 0, 1, 1]), ("a", "b"), seed=1)
    assert result.accuracy == 0.75
    assert result.per_label["a"].precision == pytest.approx(2 / 3)
    assert result.per_label["b"].recall == 0.5
    assert result.macro_f1 == pytest.approx((0.8 + 2 / 3) / 2)


def test_the_fingerprint_does_not_depend_on_order():
    assert data_fingerprint(TEXTS) == data_fingerprint(TEXTS[::-1])
    assert data_fingerprint(TEXTS) != data_fingerprint(TEXTS[1:])


def test_an_unknown_task_and_a_used_folder_are_refused(tmp_path):
    with pytest.raises(FieldError):
        fit_folder(FitRequest(task="weather", now=REQUEST.now), TEXTS, LABELS, tmp_path / "w")
    fit_folder(REQUEST, TEXTS, LABELS, tmp_path / "m")
    with pytest.raises(ArtifactError):
        fit_folder(REQUEST, TEXTS, LABELS, tmp_path / "m")
