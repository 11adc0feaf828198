"""What known causes remember: some voices of their first month and some of the latest ones."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from models.analysis.pipeline import Analyzer
from models.core.month import Month
from models.rootcause.cause import KnownCause, RootCause
from models.rootcause.ledger.state import LedgerState
from models.rootcause.units import Unit
from service.database import root_causes, transcript_queries
from service.database.records import AssignmentRecord
from service.rootcauses.units import units_of

MONTHS_BACK = 3
VOICES_REMEMBERED = 80
"""Of each cause: half of its first month, half of the last ``MONTHS_BACK``, as far as there are so many."""


def known_causes(
    connection: Connection, tenant: str, month: Month, state: LedgerState, analyzer: Analyzer
) -> list[KnownCause]:
    """The causes that runs of earlier months found, merged and retired ones too, with what they remember."""
    born = {cause.id: cause.born_month for cause in state.causes.values() if cause.split_from is None}
    earlier = {key: first for key, first in born.items() if first < str(month)}
    recent = [str(month.shifted(-back)) for back in range(1, MONTHS_BACK + 1)]
    chosen = _chosen_transcripts(connection, tenant, earlier, recent)
    wanted = {transcript: cause for cause, own in chosen.items() for transcript in own}
    units: dict[str, list[Unit]] = defaultdict(list)
    for row in transcript_queries.stream_some(connection, tenant, sorted(wanted)):
        units[wanted[row.id]] += units_of(row, row.id, analyzer)
    last = {
        cause.cause.id: cause.month.n_voices
        for cause in root_causes.list_base_month(connection, tenant, recent[0])
    }
    births = _births(connection, tenant, earlier)
    return [
        KnownCause(
            id=key,
            name=state.causes[key].name,
            remembered=tuple(units[key]),
            birth_centroid=births[key].centroid if key in births else None,
            encoder=births[key].encoder if key in births else "",
            n_voices=last.get(key, 0),
        )
        for key in sorted(earlier)
    ]


def transcripts_by_cause(connection: Connection, tenant: str, month: str) -> dict[str, set[str]]:
    """Transcripts of each cause, as the month's run assigned them."""
    found: dict[str, set[str]] = defaultdict(set)
    for item in root_causes.list_assignments(connection, tenant, month):
        found[item.base_id].add(item.transcript_id)
    return found


def _chosen_transcripts(
    connection: Connection, tenant: str, born: dict[str, str], recent: Sequence[str]
) -> dict[str, list[str]]:
    """Per cause, the transcripts it remembers, drawn by what was said and not by ids, which differ by database."""
    months = sorted({*born.values(), *recent})
    first: dict[str, list[str]] = {}
    latest: dict[str, list[str]] = defaultdict(list)
    for month in reversed(months):
        for cause, transcripts in _main_transcripts(connection, tenant, month).items():
            if born.get(cause) == month:
                first[cause] = transcripts
            elif cause in born and month in recent:
                latest[cause] += transcripts
    half = VOICES_REMEMBERED // 2
    return {cause: first.get(cause, [])[:half] + latest[cause][:half] for cause in born}


def _main_transcripts(connection: Connection, tenant: str, month: str) -> dict[str, list[str]]:
    """Voices of each cause in a month whose strongest cause it is, in an order drawn from their scores."""
    clauses: dict[str, list[AssignmentRecord]] = defaultdict(list)
    for item in root_causes.list_assignments(connection, tenant, month):
        if item.transcript_id == item.voice_id:
            clauses[item.transcript_id].append(item)
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for transcript, own in clauses.items():
        totals: dict[str, float] = defaultdict(float)
        for item in own:
            totals[item.base_id] += item.score
        strongest = max(sorted(totals), key=lambda cause: round(totals[cause], 4))
        found[strongest].append((_draw(own), transcript))
    return {cause: [transcript for _, transcript in sorted(own)] for cause, own in found.items()}


def _draw(clauses: Iterable[AssignmentRecord]) -> str:
    told = sorted((item.start, item.end, round(item.score, 4)) for item in clauses)
    return hashlib.sha256(repr(told).encode()).hexdigest()


def _births(connection: Connection, tenant: str, born: dict[str, str]) -> dict[str, RootCause]:
    found = {}
    for month in sorted(set(born.values())):
        for item in root_causes.list_base_month(connection, tenant, month):
            if born.get(item.cause.id) == month and "centroid" in item.month.detail:
                found[item.cause.id] = RootCause.from_dict(item.month.detail)
    return found
