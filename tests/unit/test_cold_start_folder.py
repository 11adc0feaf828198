"""A pack and texts to a model folder, and back."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from data.packs import load_pack
from models.artifact.folder import load_folder
from models.artifact.seen_rows import read_rows
from models.classify.cold_start import ColdStartClassifier
from models.classify.few_shot import FewShotClassifier
from models.core.errors import ArtifactError
from training.cold_start import ColdStartRequest, fit_cold_folder

NOW = datetime(2026, 3, 1, tzinfo=UTC)
TEXTS = [f"这件衣服面料{i}不错" for i in range(20)] + [f"酒店前台{i}房间早餐" for i in range(20)]
LABELLED = [(f"穿着{i}显瘦，很合身", "衣服") for i in range(6)] + [
    (f"离车站近，隔音差{i}", "酒店") for i in range(6)
]


def request() -> ColdStartRequest:
    return ColdStartRequest(load_pack("retail"), NOW, labels=("衣服", "酒店"), sources=("texts.csv",))


def test_a_pack_alone_makes_a_folder_that_says_what_it_is(tmp_path: Path) -> None:
    manifest = fit_cold_folder(request(), TEXTS, [], tmp_path / "cold")
    loaded, arrays = load_folder(tmp_path / "cold")
    again = ColdStartClassifier.from_files(
        {"classes": loaded.classes, "parameters": loaded.parameters}, arrays
    )
    assert manifest.component == "classifier.cold_start.v1"
    assert loaded.notes["categories_of_classes"] == {"衣服": "product.clothes", "酒店": "product.hotel"}
    assert "held_out_folds" not in loaded.metrics
    assert again.predict(["面料不错的衣服", "早餐和房间"]) == ["衣服", "酒店"]
    assert "nobody has labelled" in (tmp_path / "cold/card.md").read_text().lower()


def test_labels_make_a_few_shot_folder_with_figures_of_held_out_rows(tmp_path: Path) -> None:
    manifest = fit_cold_folder(request(), TEXTS, LABELLED, tmp_path / "few")
    loaded, arrays = load_folder(tmp_path / "few")
    again = FewShotClassifier.from_files({"classes": loaded.classes, "parameters": loaded.parameters}, arrays)
    assert manifest.component == "classifier.few_shot.v1"
    assert loaded.metrics["held_out_folds"]["n"] == len(LABELLED)
    assert again.predict(["显瘦合身", "隔音差"]) == ["衣服", "酒店"]


def test_every_text_that_was_used_is_known_to_the_gate(tmp_path: Path) -> None:
    manifest = fit_cold_folder(request(), TEXTS, LABELLED, tmp_path / "few")
    rows = read_rows(tmp_path / "few", manifest)
    assert rows is not None
    assert len(np.unique(rows)) == len(TEXTS) + len(LABELLED)


def test_a_folder_is_never_written_over(tmp_path: Path) -> None:
    fit_cold_folder(request(), TEXTS, [], tmp_path / "cold")
    with pytest.raises(ArtifactError):
        fit_cold_folder(request(), TEXTS, [], tmp_path / "cold")
