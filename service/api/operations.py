"""``/healthz``, ``/readyz``, ``/metrics``."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text

from service.api.state import ServiceState, State, in_thread
from service.serving import Served

router = APIRouter(tags=["operations"])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(state: State) -> JSONResponse:
    """Database reachable and models loaded; a 503 problem otherwise.

    ``trouble`` lists versions that should serve and cannot be loaded; others serve in their place.
    """
    served = await in_thread(_probe, state)
    trouble = [
        {
            "task": item.task,
            "role": item.role,
            "code": item.error.code,
            "detail": item.error.message(state.settings.language),
        }
        for item in served.trouble
    ]
    body = {"status": "ready", "models": served.analyzer.versions}
    return JSONResponse({**body, "trouble": trouble} if trouble else body)


@router.get("/metrics", response_class=Response)
async def metrics() -> Response:
    """Prometheus text format: counts and times by route and status, no data of any tenant; needs no key."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def _probe(state: ServiceState) -> Served:
    with state.database.read() as connection:
        connection.execute(text("SELECT 1")).scalar()
    return state.live.served()
