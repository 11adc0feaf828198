"""From a pack's classes, unlabelled texts and perhaps a few labels to the model that is served."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from models.classify.cold_start_linear import TfidfSpace, centred_units, mean_margin, softmax
from models.classify.cold_start_model import DenseView, SeededModel, TextEncoder
from models.classify.cold_start_training import (
    MARGIN,
    SHARES,
    WORD_WEIGHT,
    Material,
    Progress,
    SelfTraining,
    Taught,
    Views,
    fit_views,
    self_train,
)
from models.classify.cold_start_words import SeedClass, SeedWords, rule_evidence
from models.taxonomy.rules import RuleSet

LONE_WORD_WEIGHT = 2.0
"""What a word counts where there are no texts to learn other words from."""
ENCODED_CHARS = 300
MIN_LABELS_TO_CALIBRATE = 20
_SHARPNESS = np.geomspace(0.2, 8.0, 60)


@dataclass(frozen=True, slots=True)
class ColdStartParameters:
    """``max_texts``: of more unlabelled texts a sample is used, drawn by ``training.seed``.

    ``min_texts``: with fewer unlabelled texts the encoder, if there is one, is needed for serving too. ``labelled_worth`` and ``sentence_worth``: how many
    self-labelled texts a labelled text, a sentence of the pack counts as.
    """

    max_texts: int = 12_000
    min_texts: int = 300
    labelled_worth: float = 5.0
    sentence_worth: float = 1.0
    max_features: int = 120_000
    training: SelfTraining = field(default_factory=SelfTraining)


def fit_seeded(
    classes: Sequence[SeedClass],
    unlabelled: Sequence[str],
    labelled: Sequence[tuple[str, str]],
    *,
    rules: RuleSet | None = None,
    encoder: TextEncoder | None = None,
    parameters: ColdStartParameters,
    progress: Progress | None = None,
) -> tuple[SeededModel, Taught]:
    """Learn; ``labelled`` are pairs of text and class label, each label one of ``classes``.

    The sentences and word lists of the pack are texts of their class too.
    """
    own, given = _texts(classes, unlabelled, labelled, parameters)
    n_free = int((given < 0).sum())
    space = TfidfSpace.of_texts(
        own, min_df=2 if len(own) >= parameters.min_texts else 1, max_features=parameters.max_features
    )
    words = SeedWords.of_classes(classes)
    evidence = words.evidence(own) + rule_evidence(rules, classes, own)
    dense, centre = _vectors(encoder, own)
    worth = np.full(len(own), parameters.sentence_worth)
    worth[: len(labelled)] = parameters.labelled_worth
    material = Material(space.features(own), dense, evidence, given, worth)
    alone = n_free < parameters.min_texts
    # One thread: faster for matrices of this size, and the same sums on every machine.
    with threadpool_limits(1, user_api="blas"):
        taught = self_train(material, parameters.training, progress=progress)
        weights = _final_weights(taught, material)
        views = fit_views(material if alone else replace(material, dense=None), taught.targets, weights)
    # Of few texts the margins are far smaller where a text was held out.
    margins = taught.margins if alone else tuple(mean_margin(part) for part in views.scores(material))
    model = SeededModel(
        classes=tuple(seed.label for seed in classes),
        space=space,
        coef=_served(views, margins),
        words=words,
        word_weight=LONE_WORD_WEIGHT if alone else WORD_WEIGHT,
        sharpness=_sharpness(taught, material, n_labelled=len(labelled)),
        dense=_dense_view(encoder, centre, views, margins) if alone else None,
    )
    return model, taught


def _vectors(
    encoder: TextEncoder | None, texts: Sequence[str]
) -> tuple[NDArray[np.float32] | None, NDArray[np.float32] | None]:
    """Vectors less their centre, and the centre; the head of a text is enough to learn from."""
    if encoder is None:
        return None, None
    vectors = encoder.encode([text[:ENCODED_CHARS] for text in texts])
    centre = vectors.mean(axis=0)
    return centred_units(vectors, centre), centre


def _texts(
    classes: Sequence[SeedClass],
    unlabelled: Sequence[str],
    labelled: Sequence[tuple[str, str]],
    parameters: ColdStartParameters,
) -> tuple[list[str], NDArray[np.int64]]:
    """Labelled texts first, then the pack's sentences, then distinct unlabelled texts.

    Sorted, so that the order in which rows were given changes nothing.
    """
    labelled = sorted(labelled)
    number = {seed.label: i for i, seed in enumerate(classes)}
    texts = [text for text, _ in labelled]
    given = [number[label] for _, label in labelled]
    for seed in classes:
        texts += seed.sentences
        given += [number[seed.label]] * len(seed.sentences)
    known = set(texts)
    free = sorted({text for text in unlabelled if text.strip()} - known)
    if len(free) > parameters.max_texts:
        drawn = np.random.default_rng(parameters.training.seed).choice(
            len(free), parameters.max_texts, replace=False
        )
        free = [free[i] for i in sorted(drawn)]
    return texts + free, np.array(given + [-1] * len(free), dtype=np.int64)


def _final_weights(taught: Taught, material: Material) -> NDArray[np.float64]:
    """Every text teaches the model that is served, an unsure one less."""
    sure = taught.targets.max(axis=1)
    return np.where(material.given >= 0, material.worth, sure)


def _served(views: Views, margins: Sequence[float]) -> NDArray[np.float32]:
    """One linear model from the two over n-grams, by their shares; ``margins`` are their mean margins."""
    pair = zip((views.bayes, views.logistic), SHARES, margins, strict=False)
    total = sum(SHARES[:2])
    return np.asarray(sum(part * (MARGIN * share / total / m) for part, share, m in pair), dtype=np.float32)


def _dense_view(
    encoder: TextEncoder | None, centre: NDArray[np.float32] | None, views: Views, margins: Sequence[float]
) -> DenseView | None:
    if encoder is None or centre is None or views.dense is None:
        return None
    return DenseView(encoder.name, centre.astype(np.float32), views.dense, MARGIN / margins[2])


def _sharpness(taught: Taught, material: Material, *, n_labelled: int) -> float:
    """Scale of the scores: by likelihood of enough labels, else so that certainty equals agreement.

    Without labels the share of texts on which two views that see different things agree stands for the
    accuracy, and the mean certainty is set to it.
    """
    if n_labelled >= MIN_LABELS_TO_CALIBRATE:
        z, y = taught.scores[:n_labelled], material.given[:n_labelled]
        losses = [-np.log(softmax(z * s)[np.arange(len(y)), y] + 1e-9).mean() for s in _SHARPNESS]
        return float(_SHARPNESS[int(np.argmin(losses))])
    free = taught.scores[material.given < 0]
    if not len(free):
        return 1.0
    wanted = min(max(taught.agreement, 0.4), 0.95)
    certainty = [softmax(free * s).max(axis=1).mean() for s in _SHARPNESS]
    return float(_SHARPNESS[int(np.argmin(np.abs(np.array(certainty) - wanted)))])
