"""The presets: ``fast`` fits a model on character n-grams, ``best`` adds an encoder tuned on the rows."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.classify.encoder_linear import EncoderLinearClassifier, EncoderLinearParameters
from models.classify.ensemble import EnsembleClassifier
from models.classify.ngram_nb import NgramNbClassifier, NgramNbParameters
from models.classify.protocol import Classifier
from models.core.errors import InputError
from models.encoder.folder import (
    EMBEDDED_MANIFEST,
    GRAPH,
    MANIFEST,
    TOKENIZER,
    load_encoder_manifest,
    read_encoder_file,
)
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
    is_shared: bool = False
    """The encoder is found by its name wherever the model goes; else it is put into the model's folder."""
    tuning: bool = True
    """Whether to try tuning too; without, seconds and no torch."""


def fit_fast(
    parameters: NgramNbParameters,
    texts: Sequence[str],
    labels: Sequence[str],
    *,
    progress: Progress | None = None,
) -> Fitted:
    """N-grams alone. Raises ``InputError`` with fewer than two classes."""
    model = NgramNbClassifier(parameters).fit(texts, labels, progress=progress)
    return Fitted(model, model.held_out_probabilities_, np.arange(len(texts)))


def fit_best(
    request: BestRequest,
    parameters: NgramNbParameters,
    texts: Sequence[str],
    labels: Sequence[str],
    *,
    progress: Progress | None = None,
) -> Fitted:
    """N-grams and a head on the encoder, which is tuned on the rows where that is better.

    Heads and tuning learn from the rows that are not held out; votes are fitted on those that are, and the
    better vote (log loss) is kept. Raises ``InputError`` with too few rows, ``MissingExtraError`` where tuning
    is asked for without torch.
    """
    report = progress or (lambda done, what: None)
    held = held_out_rows(texts)
    ngrams = NgramNbClassifier(parameters).fit(
        texts, labels, progress=lambda done, what: report(done * 0.1, f"n-gram {what}")
    )
    classes = ngrams.classes_
    y = np.searchsorted(np.array(classes), np.array(labels))
    _check_rows(y, held, len(classes))
    rows = Rows(list(texts), list(labels), y, held, classes)
    report(0.1, "句向量")
    frozen = _frozen_vote(request, ngrams, rows)
    votes = [frozen if request.is_shared else replace(frozen, files=_embedded(request.encoder))]
    if request.tuning:
        start = prepare_start(request.encoder, request.work / "start")
        tuned = _tuned(request, start, rows, report)
        head, files = _served(request, start, tuned, classes)
        report(0.97, "投票权重")
        votes.append(
            replace(_voted(ngrams, head, rows, head.encoder.pooled(rows.of(rows.held))), files=files)
        )
    shutil.rmtree(request.work, ignore_errors=True)
    return min(votes, key=lambda vote: _log_loss(vote, y))


@dataclass(frozen=True, slots=True)
class Rows:
    """Texts, labels and class numbers ``y`` (n,) of a fit; ``held`` (n,) marks those held out."""

    texts: list[str]
    labels: list[str]
    y: NDArray[np.int64]
    held: NDArray[np.bool_]
    classes: tuple[str, ...]

    def of(self, mask: NDArray[np.bool_]) -> list[str]:
        return [text for text, chosen in zip(self.texts, mask, strict=True) if chosen]


def _check_rows(y: NDArray[np.int64], held: NDArray[np.bool_], n_classes: int) -> None:
    if held.sum() < MIN_HELD_OUT_ROWS or len(np.unique(y[~held])) < n_classes:
        raise InputError(
            reason=f"样本太少（{len(y)} 条），best 需要每类都有足够样本；请补充标注，或用 --preset fast",
            reason_en=f"too few rows ({len(y)}) for best; label more, or use --preset fast",
        )


def _voted(
    ngrams: NgramNbClassifier,
    head: EncoderLinearClassifier,
    rows: Rows,
    vectors: NDArray[np.float32],
    *,
    served: EncoderLinearClassifier | None = None,
) -> Fitted:
    """The vote weighed on the held-out rows, which ``head`` never saw; ``served`` takes its place afterwards.

    ``vectors`` (n_held, dim) are those of the held-out rows. Heads decide for what the n-grams were fitted to decide for: as much is taken off their logits.
    """
    held = np.flatnonzero(rows.held)
    for model in filter(None, (head, served)):
        model.calibration_.shift_ = model.calibration_.shift_ - ngrams.calibration_.prior_
    seen = {
        NGRAMS: ngrams.held_out_probabilities_[held],
        ENCODER: head.calibration_.transform(head.margins_of(vectors)),
    }
    members: dict[str, Classifier] = {NGRAMS: ngrams, ENCODER: head}
    vote = EnsembleClassifier(members).fit_weights(seen, rows.y[held], objective=ngrams.parameters.objective)
    probabilities = vote.combined(seen)
    vote.members[ENCODER] = served or head
    return Fitted(vote, probabilities, held)


def _log_loss(vote: Fitted, y: NDArray[np.int64]) -> float:
    right = vote.probabilities[np.arange(len(vote.rows)), y[vote.rows]]
    return float(-np.log(np.clip(right, 1e-9, 1.0)).mean())


def _frozen_vote(request: BestRequest, ngrams: NgramNbClassifier, rows: Rows) -> Fitted:
    """The vote with a head on the encoder as it is; once weighed, the head learns from the held-out rows too."""
    encoder, kept = OnnxEncoder(request.encoder), np.flatnonzero(~rows.held)
    vectors = encoder.pooled(rows.texts)
    parts = (vectors[kept], [rows.labels[i] for i in kept]), (vectors, rows.labels)
    parameters = EncoderLinearParameters(seed=request.seed)
    head, full_head = (EncoderLinearClassifier(encoder, parameters).fit_vectors(*part) for part in parts)
    return _voted(ngrams, head, rows, vectors[rows.held], served=full_head)


def _embedded(encoder: Path) -> dict[str, bytes]:
    manifest = load_encoder_manifest(encoder)
    files = {name: read_encoder_file(encoder, manifest, name) for name in (GRAPH, TOKENIZER)}
    own = replace(manifest, files={name: manifest.files[name] for name in files})
    return {**files, EMBEDDED_MANIFEST: own.to_json()}


def _tuned(request: BestRequest, start: TuningStart, rows: Rows, report: Progress) -> Tuned:
    kept = ~rows.held
    ids = start.token_ids(rows.of(kept))
    epochs = request.epochs or (1 if len(ids) >= MANY_ROWS else 2)
    return tune_encoder(
        start.folder,
        ids,
        [TuningTask("label", len(rows.classes), rows.y[kept][:, None])],
        TuningConfig(epochs=epochs, rate=1e-4, seed=request.seed),
        pad=start.pad,
        checkpoint=Checkpoint(request.work, request.key),
        progress=lambda done, what: report(0.1 + _TUNING_SHARE * done, what),
    )


def _served(
    request: BestRequest, start: TuningStart, tuned: Tuned, classes: Sequence[str]
) -> tuple[EncoderLinearClassifier, dict[str, bytes]]:
    """The tuned head on the graph as it will be served, and the files of that graph."""
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
