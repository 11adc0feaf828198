"""Weights in 8 bits with one scale per row: a quarter of the space of 32 bits, read back at loading."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

SCALE = ".scale"
_SMALLEST_SIZE = 2048
_TOP = 127


def quantise(weights: Mapping[str, NDArray[np.float32]]) -> dict[str, NDArray[Any]]:
    """Large matrices in 8 bits with ``NAME.scale`` beside them, all else in 32 bits."""
    arrays: dict[str, NDArray[Any]] = {}
    for name, value in weights.items():
        if value.ndim != 2 or value.size < _SMALLEST_SIZE:
            arrays[name] = value.astype(np.float32)
            continue
        scale = np.maximum(np.abs(value).max(axis=1), 1e-9) / _TOP
        arrays[name] = np.round(value / scale[:, None]).astype(np.int8)
        arrays[name + SCALE] = scale.astype(np.float32)
    return arrays


def restore(arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[np.float32]]:
    """The opposite of ``quantise``, in 32 bits; arrays of other kinds (integers without a scale) are left out."""
    weights = {}
    for name, value in arrays.items():
        if name + SCALE in arrays:
            weights[name] = value.astype(np.float32) * arrays[name + SCALE][:, None]
        elif value.dtype == np.float32 and not name.endswith(SCALE):
            weights[name] = value
    return weights
