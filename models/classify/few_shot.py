"""``classifier.few_shot.v1``: a few labels per class on top of what cold start learns.

The labelled texts stand beside the words of the pack as teachers, each worth several self-labelled texts,
and set the scale of the probabilities. Without a pack the labels alone seed the rounds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.classify.cold_start import parameters_from
from models.classify.cold_start_fitting import ColdStartParameters, fit_seeded
from models.classify.cold_start_linear import softmax
from models.classify.cold_start_model import SeededModel, TextEncoder
from models.classify.cold_start_training import Progress
from models.classify.cold_start_words import SeedClass, seed_classes
from models.core.errors import InputError
from models.taxonomy.rules import RuleSet
from models.taxonomy.taxonomy import Taxonomy


class FewShotClassifier:
    """Texts to probabilities over ``classes_``.

    Learned state: ``model_``; right after ``fit`` also ``held_out_``: probabilities ``(n, n_classes)`` of the
    labelled texts by models that did not learn from them in the last round, and their labels. ``classes`` and ``rules`` come from a pack and may be left out; ``unlabelled`` texts help most.
    """

    name = "classifier.few_shot.v1"

    def __init__(
        self,
        classes: Sequence[SeedClass] = (),
        *,
        unlabelled: Sequence[str] = (),
        rules: RuleSet | None = None,
        encoder: TextEncoder | None = None,
        parameters: ColdStartParameters | None = None,
    ) -> None:
        self.classes = tuple(classes)
        self.unlabelled = tuple(unlabelled)
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
        self, texts: Sequence[str], labels: Sequence[str], *, progress: Progress | None = None
    ) -> FewShotClassifier:
        """Learn. Raises ``InputError`` for a label that is no class, and with fewer than two classes."""
        classes = self.classes or _bare_classes(labels)
        known = {seed.label for seed in classes}
        if unknown := sorted(set(labels) - known):
            raise InputError(
                reason=f"标签 {unknown[:8]} 不在类别 {sorted(known)[:8]} 之中",
                reason_en=f"the labels {unknown[:8]} are not among the classes {sorted(known)[:8]}",
            )
        rows = sorted(set(zip(texts, labels, strict=True)))
        self.model_, taught = fit_seeded(
            classes,
            self.unlabelled,
            rows,
            rules=self.rules,
            encoder=self.encoder,
            parameters=self.parameters,
            progress=progress,
        )
        self.agreement_, self.n_rounds_ = taught.agreement, taught.n_rounds
        scores = taught.scores[: len(rows)] * self.model_.sharpness
        self.held_out_ = softmax(scores).astype(np.float32), [label for _, label in rows]
        return self

    def attach(self, encoder: TextEncoder) -> FewShotClassifier:
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
    def from_files(cls, meta: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> FewShotClassifier:
        loaded = cls(parameters=parameters_from(meta["parameters"]["fitting"]))
        loaded.model_ = SeededModel.from_files(meta["classes"], meta["parameters"]["model"], arrays)
        return loaded


def fit_few_shot(
    taxonomy: Taxonomy | None,
    labelled: Sequence[tuple[str, str]],
    unlabelled_texts: Sequence[str] = (),
    encoder: TextEncoder | None = None,
    seed: int = 13,
    *,
    rules: RuleSet | None = None,
    labels: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> FewShotClassifier:
    """A classifier from pairs of text and label; ``labels`` (else those of the pairs) name the categories.

    Raises ``PackError`` for a label that the taxonomy does not know, ``InputError`` with fewer than two.
    """
    parameters = ColdStartParameters()
    parameters = replace(parameters, training=replace(parameters.training, seed=seed))
    names = labels if labels is not None else sorted({label for _, label in labelled})
    classes = () if taxonomy is None else seed_classes(taxonomy, names)
    made = FewShotClassifier(
        classes, unlabelled=unlabelled_texts, rules=rules, encoder=encoder, parameters=parameters
    )
    return made.fit([text for text, _ in labelled], [label for _, label in labelled], progress=progress)


def _bare_classes(labels: Sequence[str]) -> tuple[SeedClass, ...]:
    """Classes of which nothing is known but the label."""
    if len(set(labels)) < 2:
        raise InputError(
            reason=f"训练至少需要两个类别，这里只有 {sorted(set(labels))}",
            reason_en=f"two classes are needed, there is only {sorted(set(labels))}",
        )
    return tuple(SeedClass(label, label, frozenset({label}), (), ()) for label in sorted(set(labels)))
