"""Labelled texts to a model folder."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.artifact.folder import save_folder
from models.artifact.manifest import Manifest
from models.artifact.seen_rows import ROWS, rows_file
from models.classify.ngram_nb import NgramNbParameters, parameters_for
from models.core.errors import FieldError
from models.encoder.folder import load_encoder_manifest
from training.card import model_card
from training.composing import can_compose, composed
from training.evaluate import evaluate_rows
from training.presets import BestRequest, Fitted, fit_best, fit_fast
from training.reliability import figure_files, measure_reliability

Progress = Callable[[float, str], None]
TASKS = ("sentiment", "category")
_LIBRARIES = ("numpy", "scipy", "scikit-learn")


@dataclass(frozen=True, slots=True)
class FitRequest:
    """What to fit. ``now`` and ``seed`` are passed in; ``sources`` names where the rows come from."""

    task: str
    now: datetime
    preset: str = "fast"
    seed: int = 13
    encoder: Path | None = None
    """What ``best`` stands on and tunes from."""
    encoder_is_shared: bool = False
    """The encoder is the shipped one: the model names it and does not contain it."""
    tuning: bool = True
    max_ngrams: int = 200_000
    """Character n-grams that the model keeps: its size."""
    row_sources: NDArray[np.int64] | None = None
    """Of each row the number of its source, where they should weigh alike."""
    sources: tuple[str, ...] = ()
    licence_note: str = ""
    taxonomy: Mapping[str, Any] | None = None
    categories_of_classes: Mapping[str, str] | None = None


def fit_folder(
    request: FitRequest,
    texts: Sequence[str],
    labels: Sequence[str],
    out: Path,
    *,
    progress: Progress | None = None,
) -> Manifest:
    """Fit and write a model folder under ``out``. The metrics in it come from held-out folds of the rows.

    Raises ``FieldError`` for an unknown task, ``InputError`` with fewer than two classes, ``ArtifactError``
    if ``out`` is not empty.
    """
    task = request.task.partition(".")[0]
    if task not in TASKS:
        raise FieldError(
            field="TASK", reason=f"应为 {'、'.join(TASKS)}", reason_en=f"one of {', '.join(TASKS)}"
        )
    fingerprint = data_fingerprint(texts, labels)
    fitted = _fitted(request, texts, labels, fingerprint, out, progress)
    model = fitted.classifier
    unseen = [labels[int(i)] for i in fitted.rows]
    held_out = evaluate_rows(fitted.probabilities, model.classes_, unseen, seed=request.seed)
    reliability = measure_reliability(fitted.probabilities, model.classes_, unseen)
    meta, arrays = model.to_files()
    manifest = Manifest(
        task=request.task,
        version=f"{request.now:%Y%m%d}-{_version_digest(fingerprint, request)}",
        component=model.name,
        classes=model.classes_,
        parameters=meta["parameters"],
        data={"n_rows": len(texts), "fingerprint": fingerprint, "sources": list(request.sources)},
        metrics={"held_out_folds": held_out.to_dict(), "thresholds": reliability.thresholds.to_dict()},
        libraries={"python": platform.python_version(), **{name: version(name) for name in _LIBRARIES}},
        created_at=request.now.isoformat(),
        seed=request.seed,
        files={},
        taxonomy=request.taxonomy,
        notes={
            "preset": request.preset,
            "categories_of_classes": dict(request.categories_of_classes or {}),
        },
    )
    extra = {**fitted.files, ROWS: rows_file(texts), **figure_files(reliability)}
    card = model_card(manifest, held_out, licence_note=request.licence_note, reliability=reliability)
    return save_folder(out, manifest, arrays, card=card, extra=extra)


def data_fingerprint(texts: Sequence[str], labels: Sequence[str] = ()) -> str:
    """sha256 over the sorted digests of the rows: the same rows in any order give the same value.

    With ``labels`` (as many as texts) a corrected label gives another value.
    """
    rows = map("\0".join, zip(texts, labels, strict=True)) if labels else texts
    digests = sorted(hashlib.sha256(row.encode("utf-8", "replace")).digest() for row in rows)
    return hashlib.sha256(b"".join(digests)).hexdigest()


def _version_digest(fingerprint: str, request: FitRequest) -> str:
    """Eight characters that differ by data, preset and seed."""
    key = f"{fingerprint} {request.task} {request.preset} {request.seed}"
    return hashlib.sha256(key.encode()).hexdigest()[:8]


def _fitted(
    request: FitRequest,
    texts: Sequence[str],
    labels: Sequence[str],
    fingerprint: str,
    out: Path,
    progress: Progress | None,
) -> Fitted:
    fitted = _fitted_preset(request, texts, labels, fingerprint, out, progress)
    if request.task.partition(".")[0] == "sentiment" and can_compose(labels):
        return composed(fitted, texts, labels, sources=request.row_sources)
    return fitted


def _fitted_preset(
    request: FitRequest,
    texts: Sequence[str],
    labels: Sequence[str],
    fingerprint: str,
    out: Path,
    progress: Progress | None,
) -> Fitted:
    parameters = _parameters(labels, request)
    if request.preset == "fast":
        return fit_fast(parameters, texts, labels, progress=progress)
    if request.encoder is None:
        raise FieldError(
            field="encoder", reason="best 需要一个编码器文件夹", reason_en="best needs an encoder folder"
        )
    best = BestRequest(
        encoder=request.encoder,
        work=out.with_name(f".{out.name}.training"),
        key=f"{fingerprint} {load_encoder_manifest(request.encoder).name} {request.seed}",
        now=request.now,
        seed=request.seed,
        is_shared=request.encoder_is_shared,
        tuning=request.tuning,
    )
    return fit_best(best, parameters, texts, labels, progress=progress)


def _parameters(labels: Sequence[str], request: FitRequest) -> NgramNbParameters:
    found = parameters_for(labels, seed=request.seed)
    return replace(found, max_kept=min(found.max_kept, request.max_ngrams))
