"""Structured logs and metrics of requests. Paths are logged as templates, bodies and queries never."""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Mapping, MutableMapping
from types import TracebackType
from typing import Any
from uuid import uuid4

import structlog
from prometheus_client import Counter, Histogram
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

REQUESTS = Counter("voc_requests_total", "Requests by route and status.", ["method", "route", "status"])
SECONDS = Histogram(
    "voc_request_seconds",
    "Time to the last byte, in seconds.",
    ["route"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
CLIENT_LEFT = 499
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_HANDLER_NAME = "voc"
_log = structlog.get_logger("voc.http")


def configure_logging(level: str) -> None:
    """JSON lines on standard error. Exceptions are logged by type and place, without their messages."""
    number = logging.getLevelName(level.upper())
    _quieten_libraries(max(number, logging.WARNING))
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _without_message,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(_Stderr()),  # type: ignore[arg-type]
        cache_logger_on_first_use=True,
    )


class QuietFormatter(logging.Formatter):
    """Lines of other libraries: who and where, never what, since they put values into their messages.

    The server itself speaks of ports and sockets alone, so its own words are kept, without a traceback.
    """

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, str | None] = {
            "event": record.name,
            "level": record.levelname.lower(),
            "place": f"{record.filename}:{record.lineno}",
        }
        if record.name.startswith("uvicorn") and not record.exc_info:
            line["message"] = record.getMessage().partition("\n")[0][:300]
        if record.exc_info:
            line |= _kind_and_place(record.exc_info[0], record.exc_info[2])
        return json.dumps(line, ensure_ascii=False)


class RequestLog:
    """One line and one count per request; an id per request goes back in ``X-Request-ID``."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = scope["voc_request_id"] = uuid4().hex[:16]
        status = 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                own = [(b"x-request-id", request_id.encode()), (b"x-content-type-options", b"nosniff")]
                message["headers"] = [*message.get("headers", []), *own]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except ClientDisconnect:
            status = CLIENT_LEFT
        except Exception:
            status = 500
            _log.exception("request failed", request_id=request_id, route=_route(scope))
            raise
        finally:
            _note(scope, request_id, status, time.perf_counter() - started)


def _note(scope: Scope, request_id: str, status: int, seconds: float) -> None:
    route = _route(scope)
    method = scope["method"] if scope["method"] in _METHODS else "OTHER"
    REQUESTS.labels(method, route, str(status)).inc()
    SECONDS.labels(route).observe(seconds)
    ms = round(seconds * 1000, 1)
    _log.info("request", request_id=request_id, method=method, route=route, status=status, ms=ms)


def _route(scope: Scope) -> str:
    return getattr(scope.get("route"), "path", "unmatched")


def _quieten_libraries(level: int) -> None:
    """One handler for all libraries. DBOS brings its own, with tracebacks, unless it finds one."""
    for logger in (logging.getLogger(), logging.getLogger("dbos")):
        for handler in [h for h in logger.handlers if h.name == _HANDLER_NAME]:
            logger.removeHandler(handler)
        own = logging.StreamHandler(_Stderr())  # type: ignore[arg-type]
        own.name = _HANDLER_NAME
        own.setFormatter(QuietFormatter())
        logger.addHandler(own)
    logging.getLogger().setLevel(level)
    logging.getLogger("dbos").propagate = False


def _without_message(logger: Any, method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Type and innermost place of an exception; its message could hold text of customers."""
    if event.pop("exc_info", None):
        kind, _, trace = sys.exc_info()
        event.update(_kind_and_place(kind, trace))
    return event


def _kind_and_place(kind: type[BaseException] | None, trace: TracebackType | None) -> dict[str, str | None]:
    found: dict[str, str | None] = {"exception": kind.__name__ if kind else None}
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is not None:
        found["place"] = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
    return found


class _Stderr:
    """Standard error as it is at the time of writing."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()
