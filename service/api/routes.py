"""All routes as one application; ``service.app`` gives it its life."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from fastapi import Depends, FastAPI
from fastapi.telemetry import TelemetryConfig

from service.api import (
    analysis,
    changes,
    comparison,
    drivers,
    effects,
    explanations,
    labels,
    models,
    operations,
    pages,
    reviews,
    root_causes,
    signals,
    transcripts,
    trends,
)
from service.api.openapi import openapi_of
from service.api.parameters import refuse_unknown

DESCRIPTION = (
    "客户之声（VOC）中文文本挖掘服务。All offsets are half-open code points; errors are RFC 9457 problems."
)
# FastAPI's own records of failures carry the messages of exceptions, and those can hold text of customers.
_NO_TELEMETRY: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def build_api(lifespan: Lifespan | None = None) -> FastAPI:
    """The application with its routes and its document; opens nothing."""
    app = FastAPI(
        title="VOC service",
        version="1",
        description=DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        telemetry=_NO_TELEMETRY,
    )
    checked = [Depends(refuse_unknown)]
    # The path of the batch call ends in a verb, so it stands before the routes with an id in their place.
    app.add_api_route(
        "/v1/transcripts:batch",
        transcripts.store_batch,
        methods=["POST"],
        tags=["transcripts"],
        response_model=None,
        openapi_extra=transcripts.BATCH_SCHEMA,
        dependencies=checked,
    )
    for part in (
        *(transcripts, explanations, analysis, trends, signals, changes, effects, drivers, comparison),
        *(reviews, root_causes, labels, models),
    ):
        app.include_router(part.router, dependencies=checked)
    app.include_router(operations.router)
    app.include_router(pages.router)
    app.openapi = lambda: openapi_of(app)  # type: ignore[method-assign]
    return app
