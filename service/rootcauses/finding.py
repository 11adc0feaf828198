"""The root causes of a month of stored transcripts: known ones first, births in the ledger, edits laid over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection

from models.rootcause.cause import Discovery, KnownCause, Proposal, RootCause
from models.rootcause.discover import discover
from models.rootcause.ledger.events import SYSTEM, LedgerEvent
from models.rootcause.ledger.state import LedgerState
from models.rootcause.statements import Statement
from models.rootcause.units import Unit
from service.database import ledger, root_causes, transcript_queries
from service.database.records import AssignmentRecord, MonthCause, RootCauseMonthRecord, RootCauseRecord
from service.rootcauses.editing import ensure_births
from service.rootcauses.endpoint_naming import Named, name_births
from service.rootcauses.memory import known_causes, transcripts_by_cause
from service.rootcauses.owning import reown_month
from service.rootcauses.stated import stated_by_cause, statements_in
from service.rootcauses.units import units_of, voices_of
from service.rootcauses.work import MonthWork

Progress = Callable[[float, str], None]
MIN_SAME_TRANSCRIPTS = 0.3
"""Jaccard index from which on a cause found anew in a month is the one that an earlier run of it bore."""
MAX_UNASSIGNED_TOLD = 50
LIKES = "likes"
"""The score of a transcript that counts people who agreed with it: they make a topic hotter."""


def find_root_causes(work: MonthWork, *, progress: Progress | None = None) -> Discovery:
    """Assign the month's clauses to known causes, find new ones among the rest, and store both.

    A month that was run before is found anew: causes that it bore keep their ids where they come up again.
    Analysts' edits hold. All is stored in one transaction, or nothing.
    """
    month = str(work.month)
    with work.database.begin() as connection:
        ensure_births(connection, work.tenant, work.now)
    with work.database.read() as connection:
        read = read_month(connection, work)
        state, _ = ledger.read_state(connection, work.tenant)
        known = known_causes(connection, work.tenant, work.month, state, work.analyzer)
        before = transcripts_by_cause(connection, work.tenant, month)
        born = {cause.id: cause.name for cause in state.causes.values() if cause.born_month == month}
    found = read.discover(work, known, progress)
    found = _with_earlier_ids(found, {key: before.get(key, set()) for key in born}, born)
    names = {cause.name for cause in state.causes.values()}
    named = name_births(found, work.settings, work.analyzer.segmenter.words, keep=born, taken=names)
    _store(work, named, read.voices, stated_by_cause(named.found.assignments, read.said, read.voices))
    return named.found


@dataclass(frozen=True, slots=True)
class MonthRead:
    """What a run reads of the month's transcripts, by their ids: ``voices``, what each ``said`` beside faults, how many
    agreed (``reach``), ``when`` (number of the day) and ``who`` (the customer's key, where known)."""

    units: tuple[Unit, ...]
    voices: Mapping[str, str]
    said: Mapping[str, tuple[Statement, ...]]
    reach: Mapping[str, float]
    when: Mapping[str, float]
    who: Mapping[str, str]

    def discover(
        self, work: MonthWork, known: Sequence[KnownCause], progress: Progress | None = None
    ) -> Discovery:
        """The causes of the month, beside ``known`` ones."""
        return discover(
            self.units,
            month=str(work.month),
            encoder=work.encoder,
            known=known,
            reach=self.reach,
            when=self.when,
            who=self.who,
            progress=progress,
        )


def read_month(connection: Connection, work: MonthWork) -> MonthRead:
    """The month's transcripts as a run needs them."""
    month = str(work.month)
    voices = voices_of(transcript_queries.stream_month(connection, work.tenant, month))
    units: list[Unit] = []
    said, reach, when, who = {}, {}, {}, {}
    for row in transcript_queries.stream_month(connection, work.tenant, month):
        units += units_of(row, voices[row.id], work.analyzer)
        reach[row.id] = max(0.0, row.scores.get(LIKES, 0.0))
        when[row.id] = float(date.fromisoformat(row.day).toordinal())
        if row.customer_key:
            who[row.id] = row.customer_key
        said[row.id] = statements_in(row)
    return MonthRead(tuple(units), voices, said, reach, when, who)


def has_root_causes(work: MonthWork) -> bool:
    """Whether the month's root causes were found already."""
    with work.database.read() as connection:
        return bool(root_causes.list_base_month(connection, work.tenant, str(work.month)))


def _store(
    work: MonthWork, named: Named, voices: Mapping[str, str], stated: Mapping[str, dict[str, Any]]
) -> None:
    month, found = str(work.month), named.found
    with work.database.begin() as connection:
        causes = [
            _month_cause(cause, rank, work, named.summaries.get(cause.id), stated.get(cause.id))
            for rank, cause in enumerate(found.causes, 1)
        ]
        assigned = (
            AssignmentRecord(
                a.transcript_id,
                a.cause_id,
                a.start,
                a.end,
                max(0.0, min(1.0, a.score)),
                voice_id=voices.get(a.transcript_id, a.transcript_id),
            )
            for a in found.assignments
        )
        root_causes.save_month(connection, work.tenant, month, causes, assigned)
        ensure_births(connection, work.tenant, work.now)
        state, _ = ledger.read_state(connection, work.tenant)
        told = LedgerEvent(state.seq + 1, work.now, "month", "", SYSTEM, payload=_month_payload(found, state))
        ledger.append_events(connection, work.tenant, [told])
        reown_month(connection, work.tenant, month, work.encoder)


def _month_payload(found: Discovery, state: LedgerState) -> dict[str, Any]:
    """What the ledger keeps of a run: counts, what stayed without a cause, what an analyst may look at."""
    lonely = sorted(
        (item for item in found.unassigned if item.reason == "distant"),
        key=lambda item: (item.score, item.transcript_id, item.start),
    )
    return {
        "month": found.month,
        "versions": dict(found.versions),
        "counts": {cause.id: cause.n_voices for cause in found.causes},
        "unassigned": dict(Counter(item.reason for item in found.unassigned)),
        "farthest": [
            [item.transcript_id, item.start, item.end, item.nearest_id, item.score]
            for item in lonely[:MAX_UNASSIGNED_TOLD]
        ],
        "proposals": [
            {"kind": item.kind, "causes": list(item.causes), "born": list(item.born)}
            for item in found.proposals
            if not _is_done(item, state)
        ],
    }


def _is_done(item: Proposal, state: LedgerState) -> bool:
    """A merge of causes that an analyst has made one already, or of which one is retired."""
    known = [cause for cause in item.causes if cause in state.causes]
    owners = {state.owner(cause) for cause in known}
    return item.kind == "merge" and (
        len(owners) < len(item.causes) or any(state.causes[owner].is_retired for owner in owners)
    )


def _with_earlier_ids(
    found: Discovery, before: Mapping[str, set[str]], names: Mapping[str, str]
) -> Discovery:
    """Causes born in this month with the ids and names that an earlier run of the month gave them."""
    own: dict[str, set[str]] = {}
    for item in found.assignments:
        own.setdefault(item.cause_id, set()).add(item.transcript_id)
    pairs = sorted(_alike(found, own, before), reverse=True)
    same: dict[str, str] = {}
    for _, cause_id, earlier in pairs:
        if cause_id not in same and earlier not in same.values():
            same[cause_id] = earlier
    if not same:
        return found
    return replace(
        found,
        causes=tuple(_renamed(cause, same, names) for cause in found.causes),
        assignments=tuple(replace(a, cause_id=same.get(a.cause_id, a.cause_id)) for a in found.assignments),
        unassigned=tuple(
            replace(u, nearest_id=same.get(u.nearest_id, u.nearest_id) if u.nearest_id else None)
            for u in found.unassigned
        ),
        proposals=tuple(
            replace(p, born=tuple(sorted(same.get(key, key) for key in p.born))) for p in found.proposals
        ),
    )


def _alike(
    found: Discovery, own: Mapping[str, set[str]], before: Mapping[str, set[str]]
) -> Iterator[tuple[float, str, str]]:
    for cause in found.causes:
        if cause.linked_from is None:
            for earlier, transcripts in before.items():
                either = len(own[cause.id] | transcripts)
                share = len(own[cause.id] & transcripts) / either if either else 0.0
                if share >= MIN_SAME_TRANSCRIPTS or cause.id == earlier:
                    yield share, cause.id, earlier


def _renamed(cause: RootCause, same: Mapping[str, str], names: Mapping[str, str]) -> RootCause:
    if cause.id not in same:
        return cause
    return replace(cause, id=same[cause.id], name=names[same[cause.id]])


def _month_cause(
    cause: RootCause, rank: int, work: MonthWork, summary: str | None, stated: dict[str, Any] | None
) -> MonthCause:
    told = {"summary": summary, "stated": stated}
    detail = cause.to_dict() | {name: value for name, value in told.items() if value}
    month = str(work.month)
    record = RootCauseRecord(
        id=cause.id,
        name=cause.name,
        state="steady" if cause.linked_from else "new",
        born_month=month,
        detail={"keywords": list(cause.keywords)},
        created_at=work.now,
    )
    return MonthCause(
        record, RootCauseMonthRecord(cause.id, month, cause.n_transcripts, cause.n_voices, rank, detail)
    )
