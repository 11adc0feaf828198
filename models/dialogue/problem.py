"""``dialogue.problem.v1``: the turn that states the problem, and the turn that shows the goal reached.

The shares of ``dialogue.votes.v1`` and the cue words of a block, its neighbours and its place go into two
logistic regressions (states the problem; shows the goal reached). The best sequence under the constraints is
then found exactly: at most one problem, by the customer; at most one goal, behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.core.errors import InputError
from models.dialogue.cues import N_BLOCK_NUMBERS, block_numbers
from models.dialogue.ridge import Numbers
from models.dialogue.turns import Dialogue
from models.dialogue.votes import MARKS, TurnVoteModel, VoteParameters

Progress = Callable[[float, str], None]
MIN_ROWS = 50
_PROBLEM = MARKS.index("CNUG0")
_GOALS = (MARKS.index("CNUG*"), MARKS.index("HNUG*"))


@dataclass(frozen=True, slots=True)
class ProblemParameters:
    """``penalty`` is the inverse of scikit-learn's C; ``seed`` fixes the folds."""

    n_folds: int = 5
    seed: int = 13
    penalty: float = 1.0
    votes: VoteParameters = field(default_factory=VoteParameters)


@dataclass(frozen=True, slots=True)
class Marked:
    """Index of a turn, and the probability that most readers would mark it so, in [0, 1]."""

    turn: int
    score: float


@dataclass(frozen=True, slots=True)
class TurnMarks:
    """``None`` where no turn passes the threshold."""

    problem: Marked | None
    goal: Marked | None


class ProblemModel:
    """Learned state: ``votes_``, ``mean_`` and ``scale_`` (n_numbers,), ``weights_`` (n_numbers + 1, 2),
    ``thresholds_`` (2,): of problem and goal.

    Right after ``fit`` also ``held_out_``, the marks of each dialogue by models that never saw it.
    """

    name = "dialogue.problem.v1"

    def __init__(self, parameters: ProblemParameters | None = None) -> None:
        self.parameters = parameters or ProblemParameters()

    def fit(
        self, dialogues: Sequence[Dialogue], shares: Sequence[Numbers], *, progress: Progress | None = None
    ) -> ProblemModel:
        """Fit on vote shares (n_blocks, 7) per dialogue. Raises ``InputError`` with fewer than 50 dialogues."""
        if len(dialogues) < MIN_ROWS:
            raise InputError(
                reason=f"训练至少需要 {MIN_ROWS} 段带投票的对话，这里有 {len(dialogues)} 段",
                reason_en=f"{MIN_ROWS} dialogues with votes are needed, there are {len(dialogues)}",
            )
        p = self.parameters
        folds = np.random.default_rng(p.seed).permutation(len(dialogues)) % p.n_folds
        numbers = self._held_out_numbers(dialogues, shares, folds, progress)
        gold = [gold_blocks(own) for own in shares]
        held_out: list[Numbers] = [np.zeros(0)] * len(dialogues)
        for k in range(p.n_folds):
            kept, held = np.flatnonzero(folds != k).tolist(), np.flatnonzero(folds == k).tolist()
            self._fit_logistic([numbers[i] for i in kept], [gold[i] for i in kept])
            for i in held:
                held_out[i] = self._probabilities(numbers[i])
        self.thresholds_ = _thresholds(dialogues, held_out, gold)
        self.held_out_ = [self._decode(d, own) for d, own in zip(dialogues, held_out, strict=True)]
        self._fit_logistic(numbers, gold)
        self.votes_ = TurnVoteModel(p.votes).fit(dialogues, shares)
        return self

    def mark(self, dialogues: Sequence[Dialogue], shares: Sequence[Numbers] | None = None) -> list[TurnMarks]:
        """The marks of each dialogue. ``shares`` spares the votes where the caller has them from an equal model."""
        if shares is None:
            shares = self.votes_.predict(dialogues)
        return [
            self._decode(dialogue, self._probabilities(_numbers(dialogue, own)))
            for dialogue, own in zip(dialogues, shares, strict=True)
        ]

    def to_files(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        _, arrays = self.votes_.to_files()
        for name in ("mean", "scale", "weights", "thresholds"):
            arrays[f"problem.{name}"] = getattr(self, f"{name}_")
        return {"classes": ["problem", "goal"], "parameters": asdict(self.parameters)}, arrays

    @classmethod
    def from_files(cls, meta: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> ProblemModel:
        given = meta["parameters"]
        model = cls(ProblemParameters(**{**given, "votes": VoteParameters(**given["votes"])}))
        model.votes_ = TurnVoteModel.from_files(given["votes"], arrays)
        for name in ("mean", "scale", "weights", "thresholds"):
            setattr(model, f"{name}_", arrays[f"problem.{name}"])
        return model

    def _held_out_numbers(
        self,
        dialogues: Sequence[Dialogue],
        shares: Sequence[Numbers],
        folds: NDArray[np.int64],
        progress: Progress | None,
    ) -> list[Numbers]:
        found: list[Numbers] = [np.zeros(0)] * len(dialogues)
        for k in range(self.parameters.n_folds):
            kept, held = np.flatnonzero(folds != k).tolist(), np.flatnonzero(folds == k).tolist()
            votes = TurnVoteModel(self.parameters.votes)
            votes.fit([dialogues[i] for i in kept], [shares[i] for i in kept])
            out = [dialogues[i] for i in held]
            for i, dialogue, own in zip(held, out, votes.predict(out), strict=True):
                found[i] = _numbers(dialogue, own)
            if progress:
                progress(
                    (k + 1) / (self.parameters.n_folds + 1), f"交叉验证 {k + 1}/{self.parameters.n_folds}"
                )
        return found

    def _fit_logistic(self, numbers: Sequence[Numbers], gold: Sequence[NDArray[np.bool_]]) -> None:
        from sklearn.linear_model import LogisticRegression

        rows, marks = np.vstack(numbers), np.vstack(gold)
        self.mean_, self.scale_ = rows.mean(axis=0), 1 / np.maximum(rows.std(axis=0), 1e-6)
        columns = []
        for target in marks.T:
            if target.all() or not target.any():
                columns.append(np.append(np.zeros(rows.shape[1]), 10.0 if target.all() else -10.0))
                continue
            found = LogisticRegression(C=1 / self.parameters.penalty, max_iter=500)
            found.fit((rows - self.mean_) * self.scale_, target)
            columns.append(np.append(found.coef_[0], found.intercept_[0]))
        self.weights_ = np.array(columns).T

    def _probabilities(self, numbers: Numbers) -> Numbers:
        """``(n_blocks, 2)``: of problem and goal."""
        scaled = (numbers - self.mean_) * self.scale_
        linear = (scaled[:, :, None] * self.weights_[:-1]).sum(axis=1) + self.weights_[-1]
        return np.asarray(np.round(1 / (1 + np.exp(-np.clip(linear, -30, 30))), 6))

    def _decode(self, dialogue: Dialogue, probabilities: Numbers) -> TurnMarks:
        problem, goal = best_blocks(dialogue, probabilities, self.thresholds_)
        return TurnMarks(
            _marked(dialogue, problem, probabilities, 0), _marked(dialogue, goal, probabilities, 1)
        )

    votes_: TurnVoteModel
    mean_: Numbers
    scale_: Numbers
    weights_: Numbers
    thresholds_: Numbers


def gold_blocks(shares: Numbers) -> NDArray[np.bool_]:
    """``(n_blocks, 2)``: more than half of the votes say problem, or goal reached."""
    goal = shares[:, _GOALS].sum(axis=1) > 0.5
    return np.column_stack([shares[:, _PROBLEM] > 0.5, goal])


def best_blocks(
    dialogue: Dialogue, probabilities: Numbers, thresholds: Numbers
) -> tuple[int | None, int | None]:
    """The problem's and the goal's block: the pair with the largest sum of gains over the thresholds.

    A gain is the difference of the log odds of a probability and of its threshold; leaving a mark out gains 0.
    The goal stands behind the problem where there is one. Found in one pass from the end.
    """
    odds = _log_odds(probabilities) - _log_odds(thresholds)
    best: tuple[float, int | None, int | None] = (0.0, None, None)
    goal: tuple[float, int | None] = (0.0, None)
    for i in reversed(range(len(dialogue.blocks))):
        if dialogue.blocks[i].customer and odds[i, 0] > 0 and odds[i, 0] + goal[0] >= best[0]:
            best = (float(odds[i, 0] + goal[0]), i, goal[1])
        if odds[i, 1] > max(goal[0], 0.0):
            goal = (float(odds[i, 1]), i)
    return best[1:] if best[0] >= goal[0] and best[1] is not None else (None, goal[1])


def _log_odds(p: Numbers) -> Numbers:
    clipped = np.clip(p, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(clipped / (1 - clipped)))


def _marked(dialogue: Dialogue, block: int | None, probabilities: Numbers, column: int) -> Marked | None:
    """A block of several turns gives its longest one."""
    if block is None:
        return None
    turn = max(dialogue.blocks[block].turns, key=lambda i: len(dialogue.texts[i]))
    return Marked(turn, float(probabilities[block, column]))


def _numbers(dialogue: Dialogue, shares: Numbers) -> Numbers:
    """``(n_blocks, n_numbers)``: shares of the block, of the ones beside it, cue words and place."""
    n = len(shares)
    edge = np.zeros((1, shares.shape[1]))
    before, behind = np.vstack([edge, shares])[:n], np.vstack([shares, edge])[1 : n + 1]
    own = np.array([block_numbers(block, i, n) for i, block in enumerate(dialogue.blocks)])
    return np.hstack([shares, before, behind, own.reshape(n, N_BLOCK_NUMBERS)])


def _thresholds(
    dialogues: Sequence[Dialogue], probabilities: Sequence[Numbers], gold: Sequence[NDArray[np.bool_]]
) -> Numbers:
    """Those with the best F1 over all blocks, problem and goal apart."""
    rows, marks = np.vstack(probabilities), np.vstack(gold)
    customer = np.array([block.customer for dialogue in dialogues for block in dialogue.blocks])
    rows = rows * np.column_stack([customer, np.ones_like(customer)])
    grid = np.linspace(0.1, 0.9, 81)
    f1 = [[_f1(rows[:, k] > t, marks[:, k]) for t in grid] for k in range(2)]
    return np.array([float(grid[_middle_of_best(values)]) for values in f1])


def _middle_of_best(values: Sequence[float]) -> int:
    """The middle of the longest run within 0.001 of the best value."""
    near = [i for i, value in enumerate(values) if value >= max(values) - 0.001]
    runs: list[list[int]] = []
    for i in near:
        if runs and i == runs[-1][-1] + 1:
            runs[-1].append(i)
        else:
            runs.append([i])
    longest = max(runs, key=len)
    return longest[len(longest) // 2]


def _f1(found: NDArray[np.bool_], gold: NDArray[np.bool_]) -> float:
    return float(2 * (found & gold).sum() / max(found.sum() + gold.sum(), 1))
