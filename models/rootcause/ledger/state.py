"""The ledger's state: what the events, told from the first to the last, amount to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from models.rootcause.ledger.events import SYSTEM, LedgerEvent, void_seqs
from models.rootcause.vectors import DECIMALS, Vectors

ClauseKey = tuple[str, int, int]
"""Transcript, start and end of a clause."""


@dataclass(frozen=True, slots=True)
class LedgerCause:
    """A cause as it stands.

    ``changed_seq`` is the last event about it, an undo too: who edits says which one they saw.
    """

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


@dataclass(frozen=True, slots=True)
class MergeRule:
    """What counts as one of ``others`` counts as ``into`` from then on."""

    into: str
    others: frozenset[str]

    def moved(self, cause_id: str, vector: NDArray[np.float32], clause: ClauseKey | None) -> str:
        return self.into if cause_id in self.others else cause_id


@dataclass(frozen=True, slots=True, eq=False)
class SplitRule:
    """A clause that counts as ``parent`` goes to ``part`` if it was named or lies nearer to ``part_centroid``
    ``(dim,)`` than to ``rest_centroid``."""

    parent: str
    part: str
    part_centroid: NDArray[np.float32]
    rest_centroid: NDArray[np.float32]
    named: frozenset[ClauseKey] = frozenset()

    def moved(self, cause_id: str, vector: NDArray[np.float32], clause: ClauseKey | None) -> str:
        if cause_id != self.parent:
            return cause_id
        nearer = round(float(vector @ self.part_centroid - vector @ self.rest_centroid), DECIMALS)
        return self.part if nearer > 0 or clause in self.named else cause_id


@dataclass(frozen=True, slots=True)
class LedgerState:
    """``seq`` is the last event told; ``causes`` by id in the order of birth; ``moves`` in the order of events.

    ``returned`` maps a part whose split was undone to its parent.
    """

    seq: int = 0
    causes: Mapping[str, LedgerCause] = field(default_factory=dict)
    moves: tuple[MergeRule | SplitRule, ...] = ()
    void: frozenset[int] = frozenset()
    returned: Mapping[str, str] = field(default_factory=dict)

    def home(self, cause_id: str) -> str:
        """The cause itself, or the parent of a part whose split was undone. Raises ``KeyError``."""
        while cause_id not in self.causes:
            cause_id = self.returned[cause_id]
        return cause_id

    def owner(self, cause_id: str) -> str:
        """The living or retired cause that ``cause_id`` counts as, merges followed. Raises ``KeyError``."""
        cause_id = self.home(cause_id)
        while (into := self.causes[cause_id].merged_into) is not None:
            cause_id = into
        return cause_id

    def is_split(self, cause_id: str) -> bool:
        """Whether clauses of ``cause_id`` go different ways, so that ``owners`` looks at their vectors."""
        here = self.home(cause_id)
        for move in self.moves:
            if isinstance(move, SplitRule) and move.parent == here:
                return True
            if isinstance(move, MergeRule) and here in move.others:
                here = move.into
        return False

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
            "moves": [_move_dict(move) for move in self.moves],
        }


def replay(events: Iterable[LedgerEvent]) -> LedgerState:
    """Tell all events in order. Raises ``ValueError`` where numbers are missing or stand twice."""
    told = sorted(events, key=lambda event: event.seq)
    if [event.seq for event in told] != list(range(1, len(told) + 1)):
        raise ValueError("the events of a ledger are numbered from 1 without gaps")
    void = void_seqs(told)
    causes: dict[str, LedgerCause] = {}
    moves: list[MergeRule | SplitRule] = []
    returned: dict[str, str] = {}
    for event in told:
        if event.seq not in void:
            _tell(event, causes, moves)
        elif event.kind == "split":
            returned[event.payload["part"]] = event.cause_id
        for touched in event.touches & causes.keys():
            causes[touched] = replace(causes[touched], changed_seq=event.seq)
    return LedgerState(len(told), MappingProxyType(causes), tuple(moves), void, MappingProxyType(returned))


def owners(
    state: LedgerState,
    cause_ids: Sequence[str],
    vectors: Vectors,
    clauses: Sequence[ClauseKey] | None = None,
) -> list[str]:
    """Which cause each clause counts for: merges and splits in the order in which they were made.

    ``cause_ids`` are those that runs assigned the clauses to; ``vectors`` ``(n, dim)`` the clauses' vectors of
    length 1, in the space of the centroids; ``clauses`` tells those that analysts named. A clause that was
    assigned to a part whose split was undone counts for the parent. Raises ``KeyError`` for an unknown id.
    """
    found: list[str] = []
    for at, cause_id in enumerate(cause_ids):
        here = state.home(cause_id)
        for move in state.moves:
            here = move.moved(here, vectors[at], clauses[at] if clauses else None)
        found.append(here)
    return found


def _move_dict(move: MergeRule | SplitRule) -> dict[str, object]:
    if isinstance(move, MergeRule):
        return {"into": move.into, "others": sorted(move.others)}
    return {
        "parent": move.parent,
        "part": move.part,
        "part_centroid": move.part_centroid.tolist(),
        "rest_centroid": move.rest_centroid.tolist(),
        "clauses": sorted(map(list, move.named)),
    }


def _tell(event: LedgerEvent, causes: dict[str, LedgerCause], moves: list[MergeRule | SplitRule]) -> None:
    key, payload = event.cause_id, event.payload
    if event.kind == "birth":
        causes[key] = LedgerCause(key, payload["name"], payload["month"])
    elif event.kind == "rename":
        causes[key] = replace(causes[key], name=payload["name"], named_by=event.by)
    elif event.kind == "merge":
        for other in payload["others"]:
            causes[other] = replace(causes[other], merged_into=key)
        moves.append(MergeRule(key, frozenset(payload["others"])))
    elif event.kind == "split":
        part, born = payload["part"], causes[key].born_month
        causes[part] = LedgerCause(part, payload["name"], born, named_by=event.by, split_from=key)
        named = frozenset((t, start, end) for t, start, end in payload.get("clauses", ()))
        sides = _vector(payload["part_centroid"]), _vector(payload["rest_centroid"])
        moves.append(SplitRule(key, part, *sides, named))
    elif event.kind in ("retire", "restore"):
        causes[key] = replace(causes[key], is_retired=event.kind == "retire")


def _vector(values: Sequence[float]) -> NDArray[np.float32]:
    return np.asarray(values, dtype=np.float32)
