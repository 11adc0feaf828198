"""The state of a root cause in a month: new, growing, steady, shrinking, gone or back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from models.statistics.changes import rate_change

LifeState = Literal["new", "growing", "steady", "shrinking", "gone", "back"]
MAX_P_VALUE = 0.05
"""Of no change since the month before; above it a cause is steady, however its count moved."""


@dataclass(frozen=True, slots=True)
class MonthCount:
    """Voices of the cause among the contacts of a month: ``0 <= n_voices <= n_contacts``."""

    n_voices: int
    n_contacts: int


def life_states(series: Sequence[MonthCount]) -> list[LifeState | None]:
    """One state per month, the months in order and without gaps; None before the cause was first heard of.

    A month without any contact says nothing: the cause keeps its state. Growth and decline are judged between
    this month and the last one with contacts, by the test of ``rate_change``. Raises ``ValueError`` for counts
    that are no part of their total.
    """
    states: list[LifeState | None] = []
    before: MonthCount | None = None
    state: LifeState | None = None
    for count in series:
        if count.n_contacts:
            state = _state(count, before, state)
            before = count
        states.append(state)
    return states


def _state(count: MonthCount, before: MonthCount | None, last: LifeState | None) -> LifeState | None:
    if last is None:
        return "new" if count.n_voices else None
    if not count.n_voices:
        return "gone"
    if last == "gone" or before is None:
        return "back"
    change = rate_change(before.n_voices, before.n_contacts, count.n_voices, count.n_contacts)
    if change.p_value > MAX_P_VALUE:
        return "steady"
    return "growing" if change.difference.estimate > 0 else "shrinking"
