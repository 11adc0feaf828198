"""What a month shows of its root causes: what the run found, joined and divided as analysts said."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from models.rootcause.vectors import DECIMALS, unit_rows
from service.database.ownership import Clause, Counted, Share
from service.database.records import RootCauseMonthRecord

N_EXEMPLARS = 5
MIN_EXEMPLARS = 3
"""With fewer left on its side, a cause takes its nearest clauses too."""
_MAX_KEYWORDS = 8


@dataclass(frozen=True, slots=True)
class Part:
    """A found cause, ``is_whole`` where all of it counts for the one that it is a part of."""

    found: RootCauseMonthRecord
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Group:
    """A shown cause and the found ones that it is made of, the largest first."""

    id: str
    parts: tuple[Part, ...]

    @property
    def is_as_found(self) -> bool:
        return [part.found.root_cause_id for part in self.parts if part.is_whole] == [self.id] and (
            len(self.parts) == 1
        )


def groups_of(
    found: Sequence[RootCauseMonthRecord], shares: Collection[Share], owner: Callable[[str], str]
) -> list[Group]:
    """Shown causes in the order of what was found. ``owner`` is asked for causes without a clause."""
    owners: dict[str, set[str]] = {}
    for share in shares:
        owners.setdefault(share.base_id, set()).add(share.root_cause_id)
    parts: dict[str, list[Part]] = {}
    for row in found:
        mine = owners.get(row.root_cause_id) or {owner(row.root_cause_id)}
        for shown in sorted(mine):
            parts.setdefault(shown, []).append(Part(row, len(mine) == 1))
    return [
        Group(shown, tuple(sorted(mine, key=lambda part: (-part.found.n_voices, part.found.rank))))
        for shown, mine in parts.items()
    ]


_OF_A_GROUP = ("stability", "heat", "hot_topics", "stated")
"""True of a group as a run found it, and of no other."""


def joined_month(
    group: Group, name: str, counted: Counted, clauses: Sequence[Clause], texts: Mapping[str, str]
) -> RootCauseMonthRecord:
    """The month of a cause that is not as it was found; ``clauses`` are its own, the best first.

    A voice that is a near-duplicate across two parts counts once; where voices are not known, the parts'
    numbers bound them.
    """
    details = [part.found.detail for part in group.parts]
    largest = group.parts[0].found
    n_voices = min(counted.n_voices, sum(part.found.n_voices for part in group.parts))
    exemplars = _exemplars(group, clauses, texts)
    kept = {key: value for key, value in largest.detail.items() if key not in _OF_A_GROUP}
    detail = kept | {
        "id": group.id,
        "name": name,
        "keywords": _keywords(group, exemplars),
        "exemplars": exemplars,
        "n_units": len({clause.key for clause in clauses}),
        "n_transcripts": counted.n_transcripts,
        "n_voices": n_voices,
    }
    if all("centroid" in held for held in details):
        detail["centroid"] = _centroid(group)
    if "linked_from" in detail:
        detail["linked_from"] = group.id if any(held.get("linked_from") for held in details) else None
    return RootCauseMonthRecord(
        group.id, largest.month, counted.n_transcripts, n_voices, largest.rank, detail
    )


def ranked(rows: Sequence[RootCauseMonthRecord], retired: Collection[str]) -> list[RootCauseMonthRecord]:
    """``rows`` with ranks from 1: most voices first, ties as the run had them, retired causes behind."""
    ordered = sorted(
        rows,
        key=lambda row: (
            row.root_cause_id in retired,
            -row.n_voices,
            -row.n_transcripts,
            row.rank,
            row.root_cause_id,
        ),
    )
    return [replace(row, rank=rank) for rank, row in enumerate(ordered, 1)]


def _exemplars(group: Group, clauses: Sequence[Clause], texts: Mapping[str, str]) -> list[dict[str, Any]]:
    """Quotes of the parts that belong here, by score, each from another voice."""
    order = {clause.key: at for at, clause in reversed(list(enumerate(clauses)))}
    quotes = [
        dict(quote)
        for part in group.parts
        for quote in part.found.detail.get("exemplars", ())
        if (quote["transcript_id"], quote["start"], quote["end"]) in order
    ]
    quotes.sort(key=lambda q: order[(q["transcript_id"], q["start"], q["end"])])
    chosen: list[dict[str, Any]] = []
    voices: set[str] = set()

    def take(quote: dict[str, Any], voice: str) -> None:
        said = {held["text"] for held in chosen}
        if len(chosen) < N_EXEMPLARS and voice not in voices and quote["text"] not in said:
            chosen.append(quote)
            voices.add(voice)

    for quote in quotes:
        at = order[(quote["transcript_id"], quote["start"], quote["end"])]
        take(quote, clauses[at].assigned.voice_id)
    for clause in clauses:
        if len(chosen) >= MIN_EXEMPLARS:
            break
        said = clause.assigned
        text = texts.get(said.transcript_id, "")[said.start : said.end]
        if text:
            take(
                {"transcript_id": said.transcript_id, "start": said.start, "end": said.end, "text": text},
                said.voice_id,
            )
    return chosen


def _keywords(group: Group, exemplars: Sequence[Mapping[str, Any]]) -> list[str]:
    """Of all parts in turn; of a divided one those that its quotes here hold."""
    said = "\n".join(str(quote["text"]) for quote in exemplars)
    lists = []
    for part in group.parts:
        words = list(part.found.detail.get("keywords", ()))
        lists.append(words if part.is_whole else [word for word in words if word in said])
    if not any(lists):
        lists = [list(part.found.detail.get("keywords", ())) for part in group.parts]
    longest = max(map(len, lists), default=0)
    turns = [words[at] for at in range(longest) for words in lists if at < len(words)]
    return list(dict.fromkeys(turns))[: max(longest, _MAX_KEYWORDS)]


def _centroid(group: Group) -> list[float]:
    weights = [float(part.found.detail.get("n_units") or part.found.n_voices) for part in group.parts]
    rows = np.array([part.found.detail["centroid"] for part in group.parts], dtype=np.float64)
    mean = unit_rows((np.array(weights) @ rows)[None])[0]
    return [round(float(value), DECIMALS) for value in mean]
