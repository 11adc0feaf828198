"""What the talk network is told is wrong with its odds."""

import numpy as np
import pytest

from models.experience.talk_page import TalkAlphabet, open_page
from models.experience.told import told_from

torch = pytest.importorskip("torch")

from training.experience.batches import make_batch  # noqa: E402
from training.experience.learning import Scope, known_labels, talk_loss  # noqa: E402

LABELS = ("item/price", "promise", "step/hotel/room", "answer/satisfied")
SCOPE = Scope(
    LABELS,
    ("hotel", ""),
    torch.ones(2, 4, dtype=torch.bool),
    torch.tensor([0]),
    torch.tensor([False, False, False, True]),
)
PAGE = open_page(told_from([("customer", "房间不错，价格便宜")]), TalkAlphabet.of("", []))


def _loss(odds: list[list[float]], wanted: list[list[float]], kinds: tuple[str, ...] | None) -> float:
    batch = make_batch(
        [PAGE], [0], [np.array([row + [0.0] * (4 - len(row)) for row in wanted], dtype=np.float32)]
    )
    known = None if kinds is None else known_labels(kinds, LABELS)[None]
    return float(
        talk_loss(torch.tensor([[row + [-5.0] * (4 - len(row)) for row in odds]]), batch, SCOPE, known)
    )


def test_labels_come_from_the_lists_that_were_looked_for() -> None:
    assert known_labels(("steps",), LABELS).tolist() == [False, False, True, False]
    assert known_labels(("survey", "promises"), LABELS).tolist() == [True, True, False, True]


def test_what_nobody_looked_for_costs_nothing() -> None:
    wanted = [[0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]
    quiet, loud = [[-5.0, -5.0, 5.0], [-5.0, -5.0, -5.0]], [[-5.0, 9.0, 5.0], [-5.0, 9.0, -5.0]]
    assert _loss(quiet, wanted, ("steps",)) == pytest.approx(_loss(loud, wanted, ("steps",)))
    assert _loss(loud, wanted, None) > _loss(quiet, wanted, None) + 5


def test_a_single_turn_is_told_somewhere_in_it() -> None:
    """Either piece may tell of the step, where it is known only that the turn does."""
    wanted = [[0.0, 0.0, 1.0], [0.0, 0.0, 1.0]]
    first, second = [[-5.0, -5.0, 5.0], [-5.0, -5.0, -5.0]], [[-5.0, -5.0, -5.0], [-5.0, -5.0, 5.0]]
    assert _loss(first, wanted, ("steps",)) == pytest.approx(_loss(second, wanted, ("steps",)))
    assert _loss(first, wanted, ("steps",)) < 0.1
    assert _loss([[-5.0] * 3] * 2, wanted, ("steps",)) > 4


def test_an_answer_is_learnt_from_a_turn_of_two_pieces() -> None:
    wanted = [[1.0, 0.0, 0.0, 1.0], [1.0, 0.0, 0.0, 1.0]]
    said, unsaid = [[-5.0, -5.0, -5.0, -5.0], [5.0, -5.0, -5.0, 5.0]], [[-5.0] * 4, [5.0, -5.0, -5.0, -5.0]]
    assert _loss(unsaid, wanted, ("survey",)) > _loss(said, wanted, ("survey",)) + 4
    nothing = [[0.0] * 4] * 2
    assert _loss(said, nothing, ("steps",)) == pytest.approx(_loss(unsaid, nothing, ("steps",)))
