"""HTTP status of every error class, and the one body that errors have (RFC 9457)."""

from __future__ import annotations

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
    errors.AccessError: 401,
    errors.ScopeError: 403,
    errors.ArtifactError: 500,
    errors.StorageError: 503,
    errors.JobError: 500,
    errors.SetupError: 500,
    errors.MissingExtraError: 501,
}
PROBLEM_TYPE = "application/problem+json"
_RETRY_SECONDS = "2"


def problem(
    error: errors.VocError, *, language: str = "zh", instance: str | None = None
) -> tuple[int, dict[str, Any]]:
    """Status and body of one error; in a batch answer the body stands alone."""
    status = STATUS[type(error)]
    body: dict[str, Any] = {
        "type": f"urn:voc:error:{error.code}",
        "title": type(error).__name__,
        "status": status,
        "code": error.code,
        "detail": error.message(language),
    }
    if instance:
        body["instance"] = instance
    return status, body


def install_error_handlers(app: FastAPI, *, language: str) -> None:
    """Every error path of ``app`` answers with a problem body."""

    def answer(request: Request, error: errors.VocError, status: int | None = None) -> JSONResponse:
        code, body = problem(error, language=_wanted(request, language), instance=request.url.path)
        if status is not None:
            code = body["status"] = status
        headers = {}
        if code == 401:
            headers["WWW-Authenticate"] = "Bearer"
        if code == 503:
            headers["Retry-After"] = _RETRY_SECONDS
        return JSONResponse(body, status_code=code, media_type=PROBLEM_TYPE, headers=headers)

    @app.exception_handler(errors.VocError)
    async def known(request: Request, error: errors.VocError) -> JSONResponse:
        return answer(request, error)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"] if part not in ("body", "query", "path"))
        return answer(
            request,
            errors.FieldError(field=place or "body", reason=first["msg"], reason_en=first["msg"]),
        )

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> JSONResponse:
        missing = errors.NotFoundError(what="页面或接口", key=request.url.path)
        if error.status_code == 404:
            return answer(request, missing)
        detail = f"{error.detail}（{request.method} {request.url.path}）"
        return answer(request, errors.InputError(detail=detail), error.status_code)

    @app.exception_handler(Exception)
    async def unknown(request: Request, error: Exception) -> JSONResponse:
        hint = "内部错误，已记录；请稍后原样重试 / internal error, logged; send the same again later"
        return answer(request, errors.VocError(detail=hint), 500)


def _wanted(request: Request, default: str) -> str:
    accepted = request.headers.get("accept-language", "")
    if accepted.startswith("en"):
        return "en"
    return "zh" if accepted.startswith("zh") else default
