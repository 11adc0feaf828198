"""``/v1/reviews``: build and read monthly reviews; ``/v1/jobs``: watch long work."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import JSONResponse

from models.core.errors import FieldError, IdempotencyError
from models.core.month import Month
from models.review.snapshot import ReviewSnapshot
from service.api.access import Analyst, Reader
from service.api.state import ServiceState, State, in_thread
from service.database import jobs, reviews
from service.database.records import JobPage, JobRecord, ReviewRecord
from service.reviews.formats import WRITERS, write_review

router = APIRouter(prefix="/v1", tags=["reviews"])
_OFFICE = "application/vnd.openxmlformats-officedocument."
MEDIA_TYPES = {
    "html": "text/html; charset=utf-8",
    "json": "application/json",
    "xlsx": _OFFICE + "spreadsheetml.sheet",
    "pdf": "application/pdf",
    "docx": _OFFICE + "wordprocessingml.document",
    "pptx": _OFFICE + "presentationml.presentation",
}


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
    """The stored review of a month: ``2024-03``, or ``2024-03.html``, ``.json``, ``.xlsx``, ``.pdf``, ``.docx``,
    ``.pptx``. 501 where this machine lacks what the format needs."""
    month, _, kind = name.partition(".")
    if kind and kind not in WRITERS:
        known = "、".join(WRITERS)
        raise FieldError(field="format", reason=f"可用格式：{known}", reason_en=f"one of {known}")
    Month.parse(month)
    body = await in_thread(_rendered, state, caller.tenant, month, kind or "json")
    return Response(body, media_type=MEDIA_TYPES[kind or "json"])


@router.get("/jobs", tags=["jobs"])
async def list_jobs(
    state: State,
    caller: Reader,
    kind: str | None = None,
    job_state: Annotated[
        Literal["queued", "running", "done", "failed", "cancelled"] | None, Query(alias="state")
    ] = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """Jobs, newest first."""
    page = await in_thread(_jobs, state, caller.tenant, kind, job_state, cursor, limit)
    return {"items": [job_body(job) for job in page.items], "next_cursor": page.next_cursor}


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
    """With a key: that key's job. Without: the open job of this month, or one new job after the last."""
    params = {"month": str(month)}
    if key:
        job = state.jobs.submit(tenant, "review", f"review:key:{key}", params)
        if job.params.get("month") != str(month):
            raise IdempotencyError(key=key[:80])
        return job
    last = _last_job(state, tenant, month)
    if last is not None and last.state in ("queued", "running"):
        return last
    # Callers that ask at the same time saw the same last job, so they get the same new one.
    return state.jobs.submit(tenant, "review", f"review:{month}:after:{last.id if last else ''}", params)


def _last_job(state: ServiceState, tenant: str, month: Month) -> JobRecord | None:
    cursor = None
    while True:
        page = _jobs(state, tenant, "review", None, cursor, 200)
        found = next((job for job in page.items if job.params.get("month") == str(month)), None)
        cursor = page.next_cursor
        if found is not None or cursor is None:
            return found


def _jobs(
    state: ServiceState, tenant: str, kind: str | None, job_state: str | None, cursor: str | None, limit: int
) -> JobPage:
    with state.database.read() as connection:
        return jobs.list_jobs(connection, tenant, kind=kind, state=job_state, cursor=cursor, limit=limit)


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
        path = write_review(snapshot, Path(folder), [kind], language=state.settings.language)[kind]
        return path.read_bytes()


def _review(state: ServiceState, tenant: str, month: str) -> ReviewRecord:
    with state.database.read() as connection:
        return reviews.get_review(connection, tenant, month)


def _job(state: ServiceState, tenant: str, job_id: str) -> JobRecord:
    with state.database.read() as connection:
        return jobs.get_job(connection, tenant, job_id)
