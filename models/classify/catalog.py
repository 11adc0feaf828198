"""The classifiers by their versioned names, and how they come out of a model folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from models.artifact.folder import load_folder
from models.artifact.manifest import Manifest
from models.classify.ngram_linear import NgramLinearClassifier
from models.core.errors import ArtifactError


class Classifier(Protocol):
    """What every text classifier can do. ``classes_`` are in the order of the probability columns."""

    name: str
    classes_: tuple[str, ...]

    def fit(self, texts: Sequence[str], labels: Sequence[str]) -> Classifier: ...

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Calibrated probabilities, shape ``(n_texts, n_classes)``."""
        ...

    def to_files(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]: ...

    @classmethod
    def from_files(cls, meta: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Classifier: ...


CLASSIFIERS: Mapping[str, type[NgramLinearClassifier]] = {NgramLinearClassifier.name: NgramLinearClassifier}


def load_classifier(folder: Path) -> tuple[Manifest, Classifier]:
    """A verified model folder as a classifier. Raises ``ArtifactError``."""
    manifest, arrays = load_folder(folder)
    kind = CLASSIFIERS.get(manifest.component)
    if kind is None:
        raise ArtifactError(
            name=manifest.name,
            reason=f"未知的组件 {manifest.component}，请升级本服务",
            reason_en=f"unknown component {manifest.component}; upgrade this service",
        )
    meta = {"classes": manifest.classes, "parameters": manifest.parameters}
    return manifest, kind.from_files(meta, arrays)
