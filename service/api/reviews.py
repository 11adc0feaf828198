"""``/v1/reviews``: build and read monthly reviews; ``/v1/jobs``: watch long work."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import orjson
from fastapi import APIRouter, Header, Response
from fastapi.responses import JSONResponse

from models.core.errors import FieldError
from models.core.month import Month
from models.review.snapshot import ReviewSnapshot
from service.api.state import Analyst, Reader, ServiceState, State, in_thread
from service.database import jobs, reviews
from service.database.records import JobRecord, ReviewRecord
from service.reviews.formats import WRITERS, write_review

router = APIRouter(prefix="/v1", tags=["reviews"])
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MEDIA_TYPES = {"html": "text/html; charset=utf-8", "json": "application/json", "xlsx": _SHEET}


@router.post("/reviews/{month}", status_code=202)
async def build(
    month: str,
    state: State,
    caller: Analyst,
    key: Annotated[str | None, Header(alias="Idempotency-Key", max_length=200)] = None,
) -> JSONResponse:
    """Build the review of a month in the background: 202 with the job; the same key gives the same job."""
    parsed = Month.parse(month)
    job = await in_thread(_submit, state, caller.tenant, parsed, key)
    headers = {"Location": f"/v1/jobs/{job.id}"}
    return JSONResponse(job_body(job), status_code=202, headers=headers)


@router.get("/reviews")
async def list_all(state: State, caller: Reader) -> dict[str, Any]:
    """The newest revision of each month, newest month first."""
    return {"items": await in_thread(_list, state, caller.tenant)}


@router.get("/reviews/{name}")
async def read(name: str, state: State, caller: Reader) -> Response:
    """The stored review of a month: ``2024-03``, ``2024-03.html``, ``.json`` or ``.xlsx``."""
    month, _, kind = name.partition(".")
    if kind and kind not in WRITERS:
        known = "、".join(WRITERS)
        raise FieldError(field="format", reason=f"可用格式：{known}", reason_en=f"one of {known}")
    Month.parse(month)
    body = await in_thread(_rendered, state, caller.tenant, month, kind or "json")
    return Response(body, media_type=MEDIA_TYPES[kind or "json"])


@router.get("/jobs/{job_id}", tags=["jobs"])
async def read_job(job_id: str, state: State, caller: Reader) -> dict[str, Any]:
    """State, progress, result or error of a job."""
    return job_body(await in_thread(_job, state, caller.tenant, job_id))


def job_body(job: JobRecord) -> dict[str, Any]:
    """A job as the API shows it."""
    return {
        "id": job.id,
        "kind": job.kind,
        "state": job.state,
        "progress": round(job.progress, 3),
        "message": job.message,
        "params": dict(job.params),
        "result": job.result,
        "error": job.error,
        "created_at": job.created_at.isoformat(),
        "started_at": job.started_at.isoformat() if job.started_at else None,
        "finished_at": job.finished_at.isoformat() if job.finished_at else None,
    }


def _submit(state: ServiceState, tenant: str, month: Month, key: str | None) -> JobRecord:
    """With a key: that key's job. Without: the open job of this month, or a new one."""
    if key is None:
        with state.database.read() as connection:
            for open_state in ("running", "queued"):
                page = jobs.list_jobs(connection, tenant, kind="review", state=open_state, limit=200)
                for job in page.items:
                    if job.params.get("month") == str(month):
                        return job
    idem_key = f"review:{key or uuid4().hex}"
    return state.jobs.submit(tenant, "review", idem_key, {"month": str(month)})


def _list(state: ServiceState, tenant: str) -> list[dict[str, Any]]:
    with state.database.read() as connection:
        found = reviews.list_reviews(connection, tenant)
    return [
        {
            "month": info.month,
            "revision": info.revision,
            "fingerprint": info.fingerprint,
            "created_at": info.created_at.isoformat(),
            "links": {kind: f"/v1/reviews/{info.month}.{kind}" for kind in WRITERS},
        }
        for info in found
    ]


def _rendered(state: ServiceState, tenant: str, month: str, kind: str) -> bytes:
    record = _review(state, tenant, month)
    if kind == "json":
        return record.snapshot
    snapshot = ReviewSnapshot.from_dict(orjson.loads(record.snapshot))
    with tempfile.TemporaryDirectory() as folder:
        path = write_review(snapshot, Path(folder), [kind])[kind]
        return path.read_bytes()


def _review(state: ServiceState, tenant: str, month: str) -> ReviewRecord:
    with state.database.read() as connection:
        return reviews.get_review(connection, tenant, month)


def _job(state: ServiceState, tenant: str, job_id: str) -> JobRecord:
    with state.database.read() as connection:
        return jobs.get_job(connection, tenant, job_id)
