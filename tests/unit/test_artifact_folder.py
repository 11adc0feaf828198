import json

import numpy as np
import pytest

from models.artifact.folder import load_folder, save_folder, verify_folder
from models.artifact.manifest import Manifest
from models.core.errors import ArtifactError


def manifest(**changes):
    values = {
        "task": "sentiment",
        "version": "v1",
        "component": "classifier.ngram_linear.v1",
        "classes": ("a", "b"),
        "parameters": {},
        "data": {"n_rows": 2},
        "metrics": {},
        "libraries": {},
        "created_at": "2024-03-01T00:00:00+00:00",
        "seed": 1,
        "files": {},
    }
    return Manifest(**{**values, **changes})


@pytest.fixture
def folder(tmp_path):
    target = tmp_path / "model"
    save_folder(target, manifest(), {"w": np.arange(4, dtype=np.float32)}, card="# card")
    return target


def test_what_is_saved_is_loaded(folder):
    found, arrays = load_folder(folder)
    assert found.name == "sentiment@v1"
    assert arrays["w"].tolist() == [0, 1, 2, 3]


def test_a_changed_file_is_refused(folder):
    weights = folder / "weights.safetensors"
    body = bytearray(weights.read_bytes())
    body[-1] ^= 1
    weights.write_bytes(body)
    with pytest.raises(ArtifactError, match="digest"):
        load_folder(folder)


def test_a_missing_or_added_file_is_refused(folder):
    (folder / "extra.json").write_text("{}")
    with pytest.raises(ArtifactError, match="does not name"):
        verify_folder(folder)
    (folder / "extra.json").unlink()
    (folder / "card.md").unlink()
    with pytest.raises(ArtifactError, match="missing"):
        verify_folder(folder)


@pytest.mark.parametrize("name", ["../outside.json", "model.pkl", "sub/x.json"])
def test_names_outside_the_folder_and_unsafe_kinds_are_refused(folder, name):
    path = folder / "manifest.json"
    values = json.loads(path.read_text())
    values["files"][name] = {"sha256": "0" * 64, "n_bytes": 0}
    path.write_text(json.dumps(values))
    with pytest.raises(ArtifactError, match="not allowed"):
        verify_folder(folder)


def test_a_link_in_place_of_a_file_is_refused(folder, tmp_path):
    real = tmp_path / "elsewhere.md"
    real.write_bytes((folder / "card.md").read_bytes())
    (folder / "card.md").unlink()
    (folder / "card.md").symlink_to(real)
    with pytest.raises(ArtifactError, match="not allowed"):
        verify_folder(folder)


def test_a_version_is_never_written_over(folder):
    with pytest.raises(ArtifactError, match="not empty"):
        save_folder(folder, manifest(), {}, card="")


@pytest.mark.parametrize("body", ["", "[]", '{"task": "x"}', '{"format": 99}', "\xff"])
def test_a_foreign_manifest_is_refused(tmp_path, body):
    (tmp_path / "manifest.json").write_text(body)
    with pytest.raises(ArtifactError):
        verify_folder(tmp_path)


def test_a_folder_without_manifest_is_refused(tmp_path):
    with pytest.raises(ArtifactError, match="no manifest"):
        verify_folder(tmp_path)
