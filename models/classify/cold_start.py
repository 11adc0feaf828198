"""``classifier.cold_start.v1``: categories from a sector pack and texts that nobody has labelled.

The words and rules of the pack label some texts; naive Bayes over n-grams and, with an encoder, a linear
model over vectors learn from them and label the rest, in rounds (``cold_start_training``). What is served is
linear over n-grams: the encoder is needed for fitting only, unless there were no texts to learn from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.classify.cold_start_fitting import ColdStartParameters, fit_seeded
from models.classify.cold_start_model import SeededModel, TextEncoder
from models.classify.cold_start_training import Progress, SelfTraining
from models.classify.cold_start_words import SeedClass, seed_classes
from models.taxonomy.rules import RuleSet
from models.taxonomy.taxonomy import Taxonomy


class ColdStartClassifier:
    """Texts to probabilities over ``classes_``, the labels of ``classes``.

    Learned state: ``model_``. ``encoder`` is used for fitting where it is given, and for serving only where
    ``needs_encoder``; ``attach`` gives a loaded classifier its encoder back.
    """

    name = "classifier.cold_start.v1"

    def __init__(
        self,
        classes: Sequence[SeedClass] = (),
        *,
        rules: RuleSet | None = None,
        encoder: TextEncoder | None = None,
        parameters: ColdStartParameters | None = None,
    ) -> None:
        self.classes = tuple(classes)
        self.rules = rules
        self.encoder = encoder
        self.parameters = parameters or ColdStartParameters()

    @property
    def classes_(self) -> tuple[str, ...]:
        return self.model_.classes

    @property
    def needs_encoder(self) -> bool:
        """Whether an encoder makes the probabilities better; without one they come from words and n-grams."""
        return self.model_.dense is not None

    def fit(
        self, texts: Sequence[str], labels: Sequence[str] = (), *, progress: Progress | None = None
    ) -> ColdStartClassifier:
        """Learn from unlabelled ``texts``; ``labels`` are not looked at."""
        self.model_, taught = fit_seeded(
            self.classes,
            texts,
            (),
            rules=self.rules,
            encoder=self.encoder,
            parameters=self.parameters,
            progress=progress,
        )
        self.agreement_, self.n_rounds_ = taught.agreement, taught.n_rounds
        return self

    def attach(self, encoder: TextEncoder) -> ColdStartClassifier:
        """Serve with vectors. Raises ``ArtifactError`` for another encoder than the one fitted with."""
        self.model_.check_encoder(encoder)
        self.encoder = encoder
        return self

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Probabilities, shape ``(n_texts, n_classes)``, rows summing to 1."""
        return self.model_.predict_proba(texts, self.encoder)

    def predict(self, texts: Sequence[str]) -> list[str]:
        return [self.classes_[i] for i in self.predict_proba(texts).argmax(axis=1)]

    def contributions(
        self, text: str
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]] | None:
        """Starts, ends and weights ``(n, n_classes)`` that sum to the scores; None where vectors take part."""
        if self.needs_encoder and self.encoder is not None:
            return None
        return self.model_.contributions(text)

    def to_files(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        values, arrays = self.model_.to_files()
        return {
            "classes": list(self.classes_),
            "parameters": {"fitting": asdict(self.parameters), "model": values},
        }, arrays

    @classmethod
    def from_files(cls, meta: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> ColdStartClassifier:
        loaded = cls(parameters=parameters_from(meta["parameters"]["fitting"]))
        loaded.model_ = SeededModel.from_files(meta["classes"], meta["parameters"]["model"], arrays)
        return loaded


def fit_cold_start(
    taxonomy: Taxonomy,
    unlabelled_texts: Sequence[str],
    encoder: TextEncoder | None = None,
    seed: int = 13,
    *,
    rules: RuleSet | None = None,
    labels: Sequence[str] | None = None,
    under: str | None = None,
    progress: Progress | None = None,
) -> ColdStartClassifier:
    """A classifier of a pack's categories without any label.

    ``labels`` name the categories to tell apart (id, Chinese name or alias; they become the classes as
    written); else the children of ``under`` are, else the roots, by id. Raises ``PackError``.
    """
    parameters = ColdStartParameters()
    parameters = replace(parameters, training=replace(parameters.training, seed=seed))
    classes = seed_classes(taxonomy, labels, under=under)
    made = ColdStartClassifier(classes, rules=rules, encoder=encoder, parameters=parameters)
    return made.fit(unlabelled_texts, progress=progress)


def parameters_from(values: Mapping[str, Any]) -> ColdStartParameters:
    """Read what ``asdict`` wrote, also after a way through JSON."""
    training = {**values["training"], "shares": tuple(values["training"]["shares"])}
    return ColdStartParameters(**{**values, "training": SelfTraining(**training)})
