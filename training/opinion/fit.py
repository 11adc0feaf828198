"""Labelled rows to an opinion model folder."""

from __future__ import annotations

import hashlib
import platform
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from data.artifacts import shipped_models
from models.artifact.folder import save_folder
from models.artifact.manifest import Manifest
from models.core.errors import InputError, MissingExtraError
from models.opinion.catalog import load_extractor
from models.opinion.extractor import SpanPairExtractor
from models.opinion.features import N_SPECIAL, Tables, builtin_segmenter, encode_text, fold_codes
from models.opinion.shape import NetworkShape
from models.text.script import fold_script
from training.fit import data_fingerprint
from training.opinion.card import opinion_card
from training.opinion.decide import fit_decision
from training.opinion.evaluate import evaluate_opinion
from training.opinion.rows import TripletRow
from training.opinion.word_vectors import WordVectors

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
    n_epochs: int = 8,
    kept_aside: Sequence[TripletRow] | None = None,
    words: WordVectors | None = None,
    sources: OpinionSources | None = None,
    progress: Progress | None = None,
    resume_folder: Path | None = None,
) -> Manifest:
    """Fit ``opinion.span_pairs.v1`` and write a model folder; the metrics are those on ``kept_aside``.

    Without ``kept_aside`` a tenth of the rows, chosen by the digest of their text, is not learnt from. Without
    ``words`` the word vectors of the shipped model are used. A run that was killed goes on from
    ``resume_folder``. Raises ``InputError`` with too few rows, ``MissingExtraError`` without torch.
    """
    learnt, aside = (list(rows), list(kept_aside)) if kept_aside is not None else _divided(rows)
    if len(learnt) < MIN_ROWS or not aside or not any(row.triplets for row in learnt):
        raise InputError(
            reason=f"训练观点抽取至少需要 {MIN_ROWS} 行带三元组的文本，这里只有 {len(rows)} 行",
            reason_en=f"at least {MIN_ROWS} rows with triplets are needed, there are {len(rows)}",
        )
    extractor = _trained(learnt, words or shipped_words(), seed, n_epochs, progress, resume_folder)
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
    return save_folder(out, manifest, arrays, card=opinion_card(manifest, sources.licence_note))


def shipped_words() -> WordVectors:
    """The word vectors inside the shipped opinion model; none where there is no such model."""
    folder = shipped_models().get(TASK)
    if folder is None:
        return WordVectors((), np.zeros((0, NetworkShape(2, 0).word_dim), dtype=np.float32))
    _, extractor = load_extractor(folder)
    if not isinstance(extractor, SpanPairExtractor):
        raise InputError(reason="随附的模型没有词向量", reason_en="the shipped model has no word vectors")
    vectors = extractor.weights["word.weight"][1:]
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return WordVectors(extractor.words, (vectors / np.maximum(lengths, 1e-9)).astype(np.float32))


def _trained(
    rows: Sequence[TripletRow],
    words: WordVectors,
    seed: int,
    n_epochs: int,
    progress: Progress | None,
    resume_folder: Path | None,
) -> SpanPairExtractor:
    try:
        from training.opinion.learning import Fold, Learner, TrainingPlan
    except ImportError as error:
        raise MissingExtraError(package="torch", extra="train") from error
    codes = _known_codes(rows)
    shape = _shape(rows, n_chars=len(codes) + N_SPECIAL, n_words=len(words.words))
    tables = Tables(codes, {word: at for at, word in enumerate(words.words)}, shape.n_pair_rows)
    segmenter = builtin_segmenter()
    fold = Fold(rows, [encode_text(row.text, tables, segmenter) for row in rows])
    plan = TrainingPlan(seed=seed, n_epochs=n_epochs)
    learner = Learner(shape, words.vectors, plan, fingerprint=_fingerprint(rows, shape, words))
    learner.run(fold, resume_folder=resume_folder, progress=progress)
    return SpanPairExtractor(shape, learner.weights(), char_codes=codes, words=words.words)


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


def _known_codes(rows: Sequence[TripletRow]) -> Any:
    counts = Counter(code for row in rows for code in fold_codes(fold_script(row.text)).tolist())
    return np.array(sorted(code for code, n in counts.items() if n >= 2), dtype=np.int64)


def _shape(rows: Sequence[TripletRow], *, n_chars: int, n_words: int) -> NetworkShape:
    """Spans as wide as all but one in a thousand of the rows'."""
    triplets = [t for row in rows for t in row.triplets]
    aspects = [t.aspect.end - t.aspect.start for t in triplets if t.aspect] or [1]
    opinions = [t.opinion.end - t.opinion.start for t in triplets] or [1]
    widest = [
        min(int(np.quantile(widths, 0.999)), limit)
        for widths, limit in zip((aspects, opinions), _WIDTH_LIMITS, strict=True)
    ]
    return replace(
        NetworkShape(n_chars, n_words), max_aspect=max(widest[0], 1), max_opinion=max(widest[1], 1)
    )


def _fingerprint(rows: Sequence[TripletRow], shape: NetworkShape, words: WordVectors) -> str:
    parts = [repr(rows), repr(shape), "\n".join(words.words)]
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()
