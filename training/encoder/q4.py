"""Weights in 4 bits: blocks of 32 along a row, ``w = (q - 8) * d`` with one 16-bit float ``d`` per block.

A block has 18 bytes: ``d``, then 16 bytes whose low halves are weights 0..15 and whose high halves are weights
16..31 (the layout Q4_0 of ggml).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BLOCK = 32
BLOCK_BYTES = 18
_ZERO = 8


@dataclass(frozen=True, slots=True)
class Q4Matrix:
    """``scales`` (rows, n_blocks) float16, ``halves`` (rows, n_blocks, 16) uint8."""

    scales: NDArray[np.float16]
    halves: NDArray[np.uint8]

    @classmethod
    def of_bytes(cls, body: memoryview, rows: int, columns: int) -> Q4Matrix:
        """Read ``rows * columns / 32`` packed blocks; nothing is copied."""
        kind = np.dtype([("d", "<f2"), ("q", "u1", (BLOCK // 2,))])
        blocks = np.frombuffer(body, dtype=kind).reshape(rows, columns // BLOCK)
        return cls(blocks["d"], blocks["q"])

    @property
    def shape(self) -> tuple[int, int]:
        return self.scales.shape[0], self.scales.shape[1] * BLOCK

    def rows(self, kept: NDArray[np.integer]) -> Q4Matrix:
        """The rows of these numbers alone, in their order."""
        return Q4Matrix(self.scales[kept], self.halves[kept])

    def values(self) -> NDArray[np.uint8]:
        """The 4-bit values in the order of the weights, ``(rows, columns)`` in 0..15."""
        pair = np.concatenate([self.halves & 0x0F, self.halves >> 4], axis=2)
        return pair.reshape(self.shape)

    def dequantised(self) -> NDArray[np.float32]:
        """``(rows, columns)`` float32."""
        n_rows, _ = self.shape
        values = self.values().reshape(n_rows, -1, BLOCK).astype(np.float32) - _ZERO
        return (values * self.scales.astype(np.float32)[:, :, None]).reshape(self.shape)


def stacked(matrices: Sequence[Q4Matrix]) -> Q4Matrix:
    """The rows of several matrices one below the other."""
    return Q4Matrix(
        np.concatenate([m.scales for m in matrices]), np.concatenate([m.halves for m in matrices])
    )


def pack_q4(matrix: NDArray[np.float32]) -> tuple[NDArray[np.uint8], NDArray[np.float16]]:
    """``matrix`` (rows, columns) in signed 4 bits, two neighbours a byte, and scales (rows, n_blocks).

    The largest weight of a block, by magnitude, becomes -8: what was dequantised comes back as it was
    (the rounding of Q4_0). ``columns`` is a multiple of 32.
    """
    blocks = matrix.reshape(matrix.shape[0], -1, BLOCK)
    peak = np.take_along_axis(blocks, np.abs(blocks).argmax(axis=2)[:, :, None], axis=2)
    scales = (peak[:, :, 0] / -_ZERO).astype(np.float16)
    divisor = np.where(scales == 0, 1, scales).astype(np.float32)[:, :, None]
    values = np.rint(blocks / divisor).clip(-_ZERO, _ZERO - 1).astype(np.int8).reshape(matrix.shape)
    halves = values.view(np.uint8) & 0x0F
    return halves[:, 0::2] | (halves[:, 1::2] << 4), scales


def unpack_q4(packed: NDArray[np.uint8], scales: NDArray[np.float16]) -> NDArray[np.float32]:
    """What ``pack_q4`` packed, ``(rows, columns)`` float32."""
    pair = np.stack([packed & 0x0F, packed >> 4], axis=2).reshape(packed.shape[0], -1).astype(np.int8)
    signed = np.where(pair >= _ZERO, pair - 2 * _ZERO, pair).astype(np.float32)
    blocks = signed.reshape(packed.shape[0], -1, BLOCK) * scales.astype(np.float32)[:, :, None]
    return blocks.reshape(packed.shape[0], -1)
