"""What discovery says: root causes, assignments, and what stayed unassigned."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from models.rootcause.exemplars import Exemplar
from models.rootcause.units import Unit

Reason = Literal["generic", "distant", "no_cause"]


@dataclass(frozen=True, slots=True, eq=False)
class RootCause:
    """A cause of one month.

    ``id`` is permanent: a known cause keeps its id and name. ``centroid`` ``(dim,)`` lies in the space of
    ``encoder``. ``n_voices`` counts near-duplicate transcripts once. ``linked_from`` is the known cause's id,
    ``similarity`` the cosine of its centre at birth to this month's. ``stability`` in [0, 1] is how well the
    cause comes back where some voices are left out: below 0.5 it is a doubtful one. ``hot_topics`` are groups
    inside it that hold together by themselves, hottest first (``HotTopic.to_dict``).
    """

    id: str
    name: str
    keywords: tuple[str, ...]
    centroid: NDArray[np.float32]
    exemplars: tuple[Exemplar, ...]
    n_units: int
    n_transcripts: int
    n_voices: int
    encoder: str = ""
    linked_from: str | None = None
    similarity: float | None = None
    stability: float = 1.0
    heat: float = 0.0
    hot_topics: tuple[Mapping[str, Any], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe; ``from_dict`` gives the same cause back."""
        return {
            "id": self.id,
            "name": self.name,
            "keywords": list(self.keywords),
            "centroid": [round(float(x), 5) for x in self.centroid],
            "exemplars": [exemplar.to_dict() for exemplar in self.exemplars],
            "n_units": self.n_units,
            "n_transcripts": self.n_transcripts,
            "n_voices": self.n_voices,
            "encoder": self.encoder,
            "linked_from": self.linked_from,
            "similarity": self.similarity,
            "stability": self.stability,
            "heat": self.heat,
            "hot_topics": [dict(topic) for topic in self.hot_topics],
        }

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> RootCause:
        return cls(
            id=str(value["id"]),
            name=str(value["name"]),
            keywords=tuple(value["keywords"]),
            centroid=np.asarray(value["centroid"], dtype=np.float32),
            exemplars=tuple(Exemplar.from_dict(item) for item in value["exemplars"]),
            n_units=int(value["n_units"]),
            n_transcripts=int(value["n_transcripts"]),
            n_voices=int(value["n_voices"]),
            encoder=str(value.get("encoder", "")),
            linked_from=value.get("linked_from"),
            similarity=value.get("similarity"),
            stability=float(value.get("stability", 1.0)),
            heat=float(value.get("heat", 0.0)),
            hot_topics=tuple(value.get("hot_topics", ())),
        )


@dataclass(frozen=True, slots=True, eq=False)
class KnownCause:
    """A cause of earlier months: what it was born as, and clauses that were assigned to it.

    ``birth_centroid`` ``(dim,)`` lies in the space of ``encoder``; half of ``remembered`` should be of its first
    month, so that it stays what it was. ``n_voices`` are those of the last month.
    """

    id: str
    name: str
    remembered: tuple[Unit, ...]
    birth_centroid: NDArray[np.float32] | None = None
    encoder: str = ""
    n_voices: int = 0


@dataclass(frozen=True, slots=True)
class Proposal:
    """Something an analyst may want to look at. ``merge``: the month's voices do not tell ``causes`` apart;
    ``lineage``: ``causes`` shrank in the month in which ``born``, the most like them, came up."""

    kind: Literal["merge", "lineage"]
    causes: tuple[str, ...]
    born: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Assignment:
    """A clause and its cause; ``score`` is the cosine to the cause's centre, in [-1, 1]."""

    transcript_id: str
    start: int
    end: int
    cause_id: str
    score: float


@dataclass(frozen=True, slots=True)
class Unassigned:
    """A clause without a cause: ``generic`` says nothing about one, ``distant`` is too far from all,
    ``no_cause`` is of a group that does not complain (questions, courtesies).

    ``nearest_id`` and ``score`` name the nearest cause where there is one.
    """

    transcript_id: str
    start: int
    end: int
    reason: Reason
    nearest_id: str | None = None
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class Discovery:
    """The causes of a month, most voices first. ``versions`` names what made it."""

    month: str
    causes: tuple[RootCause, ...]
    assignments: tuple[Assignment, ...]
    unassigned: tuple[Unassigned, ...]
    versions: Mapping[str, str]
    proposals: tuple[Proposal, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe, for digests and snapshots."""
        return {
            "month": self.month,
            "causes": [cause.to_dict() for cause in self.causes],
            "assignments": [[a.transcript_id, a.start, a.end, a.cause_id, a.score] for a in self.assignments],
            "unassigned": [
                [u.transcript_id, u.start, u.end, u.reason, u.nearest_id, u.score] for u in self.unassigned
            ],
            "versions": dict(self.versions),
            "proposals": [[p.kind, list(p.causes), list(p.born)] for p in self.proposals],
        }


def new_id(month: str, name: str, exemplars: tuple[Exemplar, ...], taken: set[str]) -> str:
    """A permanent id from what the cause was born with; distinct from ``taken``."""
    born = "|".join([month, name, *(f"{e.transcript_id}:{e.start}:{e.end}:{e.text}" for e in exemplars)])
    for salt in range(1000):
        digest = hashlib.sha256(f"{born}#{salt}".encode("utf-8", "surrogatepass")).hexdigest()
        if (made := f"rc-{digest[:10]}") not in taken:
            return made
    raise ValueError("no free id")  # pragma: no cover - a thousand collisions of 40 bits
