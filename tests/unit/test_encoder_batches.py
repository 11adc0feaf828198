"""Windows and batches of token ids."""

from __future__ import annotations

import pytest

from models.encoder.batches import batched_by_length, padded, split_windows


def test_a_short_text_is_one_window_as_it_is() -> None:
    (window,) = split_windows([[0, 7, 8, 2]], max_tokens=6)
    assert window.ids == (0, 7, 8, 2)
    assert window.weight == 2


def test_a_long_text_is_windowed_without_loss_and_each_window_has_its_marks() -> None:
    content = list(range(10, 21))
    windows = split_windows([[0, 5, 2], [0, *content, 2]], max_tokens=6)
    long = [window for window in windows if window.text == 1]
    assert [token for window in long for token in window.ids[1:-1]] == content
    assert all(window.ids[0] == 0 and window.ids[-1] == 2 and len(window.ids) <= 6 for window in long)
    assert [window.weight for window in long] == [4, 4, 3]


def test_a_text_without_tokens_is_one_window_of_weight_one() -> None:
    (window,) = split_windows([[0, 2]], max_tokens=6)
    assert window.ids == (0, 2)
    assert window.weight == 1


@pytest.mark.parametrize("lengths", [[], [5], [3, 90, 4, 4, 50, 7, 1], [60] * 9])
def test_every_position_is_in_one_batch_and_batches_are_bounded(lengths: list[int]) -> None:
    batches = batched_by_length(lengths, max_tokens=64, max_rows=3)
    assert sorted(at for batch in batches for at in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) <= 3
        assert len(batch) == 1 or len(batch) * max(lengths[at] for at in batch) <= 64


def test_texts_of_like_length_share_a_batch() -> None:
    assert batched_by_length([9, 2, 9, 2], max_tokens=20) == [[1, 3], [0, 2]]


def test_padding_is_masked() -> None:
    ids, mask = padded([[0, 5, 2], [0, 2]], pad=1)
    assert ids.tolist() == [[0, 5, 2], [0, 2, 1]]
    assert mask.tolist() == [[1, 1, 1], [1, 1, 0]]
