"""The composed sentiment model over any base: ``python -m training.sentiment_fit SHARED_DATA OUT``.

The stack is fitted on base probabilities of rows that the base model had not seen, together with the ``dev``
half of the behaviour suite (the ``held`` half stays unseen). Run as a program it refits the n-gram model on
the rows of ``training.defaults`` to get such probabilities, and writes a model folder.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.behaviour import load_cases, load_sentences
from data.behaviour.suite import run_suite
from data.lexicons import load_sentiment_lexicon
from models.artifact.folder import save_folder
from models.artifact.manifest import Manifest
from models.classify.ngram_linear import NgramLinearClassifier, NgramParameters
from models.sentiment.composed import LABELS, Anchor, BaseClassifier, ComposedParameters, ComposedSentiment
from training.card import model_card
from training.defaults import SEED, Source, _key, _test_texts, sentiment_sources
from training.evaluate import Evaluation, evaluate_probabilities
from training.fit import data_fingerprint

PARAMETERS = ComposedParameters(penalty=1e-4, anchor_share=0.25)
"""Chosen on folds of the train files: the most pairs of ``dev`` without loss on the reviews."""
N_TWO_WAY_SOURCES = 2
"""The first sources of ``sentiment_sources`` (hotel, shopping) are good or bad, never neutral."""

Rows = tuple[list[str], list[str], NDArray[np.int64]]


def suite_anchors(split: str = "dev") -> list[Anchor]:
    """Texts of one half of the behaviour suite with their right labels, and the single sentences."""
    return [
        *load_sentences(),
        *(
            (text, expected)
            for case in load_cases()
            if case.split == split
            for text, expected in ((case.a, case.expect_a), (case.b, case.expect_b))
        ),
    ]


def training_rows(shared: Path, sources: Sequence[Source]) -> Rows:
    """Texts, labels and the source number of each row; repeats and texts of the test files are left out."""
    left_out = _test_texts(shared)
    seen: dict[str, tuple[str, int]] = {}
    for number, source in enumerate(sources):
        for text, label in source.rows:
            if _key(text) not in left_out:
                seen.setdefault(text, (label, number))
    return list(seen), [label for label, _ in seen.values()], np.array([n for _, n in seen.values()])


def held_out_probabilities(
    fit: Callable[[list[str], list[str]], BaseClassifier],
    texts: Sequence[str],
    labels: Sequence[str],
    *,
    n_folds: int = 5,
    seed: int = SEED,
) -> NDArray[np.float64]:
    """Of each row by a model that ``fit`` made without it, shape ``(n_texts, 3)`` in the order of ``LABELS``."""
    folds = np.random.default_rng(seed).permutation(len(texts)) % n_folds
    found = np.zeros((len(texts), len(LABELS)))
    for fold in range(n_folds):
        kept, held = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        model = fit([texts[int(i)] for i in kept], [labels[int(i)] for i in kept])
        columns = np.array([LABELS.index(label) for label in model.classes_])
        found[np.ix_(held, columns)] = model.predict_proba([texts[int(i)] for i in held])
    return found


def compose(
    base: BaseClassifier,
    rows: Rows,
    held_out: NDArray[np.floating],
    *,
    two_way: NDArray[np.bool_] | None = None,
) -> ComposedSentiment:
    """The component over ``base``; ``held_out`` (n_rows, n_base_classes) has the columns of ``base.classes_``.

    Sources weigh by the square root of their size, so that no one of them rules.
    """
    texts, labels, source = rows
    sizes = np.bincount(source)
    model = ComposedSentiment(
        base, load_sentiment_lexicon(), parameters=PARAMETERS, anchors=suite_anchors("dev")
    )
    two_way = source < N_TWO_WAY_SOURCES if two_way is None else two_way
    weights = (sizes.mean() / sizes[source]) ** 0.5
    return model.fit_stack(texts, labels, held_out, two_way=two_way, weights=weights)


def write_model(
    model: ComposedSentiment, rows: Rows, sources: Sequence[Source], out: Path, *, now: datetime
) -> tuple[Manifest, Evaluation]:
    """Write ``out/sentiment/<version>``; its metrics come from the held-out base probabilities."""
    texts, labels, _ = rows
    y = np.array([LABELS.index(label) for label in labels])
    held_out = evaluate_probabilities(model.held_out_probabilities_, y, LABELS, seed=SEED)
    suite = run_suite(model.predict_proba, model.classes_)
    fingerprint = data_fingerprint(texts)
    meta, arrays = model.to_files()
    libraries = {name: version(name) for name in ("numpy", "scipy", "scikit-learn")}
    manifest = Manifest(
        task="sentiment",
        version=f"{now:%Y%m%d}-{fingerprint[:8]}-composed",
        component=model.name,
        classes=tuple(meta["classes"]),
        parameters=meta["parameters"],
        data={
            "n_rows": len(texts),
            "fingerprint": fingerprint,
            "sources": [f"{source.name} ({len(source.rows)} rows)" for source in sources],
        },
        metrics={"held_out_folds": held_out.to_dict(), "behaviour": suite.to_dict()},
        libraries={"python": platform.python_version(), **libraries},
        created_at=now.isoformat(),
        seed=SEED,
        files={},
    )
    card = model_card(manifest, held_out, licence_note="The lexicon is hand-written for this project.")
    return save_folder(out / "sentiment" / manifest.version, manifest, arrays, card=card), held_out


def main(arguments: list[str]) -> None:
    shared, out = Path(arguments[0]), Path(arguments[1])
    sources = sentiment_sources(shared)
    rows = training_rows(shared, sources)
    base = NgramLinearClassifier(NgramParameters(max_features=150_000, cost=0.3, seed=SEED))
    base.fit(rows[0], rows[1])
    model = compose(base, rows, base.held_out_probabilities_)
    manifest, held_out = write_model(model, rows, sources, out, now=datetime.now(UTC))
    sys.stdout.write(f"{manifest.name} {held_out.accuracy}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
