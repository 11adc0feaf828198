"""The sizes of the network, shared by the one that is trained and the one that serves."""

from __future__ import annotations

from dataclasses import dataclass

GAPS = (-16, -8, -4, -2, -1, 0, 1, 2, 3, 5, 9, 17)
"""Lower bounds of the classes of distance from aspect to opinion, in characters; below the first is class 0."""
N_CLAUSES = 4
"""Classes of the number of clause ends between them: 0, 1, 2, more."""
N_LAYOUTS = 3
"""Aspect apart, aspect and opinion overlapping, aspect not written."""


@dataclass(frozen=True, slots=True)
class NetworkShape:
    """Numbers of rows and columns. Widths of spans are in code points; the limits come from the training rows.

    ``aspects_per_char`` and ``opinions_per_char`` say how many of the best spans are paired.
    """

    n_chars: int
    n_words: int
    n_pair_rows: int = 1 << 14
    char_dim: int = 96
    pair_dim: int = 32
    word_dim: int = 64
    place_dim: int = 16
    hidden: int = 128
    span_dim: int = 96
    link_dim: int = 128
    max_aspect: int = 8
    max_opinion: int = 16
    aspects_per_char: float = 0.15
    opinions_per_char: float = 0.2

    @property
    def input_dim(self) -> int:
        return self.char_dim + 2 * self.pair_dim + 2 * self.word_dim + self.place_dim

    def n_aspects(self, n_chars: int) -> int:
        """How many aspect spans of a text are paired, besides the one that is not written."""
        return 4 + int(self.aspects_per_char * n_chars)

    def n_opinions(self, n_chars: int) -> int:
        return 6 + int(self.opinions_per_char * n_chars)
