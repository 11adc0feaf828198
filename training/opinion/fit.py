"""Labelled rows to an opinion model folder."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from models.artifact.folder import save_folder
from models.artifact.manifest import Manifest
from models.artifact.seen_rows import ROWS, rows_file
from models.core.errors import InputError, MissingExtraError
from models.opinion.extractor import SpanPairExtractor
from models.opinion.features import N_SPECIAL, builtin_segmenter, encode_text
from models.opinion.shape import NetworkShape
from training.fit import data_fingerprint
from training.opinion.card import opinion_card
from training.opinion.decide import fit_decision
from training.opinion.evaluate import evaluate_opinion
from training.opinion.rows import TripletRow
from training.opinion.start import Start, shipped_start

TASK = "opinion"
Progress = Callable[[float, str], None]
MIN_ROWS = 20
_KEPT_ASIDE_SHARE = 0.1
_WIDTH_LIMITS = (12, 20)
_LIBRARIES = ("numpy", "torch", "rjieba")


@dataclass(frozen=True, slots=True)
class OpinionSources:
    """Where the rows come from, for the model card."""

    names: tuple[str, ...] = ()
    licence_note: str = ""


def fit_opinion(
    rows: Sequence[TripletRow],
    out: Path,
    *,
    now: datetime,
    seed: int = 13,
    n_epochs: int = 5,
    kept_aside: Sequence[TripletRow] | None = None,
    start: Start | None = None,
    sources: OpinionSources | None = None,
    progress: Progress | None = None,
    resume_folder: Path | None = None,
) -> Manifest:
    """Fit ``opinion.span_pairs.v1`` and write a model folder; the metrics are those on ``kept_aside``.

    Without ``kept_aside`` a tenth of the rows, chosen by the digest of their text, is not learnt from. Without
    ``start`` the shipped model is fitted further. A run that was killed goes on from
    ``resume_folder``. Raises ``InputError`` with too few rows, ``MissingExtraError`` without torch.
    """
    learnt, aside = (list(rows), list(kept_aside)) if kept_aside is not None else _divided(rows)
    if len(learnt) < MIN_ROWS or not aside or not any(row.triplets for row in learnt):
        raise InputError(
            reason=f"训练观点抽取至少需要 {MIN_ROWS} 行带三元组的文本，这里只有 {len(rows)} 行",
            reason_en=f"at least {MIN_ROWS} rows with triplets are needed, there are {len(rows)}",
        )
    extractor = _trained(learnt, start or shipped_start(), seed, n_epochs, progress, resume_folder)
    extractor = _decided(extractor, aside)
    metrics = evaluate_opinion(extractor, aside, seed=seed)
    meta, arrays = extractor.to_files()
    fingerprint = data_fingerprint([row.text for row in rows])
    sources = sources or OpinionSources()
    manifest = Manifest(
        task=TASK,
        version=f"{now:%Y%m%d}-{fingerprint[:8]}",
        component=extractor.name,
        classes=tuple(meta["classes"]),
        parameters=meta["parameters"],
        data={"n_rows": len(rows), "fingerprint": fingerprint, "sources": list(sources.names)},
        metrics={"kept_aside": metrics},
        libraries={"python": platform.python_version(), **{name: version(name) for name in _LIBRARIES}},
        created_at=now.isoformat(),
        seed=seed,
        files={},
    )
    card = opinion_card(manifest, sources.licence_note)
    extra = {ROWS: rows_file(row.text for row in rows)}
    return save_folder(out, manifest, arrays, card=card, extra=extra)


def _trained(
    rows: Sequence[TripletRow],
    start: Start,
    seed: int,
    n_epochs: int,
    progress: Progress | None,
    resume_folder: Path | None,
) -> SpanPairExtractor:
    try:
        from training.opinion.learning import Fold, Learner, TrainingPlan
    except ImportError as error:
        raise MissingExtraError(package="torch", extra="train") from error
    shape = start.shape or _shape(rows, start)
    tables, segmenter = start.tables, builtin_segmenter()
    fold = Fold(rows, [encode_text(row.text, tables, segmenter) for row in rows])
    plan = TrainingPlan(seed=seed, n_epochs=n_epochs)
    digest = hashlib.sha256(
        "\0".join([repr(rows), repr(shape), start.fingerprint]).encode("utf-8", "replace")
    )
    learner = Learner(shape, start, plan, fingerprint=digest.hexdigest())
    learner.run(fold, resume_folder=resume_folder, progress=progress)
    return SpanPairExtractor(shape, learner.weights(), char_codes=start.char_codes, words=start.words)


def _decided(extractor: SpanPairExtractor, aside: Sequence[TripletRow]) -> SpanPairExtractor:
    """As it will be loaded, in 8 bits, so that the decision fits what is served."""
    meta, arrays = extractor.to_files()
    served = SpanPairExtractor.from_files(meta, arrays)
    parameters: dict[str, Any] = {**meta["parameters"], "decision": asdict(fit_decision(served, aside))}
    return SpanPairExtractor.from_files({"parameters": parameters}, arrays)


def _divided(rows: Sequence[TripletRow]) -> tuple[list[TripletRow], list[TripletRow]]:
    learnt: list[TripletRow] = []
    aside: list[TripletRow] = []
    for row in rows:
        digest = hashlib.sha256(row.text.encode("utf-8", "replace")).digest()
        (aside if digest[0] < 256 * _KEPT_ASIDE_SHARE else learnt).append(row)
    return learnt, aside


def _shape(rows: Sequence[TripletRow], start: Start) -> NetworkShape:
    """Spans as wide as all but one in a thousand of the rows'."""
    triplets = [t for row in rows for t in row.triplets]
    widths = (
        [t.aspect.end - t.aspect.start for t in triplets if t.aspect] or [1],
        [t.opinion.end - t.opinion.start for t in triplets] or [1],
    )
    widest = [
        max(min(int(np.quantile(w, 0.999)), limit), 1) for w, limit in zip(widths, _WIDTH_LIMITS, strict=True)
    ]
    n_chars = len(start.char_codes) + N_SPECIAL
    return NetworkShape(n_chars, len(start.words), max_aspect=widest[0], max_opinion=widest[1])
