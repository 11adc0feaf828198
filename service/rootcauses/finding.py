"""The root causes of a month of stored transcripts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from models.rootcause.cause import Discovery, RootCause
from models.rootcause.discover import discover
from service.database import root_causes, transcript_queries
from service.database.records import AssignmentRecord, MonthCause, RootCauseMonthRecord, RootCauseRecord
from service.rootcauses.units import units_of, voices_of
from service.rootcauses.work import MonthWork

Progress = Callable[[float, str], None]


def find_root_causes(work: MonthWork, *, progress: Progress | None = None) -> Discovery:
    """Discover the month's root causes, link them to last month's and store them in place of earlier ones."""
    month = str(work.month)
    with work.database.read() as connection:
        voices = voices_of(transcript_queries.stream_month(connection, work.tenant, month))
        rows = transcript_queries.stream_month(connection, work.tenant, month)
        units = [unit for row in rows for unit in units_of(row, voices[row.id], work.analyzer)]
        before = root_causes.list_month(connection, work.tenant, str(work.month.shifted(-1)))
    previous = [_named(RootCause.from_dict(item.month.detail), item.cause.name) for item in before]
    found = discover(units, month=month, encoder=work.encoder, previous=previous, progress=progress)
    with work.database.begin() as connection:
        causes = [_month_cause(cause, rank, work) for rank, cause in enumerate(found.causes, 1)]
        assigned = (
            AssignmentRecord(a.transcript_id, a.cause_id, a.start, a.end, max(0.0, min(1.0, a.score)))
            for a in found.assignments
        )
        root_causes.save_month(connection, work.tenant, month, causes, assigned)
    return found


def has_root_causes(work: MonthWork) -> bool:
    """Whether the month's root causes were found already."""
    with work.database.read() as connection:
        return bool(root_causes.list_month(connection, work.tenant, str(work.month)))


def _named(cause: RootCause, name: str) -> RootCause:
    return cause if cause.name == name else replace(cause, name=name)


def _month_cause(cause: RootCause, rank: int, work: MonthWork) -> MonthCause:
    detail = cause.to_dict()
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
