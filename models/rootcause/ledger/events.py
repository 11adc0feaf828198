"""What happens to root causes, as events that are only ever appended.

==========  ==========================================================================
``birth``   a monthly run found a cause that no known one explains
``month``   a monthly run assigned clauses: counts and centroids per cause
``rename``  an analyst named the cause
``merge``   other causes count as this one, in all months
``split``   part of the cause counts as a cause of its own, in all months
``retire``  the cause is no longer shown; it still takes its clauses, so it is not born anew
``restore`` a retired cause is shown again
``undo``    one of an analyst's events, an undo too, counts as never made
==========  ==========================================================================
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, get_args

EventKind = Literal["birth", "month", "rename", "merge", "split", "retire", "restore", "undo"]
EVENT_KINDS: tuple[str, ...] = get_args(EventKind)
EDIT_KINDS = frozenset({"rename", "merge", "split", "retire", "restore", "undo"})
"""What analysts do, and may undo."""
SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class LedgerEvent:
    """One event. ``seq`` counts from 1 without gaps and alone gives the order: clocks may be moved back.

    ``cause_id`` is empty for ``month``. ``payload`` is JSON-safe; its keys by kind: birth ``month, name,
    centroid``; month ``month, counts, centroids``; rename ``name``; merge ``others``; split ``part, name,
    part_centroid, rest_centroid, clauses`` (those that the analyst named); undo ``seq, others``.
    """

    seq: int
    at: datetime
    kind: EventKind
    cause_id: str
    by: str
    why: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)

    @property
    def touches(self) -> frozenset[str]:
        """Ids of the causes that the event is about."""
        others = (*self.payload.get("others", ()), *(x for x in (self.payload.get("part"),) if x))
        return frozenset(x for x in (self.cause_id, *others) if x)


def void_seqs(events: Iterable[LedgerEvent]) -> frozenset[int]:
    """Numbers of the events that an undo, itself not undone, took back."""
    void: set[int] = set()
    for event in sorted(events, key=lambda event: -event.seq):
        if event.kind == "undo" and event.seq not in void:
            void.add(int(event.payload["seq"]))
    return frozenset(void)
