"""The network that is fitted and the one that serves say the same."""

import numpy as np
import pytest

from models.experience.talk_net import TalkNet, pieces_apart, turns_apart
from models.experience.talk_page import FIRST, TalkAlphabet, open_page
from models.experience.told import told_from

torch = pytest.importorskip("torch")

from training.experience.batches import make_batch  # noqa: E402
from training.experience.network import TalkNetwork, TalkSizes, start_weights  # noqa: E402

ALPHABET = TalkAlphabet.of("等了半天没人理我抱歉", ["等了", "没人"])
SIZES = TalkSizes(len(ALPHABET.characters) + FIRST, len(ALPHABET.pairs) + FIRST, 7, 2, width=16, hidden=32)
TALKS = [
    [("customer", "等了半天，没人理我。"), ("agent", "抱歉，马上给您处理。")],
    [("customer", "没人")],
    [("agent", "您好，请问有什么可以帮您？"), ("customer", "我等了半天，没人，没人理"), ("customer", "，")],
    [("customer", "等了半天，没人理我。" * 20), *[("agent", "抱歉"), ("customer", "没人")] * 6],
]


def _network() -> TalkNetwork:
    torch.manual_seed(0)
    network = TalkNetwork(SIZES)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
        network.characters.singles.weight[0] = 0
        network.characters.doubles.weight[0] = 0
    return network.eval()


def test_numpy_and_torch_agree_alone_and_in_a_batch() -> None:
    network = _network()
    pages = [open_page(told_from(talk), ALPHABET) for talk in TALKS]
    batch = make_batch(pages, [0, 1, 1, 0], [np.zeros((len(p.pieces), 7), np.float32) for p in pages])
    with torch.no_grad():
        together = network(batch).numpy()
    net = TalkNet(network.arrays(), SIZES.shape)
    for row, (page, sector) in enumerate(zip(pages, [0, 1, 1, 0], strict=True)):
        np.testing.assert_allclose(net.odds(page, sector), together[row, : len(page.pieces)], atol=2e-4)


def test_an_empty_page_has_no_odds() -> None:
    net = TalkNet(_network().arrays(), SIZES.shape)
    assert net.odds(open_page(told_from([("customer", "")]), ALPHABET), 0).shape == (0, 7)


def test_a_long_transcript_is_read_in_stretches() -> None:
    net = TalkNet(_network().arrays(), SIZES.shape)
    page = open_page(told_from([("customer", "等了半天，没人理我。" * 450)]), ALPHABET)
    odds = net.odds(page, 0)
    assert odds.shape == (900, 7)
    assert np.isfinite(odds).all()


def test_the_part_that_reads_characters_survives_arrays() -> None:
    network = _network()
    found = start_weights(network.arrays(), SIZES.shape)
    state = network.state_dict()
    assert {name for name in state if name.startswith(("characters.", "pieces."))} == set(found)
    for name, value in found.items():
        assert torch.allclose(value, state[name], atol=1e-6), name


def test_distances_are_told_apart_up_to_a_limit() -> None:
    """Columns 0 to 24, the middle one for the piece itself; from eight pieces on by half powers of two."""
    row = pieces_apart(101)[0]
    assert row[[0, 1, 7, 8, 16, 31, 32, 100]].tolist() == [12, 13, 19, 20, 22, 23, 24, 24]
    assert pieces_apart(101)[100][[100, 99, 0]].tolist() == [12, 11, 0]
    assert turns_apart(np.array([0, 0, 1, 9])).tolist()[2] == [3, 3, 4, 8]
