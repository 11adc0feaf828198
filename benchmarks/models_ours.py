"""Our own models in the comparison: fitted in the run by a preset, or a model folder that is given."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from benchmarks.models_peers import Predict, Predictions
from models.classify.catalog import load_classifier
from models.classify.protocol import Classifier
from training.fit import FitRequest, fit_folder


@dataclass(frozen=True, slots=True)
class Preset:
    """``voc train --preset``: fitted on the train rows, saved, and loaded again before it is measured."""

    preset: str
    kind: str
    seed: int
    encoder: Path | None = None
    tuning: bool = False

    @property
    def name(self) -> str:
        return f"ours, {self.preset}{' (tuned)' if self.tuning else ''}"

    def fit(self, texts: Sequence[str], labels: Sequence[str], classes: Sequence[str]) -> Predict:
        request = FitRequest(
            task=self.kind,
            now=datetime.now(UTC),
            preset=self.preset,
            seed=self.seed,
            encoder=self.encoder,
            tuning=self.tuning,
        )
        folder = tempfile.TemporaryDirectory()
        out = Path(folder.name) / "model"
        fit_folder(request, texts, labels, out)
        _, model = load_classifier(out)
        return _predict(model, classes, kept=folder)


@dataclass(frozen=True, slots=True)
class Given:
    """A model folder; nothing is fitted. Only its classes that the data have take part."""

    folder: Path

    @property
    def name(self) -> str:
        return f"ours, {self.folder.name}"

    def fit(self, texts: Sequence[str], labels: Sequence[str], classes: Sequence[str]) -> Predict:
        return _predict(load_classifier(self.folder)[1], classes)


def _predict(model: Classifier, classes: Sequence[str], *, kept: object = None) -> Predict:
    """``kept`` lives as long as the answer: a folder that an encoder is read from at its first use."""
    missing = sorted(set(classes) - set(model.classes_))
    if missing:
        raise ValueError(f"the model does not know {missing[:5]}")
    columns = [model.classes_.index(c) for c in classes]

    def predict(new: Sequence[str], kept: object = kept) -> Predictions:
        p = model.predict_proba(new)[:, columns]
        return Predictions(p / np.maximum(p.sum(axis=1, keepdims=True), 1e-9))

    return predict
