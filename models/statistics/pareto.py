"""Pareto tables: what makes most of the trouble."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class ParetoRow(Generic[Key]):
    """``share`` of the total and ``cumulative`` share down to this row, both in [0, 1]."""

    key: Key
    count: float
    share: float
    cumulative: float
    vital: bool


def pareto(counts: Mapping[Key, float], *, vital_share: float = 0.8) -> tuple[ParetoRow[Key], ...]:
    """Rows, largest first, ties by key as text.

    ``vital`` marks the fewest first rows that together reach ``vital_share`` (Juran's vital few). All shares
    are 0 where nothing was counted. Raises ``ValueError`` for a negative count.
    """
    if any(count < 0 for count in counts.values()):
        raise ValueError("a count must not be negative")
    total = float(sum(counts.values()))
    rows: list[ParetoRow[Key]] = []
    seen = 0.0
    for key, count in sorted(counts.items(), key=lambda item: (-item[1], str(item[0]))):
        vital = total > 0 and count > 0 and seen < vital_share * total - 1e-9 * total
        seen += count
        share = count / total if total else 0.0
        rows.append(ParetoRow(key, count, share, min(1.0, seen / total) if total else 0.0, vital))
    return tuple(rows)
