"""A whole service in this process, asked through its HTTP face."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from service.app import create_app
from service.database import api_keys
from service.settings import load_settings

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
HOST = "http://127.0.0.1:8000"
COMPLAINT = "空调不制冷，修了三次还没修好，我要投诉你们。"


@contextmanager
def service(
    home: Path, *, address: str = "127.0.0.1", raising: bool = True, **settings: Any
) -> Iterator[TestClient]:
    """A client of a service that lives in ``home``, calling from ``address``."""
    app = create_app(load_settings(home=home, **{"sector": "automotive", **settings}))
    client = TestClient(app, HOST, client=(address, 50_000), raise_server_exceptions=raising)
    with client:
        yield client


def post(client: TestClient, external_id: str | None = None, **fields: Any) -> Any:
    """Post one transcript; ``fields`` win."""
    body: dict[str, Any] = {"text": COMPLAINT, "channel": "phone", "occurred_at": "2024-03-05T10:00:00+08:00"}
    if external_id is not None:
        body["external_id"] = external_id
    return client.post("/v1/transcripts", json=body | fields)


def make_key(client: TestClient, *scopes: str, tenant: str = "default") -> tuple[str, str]:
    """Id and secret of a new key."""
    state = client.app.state.voc  # type: ignore[attr-defined]
    with state.database.begin() as connection:
        record, secret = api_keys.create_key(connection, tenant, "test", scopes, state.clock())
    return record.id, secret


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def assert_problem(response: Any, status: int, code: str, *parts: str) -> dict[str, Any]:
    """The one shape of errors; each of ``parts`` stands in its detail."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert {"type", "title", "status", "code", "detail", "instance"} <= set(body)
    assert (body["status"], body["code"]) == (status, code)
    for part in parts:
        assert part in body["detail"], body["detail"]
    return body
