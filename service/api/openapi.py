"""The OpenAPI document: FastAPI's, with the errors as this service really answers them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from service.errors import PROBLEM_TYPE

_METHODS = ("get", "post", "put", "patch", "delete")
PROBLEM_SCHEMA: dict[str, Any] = {
    "title": "Problem",
    "description": "RFC 9457. `code` is stable; `detail` says what to do next, in Chinese or English "
    "(`Accept-Language`); `field` names the field that is wrong.",
    "type": "object",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:voc:error:field_invalid"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "field": {"type": "string"},
        "instance": {"type": "string"},
        "request_id": {"type": "string"},
        "report": {"type": "object", "description": "Of `release_refused`: what the release gate found."},
    },
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One call as the document describes it. ``scope`` is empty where no key is needed."""

    method: str
    path: str
    tag: str
    text: str
    scope: str
    parameters: tuple[Mapping[str, Any], ...]
    body: Mapping[str, Any]
    statuses: tuple[str, ...]


def openapi_of(app: FastAPI) -> dict[str, Any]:
    """The document of ``app``, made once."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        document.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
        for unused in ("HTTPValidationError", "ValidationError"):
            document["components"]["schemas"].pop(unused, None)
        for path in document["paths"].values():
            for method in path:
                _describe_errors(path[method])
        app.openapi_schema = document
    return app.openapi_schema


def operations_of(document: Mapping[str, Any]) -> Iterator[Operation]:
    """All calls, in the order of the document."""
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                yield _operation(method, path, item[method])


def _operation(method: str, path: str, given: Mapping[str, Any]) -> Operation:
    content = given.get("requestBody", {}).get("content", {})
    scopes = [scope for entry in given.get("security", ()) for names in entry.values() for scope in names]
    return Operation(
        method=method.upper(),
        path=path,
        tag=(given.get("tags") or ["operations"])[-1],
        text=given.get("description", given.get("summary", "")).strip(),
        scope=scopes[0] if scopes else "",
        parameters=tuple(given.get("parameters", ())),
        body=content,
        statuses=tuple(status for status in given.get("responses", {}) if status != "default"),
    )


def _describe_errors(operation: dict[str, Any]) -> None:
    responses = operation.setdefault("responses", {})
    responses.pop("422", None)
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    responses["default"] = {"description": "A problem.", "content": {PROBLEM_TYPE: schema}}
