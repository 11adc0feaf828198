"""The presets: ``fast`` fits a model on character n-grams, ``best`` adds an encoder tuned on the rows."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.classify.encoder_linear import EncoderLinearClassifier
from models.classify.ensemble import EnsembleClassifier
from models.classify.ngram_linear import NgramLinearClassifier, NgramParameters
from models.classify.protocol import Classifier
from models.core.errors import InputError
from models.encoder.folder import EMBEDDED_MANIFEST, MANIFEST
from models.encoder.onnx_encoder import OnnxEncoder
from training.encoder.checkpoint import Checkpoint
from training.encoder.tuned_folder import TuningStart, prepare_start, tuned_files, tuned_head
from training.encoder.tuning import Tuned, TuningConfig, TuningTask, tune_encoder
from training.held_out import held_out_rows

Progress = Callable[[float, str], None]
NGRAMS, ENCODER = "ngrams", "encoder"
MIN_HELD_OUT_ROWS = 30
MANY_ROWS = 20_000
_TUNING_SHARE = 0.85
"""Of the progress bar, as of the time."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A classifier with probabilities ``(n, n_classes)`` of rows it did not learn from, and their numbers.

    ``files`` are further files of its model folder.
    """

    classifier: Classifier
    probabilities: NDArray[np.float32]
    rows: NDArray[np.int64]
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BestRequest:
    """What ``best`` needs beside the rows: where the encoder lies, and where a killed run goes on from.

    ``key`` names data and settings of the run: a checkpoint of another run is refused.
    """

    encoder: Path
    work: Path
    key: str
    now: datetime
    seed: int = 13
    epochs: int = 0
    """0: two, and one from 20,000 rows on."""


def fit_fast(
    parameters: NgramParameters,
    texts: Sequence[str],
    labels: Sequence[str],
    *,
    progress: Progress | None = None,
) -> Fitted:
    """N-grams alone. Raises ``InputError`` with fewer than two classes."""
    model = NgramLinearClassifier(parameters).fit(texts, labels, progress=progress)
    return Fitted(model, model.held_out_probabilities_, np.arange(len(texts)))


def fit_best(
    request: BestRequest,
    parameters: NgramParameters,
    texts: Sequence[str],
    labels: Sequence[str],
    *,
    progress: Progress | None = None,
) -> Fitted:
    """N-grams and an encoder tuned on nine tenths of the rows; the vote is fitted on the other tenth.

    Raises ``InputError`` with too few rows for that, ``MissingExtraError`` without torch.
    """
    report = progress or (lambda done, what: None)
    held = held_out_rows(texts)
    ngrams = fit_fast(
        parameters, texts, labels, progress=lambda done, what: report(done * 0.1, f"n-gram {what}")
    )
    classes = ngrams.classifier.classes_
    y = np.searchsorted(np.array(classes), np.array(labels))
    _check_rows(y, held, len(classes))
    start = prepare_start(request.encoder, request.work / "start")
    tuned = _tuned(request, start, list(texts), y, held, len(classes), report)
    head, files = _served(request, start, tuned, classes)
    rows = np.flatnonzero(held)
    report(0.97, "投票权重")
    seen = {
        NGRAMS: ngrams.probabilities[rows],
        ENCODER: head.predict_proba([texts[i] for i in rows.tolist()]),
    }
    vote = EnsembleClassifier({NGRAMS: ngrams.classifier, ENCODER: head}).fit_weights(seen, y[rows])
    shutil.rmtree(request.work, ignore_errors=True)
    return Fitted(vote, vote.combined(seen), rows, files)


def _check_rows(y: NDArray[np.int64], held: NDArray[np.bool_], n_classes: int) -> None:
    if held.sum() < MIN_HELD_OUT_ROWS or len(np.unique(y[~held])) < n_classes:
        raise InputError(
            reason=f"样本太少（{len(y)} 条），best 需要每类都有足够样本；请补充标注，或用 --preset fast",
            reason_en=f"too few rows ({len(y)}) for best; label more, or use --preset fast",
        )


def _tuned(
    request: BestRequest,
    start: TuningStart,
    texts: list[str],
    y: NDArray[np.int64],
    held: NDArray[np.bool_],
    n_classes: int,
    report: Progress,
) -> Tuned:
    kept = np.flatnonzero(~held)
    ids = start.token_ids([texts[i] for i in kept])
    epochs = request.epochs or (1 if len(kept) >= MANY_ROWS else 2)
    config = TuningConfig(epochs=epochs, rate=1e-4, seed=request.seed)
    checkpoint = Checkpoint(request.work, request.key)
    return tune_encoder(
        start.folder,
        ids,
        [TuningTask("label", n_classes, y[kept][:, None])],
        config,
        pad=start.pad,
        checkpoint=checkpoint,
        progress=lambda done, what: report(0.1 + _TUNING_SHARE * done, what),
    )


def _served(
    request: BestRequest, start: TuningStart, tuned: Tuned, classes: Sequence[str]
) -> tuple[EncoderLinearClassifier, dict[str, bytes]]:
    """The head on the graph as it will be served, and the files of that graph."""
    files, manifest = tuned_files(
        start, tuned.weights, name="tuned", now=request.now, details={"tuned_key": request.key}
    )
    folder = request.work / "served"
    folder.mkdir(parents=True, exist_ok=True)
    for name, body in files.items():
        (folder / name).write_bytes(body)
    (folder / MANIFEST).write_bytes(manifest.to_json())
    (weight,), (bias,) = tuned_head(tuned, "label")
    head = EncoderLinearClassifier.of_head(OnnxEncoder(folder), classes, weight, bias)
    return head, {**files, EMBEDDED_MANIFEST: manifest.to_json()}
