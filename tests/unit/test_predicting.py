import json

import numpy as np
import pytest
from model_folders import BAD, GOOD, empty_folder, reviews

from models.artifact.folder import load_manifest
from models.classify.ensemble import EnsembleClassifier
from models.classify.ngram_linear import NgramLinearClassifier, NgramParameters
from models.core.errors import ArtifactError, FieldError
from models.explain.thresholds import UNCLEAR, choose_thresholds
from training.predicting import (
    MAX_EVIDENCE,
    Counts,
    Predictor,
    check_predictable,
    evidence,
    predict_rows,
    thresholds_of,
    word_cutter,
)

TEXTS, LABELS = reviews(60)


def fitted():
    return NgramLinearClassifier(NgramParameters(min_df=1, max_features=2000)).fit(TEXTS, LABELS)


def members():
    """An ensemble of two models that judge alike, and so explain alike."""
    vote = EnsembleClassifier({"a": fitted(), "b": fitted()})
    vote.weights_ = np.array([0.5, 0.5], dtype=np.float32)
    vote.shift_ = np.zeros(2, dtype=np.float32)
    return vote


@pytest.mark.parametrize("make", [fitted, members])
def test_evidence_names_the_words_that_speak_for_the_label_strongest_first(make):
    text, cut = "房间发霉，早餐难吃，服务热情", word_cutter("sentiment", "generic")
    found = evidence(make(), text, "negative", cut)
    assert 0 < len(found) <= MAX_EVIDENCE
    assert all(text[span["start"] : span["end"]] == span["text"] for span in found)
    weights = [span["weight"] for span in found]
    assert weights == sorted(weights, reverse=True) and weights[-1] > 0
    said = "".join(span["text"] for span in found)
    assert any(word[2:] in said for word in BAD)
    praise = "".join(span["text"] for span in evidence(make(), text, "positive", cut))
    assert any(word[2:] in praise for word in GOOD) and "发霉" not in praise


def test_a_label_that_is_no_class_and_an_empty_text_have_no_evidence():
    cut = word_cutter("sentiment", "generic")
    assert evidence(fitted(), "房间发霉", UNCLEAR, cut) == []
    assert evidence(fitted(), " ", "negative", cut) == []


def test_rows_below_the_threshold_of_their_class_become_unclear(tmp_path):
    data = tmp_path / "rows.jsonl"
    texts = [*TEXTS[:4], "今天", ""]
    data.write_text("".join(json.dumps({"text": t}) + "\n" for t in texts) + "{broken\n", encoding="utf-8")
    model = fitted()
    p = model.predict_proba(TEXTS)
    y = np.array([model.classes_.index(label) for label in LABELS])
    predictor = Predictor(
        model,
        thresholds=choose_thresholds(p, y, model.classes_),
        cut=word_cutter("sentiment", "generic"),
    )
    counts = Counts()
    rows = list(predict_rows(predictor, data, {}, counts, as_json=True))
    assert [row["label"] for row in rows[:4]] == LABELS[:4]
    assert rows[4]["label"] == UNCLEAR and json.loads(rows[4]["evidence"]) == []
    assert 0.4 < rows[4]["score"] < predictor.thresholds.classes[0].threshold
    assert json.loads(rows[0]["evidence"])[0]["weight"] > 0
    assert (counts.n, counts.n_unclear, counts.rejected) == (6, 2, 1)


def test_a_batch_says_what_its_rows_say_one_by_one(tmp_path):
    data = tmp_path / "rows.jsonl"
    data.write_text("".join(json.dumps({"text": t}) + "\n" for t in TEXTS[:8]), encoding="utf-8")
    predictor = Predictor(fitted(), cut=word_cutter("sentiment", "generic"))
    together = [row["evidence"] for row in predict_rows(predictor, data, {}, Counts(), as_json=False)]
    assert together == [
        evidence(predictor.classifier, text, label, predictor.cut)
        for text, label in zip(TEXTS[:8], LABELS[:8], strict=True)
    ]


def test_a_model_without_thresholds_says_that_it_must_be_trained_again(tmp_path):
    manifest = load_manifest(empty_folder(tmp_path / "old"))
    with pytest.raises(ArtifactError) as caught:
        thresholds_of(manifest)
    assert "重新训练" in caught.value.message("zh") and "train it again" in caught.value.message("en")
    p = np.array([[0.9, 0.1]], dtype=np.float32)
    other = choose_thresholds(p, np.array([0]), ("x", "y")).to_dict()
    with pytest.raises(ArtifactError):
        thresholds_of(load_manifest(empty_folder(tmp_path / "other", metrics={"thresholds": other})))


def test_a_task_with_other_answers_than_labels_is_refused_in_words(tmp_path):
    check_predictable(load_manifest(empty_folder(tmp_path / "s")))
    folder = empty_folder(tmp_path / "a", task="aspect.automotive", component="aspect.ngram_multi.v1")
    with pytest.raises(FieldError, match="aspect") as caught:
        check_predictable(load_manifest(folder))
    assert "--explain" in caught.value.message("zh")


def test_words_are_those_of_the_sector_of_the_task_else_of_the_service():
    for task in ("category.automotive", "category.of-my-own", "sentiment"):
        spans = word_cutter(task, "generic")("空调不制冷")
        assert [span.end for span in spans][-1] == 5
