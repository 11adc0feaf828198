"""What a month suggests about kinship of causes."""

from types import SimpleNamespace
from typing import Any

import numpy as np

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


def test_causes_that_stay_or_were_small_are_nobodys_parents() -> None:
    before = [known("a", 20), known("b", 4)]
    assert (
        proposals_of(settled([[1, 0], [0, 1], [0.7, 0.7]]), [cause("a", 19), None, cause("c", 40)], before)
        == ()
    )


def test_causes_that_claim_one_group_are_proposed_for_a_merge() -> None:
    before = [known("b", 9), known("a", 9)]
    found = proposals_of(settled([[1, 0], [1, 0]], ((3, (0, 1)),)), [cause("b", 9), cause("a", 9)], before)
    assert found == (Proposal("merge", ("a", "b")),)
