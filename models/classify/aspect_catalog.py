"""The aspect classifiers by their versioned names, and how they come out of a model folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from models.artifact.folder import load_folder, unknown_component
from models.artifact.manifest import Manifest
from models.classify.aspect_ensemble import AspectEncoder, EnsembleAspectClassifier
from models.classify.aspect_ngram import NgramAspectClassifier
from models.classify.aspect_values import AspectLabel


class AspectClassifier(Protocol):
    """What every aspect classifier can do. ``subjects`` are in the order of the second axis of the scores."""

    name: str

    @property
    def subjects(self) -> tuple[str, ...]: ...

    @property
    def threshold(self) -> float:
        """The probability from which a pair is given, in [0, 1]."""
        ...

    def scores(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Calibrated probabilities of all pairs, ``(n_texts, n_subjects, 3)``, polarities -1, 0, 1."""
        ...

    def predict(self, texts: Sequence[str], *, min_labels: int = 0) -> list[list[AspectLabel]]: ...

    def to_files(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]: ...


def load_aspect(folder: Path, *, encoder: AspectEncoder | None = None) -> tuple[Manifest, AspectClassifier]:
    """A verified model folder as an aspect classifier; ``encoder`` must be the one that the model names.

    Raises ``ArtifactError`` for another component, or where the encoder is missing or another one.
    """
    manifest, arrays = load_folder(folder)
    meta: Mapping[str, Any] = {"classes": manifest.classes, "parameters": manifest.parameters}
    if manifest.component == NgramAspectClassifier.name:
        return manifest, NgramAspectClassifier.from_files(meta, arrays)
    if manifest.component == EnsembleAspectClassifier.name:
        return manifest, EnsembleAspectClassifier.from_files(meta, arrays, encoder=encoder)
    raise unknown_component(manifest)
