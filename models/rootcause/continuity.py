"""Which groups of this month are causes known before, and which are new.

Some voices of earlier months are clustered together with the month's own: a known cause claims the group that
holds most of what it remembers. A group that nobody claims is a new cause, if enough of its voices complain and
they hold together. Half of what a cause remembers are its first voices, so it cannot drift away from what it
was born as: the group it claims must still hold them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from models.rootcause.clusters import Labels
from models.rootcause.graph import stability
from models.rootcause.vectors import DECIMALS, Vectors, pooled

NO_CAUSE, OPEN = -2, -1
"""Of a group: its voices say nothing about a cause; or they go to whatever cause is nearest."""


def _no_cuts() -> NDArray[np.int64]:
    return np.zeros((0, 0), dtype=np.int64)


@dataclass(frozen=True, slots=True)
class ContinuityConfig:
    """``min_claim`` is the share of a cause's remembered voices that a group must hold to be claimed;
    ``min_complaint_ratio`` the least share of complaints in a new cause, as a part of the month's share;
    ``min_told`` how much its typical voice's best clause must tell, as a part of what any voice's does;
    ``min_agreement`` how well its voices must hold together, and ``min_stability`` how well they must come back by
    themselves in the cuts (Hennig 2007: below 0.5 a group dissolves; groups of no more than ``max_unstable`` of the
    month's voices are refused for that). A group of which more than ``max_known_share`` (times what a random group
    would have) was known before is new only where it is no nearer than ``max_likeness`` (cosine) to a known cause:
    else it is a part of it."""

    min_claim: float = 0.35
    min_complaint_ratio: float = 0.85
    min_told: float = 0.45
    min_agreement: float = 0.4
    min_stability: float = 0.5
    max_unstable: float = 0.15
    max_known_share: float = 0.35
    max_likeness: float = 0.55


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """The rows that were grouped. ``labels`` ``(n_rows,)`` are their groups, ``voice`` their voices, ``known``
    the number of the cause that a remembered row belongs to (-1: none, or of this month), ``current`` those of
    this month; ``complains`` and ``agreement`` are per voice, ``cuts`` ``(n_cuts, n_voices)`` as in ``Consensus``,
    none where the voices are few."""

    labels: Labels
    voice: NDArray[np.int64]
    known: NDArray[np.int64]
    current: NDArray[np.bool_]
    complains: NDArray[np.bool_]
    agreement: NDArray[np.float64]
    cuts: NDArray[np.int64] = field(default_factory=_no_cuts)


@dataclass(frozen=True, slots=True, eq=False)
class Continuity:
    """``owner`` ``(n_groups,)``: the number of the cause a group belongs to, from ``n_known`` on the new ones,
    or ``OPEN`` or ``NO_CAUSE``; ``shared`` lists groups that several known causes claim, with these and the part of
    what each remembers that the group holds, in [0, 1]."""

    owner: NDArray[np.int64]
    n_known: int
    n_born: int
    shared: tuple[tuple[int, tuple[tuple[int, float], ...]], ...]


def continued(
    rows: Evidence,
    vectors: Vectors,
    weights: NDArray[np.float64],
    n_known: int,
    least: int,
    config: ContinuityConfig,
) -> Continuity:
    """Owners of the groups; a new cause needs ``least`` voices. ``vectors`` ``(n_rows, dim)``, of length 1."""
    n_groups = int(rows.labels.max(initial=-1)) + 1
    owner = np.full(n_groups, OPEN, dtype=np.int64)
    claims = _claims(rows, n_known, n_groups, config.min_claim)
    shared = tuple((group, tuple(by)) for group, by in sorted(claims.items()) if len(by) > 1)
    for group, by in claims.items():
        owner[group] = by[0][0] if len(by) == 1 else OPEN
    likeness = _likeness(rows, vectors, weights, n_known, n_groups)
    overall = _complaint_share(rows, np.ones(len(rows.labels), dtype=bool))
    told, typical = _strongest(rows, weights), 0.0
    if told.any():
        typical = float(np.median(told[told > 0]))
    born: dict[int, NDArray[np.int64]] = {}
    for group in range(n_groups):
        own = rows.labels == group
        voices = np.unique(rows.voice[own & rows.current])
        if group in claims or not len(voices):
            continue
        says_nothing = np.median(told[voices]) < config.min_told * typical
        if says_nothing or _complaint_share(rows, own) < config.min_complaint_ratio * overall:
            owner[group] = NO_CAUSE
            continue
        is_known = _known_share(rows, own) > config.max_known_share and likeness[group] > config.max_likeness
        holds_together = len(voices) >= least and rows.agreement[voices].mean() >= config.min_agreement
        if holds_together and not is_known:
            born[group] = voices
    kept = sorted(born.keys() - _unstable(rows, born, config))
    owner[kept] = n_known + np.arange(len(kept))
    return Continuity(owner, n_known, len(kept), shared)


def _unstable(rows: Evidence, born: Mapping[int, NDArray[np.int64]], config: ContinuityConfig) -> set[int]:
    """Groups that do not come back by themselves, the least stable first, as far as ``max_unstable`` reaches."""
    if not len(rows.cuts):
        return set()
    told = {group: stability(_among(voices, rows), rows.cuts) for group, voices in born.items()}
    left = config.max_unstable * len(np.unique(rows.voice[rows.current]))
    found: set[int] = set()
    for group in sorted(told, key=lambda group: (told[group], group)):
        left -= len(born[group])
        if told[group] >= config.min_stability or left < 0:
            break
        found.add(group)
    return found


def _among(voices: NDArray[np.int64], rows: Evidence) -> NDArray[np.bool_]:
    members = np.zeros(len(rows.agreement), dtype=bool)
    members[voices] = True
    return members


def _claims(rows: Evidence, n_known: int, n_groups: int, least: float) -> dict[int, list[tuple[int, float]]]:
    """Known causes by the group that holds most of their remembered voices, where it holds enough, with the part
    that it holds."""
    claims: dict[int, list[tuple[int, float]]] = {}
    for cause in range(n_known):
        own = rows.known == cause
        pairs = np.unique(np.stack([rows.voice[own], rows.labels[own]]), axis=1)
        votes = np.bincount(pairs[1], minlength=n_groups) if pairs.size else np.zeros(n_groups)
        share = float(votes.max(initial=0) / max(len(np.unique(pairs[0])), 1))
        if votes.sum() and share >= least:
            claims.setdefault(int(votes.argmax()), []).append((cause, round(share, DECIMALS)))
    return claims


def _likeness(
    rows: Evidence, vectors: Vectors, weights: NDArray[np.float64], n_known: int, n_groups: int
) -> NDArray[np.float32]:
    """Cosine of each group's own rows of the month to the nearest known cause, ``(n_groups,)``."""
    if not n_known or not n_groups:
        return np.zeros(n_groups, dtype=np.float32)
    remembered, now = rows.known >= 0, rows.current
    causes = pooled(vectors[remembered], rows.known[remembered], weights[remembered], n_known)
    groups = pooled(vectors[now], rows.labels[now], weights[now], n_groups)
    return np.asarray(np.round(groups @ causes.T, DECIMALS).max(axis=1))


def _strongest(rows: Evidence, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """What the most telling clause of each voice tells, ``(n_voices,)``."""
    told = np.zeros(len(rows.complains))
    np.maximum.at(told, rows.voice, weights)
    return told


def _complaint_share(rows: Evidence, chosen: NDArray[np.bool_]) -> float:
    voices = np.unique(rows.voice[chosen & rows.current])
    return float(rows.complains[voices].mean()) if len(voices) else 0.0


def _known_share(rows: Evidence, own: NDArray[np.bool_]) -> float:
    """Share of remembered voices in a group, over that in all: 1 where it is like any group."""
    overall = _share_known(rows, np.ones(len(own), dtype=bool))
    return _share_known(rows, own) / overall if overall else 0.0


def _share_known(rows: Evidence, chosen: NDArray[np.bool_]) -> float:
    voices = len(np.unique(rows.voice[chosen]))
    return len(np.unique(rows.voice[chosen & (rows.known >= 0)])) / voices if voices else 0.0
