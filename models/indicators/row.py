"""One transcript as indicators read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Asks = Literal["", "complaint", "lead"]

_NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class IndicatorRow:
    """``month`` as ``2024-03``; ``experience`` as in ``Experience.to_dict``; ``scores`` by name.

    ``value`` is what the customer is worth, in any unit, at least 0 (a negative one counts as 0). ``customer`` is a
    hashed key; with ``occurred_at`` it tells of repeats and of replies. ``asks``: the contact waits for an answer;
    ``answers``: somebody of the company came back to the customer. ``reply_hours``: the time to the answer where the
    source system has it.
    """

    month: str
    experience: Mapping[str, Any] = field(default_factory=dict)
    sentiment: str | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    store: str = ""
    agent: str = ""
    segment: str = ""
    value: float | None = None
    customer: str = ""
    occurred_at: datetime | None = None
    asks: Asks = ""
    answers: bool = False
    reply_hours: float | None = None


class Seen:
    """A row with its marks found by kind, so that each formula looks at its own alone."""

    __slots__ = ("by_kind", "row")

    def __init__(self, row: IndicatorRow) -> None:
        self.row = row
        self.by_kind: dict[str, list[Mapping[str, Any]]] = {}
        for mark in row.experience.get("marks") or ():
            self.by_kind.setdefault(mark["kind"], []).append(mark)

    def measure(self, key: str, name: str) -> float | None:
        """``measures[key][name]`` where it is a number."""
        found = ((self.row.experience.get("measures") or _NOTHING).get(key) or _NOTHING).get(name)
        return float(found) if isinstance(found, (int, float)) else None

    def felt(self, steps: frozenset[str]) -> list[float]:
        """Polarity of each telling of one of these steps, as the measure ``journey`` has it."""
        journey = (self.row.experience.get("measures") or _NOTHING).get("journey") or _NOTHING
        return [said["polarity"] for said in journey.get("steps") or () if said["step"] in steps]
