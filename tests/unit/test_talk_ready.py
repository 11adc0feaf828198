"""Normalisation put into the layers beside it gives what it gives written out (Ba et al. 2016)."""

import numpy as np
import pytest

from models.experience.talk_net import MAX_PIECES, N_PIECES_APART, made_ready, pieces_apart

RNG = np.random.default_rng(3)


def _some(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape).astype(np.float32)


def _normalised(x: np.ndarray) -> np.ndarray:
    return (x - x.mean(axis=1, keepdims=True)) / np.sqrt(x.var(axis=1, keepdims=True) + 1e-5)


@pytest.mark.parametrize("name", ["attention", "attention.0", "wide.1"])
def test_scales_and_shifts_before_a_layer_go_into_it(name: str) -> None:
    arrays = {
        f"{name}.norm.weight": _some(6),
        f"{name}.norm.bias": _some(6),
        f"{name}.in.weight": _some(6, 9),
        f"{name}.in.bias": _some(9),
    }
    ready, x = made_ready(arrays), _some(5, 6)
    scaled = _normalised(x) * arrays[f"{name}.norm.weight"] + arrays[f"{name}.norm.bias"]
    wanted = scaled @ arrays[f"{name}.in.weight"] + arrays[f"{name}.in.bias"]
    found = _normalised(x) @ ready[f"{name}.in.weight"] + ready[f"{name}.in.bias"]
    np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_a_window_gives_rows_of_mean_zero_and_else_the_same() -> None:
    arrays = {
        "context.0.weight": _some(9, 4),
        "context.0.bias": _some(4),
        "context.0.norm.weight": _some(4),
        "context.0.norm.bias": _some(4),
    }
    ready, x = made_ready(arrays), _some(5, 9)
    found = x @ ready["context.0.weight"] + ready["context.0.bias"]
    wanted = x @ arrays["context.0.weight"] + arrays["context.0.bias"]
    np.testing.assert_allclose(found.mean(axis=1), 0, atol=1e-5)
    np.testing.assert_allclose(_normalised(found), _normalised(wanted), atol=1e-4)


def test_biases_of_near_pieces_are_those_of_any_two_at_their_distance() -> None:
    near = _some(2, 2 * N_PIECES_APART + 1)
    ready = made_ready({"attention.0.near": near})["attention.0.near"]
    assert ready.shape == (2, MAX_PIECES, MAX_PIECES)
    np.testing.assert_array_equal(ready[:, :30, :30], near[:, pieces_apart(30)])
