"""Training and release as the service asks for them: joined by the entry point group ``voc.jobs``."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from data.artifacts.loading import load_model
from data.artifacts.registry import ModelEntry, Registry
from data.encoders import shipped_encoder
from models.artifact.folder import load_manifest
from models.core.errors import ArtifactError, InputError, NotFoundError
from training.fit import FitRequest, fit_folder
from training.gate_behaviour import shipped_behaviour
from training.gate_release import ReleaseRequest, release
from training.held_out import held_out_rows
from training.presets import MIN_HELD_OUT_ROWS

SOURCE = "analysts' labels"


@dataclass(frozen=True, slots=True)
class Rows:
    """Texts and a label each, in the same order."""

    texts: Sequence[str]
    labels: Sequence[str]


def train_job(
    *,
    rows: Path,
    home: Path,
    task: str,
    preset: str,
    now: datetime,
    classes: Sequence[str],
    seed: int = 13,
    encoder: Path | None = None,
    taxonomy: Mapping[str, Any] | None = None,
    progress: Callable[[float, str], None] | None = None,
) -> dict[str, Any]:
    """Fit on the rows of ``classes`` that are not held out and register the model; it serves nothing yet.

    ``rows`` are JSON lines of ``text``, ``label``, ``held_out``. The same arguments give the same version, so
    a run that was cut off can be done again. Raises ``VocError``.
    """
    fitted = read_rows(rows, held_out=False, classes=classes)
    if preset == "best":
        _check_best(fitted)
    request = FitRequest(
        task=task,
        now=now,
        preset=preset,
        seed=seed,
        sources=(f"{SOURCE} ({len(fitted.texts)} rows)",),
        taxonomy=taxonomy,
        categories_of_classes={name: name for name in classes} if taxonomy else None,
        encoder=encoder,
        encoder_is_shared=_is_shipped(encoder),
    )
    out = rows.with_name(f"{rows.stem}.model")
    shutil.rmtree(out, ignore_errors=True)
    try:
        manifest = fit_folder(request, fitted.texts, fitted.labels, out, progress=progress)
        entry = _registered(Registry(home, preset=preset), out, now)
    finally:
        shutil.rmtree(out, ignore_errors=True)
    return {
        "task": task,
        "version": entry.version,
        "model": entry.name,
        "component": entry.manifest.component,
        "n_rows": len(fitted.texts),
        "rows_by_class": dict(sorted(Counter(fitted.labels).items())),
        "metrics": dict(manifest.metrics),
    }


def release_job(
    *,
    rows: Path,
    home: Path,
    task: str,
    version: str,
    preset: str,
    by: str,
    why: str,
    now: datetime,
    force: bool = False,
) -> dict[str, Any]:
    """Put ``version`` through the release gate on the held-out rows, and in use if it passes or is forced.

    Returns ``training.gate_release.Release`` as a dict. Raises ``VocError``.
    """
    held_out = read_rows(rows, held_out=True)
    request = ReleaseRequest(task=task, model=version, by=by, why=why, now=now, force=force)
    registry = Registry(home, preset=preset)
    test = held_out if held_out.texts else None
    load = partial(load_model, home=home)
    return release(registry, request, test, behaviour=shipped_behaviour, load=load).to_dict()


def read_rows(path: Path, *, held_out: bool, classes: Sequence[str] = ()) -> Rows:
    """Rows of one kind; with ``classes`` only theirs."""
    texts, labels = [], []
    with path.open("rb") as file:
        for line in file:
            row = orjson.loads(line)
            if row["held_out"] is held_out and (not classes or row["label"] in classes):
                texts.append(row["text"])
                labels.append(row["label"])
    return Rows(tuple(texts), tuple(labels))


def _check_best(rows: Rows) -> None:
    """Said before anything is fitted, and as callers of the service can act on it. Raises ``InputError``."""
    held = held_out_rows(rows.texts)
    learnt = {label for label, is_held in zip(rows.labels, held, strict=True) if not is_held}
    if held.sum() < MIN_HELD_OUT_ROWS or learnt != set(rows.labels):
        raise InputError(
            reason=f"标注太少：{len(rows.texts)} 条中有 {int(held.sum())} 条留作投票（best 要 {MIN_HELD_OUT_ROWS} 条，"
            '且其余各类都要有标注）。请继续标注，或改用 {"preset": "fast"}',
            reason_en=f"too few labels: of {len(rows.texts)}, {int(held.sum())} are kept to weigh the parts of best "
            f"on ({MIN_HELD_OUT_ROWS} are needed, and every class among the others); label more, "
            'or send {"preset": "fast"}',
        )


def _is_shipped(encoder: Path | None) -> bool:
    """Then the model names the encoder, which is there wherever the model goes, and holds no copy of it."""
    if encoder is None:
        return False
    try:
        return encoder.resolve() == shipped_encoder().resolve()
    except NotFoundError:
        return False


def _registered(registry: Registry, folder: Path, now: datetime) -> ModelEntry:
    """The entry of ``folder``; one of the same version, fitted on the same rows before, is as good."""
    try:
        return registry.register(folder, by=SOURCE, now=now)
    except ArtifactError:
        known = _known(registry, folder)
        if known is None:
            raise
        return known


def _known(registry: Registry, folder: Path) -> ModelEntry | None:
    offered = load_manifest(folder)
    try:
        entry = registry.entry(offered.task, offered.version)
    except NotFoundError:
        return None
    same = entry.manifest.data == offered.data and entry.manifest.parameters == offered.parameters
    return entry if same else None
