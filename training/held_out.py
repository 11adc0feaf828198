"""The tenth of all rows that encoders are never tuned on.

It is chosen by the text alone, so that it is the same tenth in every data set and every run: a vote or a
calibration that is fitted on it stays honest on top of an encoder that was tuned earlier. Near repeats go the
same way: what is hashed is one short piece of the text, its least one by a digest, and two texts that share
most of their pieces mostly share the least of them too (Broder 1997, "On the resemblance and containment of
documents").
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_SHARE_256 = 26
"""Of 256 values of the digest's first byte: about a tenth."""
_LARGER_SHARE_256 = 51
_FEW_ROWS = 2000
_PIECE_CHARS = 8


def is_held_out(text: str, *, share: int = _SHARE_256) -> bool:
    """Whether the text, white space and punctuation left out, belongs to the tenth."""
    return hashlib.sha256(_least_piece(text)).digest()[0] < share


def held_out_rows(texts: Sequence[str]) -> NDArray[np.bool_]:
    """Mask ``(n_texts,)``; with fewer than 2,000 texts a fifth, which the tenth is part of."""
    share = _SHARE_256 if len(texts) >= _FEW_ROWS else _LARGER_SHARE_256
    return np.array([is_held_out(text, share=share) for text in texts], dtype=bool)


def _least_piece(text: str) -> bytes:
    letters = "".join(filter(str.isalnum, text)) or "".join(text.split())
    pieces = range(max(1, len(letters) - _PIECE_CHARS + 1))
    encoded = (letters[at : at + _PIECE_CHARS].encode("utf-8", "replace") for at in pieces)
    return min(encoded, key=lambda piece: (zlib.crc32(piece), piece))
