"""Root causes and their events as the API and the command line show them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from models.core.errors import EditConflictError
from models.rootcause.ledger.events import LedgerEvent
from service.database import ledger, root_causes, transcript_queries
from service.database.records import MonthCause, RootCauseRecord
from service.rootcauses.lives import states_in, states_of
from service.rootcauses.stated import stated_of

_QUOTES_PER_MONTH = 5
_LONG = ("centroid", "centroids", "part_centroid", "rest_centroid")


def cause_body(cause: RootCauseRecord) -> dict[str, Any]:
    """One line of a list."""
    return {
        "id": cause.id,
        "name": cause.name,
        "named_by": cause.named_by,
        "state": cause.state,
        "born_month": cause.born_month,
        "merged_into": cause.merged_into,
        "split_from": cause.split_from,
        "is_retired": cause.is_retired,
        "changed_seq": cause.changed_seq,
    }


def month_body(item: MonthCause, state: str | None) -> dict[str, Any]:
    """A root cause in a month; ``state`` is the one of that month."""
    detail = item.month.detail
    return {
        **cause_body(item.cause),
        "state": state or item.cause.state,
        "month": item.month.month,
        "rank": item.month.rank,
        "n_transcripts": item.month.n_transcripts,
        "n_voices": item.month.n_voices,
        "keywords": detail.get("keywords", []),
        "exemplars": detail.get("exemplars", []),
        "stability": detail.get("stability"),
        "heat": detail.get("heat"),
        "hot_topics": detail.get("hot_topics", []),
        "transcripts": f"/v1/transcripts?root_cause={item.cause.id}",
    }


def month_items(connection: Connection, tenant: str, month: str, everything: bool) -> list[dict[str, Any]]:
    """The causes of a month by rank; with ``everything`` retired ones too, and merged ones as they were found."""
    found = root_causes.list_month(connection, tenant, month, with_retired=everything)
    states = states_in(connection, tenant, [item.cause.id for item in found], month)
    shown = [month_body(item, states[item.cause.id]) for item in found]
    if everything:
        base = root_causes.list_base_month(connection, tenant, month)
        shown += [month_body(item, "merged") for item in base if item.cause.merged_into]
    return shown


def run_body(connection: Connection, tenant: str, month: str) -> dict[str, Any] | None:
    """What the last run of a month left open; None where its causes were never sought."""
    event = ledger.last_run(connection, tenant, month)
    if event is None:
        return None
    names = ("transcript_id", "start", "end", "nearest_id", "score")
    return {
        "seq": event.seq,
        "at": event.at.isoformat(),
        "versions": event.payload.get("versions", {}),
        "unassigned_clauses": event.payload.get("unassigned", {}),
        "farthest": [dict(zip(names, row, strict=True)) for row in event.payload.get("farthest", ())],
        "proposals": event.payload.get("proposals", []),
    }


def cause_items(connection: Connection, tenant: str, everything: bool) -> list[dict[str, Any]]:
    """All causes there ever were; those that were retired or merged only with ``everything``."""
    causes = root_causes.list_causes(connection, tenant)
    return [cause_body(c) for c in causes if everything or not (c.is_retired or c.merged_into)]


def whole_cause(connection: Connection, tenant: str, root_cause_id: str) -> dict[str, Any]:
    """A root cause with its months and evidence. Raises ``NotFoundError``."""
    cause = root_causes.get_cause(connection, tenant, root_cause_id)
    months = root_causes.list_cause_months(connection, tenant, root_cause_id)
    states = states_of(connection, tenant, root_cause_id)
    return {
        **cause_body(cause),
        "keywords": cause.detail.get("keywords", []),
        "months": [
            {
                "month": m.month,
                "state": states.get(m.month),
                "n_transcripts": m.n_transcripts,
                "n_voices": m.n_voices,
                "rank": m.rank,
                "stated": dict(stated_of(m.detail)) or None,
            }
            for m in months
        ],
        "evidence": _evidence(connection, tenant, root_cause_id, months[-1].month) if months else [],
    }


def event_body(event: LedgerEvent) -> dict[str, Any]:
    """An event without the vectors that it holds."""
    detail = {key: value for key, value in event.payload.items() if key not in _LONG}
    return {
        "seq": event.seq,
        "at": event.at.isoformat(),
        "kind": event.kind,
        "root_cause_id": event.cause_id or None,
        "by": event.by,
        "why": event.why or None,
        "detail": detail,
    }


def with_newer_state(
    connection: Connection, tenant: str, root_cause_id: str, error: EditConflictError
) -> EditConflictError:
    """``error`` with the cause as it stands, and who changed it last and when, as ``report``."""
    known = {cause.id: cause for cause in root_causes.list_causes(connection, tenant)}
    if root_cause_id not in known:
        return error
    cause = whole_cause(connection, tenant, root_cause_id)
    changed = ledger.list_events(connection, tenant, after=cause["changed_seq"] - 1, limit=1)
    report = {
        "cause": cause,
        "changed_seq": cause["changed_seq"],
        "changed_by": changed[0].by if changed else None,
        "changed_at": changed[0].at.isoformat() if changed else None,
    }
    return EditConflictError(**{**error.values, "report": report})


def _evidence(connection: Connection, tenant: str, root_cause_id: str, month: str) -> list[dict[str, Any]]:
    found = root_causes.list_assignments(connection, tenant, month, root_cause_id)[:_QUOTES_PER_MONTH]
    texts = transcript_queries.get_many(connection, tenant, [a.transcript_id for a in found])
    return [
        {
            "transcript_id": a.transcript_id,
            "start": a.start,
            "end": a.end,
            "score": round(a.score, 4),
            "text": texts[a.transcript_id].row.text[a.start : a.end],
        }
        for a in found
        if a.transcript_id in texts
    ]
