"""The behaviour suite: how many minimal pairs a sentiment model tells apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.behaviour import LABELS, Case, load_cases

Predict = Callable[[Sequence[str]], NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Failure:
    """A pair that was not told apart; ``label_a`` and ``polarity_a`` are what the model said of ``a``."""

    case: Case
    label_a: str
    label_b: str
    polarity_a: float
    polarity_b: float


@dataclass(frozen=True, slots=True)
class BehaviourResult:
    """``by_phenomenon`` holds ``(n_passed, n)``."""

    n: int
    n_passed: int
    failures: tuple[Failure, ...]
    by_phenomenon: Mapping[str, tuple[int, int]]

    @property
    def pass_ratio(self) -> float:
        return self.n_passed / self.n if self.n else 1.0

    def to_dict(self) -> dict[str, Any]:
        return {
            "n": self.n,
            "n_passed": self.n_passed,
            "pass_ratio": round(self.pass_ratio, 4),
            "by_phenomenon": {name: list(counts) for name, counts in self.by_phenomenon.items()},
            "failed": [failure.case.id for failure in self.failures],
        }


def run_suite(
    predict: Predict, classes: Sequence[str], *, cases: Sequence[Case] | None = None
) -> BehaviourResult:
    """Ask ``predict`` for probabilities ``(n_texts, n_classes)`` of all texts at once and judge each pair.

    A pair is passed when both labels are allowed and, where the pair asks for it, the order of the two
    polarities is right. A class that the model lacks has probability 0.
    """
    cases = load_cases() if cases is None else cases
    given = np.asarray(predict([text for case in cases for text in (case.a, case.b)]), dtype=np.float64)
    p = np.zeros((2 * len(cases), len(LABELS)))
    for column, label in enumerate(LABELS):
        if label in classes:
            p[:, column] = given[:, list(classes).index(label)]
    best, polarity = p.argmax(axis=1), p[:, 2] - p[:, 0]
    judged = [
        Failure(
            case,
            LABELS[best[2 * i]],
            LABELS[best[2 * i + 1]],
            float(polarity[2 * i]),
            float(polarity[2 * i + 1]),
        )
        for i, case in enumerate(cases)
    ]
    failures = tuple(answer for answer in judged if not _passes(answer))
    failed = Counter(answer.case.phenomenon for answer in failures)
    asked = Counter(case.phenomenon for case in cases)
    by_phenomenon = {name: (n - failed[name], n) for name, n in asked.items()}
    return BehaviourResult(len(cases), len(cases) - len(failures), failures, by_phenomenon)


def _passes(answer: Failure) -> bool:
    case = answer.case
    ordered = not case.a_below_b or answer.polarity_a < answer.polarity_b
    return answer.label_a in case.expect_a and answer.label_b in case.expect_b and ordered
