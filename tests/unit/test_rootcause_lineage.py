"""What a month suggests about kinship of causes."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from models.rootcause.cause import KnownCause, Proposal, RootCause
from models.rootcause.lineage import proposals_of


def known(cause_id: str, n_voices: int) -> KnownCause:
    return KnownCause(cause_id, cause_id, (), n_voices=n_voices)


def cause(cause_id: str, n_voices: int) -> RootCause:
    return RootCause(cause_id, cause_id, (), np.zeros(2, dtype=np.float32), (), n_voices, n_voices, n_voices)


def settled(vectors: list[list[float]], shared: tuple[Any, ...] = ()) -> Any:
    return SimpleNamespace(
        centres=SimpleNamespace(vectors=np.array(vectors, dtype=np.float32)),
        kept=SimpleNamespace(shared=shared),
    )


def test_a_cause_that_vanishes_as_two_like_it_come_up_is_their_parent() -> None:
    before = [known("fee", 40), known("noise", 30)]
    causes = [None, cause("noise", 28), cause("over", 20), cause("extra", 18), cause("screen", 25)]
    vectors = [[1, 0], [0, 1], [0.8, 0.6], [0.9, 0.43], [0.1, 0.99]]
    assert proposals_of(settled(vectors), causes, before) == (
        Proposal("lineage", ("fee",), ("extra", "over")),
    )


def test_two_that_vanish_as_one_like_both_comes_up_are_its_parents() -> None:
    before = [known("a", 20), known("b", 25)]
    found = proposals_of(settled([[1, 0], [0, 1], [0.7, 0.7]]), [cause("a", 2), None, cause("c", 40)], before)
    assert found == (Proposal("lineage", ("a", "b"), ("c",)),)


def test_two_that_vanish_are_parents_where_only_together_they_are_like_what_came_up() -> None:
    before = [known("a", 20), known("b", 20)]
    found = proposals_of(settled([[1, 0], [0, 1], [0.29, 0.29]]), [None, None, cause("c", 40)], before)
    assert found == (Proposal("lineage", ("a", "b"), ("c",)),)
    alone = [known("a", 20), known("b", 20)]
    stays = [None, cause("b", 20), cause("c", 40)]
    assert proposals_of(settled([[1, 0], [0, 1], [0.29, 0.29]]), stays, alone) == ()


def test_a_cause_that_lost_little_is_no_parent_beside_one_that_lost_much() -> None:
    before = [known("a", 100), known("b", 6)]
    found = proposals_of(settled([[1, 0], [0, 1], [0.7, 0.25]]), [None, None, cause("c", 90)], before)
    assert found == (Proposal("lineage", ("a",), ("c",)),)


def test_causes_that_stay_or_were_small_are_nobodys_parents() -> None:
    before = [known("a", 20), known("b", 4)]
    assert (
        proposals_of(settled([[1, 0], [0, 1], [0.7, 0.7]]), [cause("a", 19), None, cause("c", 40)], before)
        == ()
    )


SAME = [[1, 0], [0.8, 0.6]]


def test_causes_that_claim_one_group_are_proposed_for_a_merge() -> None:
    before = [known("b", 9), known("a", 9)]
    both = ((3, ((0, 0.7), (1, 0.9))),)
    found = proposals_of(settled(SAME, both), [cause("b", 9), cause("a", 9)], before)
    assert found == (Proposal("merge", ("a", "b")),)


@pytest.mark.parametrize(
    ("vectors", "claims", "now"),
    [
        pytest.param([[1, 0], [0.4, 0.9]], (0.9, 0.9), 9, id="unlike"),
        pytest.param(SAME, (0.9, 0.5), 9, id="half of one is elsewhere"),
        pytest.param(SAME, (0.9, 0.9), 2, id="one is as good as gone"),
    ],
)
def test_no_merge_of_causes_that_share_a_group_by_accident(
    vectors: list[list[float]], claims: tuple[float, float], now: int
) -> None:
    shared = ((3, ((0, claims[0]), (1, claims[1]))),)
    causes = [cause("b", 9), cause("a", now)]
    assert proposals_of(settled(vectors, shared), causes, [known("b", 9), known("a", 9)]) == ()


def test_of_three_that_claim_one_group_only_those_alike_are_proposed() -> None:
    vectors = [[1, 0, 0], [0.8, 0.6, 0], [0, 0, 1]]
    causes = [cause(name, 9) for name in "abc"]
    shared = ((0, ((0, 0.9), (1, 0.9), (2, 0.9))),)
    found = proposals_of(settled(vectors, shared), causes, [known(name, 9) for name in "abc"])
    assert found == (Proposal("merge", ("a", "b")),)
