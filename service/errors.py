"""HTTP status of every error class, and the one body that errors have (RFC 9457)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from models.core import errors

STATUS: dict[type[errors.VocError], int] = {
    errors.VocError: 500,
    errors.InputError: 422,
    errors.TextError: 422,
    errors.RowError: 422,
    errors.FileFormatError: 422,
    errors.ColumnError: 422,
    errors.FieldError: 422,
    errors.MonthError: 422,
    errors.PackError: 422,
    errors.CursorError: 400,
    errors.LimitError: 413,
    errors.NotFoundError: 404,
    errors.ConflictError: 409,
    errors.IdempotencyError: 409,
    errors.EditConflictError: 409,
    errors.ReleaseError: 409,
    errors.AccessError: 401,
    errors.ScopeError: 403,
    errors.ArtifactError: 500,
    errors.StorageError: 503,
    errors.JobError: 500,
    errors.DeliveryError: 502,
    errors.SetupError: 500,
    errors.MissingExtraError: 501,
    errors.SystemLibraryError: 501,
}
PROBLEM_TYPE = "application/problem+json"
_RETRY_SECONDS = "2"
_INTERNAL = "内部错误，已记录；请稍后原样重试 / internal error, logged; send the same again later"

_REASONS: Mapping[str, str] = {
    "missing": "缺少此项",
    "literal_error": "应为 {expected} 之一",
    "enum": "应为 {expected} 之一",
    "int_parsing": "应为整数",
    "int_type": "应为整数",
    "bool_parsing": "应为 true 或 false",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "string_type": "应为字符串",
    "string_too_long": "最多 {max_length} 个字符",
    "date_parsing": "应为日期，如 2024-03-05",
    "date_from_datetime_parsing": "应为日期，如 2024-03-05",
    "date_from_datetime_inexact": "应为不带时刻的日期，如 2024-03-05",
}
"""Chinese for what the validation of parameters says, by its type."""


def problem(
    error: Exception, *, language: str = "zh", instance: str | None = None
) -> tuple[int, dict[str, Any]]:
    """Status and body of one error; in a batch answer the body stands alone.

    What is no ``VocError`` says nothing of itself: its message could hold text of customers.
    """
    known = error if isinstance(error, errors.VocError) else errors.VocError(detail=_INTERNAL)
    status = STATUS[type(known)]
    body: dict[str, Any] = {
        "type": f"urn:voc:error:{known.code}",
        "title": type(known).__name__,
        "status": status,
        "code": known.code,
        "detail": known.message(language),
    }
    field = getattr(known, "field", None)
    if field is not None:
        body["field"] = field
    report = getattr(known, "report", None)
    if report is not None:
        body["report"] = report
    if instance:
        body["instance"] = instance
    return status, body


def answer(
    request: Request,
    error: Exception,
    *,
    language: str,
    status: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """The response to a request that failed; ``status`` overrides that of the error."""
    code, body = problem(error, language=wanted_language(request, language), instance=request.url.path)
    if status is not None:
        code = body["status"] = status
    found = dict(headers or {})
    if code == 401:
        found["WWW-Authenticate"] = "Bearer"
    if code == 503:
        found["Retry-After"] = _RETRY_SECONDS
    request_id = request.scope.get("voc_request_id")
    if code >= 500 and request_id:
        body["request_id"] = request_id
    return JSONResponse(body, status_code=code, media_type=PROBLEM_TYPE, headers=found)


def install_error_handlers(app: FastAPI, *, language: str) -> None:
    """Every error path of ``app`` answers with a problem body."""

    @app.exception_handler(errors.VocError)
    async def known(request: Request, error: errors.VocError) -> JSONResponse:
        return answer(request, error, language=language)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        return answer(request, _field_error(error.errors()[0]), language=language)

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> JSONResponse:
        if error.status_code == 404:
            missing = errors.NotFoundError(what="页面或接口", what_en="page or call", key=request.url.path)
            return answer(request, missing, language=language)
        detail = f"{error.detail}（{request.method} {request.url.path}）"
        other = errors.InputError(reason=detail, reason_en=detail)
        return answer(request, other, language=language, status=error.status_code, headers=error.headers)

    @app.exception_handler(Exception)
    async def unknown(request: Request, error: Exception) -> JSONResponse:
        return answer(request, error, language=language)


def _field_error(first: Mapping[str, Any]) -> errors.FieldError:
    place = ".".join(str(part) for part in first["loc"] if part not in ("body", "query", "path", "header"))
    template = _REASONS.get(first["type"])
    reason = template.format(**first.get("ctx", {})) if template else first["msg"]
    return errors.FieldError(field=place or "body", reason=reason, reason_en=first["msg"])


def wanted_language(request: Request, default: str) -> str:
    """``en`` or ``zh``: what ``Accept-Language`` begins with, else ``default``."""
    accepted = request.headers.get("accept-language", "")
    if accepted.startswith("en"):
        return "en"
    return "zh" if accepted.startswith("zh") else default
