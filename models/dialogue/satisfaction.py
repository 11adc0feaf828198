"""``dialogue.satisfaction.v1``: how content the customer is at the end, from -2 to 2.

Two levels (Wolpert 1992, "Stacked generalization"). Below: ridge regressions of the three marks of a dialogue
on character n-grams by role (first, later, last customer turn; first, last, all agent turns), each role also
alone, and the shares of what the turns do (``dialogue.votes.v1``). Above: boosted trees over what those say of
rows that they did not see, and over the cue numbers. Two cuts on the score give three classes; two logistic
curves give the probability of each (a cumulative ordinal model, Agresti 2010, chapter 3).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.core.errors import InputError
from models.dialogue.cues import cue_numbers
from models.dialogue.ordinal import OrdinalCuts
from models.dialogue.ridge import FieldRidge, Numbers, RidgeParameters
from models.dialogue.trees import BoostedTrees, TreeParameters
from models.dialogue.turns import Dialogue
from models.dialogue.votes import MARKS, TurnVoteModel, VoteParameters

Progress = Callable[[float, str], None]
CLASSES = ("dissatisfied", "neutral", "satisfied")
CUT = 0.33
"""A mean mark below -0.33 is dissatisfied, from 0.33 on satisfied."""
LOWEST, HIGHEST = -2.0, 2.0
MIN_ROWS = 50
_N_FIELDS = 7


@dataclass(frozen=True, slots=True)
class SatisfactionParameters:
    """``seed`` fixes the folds and the trees."""

    n_folds: int = 5
    seed: int = 13
    ridge: RidgeParameters = field(default_factory=lambda: RidgeParameters(per_field=True))
    votes: VoteParameters = field(default_factory=VoteParameters)
    trees: TreeParameters = field(default_factory=TreeParameters)


class SatisfactionModel:
    """Learned state: ``ridge_``, ``votes_`` (None where the rows had no votes), ``trees_``, ``cuts_``.

    Right after ``fit`` also ``held_out_scores_`` (n_rows,), of each row from models that never saw it.
    """

    name = "dialogue.satisfaction.v1"
    classes_ = CLASSES

    def __init__(self, parameters: SatisfactionParameters | None = None) -> None:
        self.parameters = parameters or SatisfactionParameters()

    def fit(
        self,
        dialogues: Sequence[Dialogue],
        marks: Numbers,
        shares: Sequence[Numbers] | None = None,
        *,
        progress: Progress | None = None,
    ) -> SatisfactionModel:
        """Fit on ``marks`` (n_rows, n_marks), satisfaction first, and vote ``shares`` where there are any.

        Raises ``InputError`` with fewer than 50 rows or a class without rows.
        """
        y = classes_of(marks[:, 0])
        if len(dialogues) < MIN_ROWS or len(set(y.tolist())) < len(CLASSES):
            raise InputError(
                reason=f"训练满意度至少需要 {MIN_ROWS} 段对话，且三档都要有，这里有 {len(dialogues)} 段",
                reason_en=f"satisfaction needs {MIN_ROWS} dialogues with all three classes, not {len(dialogues)}",
            )
        p = self.parameters
        folds = np.random.default_rng(p.seed).permutation(len(dialogues)) % p.n_folds
        above = self._held_out_above(dialogues, marks, shares, folds, progress)
        self.held_out_scores_ = np.zeros(len(dialogues))
        for k in range(p.n_folds):
            trees = BoostedTrees(p.trees).fit(above[folds != k], marks[folds != k, 0])
            self.held_out_scores_[folds == k] = _clipped(trees.predict(above[folds == k]))
        self.cuts_ = OrdinalCuts().fit(self.held_out_scores_, y, seed=p.seed)
        self.trees_ = BoostedTrees(p.trees).fit(above, marks[:, 0])
        self.ridge_, self.votes_ = self._fit_below(dialogues, marks, shares)
        return self

    def scores(
        self, dialogues: Sequence[Dialogue], shares: Sequence[Numbers] | None = None
    ) -> NDArray[np.float64]:
        """``(n_rows,)`` in [-2, 2]. ``shares`` spares the votes where the caller has them from an equal model."""
        if not dialogues:
            return np.zeros(0)
        if shares is None and self.votes_ is not None:
            shares = self.votes_.predict(dialogues)
        below = _below(self.ridge_, dialogues)
        return _clipped(self.trees_.predict(_above(dialogues, below, shares if self.votes_ else None)))

    def predict_proba(self, dialogues: Sequence[Dialogue]) -> NDArray[np.float64]:
        """Calibrated probabilities ``(n_rows, 3)`` in the order of ``classes_``."""
        return self.cuts_.probabilities(self.scores(dialogues))

    def to_files(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        arrays = {
            **self.ridge_.to_arrays("ridge"),
            **self.trees_.to_arrays("trees"),
            **self.cuts_.to_arrays(),
        }
        if self.votes_ is not None:
            arrays |= self.votes_.to_files()[1]
        return {"classes": list(CLASSES), "parameters": asdict(self.parameters)}, arrays

    @classmethod
    def from_files(cls, meta: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> SatisfactionModel:
        given = dict(meta["parameters"])
        parameters = SatisfactionParameters(
            n_folds=given["n_folds"],
            seed=given["seed"],
            ridge=RidgeParameters(**given["ridge"]),
            votes=VoteParameters(**given["votes"]),
            trees=TreeParameters(**given["trees"]),
        )
        model = cls(parameters)
        model.ridge_ = FieldRidge.from_arrays("ridge", arrays, _N_FIELDS, parameters.ridge)
        model.trees_ = BoostedTrees.from_arrays("trees", arrays, parameters.trees)
        model.cuts_ = OrdinalCuts.from_arrays(arrays)
        has_votes = any(name.startswith("votes.") for name in arrays)
        model.votes_ = TurnVoteModel.from_files(given["votes"], arrays) if has_votes else None
        return model

    def _fit_below(
        self, dialogues: Sequence[Dialogue], marks: Numbers, shares: Sequence[Numbers] | None
    ) -> tuple[FieldRidge, TurnVoteModel | None]:
        rows = [role_texts(dialogue) for dialogue in dialogues]
        ridge = FieldRidge(_N_FIELDS, self.parameters.ridge).fit(rows, np.zeros((len(rows), 0)), marks)
        votes = None if shares is None else TurnVoteModel(self.parameters.votes).fit(dialogues, shares)
        return ridge, votes

    def _held_out_above(
        self,
        dialogues: Sequence[Dialogue],
        marks: Numbers,
        shares: Sequence[Numbers] | None,
        folds: NDArray[np.int64],
        progress: Progress | None,
    ) -> Numbers:
        """The upper level's numbers of each row, from lower models that never saw the row."""
        found: list[Numbers] = [np.zeros(0)] * len(dialogues)
        n_folds = self.parameters.n_folds
        for k in range(n_folds):
            kept, held = np.flatnonzero(folds != k).tolist(), np.flatnonzero(folds == k).tolist()
            part = [shares[i] for i in kept] if shares is not None else None
            ridge, votes = self._fit_below([dialogues[i] for i in kept], marks[kept], part)
            out = [dialogues[i] for i in held]
            above = _above(out, _below(ridge, out), votes.predict(out) if votes else None)
            for i, numbers in zip(held, above, strict=True):
                found[i] = numbers
            if progress:
                progress((k + 1) / (n_folds + 1), f"交叉验证 {k + 1}/{n_folds}")
        return np.vstack(found)

    ridge_: FieldRidge
    votes_: TurnVoteModel | None
    trees_: BoostedTrees
    cuts_: OrdinalCuts


def classes_of(marks: Numbers) -> NDArray[np.int64]:
    """Class number of each mean mark: 0 dissatisfied, 1 neutral, 2 satisfied."""
    return np.digitize(marks, [-CUT, CUT])


def role_texts(dialogue: Dialogue) -> tuple[str, ...]:
    """Customer: all, first, later, last turn (empty when the first is the last); agent: all, first, last."""
    customer = [block.text for block in dialogue.blocks if block.customer]
    agent = [block.text for block in dialogue.blocks if not block.customer]
    return (
        "\n".join(customer),
        customer[0] if customer else "",
        "\n".join(customer[1:]),
        customer[-1] if len(customer) > 1 else "",
        "\n".join(agent),
        agent[0] if agent else "",
        agent[-1] if agent else "",
    )


def _clipped(scores: Numbers) -> Numbers:
    return np.asarray(np.round(np.clip(scores, LOWEST, HIGHEST), 5), dtype=np.float64)


def _below(ridge: FieldRidge, dialogues: Sequence[Dialogue]) -> Numbers:
    rows = [role_texts(dialogue) for dialogue in dialogues]
    return ridge.predict(rows, np.zeros((len(rows), 0)))


def _above(dialogues: Sequence[Dialogue], below: Numbers, shares: Sequence[Numbers] | None) -> Numbers:
    """Rounded, so that the last bits of a sum decide no branch of a tree."""
    numbers = [np.array([cue_numbers(dialogue) for dialogue in dialogues]), below]
    if shares is not None:
        numbers.append(
            np.array([_share_numbers(dialogue, own) for dialogue, own in zip(dialogues, shares, strict=True)])
        )
    return np.asarray(np.round(np.hstack(numbers), 5), dtype=np.float64)


def _share_numbers(dialogue: Dialogue, shares: Numbers) -> list[float]:
    """What the turns do, by place: the first, the last and all later customer turns, the last and all agent's."""
    customer = [own for own, block in zip(shares, dialogue.blocks, strict=True) if block.customer]
    agent = [own for own, block in zip(shares, dialogue.blocks, strict=True) if not block.customer]
    nothing = np.zeros((1, len(MARKS)))
    later = np.array(customer[1:]) if len(customer) > 1 else nothing
    served = np.array(agent) if agent else nothing
    more, reached, idle = (MARKS.index(mark) for mark in ("CNUG", "CNUG*", "CNaN"))
    helped = slice(MARKS.index("HNUG"), len(MARKS))
    solved = MARKS.index("HNUG*")
    return [
        float(customer[0][0]) if customer else 0.0,
        *later[-1, [more, reached, idle]],
        *served[-1, helped],
        later[:, reached].max(),
        later[:, reached].sum(),
        later[:, more].mean(),
        later[:, idle].mean(),
        served[:, solved].max(),
        served[:, solved].sum(),
        *served[:, helped].mean(axis=0),
    ]
