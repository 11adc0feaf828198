"""Every call is documented: in ``docs/api.md``, in the OpenAPI document and on the page at ``/docs``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from service.api.openapi import operations_of
from service.api.pages import page_of
from service.api.reference import reference_of
from service.api.routes import build_api

DOCS = Path(__file__).parents[2] / "docs" / "api.md"
PUBLIC = {("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/metrics")}
PROMISED = {
    ("POST", "/v1/analyze"),
    ("POST", "/v1/segment"),
    ("POST", "/v1/transcripts"),
    ("POST", "/v1/transcripts:batch"),
    ("GET", "/v1/transcripts"),
    ("GET", "/v1/transcripts/{transcript_id}"),
    ("GET", "/v1/transcripts/{transcript_id}/explanation"),
    ("DELETE", "/v1/transcripts/{transcript_id}"),
    ("GET", "/v1/trends/{measure}"),
    ("GET", "/v1/signals"),
    ("GET", "/v1/changes/{month}"),
    ("GET", "/v1/effects"),
    ("GET", "/v1/drivers"),
    ("GET", "/v1/comparison"),
    ("POST", "/v1/reviews/{month}"),
    ("GET", "/v1/reviews/{name}"),
    ("GET", "/v1/root-causes"),
    ("GET", "/v1/root-causes/events"),
    ("GET", "/v1/root-causes/{root_cause_id}"),
    ("GET", "/v1/root-causes/{root_cause_id}/events"),
    ("POST", "/v1/root-causes/{root_cause_id}:rename"),
    ("POST", "/v1/root-causes/{root_cause_id}:merge"),
    ("POST", "/v1/root-causes/{root_cause_id}:split"),
    ("POST", "/v1/root-causes/{root_cause_id}:retire"),
    ("POST", "/v1/root-causes/{root_cause_id}:restore"),
    ("POST", "/v1/root-causes/{root_cause_id}:undo"),
    ("GET", "/v1/models"),
    ("GET", "/v1/models/{task}"),
    ("GET", "/v1/models/{task}/differences"),
    ("POST", "/v1/models/{task}:train"),
    ("POST", "/v1/models/{task}:promote"),
    ("POST", "/v1/models/{task}:rollback"),
    ("POST", "/v1/models/{task}:shadow"),
    ("GET", "/v1/labels"),
    ("GET", "/v1/labels/queue"),
    ("POST", "/v1/labels"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return build_api().openapi()


def test_the_reference_in_the_repository_is_up_to_date(document: dict[str, Any]) -> None:
    again = "run: python -m service.api.reference > docs/api.md"
    assert DOCS.read_text(encoding="utf-8") == reference_of(document), again


def test_every_promised_call_exists(document: dict[str, Any]) -> None:
    assert {(o.method, o.path) for o in operations_of(document)} >= PROMISED


def test_every_call_says_what_it_does_and_which_scope_it_needs(document: dict[str, Any]) -> None:
    for operation in operations_of(document):
        name = (operation.method, operation.path)
        assert len(operation.text) > 15, name
        assert (operation.scope == "") == (name in PUBLIC), name
        assert operation.statuses, name


def test_every_call_describes_its_errors_as_problems(document: dict[str, Any]) -> None:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            assert "422" not in operation["responses"], (method, path)
            assert list(operation["responses"]["default"]["content"]) == ["application/problem+json"]
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_every_reference_in_the_document_leads_somewhere(document: dict[str, Any]) -> None:
    names = set(re.findall(r"'#/components/schemas/(\w+)'", str(document)))
    assert names and names <= set(document["components"]["schemas"])
    assert document["openapi"].startswith("3.1")
    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"


def test_the_page_shows_every_call_and_needs_nothing_from_elsewhere(document: dict[str, Any]) -> None:
    page = page_of(document)
    for operation in operations_of(document):
        assert operation.path in page
    assert not re.search(r"<script|<link|<img|@import|url\(|https?://", page)
