"""Texts with opinions to an aspect model folder."""

from __future__ import annotations

import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from models.artifact.folder import save_folder
from models.artifact.manifest import Manifest
from models.artifact.seen_rows import ROWS, rows_file
from models.classify.aspect_ensemble import AspectEncoder, EnsembleAspectClassifier, EnsembleParameters
from models.classify.aspect_ngram import AspectParameters, NgramAspectClassifier
from models.classify.aspect_values import Opinion
from training.aspect_card import aspect_card
from training.aspect_evaluate import evaluate_pairs
from training.fit import data_fingerprint
from training.held_out import is_held_out

Progress = Callable[[float, str], None]
_LIBRARIES = ("numpy", "scipy", "scikit-learn")


@dataclass(frozen=True, slots=True)
class AspectRequest:
    """What to fit. With an ``encoder`` it is the ensemble. ``tuned`` says that the encoder was tuned on these
    texts but for the tenth of ``training.held_out``. ``background`` are texts that speak of no subject, so that
    the model learns to give none."""

    now: datetime
    task: str = "aspect"
    parameters: AspectParameters = field(default_factory=AspectParameters)
    encoder: AspectEncoder | None = None
    tuned: bool = False
    background: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    licence_note: str = ""


def fit_aspect(
    request: AspectRequest,
    texts: Sequence[str],
    labels: Sequence[Sequence[Opinion]],
    out: Path,
    *,
    progress: Progress | None = None,
) -> Manifest:
    """Fit and write a model folder at ``out``; its metrics are of rows held out in folds.

    Raises ``InputError`` with fewer than two subjects, ``ArtifactError`` if ``out`` is not empty.
    """
    every = [*texts, *request.background]
    given: list[Sequence[Opinion]] = [*labels, *((),) * len(request.background)]
    model, rows = _fitted(request, every, given, progress)
    kept = [at for at, row in enumerate(rows) if row < len(texts)]
    metrics = evaluate_pairs(
        model.held_out_scores_[kept],
        [given[rows[at]] for at in kept],
        model.subjects,
        model.threshold,
        seed=request.parameters.seed,
    )
    meta, arrays = model.to_files()
    manifest = _manifest(
        request, model.name, meta, data_fingerprint(every, [_cell(row) for row in given]), len(texts), metrics
    )
    card = aspect_card(manifest, request.licence_note)
    saved = save_folder(out, manifest, arrays, card=card, extra={ROWS: rows_file(every)})
    if progress:
        progress(1.0, "完成")
    return saved


def _cell(pairs: Sequence[Opinion]) -> str:
    return "|".join(sorted(f"{subject}:{polarity}" for subject, polarity in pairs))


def _fitted(
    request: AspectRequest,
    texts: Sequence[str],
    labels: Sequence[Sequence[Opinion]],
    progress: Progress | None,
) -> tuple[NgramAspectClassifier | EnsembleAspectClassifier, list[int]]:
    p = request.parameters
    if request.encoder is None:
        return NgramAspectClassifier(p).fit(texts, labels, progress=progress), list(range(len(texts)))
    parameters = EnsembleParameters(ngrams=p, n_folds=p.n_folds, seed=p.seed)
    unseen = [is_held_out(text) for text in texts] if request.tuned else None
    ensemble = EnsembleAspectClassifier(request.encoder, parameters)
    ensemble.fit(texts, labels, unseen=unseen, progress=progress)
    return ensemble, ensemble.stacked_rows_.tolist()


def _manifest(
    request: AspectRequest,
    component: str,
    meta: dict[str, Any],
    fingerprint: str,
    n_rows: int,
    metrics: dict[str, Any],
) -> Manifest:
    return Manifest(
        task=request.task,
        version=f"{request.now:%Y%m%d}-{fingerprint[:8]}",
        component=component,
        classes=tuple(meta["classes"]),
        parameters=meta["parameters"],
        data={
            "n_rows": n_rows,
            "n_background": len(request.background),
            "fingerprint": fingerprint,
            "sources": list(request.sources),
        },
        metrics={"held_out_folds": metrics},
        libraries={"python": platform.python_version(), **{name: version(name) for name in _LIBRARIES}},
        created_at=request.now.isoformat(),
        seed=request.parameters.seed,
        files={},
    )
