"""The ledger's state: what the events, told from the first to the last, amount to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from models.rootcause.ledger.events import SYSTEM, LedgerEvent, void_seqs
from models.rootcause.vectors import DECIMALS, Vectors

MAX_MERGES = 10_000
"""Of one chain; more would be a circle, which the edits refuse."""


@dataclass(frozen=True, slots=True)
class LedgerCause:
    """A cause as it stands. ``changed_seq`` is the last event about it: who edits says which one they saw."""

    id: str
    name: str
    born_month: str
    named_by: str = SYSTEM
    merged_into: str | None = None
    split_from: str | None = None
    is_retired: bool = False
    changed_seq: int = 0

    @property
    def is_living(self) -> bool:
        """Shown, and open to edits: neither retired nor part of another cause."""
        return not self.is_retired and self.merged_into is None


@dataclass(frozen=True, slots=True, eq=False)
class SplitRule:
    """A clause of the parent goes to ``part`` where it lies nearer to ``part_centroid`` ``(dim,)``."""

    part: str
    part_centroid: NDArray[np.float32]
    rest_centroid: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class LedgerState:
    """``seq`` is the last event told; ``causes`` by id in the order of birth; ``splits`` by parent, in order.

    ``returned`` maps a part whose split was undone to its parent.
    """

    seq: int = 0
    causes: Mapping[str, LedgerCause] = field(default_factory=dict)
    splits: Mapping[str, tuple[SplitRule, ...]] = field(default_factory=dict)
    void: frozenset[int] = frozenset()
    returned: Mapping[str, str] = field(default_factory=dict)

    def owner(self, cause_id: str) -> str:
        """The living or retired cause that ``cause_id`` counts as, merges followed."""
        for _ in range(MAX_MERGES):
            cause = self.causes.get(cause_id)
            into = cause.merged_into if cause else self.returned[cause_id]
            if into is None:
                return cause_id
            cause_id = into
        raise ValueError(f"merges of {cause_id} go round in a circle")

    def living(self) -> tuple[LedgerCause, ...]:
        return tuple(cause for cause in self.causes.values() if cause.is_living)

    def to_dict(self) -> dict[str, object]:
        """JSON-safe; equal for equal states. Void events leave no trace but their numbers."""
        return {
            "seq": self.seq,
            "void": sorted(self.void),
            "returned": dict(self.returned),
            "causes": {
                key: {name: getattr(cause, name) for name in LedgerCause.__slots__}
                for key, cause in self.causes.items()
            },
            "splits": {
                parent: [
                    [rule.part, rule.part_centroid.tolist(), rule.rest_centroid.tolist()] for rule in rules
                ]
                for parent, rules in self.splits.items()
            },
        }


def replay(events: Iterable[LedgerEvent]) -> LedgerState:
    """Tell all events in order. Raises ``ValueError`` where numbers are missing or stand twice."""
    told = sorted(events, key=lambda event: event.seq)
    if [event.seq for event in told] != list(range(1, len(told) + 1)):
        raise ValueError("the events of a ledger are numbered from 1 without gaps")
    void = void_seqs(told)
    causes: dict[str, LedgerCause] = {}
    splits: dict[str, tuple[SplitRule, ...]] = {}
    returned: dict[str, str] = {}
    for event in told:
        if event.seq not in void:
            _tell(event, causes, splits)
        elif event.kind == "split":
            returned[event.payload["part"]] = event.cause_id
    frozen = MappingProxyType(causes), MappingProxyType(splits)
    return LedgerState(len(told), *frozen, void, MappingProxyType(returned))


def owners(state: LedgerState, cause_ids: Sequence[str], vectors: Vectors) -> list[str]:
    """Which cause each clause counts for: first the splits of the cause it was assigned to, then merges.

    ``vectors`` ``(n, dim)`` are the clauses' vectors of length 1, in the space of the centroids. A clause that
    was assigned to a part whose split was undone counts for the parent. Raises ``KeyError`` for an unknown id.
    """
    return [state.owner(_part(state, _home(state, key), vectors[i])) for i, key in enumerate(cause_ids)]


def _home(state: LedgerState, cause_id: str) -> str:
    while cause_id not in state.causes:
        cause_id = state.returned[cause_id]
    return cause_id


def _part(state: LedgerState, cause_id: str, vector: NDArray[np.float32]) -> str:
    for rule in state.splits.get(cause_id, ()):
        nearer = round(float(vector @ rule.part_centroid - vector @ rule.rest_centroid), DECIMALS)
        if nearer > 0:
            return _part(state, rule.part, vector)
    return cause_id


def _tell(
    event: LedgerEvent, causes: dict[str, LedgerCause], splits: dict[str, tuple[SplitRule, ...]]
) -> None:
    key, payload = event.cause_id, event.payload
    if event.kind == "birth":
        causes[key] = LedgerCause(key, payload["name"], payload["month"])
    elif event.kind == "rename":
        causes[key] = replace(causes[key], name=payload["name"], named_by=event.by)
    elif event.kind == "merge":
        for other in payload["others"]:
            causes[other] = replace(causes[other], merged_into=key)
    elif event.kind == "split":
        part = payload["part"]
        causes[part] = LedgerCause(
            part, payload["name"], causes[key].born_month, named_by=event.by, split_from=key
        )
        rule = SplitRule(part, _vector(payload["part_centroid"]), _vector(payload["rest_centroid"]))
        splits[key] = (*splits.get(key, ()), rule)
    elif event.kind in ("retire", "restore"):
        causes[key] = replace(causes[key], is_retired=event.kind == "retire")
    for touched in event.touches if event.kind not in ("undo", "month") else ():
        causes[touched] = replace(causes[touched], changed_seq=event.seq)


def _vector(values: Sequence[float]) -> NDArray[np.float32]:
    return np.asarray(values, dtype=np.float32)
