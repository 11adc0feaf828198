"""Who may do what: keys, scopes, tenants, and callers without a key."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from api_service import COMPLAINT, assert_problem, bearer, make_key, post, service
from starlette.testclient import TestClient

from service.api.openapi import operations_of
from service.database import api_keys
from service.database.engine import Database

EXAMPLES = {"{transcript_id}": "x", "{measure}": "contacts", "{month}": "2024-03", "{name}": "2024-03"}
RANK = {
    "ingest": {"ingest", "admin"},
    "read": {"read", "admin"},
    "analyst": {"analyst", "admin"},
    "admin": {"admin"},
}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with service(tmp_path) as found:
        yield found


def example_path(path: str) -> str:
    for name, value in EXAMPLES.items():
        path = path.replace(name, value)
    return path.replace("{root_cause_id}", "x").replace("{job_id}", "x")


def test_with_a_key_every_call_of_the_api_needs_its_scope(client: TestClient) -> None:
    keys = {scope: make_key(client, scope)[1] for scope in RANK}
    operations = list(operations_of(client.app.openapi()))  # type: ignore[attr-defined]
    assert len(operations) > 15
    for operation in operations:
        path = example_path(operation.path)
        bare = client.request(operation.method, path)
        if not operation.scope:
            assert bare.status_code == 200, path
            continue
        assert_problem(bare, 401, "unauthorized")
        assert bare.headers["www-authenticate"] == "Bearer"
        assert client.request(operation.method, path, headers=bearer("voc_wrong")).status_code == 401
        for scope, secret in keys.items():
            status = client.request(operation.method, path, headers=bearer(secret)).status_code
            assert (status == 403) == (scope not in RANK[operation.scope]), (operation, scope, status)


def test_without_any_key_this_machine_may_do_everything(client: TestClient) -> None:
    assert post(client, "local-1").status_code == 201
    assert client.get("/docs").status_code == client.get("/openapi.json").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [{"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Origin": "null"}],
    ids=["rebound name", "other origin", "opaque origin"],
)
def test_a_page_of_another_site_is_not_this_machine(client: TestClient, headers: dict[str, str]) -> None:
    assert_problem(client.get("/v1/transcripts", headers=headers), 401, "unauthorized", "voc keys create")


@pytest.mark.parametrize("origin", ["http://127.0.0.1:8000", "http://localhost:3000", "http://[::1]:8000"])
def test_a_page_of_this_machine_is(client: TestClient, origin: str) -> None:
    assert client.get("/v1/transcripts", headers={"Origin": origin}).status_code == 200


@pytest.mark.parametrize("address", ["10.0.0.7", "testclient", "::ffff:10.0.0.7"])
def test_without_any_key_other_machines_may_do_nothing(tmp_path: Path, address: str) -> None:
    with service(tmp_path, address=address) as client:
        assert_problem(client.get("/v1/transcripts"), 401, "unauthorized")
        assert client.get("/healthz").status_code == 200


def test_a_revoked_key_stops_at_once(client: TestClient) -> None:
    make_key(client, "admin")
    key_id, secret = make_key(client, "read")
    assert client.get("/v1/transcripts", headers={"X-API-Key": secret}).status_code == 200
    state = client.app.state.voc  # type: ignore[attr-defined]
    with state.database.begin() as connection:
        api_keys.revoke_key(connection, "default", key_id, state.clock())
    assert client.get("/v1/transcripts", headers={"X-API-Key": secret}).status_code == 401


def test_keys_are_stored_as_digests_and_their_use_is_noted(client: TestClient, tmp_path: Path) -> None:
    key_id, secret = make_key(client, "read")
    client.get("/v1/transcripts", headers=bearer(secret))
    database: Database = client.app.state.voc.database  # type: ignore[attr-defined]
    until = time.monotonic() + 5
    used = None
    while used is None and time.monotonic() < until:
        with database.read() as connection:
            used = next(k for k in api_keys.list_keys(connection, "default") if k.id == key_id).last_used_at
    assert used is not None
    for file in tmp_path.rglob("*"):
        assert not file.is_file() or secret.encode() not in file.read_bytes(), file


def test_tenants_do_not_see_each_other(client: TestClient) -> None:
    one = bearer(make_key(client, "admin", tenant="one")[1])
    two = bearer(make_key(client, "admin", tenant="two")[1])
    body = {"external_id": "t-1", "text": COMPLAINT, "occurred_at": "2024-03-05T10:00:00+08:00"}
    mine = client.post("/v1/transcripts", json=body, headers=one).json()["id"]
    other = client.post("/v1/transcripts", json=body | {"text": "退款不到账"}, headers=two)
    assert other.status_code == 201
    assert client.get(f"/v1/transcripts/{mine}", headers=two).status_code == 404
    assert client.delete(f"/v1/transcripts/{mine}", headers=two).status_code == 404
    found = client.get("/v1/transcripts", headers=two).json()["items"]
    assert [item["text"] for item in found] == ["退款不到账"]
    points = client.get("/v1/trends/contacts?from=2024-03-01&to=2024-04-01", headers=two).json()["points"]
    assert [point["n"] for point in points] == [1]
    job = client.post("/v1/reviews/2024-03", headers=one).json()["id"]
    assert client.get(f"/v1/jobs/{job}", headers=two).status_code == 404
    assert client.get("/v1/jobs", headers=two).json()["items"] == []
