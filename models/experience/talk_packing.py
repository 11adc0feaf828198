"""Weights of the talk network in few bytes: tables of characters and the layers between pieces in 4 bits, the rest in 8,
each row with a scale.

Rounding to the nearest step of a symmetric range (Jacob et al. 2018); a 4-bit row of 96 takes 50 bytes instead of 384. Four
bits between pieces cost nothing that 883 dialogues could tell (steps 0.671 and 0.671, survey items 0.557 and 0.554).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
_TABLES = ("characters", "pairs")
_BETWEEN_PIECES = ("context.", "attention.", "wide.")
_BIASES = (".near", ".turns")
_MOST_4, _MOST_8 = 7, 127
_SCALE = ".scale"
_SMALLEST = 1e-6
"""A row of zeros has this scale, which half precision still tells from zero."""


def packed(arrays: Mapping[str, Floats]) -> dict[str, NDArray[Any]]:
    """Vectors in half precision, matrices with ``<name>.scale``: bytes without a sign hold two steps, those with one hold one.
    Rows in 4 bits have an even length."""
    found: dict[str, NDArray[Any]] = {}
    for name, value in arrays.items():
        if value.ndim == 1:
            found[name] = value.astype(np.float16)
            continue
        in_4_bits = _is_in_4_bits(name)
        most = _MOST_4 if in_4_bits else _MOST_8
        scale = np.maximum(np.abs(value).max(axis=1) / most, _SMALLEST).astype(np.float16)
        steps = np.clip(np.rint(value / scale.astype(np.float32)[:, None]), -most, most).astype(np.int8)
        found[name] = _nibbles(steps) if in_4_bits else steps
        found[name + _SCALE] = scale
    return found


def unpacked(arrays: Mapping[str, NDArray[Any]]) -> dict[str, Floats]:
    """What ``packed`` was given, rounded."""
    found: dict[str, Floats] = {}
    for name, value in arrays.items():
        if name.endswith(_SCALE):
            continue
        if name + _SCALE not in arrays:
            found[name] = value.astype(np.float32)
            continue
        steps = _from_nibbles(value) if value.dtype == np.uint8 else value
        found[name] = steps.astype(np.float32) * arrays[name + _SCALE].astype(np.float32)[:, None]
    return found


def _is_in_4_bits(name: str) -> bool:
    return name in _TABLES or (name.startswith(_BETWEEN_PIECES) and not name.endswith(_BIASES))


def _nibbles(steps: NDArray[np.int8]) -> NDArray[np.uint8]:
    """Two steps to a byte, the even one in the lower half."""
    raised = (steps + _MOST_4 + 1).astype(np.uint8)
    return (raised[:, ::2] | (raised[:, 1::2] << 4)).astype(np.uint8)


def _from_nibbles(packed_rows: NDArray[np.uint8]) -> NDArray[np.int8]:
    steps = np.empty((len(packed_rows), 2 * packed_rows.shape[1]), dtype=np.int8)
    steps[:, ::2] = (packed_rows & 15).astype(np.int8) - (_MOST_4 + 1)
    steps[:, 1::2] = (packed_rows >> 4).astype(np.int8) - (_MOST_4 + 1)
    return steps
