"""Changes against last month, judged together: one family of comparisons for the whole review."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from models.review.comparison import (
    FALSE_DISCOVERY_RATE,
    is_small,
    rate_difference,
    shrunk,
)
from models.review.figures import Change, Figure, Unit, per_1000, rate, rounded
from models.statistics.changes import benjamini_hochberg

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Compared:
    """``k1`` transcripts of this month and ``k0`` of last month, as rates of all transcripts.

    ``n_voices`` is how many of the ``k1`` are not near-duplicates of each other.
    """

    k1: int
    k0: int
    unit: Literal["ratio", "per_1000"] = "ratio"
    n_voices: int | None = None
    previous_query: str | None = None


NO_PREVIOUS = Change("no_previous")


def judged_changes(compared: Mapping[Key, Compared], n1: int, n0: int | None) -> dict[Key, Change]:
    """One ``Change`` per key. ``n1``, ``n0``: transcripts of this and last month (``None``: none stored).

    P-values of all comparisons that are large enough go through Benjamini-Hochberg together.
    """
    if not n0:
        return dict.fromkeys(compared, NO_PREVIOUS)
    if not n1:
        return dict.fromkeys(compared, Change("small", small=True))
    changes = {key: _unjudged(item, n1, n0) for key, item in compared.items()}
    tested = [key for key in sorted(changes) if not changes[key].small]
    q_values = benjamini_hochberg([changes[key].p_value or 0.0 for key in tested])
    for key, q_value in zip(tested, q_values, strict=True):
        changes[key] = replace(changes[key], q_value=rounded(float(q_value)))
    return {key: replace(change, verdict=_verdict(compared[key], change)) for key, change in changes.items()}


def volume_change(n1: int, n0: int | None, *, previous_query: str) -> Change:
    """Of a complete count: shown as a relative change, with no test to pass."""
    if n0 is None:
        return NO_PREVIOUS
    previous = Figure(n0, "count", n=n0, query=previous_query)
    difference = Figure(rounded((n1 - n0) / n0) if n0 else None, "relative", n=n1, of=n0)
    return Change("unjudged", previous, difference)


def _unjudged(item: Compared, n1: int, n0: int) -> Change:
    k_shrunk, n_shrunk = shrunk(item.k1, n1, item.n_voices)
    found = rate_difference(k_shrunk, n_shrunk, item.k0, n0)
    exact = item.k1 / n1 - item.k0 / n0
    low, high = min(found.difference.low, exact), max(found.difference.high, exact)
    scale, unit = _difference_unit(item)
    difference = Figure(rounded(exact * scale), unit, interval=(rounded(low * scale), rounded(high * scale)))
    make = per_1000 if item.unit == "per_1000" else rate
    previous = make(item.k0, n0, query=item.previous_query)
    small = is_small(k_shrunk, n_shrunk, item.k0, n0)
    return Change("flat", previous, difference, p_value=rounded(found.p_value), small=small)


def _difference_unit(item: Compared) -> tuple[float, Unit]:
    return (1000.0, "per_1000_difference") if item.unit == "per_1000" else (1.0, "points")


def _verdict(item: Compared, change: Change) -> Literal["up", "down", "flat", "new", "small"]:
    if item.k0 == 0 and item.k1 > 0:
        return "new"
    if change.small:
        return "small"
    if change.difference is None or change.q_value is None or change.q_value >= FALSE_DISCOVERY_RATE:
        return "flat"
    return "up" if (change.difference.value or 0) > 0 else "down"
