"""``/healthz``, ``/readyz``, ``/metrics``."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text

from service.api.state import ServiceState, State, in_thread

router = APIRouter(tags=["operations"])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(state: State) -> JSONResponse:
    """Database reachable and models loaded; a 503 problem otherwise."""
    await in_thread(_probe, state)
    return JSONResponse({"status": "ready", "models": state.maker.analyzer.versions})


@router.get("/metrics", response_class=Response)
async def metrics() -> Response:
    """Prometheus text format: counts and times by route and status, no data of any tenant; needs no key."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def _probe(state: ServiceState) -> Any:
    with state.database.read() as connection:
        return connection.execute(text("SELECT 1")).scalar()
