"""Counts and their exposures, as arrays that were checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Numbers: TypeAlias = Sequence[int] | Sequence[float] | NDArray[Any]
Law: TypeAlias = Literal["binomial", "poisson"]


def checked_series(counts: Numbers, exposures: Numbers, law: Law = "poisson") -> tuple[Floats, Floats]:
    """Both as floats ``(n,)``. Raises ``ValueError`` unless they are finite, not negative and of one length.

    A ``binomial`` count is at most its exposure; a ``poisson`` one needs an exposure above 0.
    """
    k, n = np.asarray(counts, dtype=np.float64), np.asarray(exposures, dtype=np.float64)
    if k.ndim != 1 or k.shape != n.shape:
        raise ValueError(f"counts and exposures must be two arrays (n,): {k.shape}, {n.shape}")
    if not bool(np.all(np.isfinite(k) & np.isfinite(n) & (k >= 0) & (n >= 0))):
        raise ValueError("counts and exposures must be finite and not negative")
    if law == "binomial" and bool(np.any(k > n)):
        raise ValueError("a count must lie between 0 and its total")
    if bool(np.any((n == 0) & (k > 0))):
        raise ValueError("a count needs an exposure above 0")
    return k, n
