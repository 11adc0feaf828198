"""How good satisfaction scores and turn marks are, with bootstrap intervals over dialogues."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.classify.calibration import expected_calibration_error
from models.dialogue.ordinal import OrdinalCuts, macro_f1
from models.dialogue.problem import TurnMarks
from models.dialogue.ridge import Numbers
from models.dialogue.satisfaction import CLASSES, classes_of
from training.dialogue.reading import DialogueRecord

N_BOOTSTRAP = 1000
Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class SatisfactionEvaluation:
    """``macro_f1`` of the three classes; ``ece`` of the label's probability (15 bins); intervals hold 95 %."""

    n: int
    accuracy: float
    accuracy_interval: Interval
    macro_f1: float
    macro_f1_interval: Interval
    per_label: dict[str, float]
    rmse: float
    correlation: float
    ece: float

    def to_dict(self) -> dict[str, Any]:
        return _rounded(asdict(self))


@dataclass(frozen=True, slots=True)
class MarkScore:
    """Over turns: ``baseline_f1`` is of the fixed choice, ``gain_interval`` of ``f1 - baseline_f1``."""

    n_gold: int
    n_found: int
    precision: float
    recall: float
    f1: float
    f1_interval: Interval
    baseline_f1: float
    gain_interval: Interval


@dataclass(frozen=True, slots=True)
class ProblemEvaluation:
    """``problem``: baseline is the first customer turn. ``goal``: baseline is the last customer turn but the first."""

    n: int
    problem: MarkScore
    goal: MarkScore

    def to_dict(self) -> dict[str, Any]:
        return {"n": self.n, "problem": _rounded(asdict(self.problem)), "goal": _rounded(asdict(self.goal))}


def score_satisfaction(
    marks: Numbers, scores: Numbers, cuts: OrdinalCuts, *, seed: int = 13
) -> SatisfactionEvaluation:
    """Scores ``(n,)`` against mean marks ``(n,)``, cut at -0.33 and 0.33."""
    y, found = classes_of(marks), cuts.labels(scores)
    of_label = cuts.probabilities(scores)[np.arange(len(y)), found]
    # As a two-class problem, so that the confidence is that of the label and not of the likeliest class.
    sure = np.column_stack([of_label, np.zeros_like(of_label)]).astype(np.float32)
    per_label = {
        label: 2 * float(((y == k) & (found == k)).sum()) / max(int((y == k).sum() + (found == k).sum()), 1)
        for k, label in enumerate(CLASSES)
    }
    return SatisfactionEvaluation(
        n=len(y),
        accuracy=float((y == found).mean()),
        accuracy_interval=_bootstrap(len(y), lambda rows: float((y[rows] == found[rows]).mean()), seed),
        macro_f1=macro_f1(y, found),
        macro_f1_interval=_bootstrap(len(y), lambda rows: macro_f1(y[rows], found[rows]), seed),
        per_label=per_label,
        rmse=float(np.sqrt(((scores - marks) ** 2).mean())),
        correlation=float(np.corrcoef(scores, marks)[0, 1]) if len(y) > 1 else 0.0,
        ece=expected_calibration_error(sure, (y != found).astype(np.int64)),
    )


def score_marks(
    records: Sequence[DialogueRecord], marks: Sequence[TurnMarks], *, seed: int = 13
) -> ProblemEvaluation:
    """Marks of each record against turns with more than half of the votes."""
    problems = [{m.problem.turn} if m.problem else set() for m in marks]
    goals = [{m.goal.turn} if m.goal else set() for m in marks]
    customer = [[i for i, (who, _) in enumerate(r.turns) if who == "customer"] for r in records]
    return ProblemEvaluation(
        n=len(records),
        problem=_mark_score(
            [_majority(r, ("CNUG0",)) for r in records], problems, [set(c[:1]) for c in customer], seed
        ),
        goal=_mark_score(
            [_majority(r, ("CNUG*", "HNUG*")) for r in records], goals, [set(c[1:][-1:]) for c in customer], seed
        ),
    )  # fmt: skip


def _majority(record: DialogueRecord, names: tuple[str, ...]) -> set[int]:
    """Turns where ``names`` have more than half of all votes."""
    found = set()
    for i, votes in enumerate(record.votes or ()):
        if sum(votes.get(name, 0) for name in names) * 2 > sum(votes.values()):
            found.add(i)
    return found


def _mark_score(
    gold: Sequence[set[int]], found: Sequence[set[int]], fixed: Sequence[set[int]], seed: int
) -> MarkScore:
    own, other = _tally(gold, found), _tally(gold, fixed)
    hits, n_found, n_gold = own.sum(axis=0)
    return MarkScore(
        n_gold=int(n_gold),
        n_found=int(n_found),
        precision=float(hits / max(n_found, 1)),
        recall=float(hits / max(n_gold, 1)),
        f1=_f1(own),
        f1_interval=_bootstrap(len(gold), lambda rows: _f1(own[rows]), seed),
        baseline_f1=_f1(other),
        gain_interval=_bootstrap(len(gold), lambda rows: _f1(own[rows]) - _f1(other[rows]), seed),
    )


def _tally(gold: Sequence[set[int]], found: Sequence[set[int]]) -> NDArray[np.int64]:
    """``(n, 3)``: hits, found, gold of each dialogue; several gold turns are met by finding one."""
    rows = [(len(g & f) > 0, len(f), min(len(g), 1)) for g, f in zip(gold, found, strict=True)]
    return np.array(rows, dtype=np.int64).reshape(-1, 3)


def _f1(tally: NDArray[np.int64]) -> float:
    hits, found, gold = tally.sum(axis=0)
    return float(2 * hits / max(found + gold, 1))


def _bootstrap(n: int, measure: Callable[[NDArray[np.int64]], float], seed: int) -> Interval:
    rng = np.random.default_rng(seed)
    values = [measure(rng.integers(0, n, n)) for _ in range(N_BOOTSTRAP)]
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def _rounded(values: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, float):
            found[name] = round(value, 4)
        elif isinstance(value, tuple):
            found[name] = [round(part, 4) for part in value]
        elif isinstance(value, dict):
            found[name] = _rounded(value)
        else:
            found[name] = value
    return found
