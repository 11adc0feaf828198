"""Figures of marks against hand-labelled dialogues."""

import numpy as np

from training.experience.scoring import f1_interval


def test_an_interval_holds_the_f1_and_shrinks_with_dialogues() -> None:
    rows = np.array([[3, 1, 1], [1, 2, 0], [0, 1, 2], [4, 0, 1]])
    f1 = 2 * 8 / (2 * 8 + 4 + 4)
    low, high = f1_interval(rows)
    assert low < f1 < high
    near = f1_interval(np.tile(rows, (25, 1)))
    assert low < near[0] < f1 < near[1] < high


def test_a_kind_that_nobody_names_has_no_f1() -> None:
    assert f1_interval(np.zeros((5, 3), dtype=np.int64)) == (0.0, 0.0)
