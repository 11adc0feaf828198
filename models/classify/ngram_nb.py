"""``classifier.ngram_nb.v1``: character n-grams weighted by naive Bayes log-count ratios, with a linear SVM.

Wang and Manning 2012, "Baselines and Bigrams: Simple, Good Sentiment and Topic Classification", section 2.3
(NBSVM), one class against the rest, each class with its own ratios. A count enters as ``1 + log count`` over
the square root of the text's number of n-grams, known or not: so a text that is mostly strange gets small
margins, and features may be left out afterwards without moving the others. Coefficients are kept in 8 bits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from models.classify.calibration import DecisionScaling
from models.classify.ngrams import (
    NgramSpace,
    count_matrix,
    count_one,
    counts_and_totals,
    find_vocabulary,
    locate_ngrams,
    look_up,
    ngram_totals,
)
from models.core.errors import InputError

Progress = Callable[[float, str], None]
_BATCH = 4096
_LEVELS = 127
_MANY_ROWS = 20_000
_KEPT_BYTES = 2_300_000
"""Of keys and coefficients in a model folder."""
_ABSENT_MARGIN = -3.0
"""Of a class that a fold's model has never seen."""


@dataclass(frozen=True, slots=True)
class NgramNbParameters:
    """``cost`` is liblinear's C, ``smoothing`` the count added to each n-gram in the ratios.

    ``max_features`` n-grams are fitted, ``max_kept`` of them kept: those with the largest coefficients.
    ``objective`` is what the decision is made for (see ``DecisionScaling``). ``n_folds`` are for the
    calibration; ``seed`` fixes the folds and the order in which liblinear goes through the rows.
    """

    longest: int = 3
    min_df: int = 2
    max_features: int = 250_000
    max_kept: int = 200_000
    cost: float = 1.0
    smoothing: float = 1.0
    balanced: bool = False
    objective: str = "accuracy"
    n_folds: int = 5
    seed: int = 13

    @property
    def space(self) -> NgramSpace:
        return NgramSpace(self.longest, fold_width=True)


def parameters_for(labels: Sequence[str], *, seed: int = 13) -> NgramNbParameters:
    """Parameters by number of rows and classes, chosen on folds of five public data sets of 2,400 to 43,700 rows.

    Few classes: longer n-grams. Many classes: rare ones must be found, so classes weigh the same, ratios are
    hardly smoothed, and the decision is made for macro-F1. Many rows: fewer folds, to stay within the time.
    """
    n_classes, many_rows = len(set(labels)), len(labels) > _MANY_ROWS
    chosen: dict[str, Any] = {"seed": seed, "n_folds": 3 if many_rows else 5}
    if n_classes <= 3:
        chosen |= {"longest": 3, "cost": 0.5 if many_rows else 1.0}
    elif n_classes <= 10:
        chosen |= {"longest": 2, "cost": 0.3 if many_rows else 1.0, "smoothing": 0.3, "objective": "macro_f1"}
    else:
        chosen |= {"longest": 2, "cost": 0.1, "smoothing": 0.1, "balanced": True, "objective": "macro_f1"}
    n_columns = 1 if n_classes == 2 else n_classes
    return NgramNbParameters(**{**chosen, "max_kept": min(200_000, _KEPT_BYTES // (8 + n_columns))})


class NgramNbClassifier:
    """Texts to probabilities over ``classes_``; the order of the rows at ``fit`` does not matter.

    Learned state: ``classes_`` (n_classes,), ``vocabulary_`` (n_features,) int64, ``levels_`` (n_features,
    n_columns) int8 and ``scale_`` (n_columns,), of which ``coef_`` (n_features, n_classes) is made,
    ``intercept_`` (n_classes,), ``calibration_``; n_columns is 1 for two classes. Right after ``fit`` also
    ``held_out_probabilities_`` (n_texts, n_classes): of each row from a model that never saw its text (the
    calibration's few parameters were fitted on them all).
    """

    name = "classifier.ngram_nb.v1"

    def __init__(self, parameters: NgramNbParameters | None = None) -> None:
        self.parameters = parameters or NgramNbParameters()

    def fit(
        self, texts: Sequence[str], labels: Sequence[str], *, progress: Progress | None = None
    ) -> NgramNbClassifier:
        """Fit on ``texts`` and ``labels``. Raises ``InputError`` with fewer than two classes or far too few rows."""
        self.classes_ = tuple(sorted(set(labels)))
        if len(self.classes_) < 2:
            raise InputError(
                reason=f"训练至少需要两个类别，这里只有 {list(self.classes_)}",
                reason_en=f"two classes are needed, there is only {list(self.classes_)}",
            )
        report = progress or (lambda done, what: None)
        order = np.array(sorted(range(len(texts)), key=lambda i: (texts[i], labels[i])))
        texts, labels = [texts[i] for i in order], [labels[i] for i in order]
        y = np.searchsorted(np.array(self.classes_), np.array(labels))
        report(0.0, "n-grams")
        counts = self._learn_vocabulary(texts)
        features = _weighted(counts, ngram_totals(texts, self.parameters.space))
        margins = self._held_out_margins(features, y, _folds(texts, y, self.parameters), report)
        self.calibration_ = DecisionScaling(self.parameters.objective).fit(margins, y)
        self.held_out_probabilities_ = np.empty_like(margins)
        self.held_out_probabilities_[order] = self.calibration_.transform(margins)
        report(1 - 1 / (self.parameters.n_folds + 1), "linear model")
        self._keep(*self._fit_linear(features, y))
        return self

    def margins(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Signed distances, shape ``(n_texts, n_classes)``, uncalibrated."""
        parts = [self._margins(texts[at : at + _BATCH]) for at in range(0, len(texts), _BATCH)]
        return np.concatenate([np.zeros((0, len(self.classes_)), dtype=np.float32), *parts])

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Calibrated probabilities, shape ``(n_texts, n_classes)``, rows summing to 1."""
        return self.calibration_.transform(self.margins(texts))

    def predict(self, texts: Sequence[str]) -> list[str]:
        return [self.classes_[i] for i in self.predict_proba(texts).argmax(axis=1)]

    def contributions(self, text: str) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
        """What each known n-gram adds to the margins: starts, ends (n_ngrams,), weights (n_ngrams, n_classes).

        Half-open code-point offsets into ``text``; repeats share their n-gram's weight. The weights and
        ``intercept_`` sum to the margins.
        """
        keys, starts, ends = locate_ngrams(text, self.parameters.space)
        at, known = look_up(keys, self.vocabulary_)
        at, n_all = at[known], max(len(keys), 1)
        times = np.bincount(at, minlength=len(self.vocabulary_))[at]
        shares = (1 + np.log(times)) / times / np.sqrt(n_all)
        weights = (shares[:, None] * self.coef_[at]).astype(np.float32)
        return starts[known], ends[known], weights

    def to_files(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """JSON-safe parameters and arrays; what comes back by ``from_files`` predicts exactly the same."""
        meta = {"classes": list(self.classes_), "parameters": asdict(self.parameters)}
        arrays = {
            "vocabulary": self.vocabulary_,
            "levels": self.levels_,
            "scale": self.scale_,
            "intercept": self.intercept_,
            **{f"calibration_{name}": values for name, values in self.calibration_.to_arrays().items()},
        }
        return meta, arrays

    @classmethod
    def from_files(cls, meta: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> NgramNbClassifier:
        model = cls(NgramNbParameters(**meta["parameters"]))
        model.classes_ = tuple(meta["classes"])
        model.vocabulary_ = arrays["vocabulary"]
        model.intercept_ = arrays["intercept"]
        start = "calibration_"
        own = {key.removeprefix(start): value for key, value in arrays.items() if key.startswith(start)}
        model.calibration_ = DecisionScaling.from_arrays(own)
        model._set_levels(arrays["levels"], arrays["scale"])
        return model

    def _learn_vocabulary(self, texts: Sequence[str]) -> sparse.csr_matrix[np.float32]:
        p = self.parameters
        self.vocabulary_ = find_vocabulary(texts, min_df=p.min_df, max_features=p.max_features, space=p.space)
        if not len(self.vocabulary_):
            raise InputError(
                reason=f"样本太少：没有一个字词出现在 {p.min_df} 条文本里，请补充标注",
                reason_en=f"too few rows: no n-gram stands in {p.min_df} texts; label more",
            )
        return count_matrix(texts, self.vocabulary_, p.space)

    def _margins(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if len(texts) == 1:
            return self._margins_of_one(texts[0])
        counts, totals = counts_and_totals(texts, self.vocabulary_, self.parameters.space)
        return np.asarray(_weighted(counts, totals) @ self.coef_ + self.intercept_)

    def _margins_of_one(self, text: str) -> NDArray[np.float32]:
        """Added up in the order of the columns, as the sparse product does: alone or in a batch, the same bits."""
        columns, counts, total = count_one(text, self.vocabulary_, self.parameters.space)
        weights = (1 + np.log(counts)) / np.float32(math.sqrt(max(total, 1)))
        terms = np.zeros((len(columns) + 1, self.coef_.shape[1]), dtype=np.float32)
        np.multiply(weights[:, None], self.coef_[columns], out=terms[1:])
        return np.asarray(np.add.accumulate(terms, axis=0)[-1:] + self.intercept_)

    def _fit_linear(
        self, features: Any, y: NDArray[np.int64]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Coefficients (n_features, n_columns) and intercepts (n_columns,) for the classes numbered in ``y``."""
        k = int(y.max()) + 1
        ratios = _log_count_ratios(features, y, k, self.parameters.smoothing)
        columns = [1] if k == 2 else range(k)
        found = [self._fit_column(features, ratios[:, c], y == c) for c in columns]
        return np.stack([coef for coef, _ in found], axis=1), np.array([b for _, b in found], np.float32)

    def _fit_column(
        self, features: Any, ratios: NDArray[np.float32], inside: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float32], float]:
        from sklearn.svm import LinearSVC

        p = self.parameters
        scaled = features.copy()
        scaled.data *= ratios[scaled.indices]
        weight = "balanced" if p.balanced else None
        svm = LinearSVC(C=p.cost, class_weight=weight, tol=0.05, random_state=p.seed).fit(scaled, inside)
        return (svm.coef_[0] * ratios).astype(np.float32), float(svm.intercept_[0])

    def _held_out_margins(
        self, features: Any, y: NDArray[np.int64], folds: NDArray[np.int64], report: Progress
    ) -> NDArray[np.float32]:
        """Margins of each row from a model that never saw its text, shape ``(n_texts, n_classes)``."""
        margins = np.zeros((len(y), len(self.classes_)), dtype=np.float32)
        for fold in range(self.parameters.n_folds):
            held, kept = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
            seen = np.unique(y[kept])
            if len(seen) < 2 or not len(held):
                continue
            coef, intercept = self._fit_linear(features[kept], np.searchsorted(seen, y[kept]))
            margins[held] = _ABSENT_MARGIN
            margins[np.ix_(held, seen)] = _both_sides(features[held] @ coef + intercept)
            report(
                (fold + 1) / (self.parameters.n_folds + 2), f"交叉验证 {fold + 1}/{self.parameters.n_folds}"
            )
        return margins

    def _keep(self, coef: NDArray[np.float32], intercept: NDArray[np.float32]) -> None:
        """The largest coefficients in 8 bits, by a square law: small ones keep their proportions."""
        size = np.abs(coef).max(axis=1)
        kept = np.sort(np.lexsort((self.vocabulary_, -size))[: self.parameters.max_kept])
        coef = coef[kept]
        scale = np.maximum(np.abs(coef).max(axis=0, initial=0), 1e-9).astype(np.float32)
        levels = np.rint(np.sign(coef) * np.sqrt(np.abs(coef) / scale) * _LEVELS).astype(np.int8)
        used = (levels != 0).any(axis=1)
        self.vocabulary_ = self.vocabulary_[kept][used]
        self.intercept_ = _both_sides(intercept[None, :])[0]
        self._set_levels(levels[used], scale)

    def _set_levels(self, levels: NDArray[np.int8], scale: NDArray[np.float32]) -> None:
        self.levels_, self.scale_ = levels, scale
        share = levels.astype(np.float32) / _LEVELS
        self.coef_ = _both_sides((np.sign(share) * share**2 * scale).astype(np.float32))


def _weighted(
    counts: sparse.csr_matrix[np.float32], totals: NDArray[np.int64]
) -> sparse.csr_matrix[np.float32]:
    """``(1 + log count) / sqrt(total)`` in place; ``totals`` (n_texts,) are all n-grams of each text."""
    norms = np.sqrt(np.maximum(totals, 1)).astype(np.float32)
    counts.data = (1 + np.log(counts.data)) / np.repeat(norms, np.diff(counts.indptr))
    return counts


def _log_count_ratios(features: Any, y: NDArray[np.int64], k: int, smoothing: float) -> NDArray[np.float32]:
    """Log of the n-gram's share among the class's texts over its share among the rest, (n_features, k).

    Each text counts an n-gram once.
    """
    onehot = np.eye(k, dtype=np.float32)[y]
    inside = (features.sign().T @ onehot).astype(np.float64)
    outside = inside.sum(axis=1, keepdims=True) - inside + smoothing
    inside += smoothing
    return np.log((inside / inside.sum(axis=0)) / (outside / outside.sum(axis=0))).astype(np.float32)


def _both_sides(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of two classes one column is learned; the other is its negative."""
    return np.hstack([-values, values]) if values.shape[1] == 1 else values


def _folds(texts: Sequence[str], y: NDArray[np.int64], parameters: NgramNbParameters) -> NDArray[np.int64]:
    """Fold of each row, (n_texts,): the same text is never in two, and classes are spread evenly."""
    rng = np.random.default_rng(parameters.seed)
    first = {text: i for i, text in reversed(list(enumerate(texts)))}
    leaders = np.array(sorted(first.values()))
    drawn = rng.permutation(len(leaders))
    by_class = drawn[np.argsort(y[leaders][drawn], kind="stable")]
    folds = np.empty(len(texts), dtype=np.int64)
    folds[leaders[by_class]] = np.arange(len(leaders)) % parameters.n_folds
    return folds[[first[text] for text in texts]]
