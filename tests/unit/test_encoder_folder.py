"""Encoder folders: only what the manifest names, as it was written."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from models.artifact.manifest import FileEntry
from models.core.errors import ArtifactError
from models.encoder.folder import EncoderManifest, load_encoder_manifest, verify_encoder_folder


def _folder(tmp_path: Path) -> Path:
    body = b"graph"
    (tmp_path / "encoder.onnx").write_bytes(body)
    manifest = EncoderManifest(
        name="tiny.onnx.v1-00000000",
        dim=4,
        max_tokens=8,
        prefix="query: ",
        licence="MIT",
        source={"sha256": "0" * 64},
        parameters={"pad_id": 1},
        checks={},
        files={"encoder.onnx": FileEntry(hashlib.sha256(body).hexdigest(), len(body))},
        created_at="2024-03-01T00:00:00+00:00",
    )
    (tmp_path / "manifest.json").write_bytes(manifest.to_json())
    return tmp_path


def test_a_manifest_survives_the_round_trip(tmp_path: Path) -> None:
    manifest = verify_encoder_folder(_folder(tmp_path))
    assert manifest.name == "tiny.onnx.v1-00000000"
    assert manifest.files["encoder.onnx"].n_bytes == 5


def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    (folder / "encoder.onnx").write_bytes(b"grapf")
    with pytest.raises(ArtifactError, match="does not match its digest"):
        verify_encoder_folder(folder)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    (folder / "encoder.onnx").unlink()
    with pytest.raises(ArtifactError, match="is missing"):
        verify_encoder_folder(folder)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"kind": "classifier"}, "not of an encoder"),
        ({"format": 2}, "newer release"),
        ({"files": {"../../etc/passwd": {"sha256": "", "n_bytes": 1}}}, "outside the folder"),
        ({"files": None}, "incomplete"),
        ({"unheard_of": 1}, "incomplete"),
    ],
)
def test_a_foreign_manifest_is_refused(tmp_path: Path, changes: dict[str, object], says: str) -> None:
    path = _folder(tmp_path) / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    with pytest.raises(ArtifactError, match=says):
        load_encoder_manifest(tmp_path)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff"])
def test_a_damaged_manifest_is_refused(tmp_path: Path, body: bytes) -> None:
    (tmp_path / "manifest.json").write_bytes(body)
    with pytest.raises(ArtifactError):
        load_encoder_manifest(tmp_path)


def test_a_folder_without_manifest_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="import-encoder"):
        load_encoder_manifest(tmp_path)
