"""``dialogue.votes.v1``: what a reader would say each turn does, as shares of votes.

The marks are those of the nugget scheme of NTCIR STC-3 (Zeng et al. 2019): a customer's turn states the
problem (``CNUG0``), says more about it (``CNUG``), says that the goal is reached (``CNUG*``) or nothing of these
(``CNaN``); an agent's turn moves towards the goal (``HNUG``), reaches it (``HNUG*``) or nothing (``HNaN``).
Ridge regressions of the shares on n-grams of the block, the one before and the one behind, and its place.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.dialogue.ridge import FieldRidge, Numbers, RidgeParameters
from models.dialogue.turns import Block, Dialogue

CUSTOMER_MARKS = ("CNUG0", "CNUG", "CNUG*", "CNaN")
AGENT_MARKS = ("HNUG", "HNUG*", "HNaN")
MARKS = (*CUSTOMER_MARKS, *AGENT_MARKS)
_N_FIELDS = 3
_N_NUMBERS = 13
_QUESTION = re.compile("[?？]")
_EXCLAMATION = re.compile("[!！]")


@dataclass(frozen=True, slots=True)
class VoteParameters:
    max_features: int = 22_000
    penalty: float = 1.0


class TurnVoteModel:
    """Learned state: ``customer_`` and ``agent_``, one ``FieldRidge`` for the blocks of each side."""

    name = "dialogue.votes.v1"

    def __init__(self, parameters: VoteParameters | None = None) -> None:
        self.parameters = parameters or VoteParameters()

    def fit(self, dialogues: Sequence[Dialogue], shares: Sequence[Numbers]) -> TurnVoteModel:
        """Fit on ``shares`` (n_blocks, 7) per dialogue, columns as ``MARKS``, rows summing to 1."""
        p = self.parameters
        ridge = RidgeParameters(max_features=p.max_features, min_rows=4, penalty=p.penalty, number_scale=0.5)
        everything = np.vstack(shares)
        rows, numbers, is_customer = _rows(dialogues)
        for side, columns in ((True, slice(0, 4)), (False, slice(4, 7))):
            at = np.flatnonzero(is_customer == side)
            model = FieldRidge(_N_FIELDS, ridge)
            model.fit([rows[i] for i in at], numbers[at], everything[at, columns])
            setattr(self, "customer_" if side else "agent_", model)
        return self

    def predict(self, dialogues: Sequence[Dialogue]) -> list[Numbers]:
        """Shares ``(n_blocks, 7)`` per dialogue in [0, 1]; the columns of the other side are 0."""
        rows, numbers, is_customer = _rows(dialogues)
        found = np.zeros((len(rows), len(MARKS)))
        for side, columns, model in (
            (True, slice(0, 4), self.customer_),
            (False, slice(4, 7), self.agent_),
        ):
            at = np.flatnonzero(is_customer == side)
            if len(at):
                found[at, columns] = model.predict([rows[i] for i in at], numbers[at])
        clipped: Numbers = np.asarray(np.round(np.clip(found, 0.0, 1.0), 6), dtype=np.float64)
        ends = np.cumsum([len(dialogue.blocks) for dialogue in dialogues], dtype=int)
        return np.split(clipped, ends[:-1]) if len(dialogues) else []

    def to_files(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        arrays = {**self.customer_.to_arrays("votes.customer"), **self.agent_.to_arrays("votes.agent")}
        return asdict(self.parameters), arrays

    @classmethod
    def from_files(cls, meta: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> TurnVoteModel:
        model = cls(VoteParameters(**meta))
        ridge = RidgeParameters(max_features=model.parameters.max_features)
        model.customer_ = FieldRidge.from_arrays("votes.customer", arrays, _N_FIELDS, ridge)
        model.agent_ = FieldRidge.from_arrays("votes.agent", arrays, _N_FIELDS, ridge)
        return model

    customer_: FieldRidge
    agent_: FieldRidge


def block_shares(dialogue: Dialogue, votes: Sequence[Mapping[str, float]]) -> Numbers:
    """Shares ``(n_blocks, 7)`` from the votes of each turn; a block has the mean of its turns.

    A block without votes gets all of "nothing".
    """
    found = np.zeros((len(dialogue.blocks), len(MARKS)))
    for i, block in enumerate(dialogue.blocks):
        counts = np.array([[votes[at].get(mark, 0.0) for mark in MARKS] for at in block.turns], dtype=float)
        counts[:, slice(4, 7) if block.customer else slice(0, 4)] = 0.0
        total = counts.sum()
        if total:
            found[i] = counts.sum(axis=0) / total
        else:
            found[i, MARKS.index("CNaN" if block.customer else "HNaN")] = 1.0
    return found


def _rows(dialogues: Sequence[Dialogue]) -> tuple[list[tuple[str, str, str]], Numbers, NDArray[np.bool_]]:
    rows, numbers, sides = [], [], []
    for dialogue in dialogues:
        blocks = dialogue.blocks
        texts = ["", *(block.text for block in blocks), ""]
        for i, block in enumerate(blocks):
            rows.append((texts[i + 1], texts[i], texts[i + 2]))
            numbers.append(_place(block, i, len(blocks)))
            sides.append(block.customer)
    shaped = np.array(numbers, dtype=float).reshape(len(rows), _N_NUMBERS)
    return rows, shaped, np.array(sides, dtype=bool)


def _place(block: Block, at: int, n_blocks: int) -> list[float]:
    return [
        *(float(at == i) for i in range(4)),
        float(at == n_blocks - 1),
        float(at >= n_blocks - 2),
        min(n_blocks, 7) / 7,
        min(at, 7) / min(max(n_blocks, 1), 7),
        math.log1p(len(_QUESTION.findall(block.text))),
        math.log1p(len(_EXCLAMATION.findall(block.text))),
        math.log1p(len(block.text)) / 5,
        float(len(block.text) < 12),
        float(not block.text),
    ]
