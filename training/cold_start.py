"""A sector pack, a customer's own unlabelled texts and perhaps a few labels to a model folder."""

from __future__ import annotations

import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from data.packs.loader import SectorPack
from models.artifact.folder import save_folder
from models.artifact.manifest import Manifest
from models.artifact.seen_rows import ROWS, rows_file
from models.classify.cold_start import ColdStartClassifier, fit_cold_start
from models.classify.cold_start_model import TextEncoder
from models.classify.few_shot import FewShotClassifier, fit_few_shot
from training.card import model_card
from training.evaluate import evaluate_rows
from training.fit import data_fingerprint

Progress = Callable[[float, str], None]
_LIBRARIES = ("numpy", "scipy")


@dataclass(frozen=True, slots=True)
class ColdStartRequest:
    """``labels`` name the categories to tell apart; without them the children of ``under``, or the roots, are.

    With labelled rows and no ``labels`` it is the categories of the rows.
    """

    pack: SectorPack
    now: datetime
    task: str = "category"
    seed: int = 13
    labels: tuple[str, ...] | None = None
    under: str | None = None
    encoder: TextEncoder | None = None
    sources: tuple[str, ...] = ()


def fit_cold_folder(
    request: ColdStartRequest,
    unlabelled: Sequence[str],
    labelled: Sequence[tuple[str, str]],
    out: Path,
    *,
    progress: Progress | None = None,
) -> Manifest:
    """Fit and write a model folder under ``out``: few-shot where there are ``labelled`` rows, else cold start.

    Raises ``PackError`` for a category that the pack does not know, ``ArtifactError`` if ``out`` is not empty.
    """
    model = _fitted(request, unlabelled, labelled, progress)
    texts = [*(text for text, _ in labelled), *unlabelled]
    fingerprint = data_fingerprint(
        texts, [*(label for _, label in labelled), *("" for _ in unlabelled)] if texts else ()
    )
    meta, arrays = model.to_files()
    taxonomy = request.pack.taxonomy
    ids = {name: node.id for name in model.classes_ if (node := taxonomy.find(name)) is not None}
    manifest = Manifest(
        task=request.task,
        version=f"{request.now:%Y%m%d}-{request.pack.digest[:4]}{fingerprint[:8]}",
        component=model.name,
        classes=model.classes_,
        parameters=meta["parameters"],
        data={"n_rows": len(texts), "fingerprint": fingerprint, "sources": list(request.sources)},
        metrics=_metrics(model, request.seed),
        libraries={"python": platform.python_version(), **{name: version(name) for name in _LIBRARIES}},
        created_at=request.now.isoformat(),
        seed=request.seed,
        files={},
        taxonomy=taxonomy.to_dict(),
        notes={
            "preset": "cold",
            "pack": f"{request.pack.name}@{request.pack.digest}",
            "n_labelled": len(labelled),
            "encoder": request.encoder.name if request.encoder else None,
            "categories_of_classes": ids,
        },
    )
    card = _card(manifest, model, request.seed)
    return save_folder(out, manifest, arrays, card=card, extra={ROWS: rows_file(texts)})


def _fitted(
    request: ColdStartRequest,
    unlabelled: Sequence[str],
    labelled: Sequence[tuple[str, str]],
    progress: Progress | None,
) -> ColdStartClassifier | FewShotClassifier:
    pack = request.pack
    if not labelled:
        return fit_cold_start(
            pack.taxonomy,
            unlabelled,
            request.encoder,
            request.seed,
            rules=pack.rules,
            labels=request.labels,
            under=request.under,
            progress=progress,
        )
    return fit_few_shot(
        pack.taxonomy,
        labelled,
        unlabelled,
        request.encoder,
        request.seed,
        rules=pack.rules,
        labels=request.labels,
        progress=progress,
    )


def _metrics(model: ColdStartClassifier | FewShotClassifier, seed: int) -> dict[str, Any]:
    values: dict[str, Any] = {"agreement": round(model.agreement_, 4), "n_rounds": model.n_rounds_}
    if isinstance(model, FewShotClassifier):
        probabilities, labels = model.held_out_
        held_out = evaluate_rows(probabilities, model.classes_, labels, seed=seed)
        values["held_out_folds"] = held_out.to_dict()
    return values


def _card(manifest: Manifest, model: ColdStartClassifier | FewShotClassifier, seed: int) -> str:
    if isinstance(model, FewShotClassifier):
        probabilities, labels = model.held_out_
        held_out = evaluate_rows(probabilities, model.classes_, labels, seed=seed)
        return model_card(
            manifest, held_out, licence_note=f"{manifest.notes['n_labelled']} of the rows are labelled."
        )
    return f"""# {manifest.name}

Component `{manifest.component}`, seed {manifest.seed}, made {manifest.created_at} from the sector pack
{manifest.notes["pack"]} and {manifest.data["n_rows"]} unlabelled texts.

Nobody has labelled a text, so there is no accuracy to state. What stands for it: the share of texts on which
two views of them agree, {manifest.metrics["agreement"]:.3f}. The scores are scaled to that share; they are
not calibrated. Label 8 to 16 texts per class, then fit again with them, and measure with `voc evaluate`.

Classes: {", ".join(manifest.classes)}.
"""
