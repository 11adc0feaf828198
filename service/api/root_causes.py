"""``/v1/root-causes``: read."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from models.core.month import Month
from service.api.access import Reader
from service.api.state import ServiceState, State, in_thread
from service.database import root_causes, transcript_queries
from service.database.records import MonthCause

router = APIRouter(prefix="/v1")
_QUOTES_PER_MONTH = 5


@router.get("/root-causes", tags=["root causes"])
async def list_causes(state: State, caller: Reader, month: str | None = None) -> dict[str, Any]:
    """Root causes of a month by rank, or all there ever were."""
    if month is not None:
        Month.parse(month)
    return {"items": await in_thread(_list, state, caller.tenant, month)}


@router.get("/root-causes/{root_cause_id}", tags=["root causes"])
async def read_cause(root_cause_id: str, state: State, caller: Reader) -> dict[str, Any]:
    """One root cause: its months, and evidence with exact offsets into the stored text."""
    return await in_thread(_read, state, caller.tenant, root_cause_id)


def _list(state: ServiceState, tenant: str, month: str | None) -> list[dict[str, Any]]:
    with state.database.read() as connection:
        if month is None:
            causes = root_causes.list_causes(connection, tenant)
            return [
                {"id": c.id, "name": c.name, "state": c.state, "born_month": c.born_month} for c in causes
            ]
        return [_month_body(item) for item in root_causes.list_month(connection, tenant, month)]


def _month_body(item: MonthCause) -> dict[str, Any]:
    detail = item.month.detail
    return {
        "id": item.cause.id,
        "name": item.cause.name,
        "state": item.cause.state,
        "born_month": item.cause.born_month,
        "month": item.month.month,
        "rank": item.month.rank,
        "n_transcripts": item.month.n_transcripts,
        "n_voices": item.month.n_voices,
        "keywords": detail.get("keywords", []),
        "exemplars": detail.get("exemplars", []),
        "transcripts": f"/v1/transcripts?root_cause={item.cause.id}",
    }


def _read(state: ServiceState, tenant: str, root_cause_id: str) -> dict[str, Any]:
    with state.database.read() as connection:
        cause = root_causes.get_cause(connection, tenant, root_cause_id)
        months = root_causes.list_cause_months(connection, tenant, root_cause_id)
        latest = months[-1].month if months else None
        found = root_causes.list_assignments(connection, tenant, latest, root_cause_id) if latest else []
        found = found[:_QUOTES_PER_MONTH]
        texts = transcript_queries.get_many(connection, tenant, [a.transcript_id for a in found])
    return {
        "id": cause.id,
        "name": cause.name,
        "named_by": cause.named_by,
        "state": cause.state,
        "born_month": cause.born_month,
        "keywords": cause.detail.get("keywords", []),
        "months": [
            {"month": m.month, "n_transcripts": m.n_transcripts, "n_voices": m.n_voices, "rank": m.rank}
            for m in months
        ],
        "evidence": [
            {
                "transcript_id": a.transcript_id,
                "start": a.start,
                "end": a.end,
                "score": round(a.score, 4),
                "text": texts[a.transcript_id].row.text[a.start : a.end],
            }
            for a in found
            if a.transcript_id in texts
        ],
    }
