"""Boosted regression trees as plain arrays: fitted with scikit-learn, served with numpy.

Friedman 2001 and 2002, "Greedy function approximation" and "Stochastic gradient boosting".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.dialogue.ridge import Numbers


@dataclass(frozen=True, slots=True)
class TreeParameters:
    n_trees: int = 300
    depth: int = 3
    rate: float = 0.04
    drawn_rows: float = 0.5
    drawn_columns: float = 0.3
    min_leaf_rows: int = 15
    seed: int = 13


class BoostedTrees:
    """Learned state, each ``(n_trees, n_nodes)``: ``column_`` (-1 at a leaf), ``threshold_``, ``left_``, ``right_``,
    ``value_`` (scaled by the rate); and ``start_``, the mean.
    """

    def __init__(self, parameters: TreeParameters | None = None) -> None:
        self.parameters = parameters or TreeParameters()

    def fit(self, numbers: Numbers, target: Numbers) -> BoostedTrees:
        """Fit squared error on ``numbers`` (n_rows, n_columns) and ``target`` (n_rows,)."""
        from sklearn.ensemble import GradientBoostingRegressor

        p = self.parameters
        fitted = GradientBoostingRegressor(
            n_estimators=p.n_trees,
            max_depth=p.depth,
            learning_rate=p.rate,
            subsample=p.drawn_rows,
            max_features=p.drawn_columns,
            min_samples_leaf=p.min_leaf_rows,
            random_state=p.seed,
        ).fit(numbers.astype(np.float32), target)
        trees = [tree.tree_ for tree in fitted.estimators_[:, 0]]
        shape = (len(trees), max(tree.node_count for tree in trees))
        self.column_ = np.full(shape, -1, dtype=np.int16)
        self.threshold_ = np.zeros(shape, dtype=np.float32)
        self.left_ = np.zeros(shape, dtype=np.uint8)
        self.right_ = np.zeros(shape, dtype=np.uint8)
        self.value_ = np.zeros(shape, dtype=np.float32)
        for i, tree in enumerate(trees):
            n = tree.node_count
            leaf = tree.children_left < 0
            self.column_[i, :n] = np.where(leaf, -1, tree.feature)
            self.threshold_[i, :n] = np.where(leaf, 0, tree.threshold)
            self.left_[i, :n] = np.where(leaf, np.arange(n), tree.children_left)
            self.right_[i, :n] = np.where(leaf, np.arange(n), tree.children_right)
            self.value_[i, :n] = p.rate * tree.value[:, 0, 0]
        self.start_ = np.array([target.mean()])
        return self

    def predict(self, numbers: Numbers) -> Numbers:
        """``(n_rows,)``."""
        rows = numbers.astype(np.float32)
        trees = np.arange(len(self.column_))
        node = np.zeros((len(rows), len(trees)), dtype=np.int64)
        at_row = np.arange(len(rows))[:, None]
        for _ in range(self.parameters.depth):
            column = self.column_[trees, node]
            goes_left = rows[at_row, column] <= self.threshold_[trees, node]
            node = np.where(goes_left, self.left_[trees, node], self.right_[trees, node])
        return np.asarray(self.value_[trees, node].astype(np.float64).sum(axis=1) + self.start_[0])

    def to_arrays(self, prefix: str) -> dict[str, NDArray[Any]]:
        names = ("column", "threshold", "left", "right", "value", "start")
        return {f"{prefix}.{name}": getattr(self, f"{name}_") for name in names}

    @classmethod
    def from_arrays(
        cls, prefix: str, arrays: Mapping[str, NDArray[Any]], parameters: TreeParameters
    ) -> BoostedTrees:
        model = cls(parameters)
        for name in ("column", "threshold", "left", "right", "value", "start"):
            setattr(model, f"{name}_", arrays[f"{prefix}.{name}"])
        return model

    column_: NDArray[np.int16]
    threshold_: NDArray[np.float32]
    left_: NDArray[np.uint8]
    right_: NDArray[np.uint8]
    value_: NDArray[np.float32]
    start_: NDArray[np.float64]
