"""The state of a root cause in a month: new, growing, steady, shrinking, gone or back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from models.statistics.changes import rate_change
from models.statistics.intervals import check_counts

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
    return [state if state != "held" else _judged(series, at) for at, state in enumerate(_phases(series))]


def last_life_state(series: Sequence[MonthCount]) -> LifeState | None:
    """The last of ``life_states``, with one test at most."""
    states = _phases(series)
    if not states:
        return None
    return states[-1] if states[-1] != "held" else _judged(series, len(series) - 1)


def _phases(series: Sequence[MonthCount]) -> list[Literal["new", "gone", "back", "held"] | None]:
    """What needs no test; ``held`` is growing, steady or shrinking."""
    phases: list[Literal["new", "gone", "back", "held"] | None] = []
    phase: Literal["new", "gone", "back", "held"] | None = None
    for count in series:
        check_counts(count.n_voices, count.n_contacts)
        if count.n_contacts:
            phase = _phase(count, phase)
        phases.append(phase)
    return phases


def _phase(
    count: MonthCount, last: Literal["new", "gone", "back", "held"] | None
) -> Literal["new", "gone", "back", "held"] | None:
    if last is None:
        return "new" if count.n_voices else None
    if not count.n_voices:
        return "gone"
    return "back" if last == "gone" else "held"


def _judged(series: Sequence[MonthCount], at: int) -> LifeState:
    """Between the last month with contacts up to ``at`` and the one before it."""
    before, count = [found for found in series[: at + 1] if found.n_contacts][-2:]
    return _change(before.n_voices, before.n_contacts, count.n_voices, count.n_contacts)


@lru_cache(maxsize=8192)
def _change(n_before: int, of_before: int, n_now: int, of_now: int) -> LifeState:
    change = rate_change(n_before, of_before, n_now, of_now)
    if change.p_value > MAX_P_VALUE:
        return "steady"
    return "growing" if change.difference.estimate > 0 else "shrinking"
