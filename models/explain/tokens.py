"""Words of a text and how much each speaks for the predicted class, against the runner-up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from models.classify.ngram_linear import NgramLinearClassifier
from models.classify.ngrams import locate_ngrams, look_up
from models.classify.protocol import Classifier
from models.text.align import Span

Contributions = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.floating[Any]]]
"""Starts and ends ``(n,)``, half-open code points into the text, and weights ``(n, n_classes)``."""
Cutter = Callable[[str], Sequence[Span]]
"""Spans of the words of a text, in order and disjoint; what they leave out stands by itself."""
MAX_OCCLUSIONS = 48


@runtime_checkable
class Contributing(Protocol):
    """A linear classifier that can say what each piece of a text adds to its margins.

    The weights and ``intercept_`` (none: 0) sum to the margins of ``classes_``. None where it cannot.
    """

    classes_: tuple[str, ...]

    def contributions(self, text: str) -> Contributions | None: ...


class TokenWeight(NamedTuple):
    """``weight`` above 0 speaks for the predicted class, below 0 for the runner-up."""

    start: int
    end: int
    weight: float


@dataclass(frozen=True, slots=True)
class TokenExplanation:
    """Where ``is_exact``, the weights and ``bias`` sum to ``margin``: label's score less runner-up's.

    Else a weight is the fall of the log odds when the word is taken out, and ``margin`` the log odds.
    """

    label: str
    runner_up: str
    margin: float
    bias: float
    tokens: tuple[TokenWeight, ...]
    is_exact: bool


def token_weights(
    classifier: Classifier, text: str, *, cut: Cutter | None = None, label: str | None = None
) -> list[TokenWeight]:
    """Weights of the words of ``text`` in its order; see ``explain_tokens``."""
    return list(explain_tokens(classifier, text, cut=cut, label=label).tokens)


def explain_tokens(
    classifier: Classifier, text: str, *, cut: Cutter | None = None, label: str | None = None
) -> TokenExplanation:
    """Why ``classifier`` gives ``text`` its class, or ``label``, rather than the next best one.

    Exact for linear n-gram models; for others each word is taken out once (occlusion; Zeiler and Fergus
    2014). ``cut`` finds the words (default: runs of letters, digits and single Han characters).
    Raises ``ValueError`` for a label that is no class.
    """
    probabilities = classifier.predict_proba([text])[0]
    chosen, other = _pair(probabilities, classifier.classes_, label)
    words = _covering(text, (cut or character_runs)(text))
    found = _contributions(classifier, text)
    names = (classifier.classes_[chosen], classifier.classes_[other])
    if found is None:
        margin = _log_odds(probabilities, chosen, other)
        tokens = _occluded(classifier, text, words, (chosen, other), margin)
        return TokenExplanation(*names, margin, 0.0, tokens, is_exact=False)
    starts, ends, weights = found
    difference = np.asarray(weights[:, chosen] - weights[:, other], dtype=np.float64)
    intercept = np.asarray(getattr(classifier, "intercept_", np.zeros(len(probabilities))))
    bias = float(intercept[chosen] - intercept[other])
    tokens = _folded(words, starts, ends, difference, len(text))
    margin = float(difference.sum()) + bias
    return TokenExplanation(*names, margin, bias, tokens, is_exact=True)


def character_runs(text: str) -> list[Span]:
    """Runs of letters and digits of other scripts, and single Han characters: words without a dictionary."""
    spans: list[Span] = []
    for at, char in enumerate(text):
        if not char.isalnum():
            continue
        joins = bool(spans) and spans[-1].end == at and _is_run(char) and _is_run(text[at - 1])
        if joins:
            spans[-1] = Span(spans[-1].start, at + 1)
        else:
            spans.append(Span(at, at + 1))
    return spans


def ngram_linear_contributions(classifier: NgramLinearClassifier, text: str) -> Contributions:
    """Of ``classifier.ngram_linear.v1``, which has no method for it: they and the intercept are the margins."""
    keys, starts, ends = locate_ngrams(text)
    at, known = look_up(keys, classifier.vocabulary_)
    at = at[known]
    times = np.bincount(at, minlength=max(len(classifier.vocabulary_), 1))[at]
    values = (1 + np.log(times)) * classifier.idf_[at]
    norm = np.sqrt((values**2 / times).sum())
    shares = values / times / max(norm, 1e-9)
    return starts[known], ends[known], shares[:, None] * classifier.coef_[at]


def _contributions(classifier: Classifier, text: str) -> Contributions | None:
    if isinstance(classifier, NgramLinearClassifier):
        return ngram_linear_contributions(classifier, text)
    return classifier.contributions(text) if isinstance(classifier, Contributing) else None


def _pair(probabilities: NDArray[np.float32], classes: tuple[str, ...], label: str | None) -> tuple[int, int]:
    order = np.argsort(-probabilities, kind="stable")
    chosen = int(order[0]) if label is None else classes.index(label)
    return chosen, int(next(column for column in order if column != chosen))


def _covering(text: str, words: Sequence[Span]) -> list[Span]:
    """The words, and between them each character that is not white space by itself."""
    spans, at = [], 0
    for word in [*words, Span(len(text), len(text))]:
        spans += [Span(i, i + 1) for i in range(at, word.start) if not text[i].isspace()]
        if word.end > word.start:
            spans.append(Span(word.start, word.end))
        at = word.end
    return spans


def _folded(
    words: Sequence[Span],
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    weights: NDArray[np.float64],
    n_chars: int,
) -> tuple[TokenWeight, ...]:
    """Each piece's weight goes in equal parts to its characters that are in words."""
    owner = np.full(n_chars, -1, dtype=np.int64)
    for number, word in enumerate(words):
        owner[word.start : word.end] = number
    total = np.zeros(len(words))
    for start, end, weight in zip(starts.tolist(), ends.tolist(), weights.tolist(), strict=True):
        owners = owner[start:end]
        owners = owners[owners >= 0]
        if len(owners):
            np.add.at(total, owners, weight / len(owners))
    return tuple(TokenWeight(word.start, word.end, float(w)) for word, w in zip(words, total, strict=True))


def _occluded(
    classifier: Classifier, text: str, words: Sequence[Span], pair: tuple[int, int], margin: float
) -> tuple[TokenWeight, ...]:
    """Neighbouring words go together where there are more than ``MAX_OCCLUSIONS``."""
    step = max(1, -(-len(words) // MAX_OCCLUSIONS))
    groups = [
        Span(part[0].start, part[-1].end)
        for part in (words[i : i + step] for i in range(0, len(words), step))
    ]
    without = [text[: group.start] + text[group.end :] for group in groups]
    if not without:
        return ()
    probabilities = classifier.predict_proba(without)
    falls = [margin - _log_odds(row, *pair) for row in probabilities]
    return tuple(TokenWeight(group.start, group.end, fall) for group, fall in zip(groups, falls, strict=True))


def _log_odds(probabilities: NDArray[np.float32], chosen: int, other: int) -> float:
    p = np.maximum(probabilities.astype(np.float64), 1e-6)
    return float(np.log(p[chosen]) - np.log(p[other]))


def _is_run(char: str) -> bool:
    return char.isalnum() and not "㐀" <= char <= "鿿" and not "豈" <= char <= "﫿" and char < "\U00020000"
