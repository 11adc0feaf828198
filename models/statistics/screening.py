"""Which drivers can stand in one regression, and why the others cannot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

MIN_PRESENT = 10
MIN_TOLERANCE = 0.01
"""Least share of a driver's variance that the others leave unexplained: a variance inflation of 100."""


class DropReason(StrEnum):
    CONSTANT = "constant"
    RARE = "rare"
    COLLINEAR = "collinear"


@dataclass(frozen=True, slots=True)
class Dropped:
    """A driver left out. ``n_present`` counts the transcripts (or customers) it is present in; ``beside`` is
    the kept driver most like it where it is collinear."""

    name: str
    reason: DropReason
    n_present: int
    beside: str | None = None


def screen_drivers(
    presence: Floats,
    names: Sequence[str],
    groups: Codes | None = None,
    *,
    min_present: int = MIN_PRESENT,
    min_tolerance: float = MIN_TOLERANCE,
) -> tuple[list[int], tuple[Dropped, ...]]:
    """Columns of ``presence`` ``(n, p)`` to keep, in their order, and the dropped ones with the reason.

    Dropped are columns that are constant, that are present (or absent) in fewer than ``min_present``
    transcripts, or customers where ``groups`` ``(n,)`` is given, and that more frequent ones already
    determine (tolerance below ``min_tolerance``; Belsley, Kuh and Welsch 1980, Regression Diagnostics). Of
    two equal columns the one met more often stays, ties by name, whatever the order of the columns.
    Raises ``ValueError`` where names and columns do not match.
    """
    if presence.ndim != 2 or len(names) != presence.shape[1] or len(set(names)) != len(names):
        raise ValueError("presence must be (n, p) with one distinct name per column")
    dropped: dict[int, Dropped] = {}
    usable: list[tuple[int, str, int]] = []
    for column, name in enumerate(names):
        values = presence[:, column]
        n_present, n_absent = _n_units(values != 0, groups), _n_units(values == 0, groups)
        if len(values) == 0 or float(np.ptp(values)) == 0.0:
            dropped[column] = Dropped(name, DropReason.CONSTANT, n_present)
        elif n_present < min_present or (n_absent < min_present and len(np.unique(values)) == 2):
            dropped[column] = Dropped(name, DropReason.RARE, n_present)
        else:
            usable.append((-n_present, name, column))
    kept = _independent(presence, sorted(usable), names, dropped, min_tolerance)
    return sorted(kept), tuple(dropped[column] for column in sorted(dropped))


def _n_units(chosen: NDArray[np.bool_], groups: Codes | None) -> int:
    return int(chosen.sum()) if groups is None else len(np.unique(groups[chosen]))


def _independent(
    presence: Floats,
    usable: list[tuple[int, str, int]],
    names: Sequence[str],
    dropped: dict[int, Dropped],
    min_tolerance: float,
) -> list[int]:
    """Greedy choice, most frequent first, by what each leaves after projection on those chosen."""
    chosen: list[int] = []
    directions: list[Floats] = []
    for minus_present, name, column in usable:
        centred = presence[:, column] - presence[:, column].mean()
        rest = centred.copy()
        for direction in directions:
            rest -= (direction @ rest) * direction
        if rest @ rest < min_tolerance * (centred @ centred):
            beside = max(chosen, key=lambda other: abs(_correlation(presence, column, other)))
            dropped[column] = Dropped(name, DropReason.COLLINEAR, -minus_present, names[beside])
            continue
        chosen.append(column)
        directions.append(rest / np.sqrt(rest @ rest))
    return chosen


def _correlation(presence: Floats, first: int, second: int) -> float:
    return float(np.corrcoef(presence[:, first], presence[:, second])[0, 1])
