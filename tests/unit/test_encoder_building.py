"""How ``VOC_ENCODER`` becomes an encoder, and how the importer joins the command line."""

from __future__ import annotations

import tomllib
from importlib import import_module
from pathlib import Path

import click
import pytest

from models.core.errors import ArtifactError, SetupError
from models.encoder.folder import EncoderManifest
from models.encoder.onnx_encoder import OnnxEncoder
from models.rootcause.vectors import UseEncoder
from service.building import build_encoder
from service.settings import load_settings
from service.vector_cache import CachedEncoder


def _folder(path: Path) -> Path:
    path.mkdir(parents=True)
    manifest = EncoderManifest(
        name=f"{path.name}.onnx.v1-00000000",
        dim=4,
        max_tokens=8,
        prefix="query: ",
        licence="MIT",
        source={},
        parameters={"pad_id": 1},
        checks={},
        files={},
        created_at="2024-03-01T00:00:00+00:00",
    )
    (path / "manifest.json").write_bytes(manifest.to_json())
    return path


def test_an_encoder_is_named_by_its_folder_or_by_its_name_in_home(tmp_path: Path) -> None:
    folder = _folder(tmp_path / "encoders" / "tiny")
    for name in (str(folder), "tiny"):
        encoder = build_encoder(load_settings(home=tmp_path, encoder=name))
        assert isinstance(encoder, CachedEncoder)
        assert isinstance(encoder.inner, OnnxEncoder)
        assert encoder.name == "tiny.onnx.v1-00000000"


def test_the_default_needs_no_folder(tmp_path: Path) -> None:
    cached = build_encoder(load_settings(home=tmp_path, encoder="use"))
    assert isinstance(cached, CachedEncoder)
    assert isinstance(cached.inner, UseEncoder)
    plain = build_encoder(load_settings(home=tmp_path, encoder="use", cache_vectors=0))
    assert isinstance(plain, UseEncoder)


def test_an_unknown_encoder_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="import-encoder"):
        build_encoder(load_settings(home=tmp_path, encoder="absent"))


def test_a_folder_that_is_no_encoder_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="no encoder folder"):
        build_encoder(load_settings(home=tmp_path, encoder=str(tmp_path)))


def test_the_importer_joins_the_model_commands_by_entry_point() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    for name, target in project["project"]["entry-points"]["voc.models_commands"].items():
        module, _, attribute = target.partition(":")
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)
        assert command.name == name
