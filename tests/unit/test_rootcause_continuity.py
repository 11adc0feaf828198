"""Which groups of a month become new causes; the evidence is made by hand."""

import numpy as np

from models.rootcause.continuity import OPEN, Continuity, ContinuityConfig, Evidence, continued

LARGE, SMALL = 18, 6


def month(cuts: list[list[int]]) -> Evidence:
    """Two groups, of ``LARGE`` and ``SMALL`` voices of one clause each; nothing is known."""
    labels = np.array([0] * LARGE + [1] * SMALL, dtype=np.int64)
    n = len(labels)
    return Evidence(
        labels,
        np.arange(n),
        np.full(n, -1, dtype=np.int64),
        np.ones(n, dtype=bool),
        np.ones(n, dtype=bool),
        np.ones(n),
        np.array(cuts, dtype=np.int64).reshape(-1, n) if cuts else np.zeros((0, n), dtype=np.int64),
    )


def owners(rows: Evidence, config: ContinuityConfig) -> Continuity:
    n = len(rows.labels)
    return continued(rows, np.ones((n, 1), dtype=np.float32), np.ones(n), 0, 3, config)


APART = [0] * LARGE + [1] * SMALL
SWALLOWED = [0] * (LARGE + SMALL)


def test_a_group_that_most_cuts_swallow_is_no_new_cause() -> None:
    found = owners(month([SWALLOWED, SWALLOWED, SWALLOWED, APART]), ContinuityConfig(max_unstable=0.3))
    assert found.owner.tolist() == [0, OPEN]
    assert found.n_born == 1


def test_a_group_that_comes_back_is_a_new_cause() -> None:
    assert owners(month([APART, APART, SWALLOWED]), ContinuityConfig()).owner.tolist() == [0, 1]


def test_unstable_groups_are_refused_only_as_far_as_their_budget_reaches() -> None:
    found = owners(month([SWALLOWED, SWALLOWED, SWALLOWED, APART]), ContinuityConfig(max_unstable=0.2))
    assert found.owner.tolist() == [0, 1]


def test_without_cuts_every_group_may_be_born() -> None:
    assert owners(month([]), ContinuityConfig()).n_born == 2


def test_causes_that_claim_one_group_are_told_with_the_part_it_holds() -> None:
    labels = np.array([0, 0, 0, 0, 1, 0, 0], dtype=np.int64)
    known = np.array([0, 0, 1, 1, 1, -1, -1], dtype=np.int64)
    yes = np.ones(7, dtype=bool)
    rows = Evidence(labels, np.arange(7), known, known < 0, yes, np.ones(7))
    found = continued(rows, np.ones((7, 1), dtype=np.float32), np.ones(7), 2, 3, ContinuityConfig())
    assert found.shared == ((0, ((0, 1.0), (1, 0.66667))),)
    assert found.owner.tolist() == [OPEN, OPEN]
