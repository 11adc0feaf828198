"""The shipped aspect model on the shared car-forum texts that it was not fitted on."""

import os
from pathlib import Path

import pytest

from data.artifacts import shipped_models
from models.classify.aspect_catalog import load_aspect
from training.aspect_data import read_aspects
from training.aspect_evaluate import evaluate_aspect

SHARED = Path(os.environ.get("VOC_SHARED_DATA") or Path(__file__).parents[3] / "shared/data")
TEST = SHARED / "aspect_car/test.csv"
TASK = "aspect.automotive"


def test_the_shipped_model_gives_none_where_no_subject_is_named():
    _, model = load_aspect(shipped_models()[TASK])
    assert model.predict(["您好，请稍等", "谢谢", "嗯", "", "再见"]) == [[], [], [], [], []]


def test_the_shipped_model_reads_clauses():
    _, model = load_aspect(shipped_models()[TASK])
    said = {"油耗太高了": "油耗", "后排空间很小": "空间", "方向盘有点重": "操控", "胎噪太大了": "舒适性"}
    found = [{label.subject for label in labels} for labels in model.predict(list(said))]
    assert all(subject in labels for subject, labels in zip(said.values(), found, strict=True)), found


@pytest.mark.shared_data
@pytest.mark.skipif(not TEST.is_file(), reason="the shared data is absent (VOC_SHARED_DATA)")
def test_the_shipped_model_holds_its_figures_on_texts_it_has_not_seen():
    _, model = load_aspect(shipped_models()[TASK])
    table = read_aspects(TEST)
    found = evaluate_aspect(model, table.texts, table.labels)
    assert found["n"] == len(table.texts) > 2000
    assert found["micro_f1"] > 0.60
    assert found["subject_micro_f1"] > 0.85
    assert found["ece"] < 0.05
