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
