"""Structured logs and metrics of requests. Paths are logged as templates, bodies and queries never."""

from __future__ import annotations

import logging
import time
from typing import Any
from uuid import uuid4

import structlog
from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

REQUESTS = Counter("voc_requests_total", "Requests by route and status.", ["method", "route", "status"])
SECONDS = Histogram(
    "voc_request_seconds",
    "Time to the last byte, in seconds.",
    ["route"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
_log = structlog.get_logger("voc.http")


def configure_logging(level: str) -> None:
    """JSON lines on standard error. Exceptions are logged by type and place, without their messages."""
    number = logging.getLevelName(level.upper())
    logging.basicConfig(
        level=max(number, logging.WARNING), format='{"event": "%(name)s", "level": "%(levelname)s"}'
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _place_of_exception,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(_stderr()),
        cache_logger_on_first_use=True,
    )


class RequestLog:
    """One line and one count per request; an id per request goes back in ``X-Request-ID``."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = uuid4().hex[:16]
        status = 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", []), (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except Exception:
            _log.exception("request failed", request_id=request_id, route=_route(scope))
            raise
        finally:
            seconds = time.perf_counter() - started
            route = _route(scope)
            REQUESTS.labels(scope["method"], route, str(status)).inc()
            SECONDS.labels(route).observe(seconds)
            _log.info(
                "request",
                request_id=request_id,
                method=scope["method"],
                route=route,
                status=status,
                ms=round(seconds * 1000, 1),
            )


def _route(scope: Scope) -> str:
    route = scope.get("route")
    return getattr(route, "path", "unmatched")


def _place_of_exception(logger: Any, method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Type and innermost place of an exception; its message could hold text of customers."""
    if event.pop("exc_info", None):
        import sys

        kind, _, trace = sys.exc_info()
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        event["exception"] = kind.__name__ if kind else None
        if trace is not None:
            event["place"] = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
    return event


def _stderr() -> Any:
    import sys

    return sys.stderr
