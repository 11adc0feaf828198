"""A model folder as a classifier, its encoder found by name."""

from __future__ import annotations

from pathlib import Path

from data.encoders import find_encoder
from models.artifact.manifest import Manifest
from models.classify.catalog import load_classifier
from models.classify.protocol import Classifier


def load_model(folder: Path, *, home: Path | None = None) -> tuple[Manifest, Classifier]:
    """Raises ``ArtifactError`` for a damaged or unknown model, ``NotFoundError`` without its encoder."""
    return load_classifier(folder, encoders=lambda name: find_encoder(name, home=home))
