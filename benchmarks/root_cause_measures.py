"""How well root causes of many months tell what was planted. Pure: identifiers in, counts and shares out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from data.samples.plan import PlantedCause
from models.statistics.intervals import wilson

LEAST_TRANSCRIPTS = 5
"""Causes, and months of planted causes, with fewer transcripts are not judged."""
LEAST_AT_BIRTH = 3
MAJORITY = 0.5

Sets = dict[str, set[str]]


@dataclass(frozen=True, slots=True)
class Told:
    """What was planted: ``month_of`` each transcript, and ``planted_in`` the causes of those that complain."""

    month_of: Mapping[str, str]
    planted_in: Mapping[str, tuple[str, ...]]

    def transcripts(self) -> Sets:
        """Transcripts by planted cause."""
        found: Sets = defaultdict(set)
        for transcript, causes in self.planted_in.items():
            for cause in causes:
                found[cause].add(transcript)
        return dict(found)


@dataclass(frozen=True, slots=True)
class Shown:
    """What was found: (transcript, cause) pairs by month, the month each cause was born in, and what the runs
    proposed, as (month, kind, causes, born)."""

    assigned: Mapping[str, Sequence[tuple[str, str]]]
    born_in: Mapping[str, str]
    proposals: Sequence[tuple[str, str, tuple[str, ...], tuple[str, ...]]] = ()

    def transcripts(self) -> Sets:
        """Transcripts by cause."""
        found: Sets = defaultdict(set)
        for pairs in self.assigned.values():
            for transcript, cause in pairs:
                found[cause].add(transcript)
        return dict(found)


@dataclass(frozen=True, slots=True)
class Match:
    """The cause that holds most of a planted cause, among those that are mostly it. ``share`` of its
    transcripts, ``purity`` of the cause, both in [0, 1]."""

    cause: str
    share: float
    purity: float


def most_planted(planted: Sets, found: Sets) -> dict[str, tuple[str, float]]:
    """By cause: the planted one that most of its transcripts are of, and the share of these."""
    names = sorted(planted)
    best = {cause: max(names, key=lambda name: len(own & planted[name])) for cause, own in found.items()}
    return {
        cause: (name, len(found[cause] & planted[name]) / len(found[cause])) for cause, name in best.items()
    }


def match(planted: Sets, found: Sets) -> dict[str, Match]:
    """A ``Match`` for each planted cause that any cause is by majority."""
    matches: dict[str, Match] = {}
    of = most_planted(planted, found)
    for name, transcripts in planted.items():
        own = [cause for cause in sorted(found) if of[cause][0] == name and of[cause][1] >= MAJORITY]
        if own:
            main = max(own, key=lambda cause: len(found[cause] & transcripts))
            share = len(found[main] & transcripts) / len(transcripts)
            matches[name] = Match(main, share, of[main][1])
    return matches


def measure(told: Told, shown: Shown, plan: Sequence[PlantedCause]) -> dict[str, Any]:
    """All figures of a year; shares as ``{"k", "n", "share", "low", "high"}``, intervals of Wilson, 95 %."""
    planted, found = told.transcripts(), shown.transcripts()
    matches, of = match(planted, found), most_planted(planted, found)
    recalled = [name for name in planted if name in matches and matches[name].share >= MAJORITY]
    big = [cause for cause, own in found.items() if len(own) >= LEAST_TRANSCRIPTS]
    anywhere = set().union(*found.values()) if found else set()
    same, months, of_all = _same_ids(told, shown, planted, matches)
    births = birth_months(told, shown, plan, matches)
    return {
        "recall": share(len(recalled), len(planted)),
        "precision": share(sum(of[cause][1] >= MAJORITY for cause in big), len(big)),
        "precision_one_to_one": share(len(recalled), len(big)),
        "same_id": share(same, months),
        "same_id_of_all": share(same, of_all),
        "births": share(sum(born == planned for _, planned, born in births), len(births)),
        "assigned": share(len(anywhere & told.planted_in.keys()), len(told.planted_in)),
        "assigned_rightly": share(_n_right(told, shown, of), len(told.planted_in)),
        "missed": sorted(set(planted) - set(recalled)),
        "births_told": [list(row) for row in births],
    }


def share(k: int, n: int) -> dict[str, Any]:
    """``k`` of ``n`` with its Wilson interval; the share is None of nothing."""
    if not n:
        return {"k": 0, "n": 0, "share": None, "low": 0.0, "high": 1.0}
    found = wilson(k, n)
    return {
        "k": k,
        "n": n,
        "share": round(found.estimate, 4),
        "low": round(found.low, 4),
        "high": round(found.high, 4),
    }


def pooled_share(parts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Shares of several years as one."""
    listed = list(parts)
    return share(sum(part["k"] for part in listed), sum(part["n"] for part in listed))


def birth_months(
    told: Told, shown: Shown, plan: Sequence[PlantedCause], matches: Mapping[str, Match]
) -> list[tuple[str, str, str | None]]:
    """For each cause planted to begin during the year: its id, its first month, and the month in which its cause
    was born (None where there is no such cause)."""
    rows = []
    for cause in plan:
        first = _first_month(told, cause.id)
        if cause.life[0] == 0 and first is not None:
            found = matches.get(cause.id)
            rows.append((cause.id, first, shown.born_in.get(found.cause) if found else None))
    return rows


def kinships(told: Told, shown: Shown, plan: Sequence[PlantedCause]) -> list[dict[str, Any]]:
    """Each planted split and merge, and whether a run proposed it.

    ``recognised``: proposals of the month (lineages, or a merge of the parents) name the cause of every parent
    and, if lineages, of every child. ``exactly``: and name nothing else. ``missing``: planted causes without a
    cause of their own, so that nothing could name them.
    """
    matches = match(told.transcripts(), shown.transcripts())
    rows = []
    for parents, children in _families(plan):
        month = _first_month(told, children[0])
        missing = [name for name in (*parents, *children) if name not in matches]
        row: dict[str, Any] = {"parents": parents, "children": children, "month": month, "missing": missing}
        if not missing:
            old = {matches[name].cause for name in parents}
            new = {matches[name].cause for name in children}
            row |= _proposed(shown, month, old, new)
        rows.append({"recognised": False, "exactly": False} | row)
    return rows


def _proposed(shown: Shown, month: str | None, old: set[str], new: set[str]) -> dict[str, bool]:
    told_old: set[str] = set()
    told_new: set[str] = set()
    for at, kind, causes, born in shown.proposals:
        if at != month:
            continue
        if kind == "merge" and len(old) > 1 and old <= set(causes):
            return {"recognised": True, "exactly": old == set(causes)}
        if kind == "lineage" and old & set(causes) and new & set(born):
            told_old |= set(causes)
            told_new |= set(born)
    return {"recognised": old <= told_old and new <= told_new, "exactly": (old, new) == (told_old, told_new)}


def _families(plan: Sequence[PlantedCause]) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Parents and children of each planted split and merge."""
    families: dict[tuple[str, ...], tuple[str, ...]]
    families = {(cause.id,): cause.children for cause in plan if cause.kind == "split" and cause.children}
    families |= {cause.parents: (cause.id,) for cause in plan if cause.kind == "merge" and cause.parents}
    return sorted(families.items())


def _first_month(told: Told, planted: str) -> str | None:
    """The first month in which at least ``LEAST_AT_BIRTH`` transcripts complain of it."""
    counts = Counter(told.month_of[key] for key, causes in told.planted_in.items() if planted in causes)
    return min((month for month, n in counts.items() if n >= LEAST_AT_BIRTH), default=None)


def _same_ids(told: Told, shown: Shown, planted: Sets, matches: Mapping[str, Match]) -> tuple[int, int, int]:
    """Months of planted causes whose main cause is the year's: of those with a match, and of all."""
    causes_of: dict[str, list[str]] = defaultdict(list)
    for pairs in shown.assigned.values():
        for transcript, cause in sorted(set(pairs)):
            causes_of[transcript].append(cause)
    same = n_matched = n_all = 0
    for name, transcripts in planted.items():
        by_month = defaultdict(list)
        for transcript in transcripts:
            by_month[told.month_of[transcript]].append(transcript)
        for own in by_month.values():
            if len(own) < LEAST_TRANSCRIPTS:
                continue
            n_all += 1
            n_matched += name in matches
            counts = Counter(cause for transcript in own for cause in causes_of.get(transcript, ()))
            most = max(sorted(counts), key=lambda cause: counts[cause], default=None)
            same += name in matches and most == matches[name].cause
    return same, n_matched, n_all


def _n_right(told: Told, shown: Shown, of: Mapping[str, tuple[str, float]]) -> int:
    """Complaints with at least one cause that is by majority one of those planted in them."""
    right = {
        transcript
        for pairs in shown.assigned.values()
        for transcript, cause in pairs
        if of[cause][1] >= MAJORITY and of[cause][0] in told.planted_in.get(transcript, ())
    }
    return len(right)
