"""A text that remembers where each of its characters came from.

Every repair is a list of edits. Applying them keeps, for each code point of the new text, the half-open
range of the raw text it stands for, so evidence can always be quoted exactly as ``raw[start:end]``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Span(NamedTuple):
    """Half-open range of code points."""

    start: int
    end: int


class Edit(NamedTuple):
    """Replace ``text[start:end]`` by ``replacement`` (empty: remove; ``start == end``: insert)."""

    start: int
    end: int
    replacement: str


@dataclass(frozen=True, slots=True)
class AlignedText:
    """``text`` as it is now, ``raw`` as it was sent.

    ``starts`` and ``ends`` have one entry per character of ``text``; both ``None`` means that ``text`` has
    the same length as ``raw``, position by position.
    """

    raw: str
    text: str
    starts: NDArray[np.int32] | None = None
    ends: NDArray[np.int32] | None = None

    @classmethod
    def of(cls, raw: str) -> AlignedText:
        return cls(raw, raw)

    def to_raw(self, start: int, end: int) -> Span:
        """The raw range that ``text[start:end]`` stands for. An empty range stays empty."""
        if self.starts is None or self.ends is None:
            return Span(start, end)
        if start >= end:
            at = int(self.starts[start]) if start < len(self.starts) else len(self.raw)
            return Span(at, at)
        return Span(int(self.starts[start]), int(self.ends[end - 1]))

    def apply(self, edits: Iterable[Edit]) -> AlignedText:
        """A new text with ``edits`` carried out; they must be sorted and must not overlap.

        A replacement of equal length maps position by position; otherwise each new character stands for
        the whole range it replaces.
        """
        edits = list(edits)
        if not edits:
            return self
        pieces: list[str] = []
        same_length = True
        at = 0
        for start, end, replacement in edits:
            if start < at or end < start or end > len(self.text):
                raise ValueError(f"edits overlap or leave the text at {start}:{end}")
            pieces += (self.text[at:start], replacement)
            same_length = same_length and len(replacement) == end - start
            at = end
        pieces.append(self.text[at:])
        text = "".join(pieces)
        if same_length:
            return AlignedText(self.raw, text, self.starts, self.ends)
        starts, ends = self._spliced(edits)
        return AlignedText(self.raw, text, starts, ends)

    def with_same_length(self, text: str) -> AlignedText:
        """The same alignment over ``text``, which must have the same length (character-wise changes)."""
        if len(text) != len(self.text):
            raise ValueError("a character-wise change must keep the length")
        return AlignedText(self.raw, text, self.starts, self.ends)

    def then(self, later: AlignedText) -> AlignedText:
        """Compose: ``later`` was made from ``self.text``; the result maps ``later.text`` to ``self.raw``."""
        if later.raw != self.text:
            raise ValueError("the second alignment was made from another text")
        if self.starts is None or self.ends is None:
            return AlignedText(self.raw, later.text, later.starts, later.ends)
        if later.starts is None or later.ends is None:
            return AlignedText(self.raw, later.text, self.starts, self.ends)
        n = len(self.text)
        starts = np.append(self.starts, len(self.raw)).astype(np.int32)[later.starts]
        last = np.clip(later.ends - 1, 0, max(n - 1, 0))
        ends = np.where(later.ends > later.starts, self.ends[last] if n else 0, starts).astype(np.int32)
        return AlignedText(self.raw, later.text, starts, ends)

    def _spliced(self, edits: list[Edit]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        n = len(self.text)
        old_starts = self.starts if self.starts is not None else np.arange(n, dtype=np.int32)
        old_ends = self.ends if self.ends is not None else np.arange(1, n + 1, dtype=np.int32)
        starts: list[NDArray[np.int32]] = []
        ends: list[NDArray[np.int32]] = []
        at = 0
        for start, end, replacement in edits:
            starts.append(old_starts[at:start])
            ends.append(old_ends[at:start])
            if len(replacement) == end - start:
                starts.append(old_starts[start:end])
                ends.append(old_ends[start:end])
            elif replacement:
                raw = self.to_raw(start, end)
                starts.append(np.full(len(replacement), raw.start, dtype=np.int32))
                ends.append(np.full(len(replacement), raw.end, dtype=np.int32))
            at = end
        starts.append(old_starts[at:])
        ends.append(old_ends[at:])
        return np.concatenate(starts), np.concatenate(ends)
