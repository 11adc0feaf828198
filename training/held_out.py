"""The tenth of all rows that encoders are never tuned on.

It is chosen by the digest of the text, so that it is the same tenth in every data set and every run: a vote
or a calibration that is fitted on it stays honest on top of an encoder that was tuned earlier.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.artifact.seen_rows import row_hash

_SHARE_256 = 26
"""Of 256 values of the digest's first byte: about a tenth."""
_LARGER_SHARE_256 = 51
_FEW_ROWS = 2000


def is_held_out(text: str, *, share: int = _SHARE_256) -> bool:
    """Whether the text, white space left out, belongs to the tenth."""
    return row_hash(text) >> 56 < share


def held_out_rows(texts: Sequence[str]) -> NDArray[np.bool_]:
    """Mask ``(n_texts,)``; with fewer than 2,000 texts a fifth, which the tenth is part of."""
    share = _SHARE_256 if len(texts) >= _FEW_ROWS else _LARGER_SHARE_256
    return np.array([is_held_out(text, share=share) for text in texts], dtype=bool)
