"""What is planted: root causes with a life over the months, read from ``lives.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

import yaml

from models.core.errors import FieldError
from models.core.month import Month

LifeKind = Literal["steady", "born", "grow", "shrink", "split", "merge", "end", "seasonal"]
N_LIFE_MONTHS = 12


@dataclass(frozen=True, slots=True)
class PlantedCause:
    """A root cause of the sample year.

    ``share`` is the part of all transcripts that complain about it at multiplier 1; ``life`` holds twelve
    multipliers, one a month. ``at`` is the 0-based month of the change, ``None`` for a steady cause. A cause
    that splits names its ``children``; causes that merge share one child, which names them as ``parents``.
    """

    id: str
    sector: str
    zh: str
    kind: LifeKind
    share: float
    life: tuple[float, ...]
    steps: tuple[str, ...]
    at: int | None = None
    parents: tuple[str, ...] = ()
    children: tuple[str, ...] = ()

    def rate(self, index: int, calendar_month: int, *, drift: bool = True) -> float:
        """Share of the transcripts of the ``index``-th month (0-based), whose calendar month is 1..12.

        Seasonal causes follow the calendar, the others the time since the start; after the twelfth month the
        last multiplier stays. Without ``drift`` every month has the mean of the life.
        """
        if not drift:
            return self.share * sum(self.life) / len(self.life)
        if self.kind == "seasonal":
            return self.share * self.life[calendar_month - 1]
        return self.share * self.life[min(index, N_LIFE_MONTHS - 1)]


@dataclass(frozen=True, slots=True)
class LifecycleEvent:
    """A change that was planted: ``ids`` are the causes that it touches, parents before children."""

    month: str
    kind: LifeKind
    ids: tuple[str, ...]


def sectors() -> tuple[str, ...]:
    """Names of the sectors with planted causes."""
    return tuple(_lives())


def planted_causes(sector: str) -> tuple[PlantedCause, ...]:
    """The gold lifecycle table of ``sector``. Raises ``FieldError`` for an unknown sector."""
    return tuple(_cause(sector, row) for row in _sector(sector)["causes"])


def journey_steps(sector: str) -> dict[str, str]:
    """Step id to Chinese name, in the order of the journey."""
    return dict(_sector(sector)["steps"])


def lifecycle(sector: str, *, start: str = "2024-01") -> list[LifecycleEvent]:
    """The planted changes in order of time, for a sample that begins in the month ``start``."""
    first = Month.parse(start)
    events: dict[tuple[int, str, tuple[str, ...]], None] = {}
    for cause in planted_causes(sector):
        if cause.at is None or (cause.kind in ("split", "merge") and not cause.children):
            continue
        events[(_event_index(cause, first), cause.kind, _event_ids(cause, sector))] = None
    return [
        LifecycleEvent(str(first.shifted(index)), kind, ids)  # type: ignore[arg-type]
        for index, kind, ids in sorted(events)
    ]


def _event_index(cause: PlantedCause, first: Month) -> int:
    at = cause.at or 0
    return (at + 1 - first.number) % 12 if cause.kind == "seasonal" else at


def _event_ids(cause: PlantedCause, sector: str) -> tuple[str, ...]:
    if cause.kind == "split":
        return (cause.id, *cause.children)
    if cause.kind == "merge":
        child = next(c for c in planted_causes(sector) if c.id == cause.children[0])
        return (*child.parents, child.id)
    return (cause.id,)


def _cause(sector: str, row: Mapping[str, Any]) -> PlantedCause:
    return PlantedCause(
        id=row["id"],
        sector=sector,
        zh=row["zh"],
        kind=row["kind"],
        share=float(row["share"]),
        life=tuple(float(x) for x in row["life"]),
        steps=tuple(row["steps"]),
        at=row.get("at"),
        parents=tuple(row.get("parents", ())),
        children=tuple(row.get("children", ())),
    )


def _sector(sector: str) -> Mapping[str, Any]:
    lives = _lives()
    if sector not in lives:
        known = "、".join(lives)
        raise FieldError(
            field="sector",
            reason=f"「{sector}」没有样例，可选：{known}",
            reason_en=f"choose one of {', '.join(lives)}",
        )
    return lives[sector]


@cache
def _lives() -> dict[str, Any]:
    text = resources.files(__package__).joinpath("lives.yaml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))
