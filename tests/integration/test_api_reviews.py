"""``/v1/reviews`` and ``/v1/jobs``: built behind, read as stored, refused clearly; on both databases."""

from __future__ import annotations

import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from api_service import assert_problem, post, service
from openpyxl import load_workbook
from starlette.testclient import TestClient

COMPLAINTS = (
    "空调不制冷，修了三次还没修好。",
    "空调一直不制冷，送店里检查也没查出原因。",
    "空调吹热风，根本不制冷，太差了。",
    "刹车异响，一踩就吱吱响，店里不给处理。",
    "提车才一个月就降价两万，太坑人了。",
    "服务很好，非常满意。",
)


@pytest.fixture
def client(database_url: str, tmp_path: Path) -> Iterator[TestClient]:
    with service(tmp_path, database_url=database_url) as found:
        yield found


def ended(client: TestClient, job_id: str, *, within: float = 60.0) -> dict[str, Any]:
    until = time.monotonic() + within
    while time.monotonic() < until:
        job = client.get(f"/v1/jobs/{job_id}").json()
        if job["state"] not in ("queued", "running"):
            return job
        time.sleep(0.1)
    raise AssertionError(f"job still {job['state']} after {within} s")


def test_a_review_is_built_behind_and_read_in_every_format(client: TestClient) -> None:
    for i in range(24):
        post(client, f"r-{i}", text=COMPLAINTS[i % 6], occurred_at=f"2024-03-{i % 28 + 1:02d}T10:00:00+08:00")
    assert_problem(client.get("/v1/reviews/2024-03"), 404, "not_found")
    started = client.post("/v1/reviews/2024-03")
    assert started.status_code == 202
    assert started.headers["location"] == f"/v1/jobs/{started.json()['id']}"
    job = ended(client, started.json()["id"])
    assert (job["state"], job["progress"], job["result"]["n_transcripts"]) == ("done", 1.0, 24)
    for kind, link in job["result"]["links"].items():
        response = client.get(link)
        if kind == "pdf" and response.status_code == 501:
            assert_problem(response, 501, "system_library_missing")
            continue
        assert response.status_code == 200, kind
        assert response.content
    assert client.get("/v1/reviews/2024-03").json() == client.get("/v1/reviews/2024-03.json").json()
    assert "<html" in client.get("/v1/reviews/2024-03.html").text
    assert load_workbook(BytesIO(client.get("/v1/reviews/2024-03.xlsx").content)).sheetnames
    assert [item["month"] for item in client.get("/v1/reviews").json()["items"]] == ["2024-03"]
    assert [item["id"] for item in client.get("/v1/jobs?state=done").json()["items"]] == [job["id"]]
    for cause in client.get("/v1/root-causes?month=2024-03").json()["items"]:
        shown = client.get(f"/v1/root-causes/{cause['id']}").json()
        texts = {e["transcript_id"]: e for e in shown["evidence"]}
        for transcript_id, evidence in texts.items():
            text = client.get(f"/v1/transcripts/{transcript_id}").json()["text"]
            assert text[evidence["start"] : evidence["end"]] == evidence["text"]


def test_a_month_without_transcripts_fails_with_the_way_out(client: TestClient) -> None:
    started = client.post("/v1/reviews/2023-01")
    job = ended(client, started.json()["id"])
    assert job["state"] == "failed"
    assert job["error"]["code"] == "field_invalid"
    assert "2023-01" in job["error"]["detail"] and "voc ingest" in job["error"]["detail"]
    assert_problem(client.get("/v1/reviews/2023-01"), 404, "not_found")
    again = client.post("/v1/reviews/2023-01")
    assert again.json()["id"] != job["id"], "a failed job must not stand in the way of the next"


def test_a_key_gives_one_job_and_belongs_to_one_month(client: TestClient) -> None:
    send = {"Idempotency-Key": "march"}
    first = client.post("/v1/reviews/2023-03", headers=send)
    again = client.post("/v1/reviews/2023-03", headers=send)
    assert first.json()["id"] == again.json()["id"]
    assert_problem(client.post("/v1/reviews/2023-04", headers=send), 409, "idempotency_conflict", "march")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_wrong_months_and_formats_are_refused(client: TestClient) -> None:
    for month in ("2024-13", "2024-3", "202403", "march", "2024-00"):
        assert_problem(client.post(f"/v1/reviews/{month}"), 422, "month_invalid", month)
        assert_problem(client.get(f"/v1/reviews/{month}.html"), 422, "month_invalid", month)
        assert_problem(client.get(f"/v1/root-causes?month={month}"), 422, "month_invalid", month)
    assert_problem(client.get("/v1/reviews/2024-03.exe"), 422, "field_invalid", "html", "xlsx")
    assert_problem(client.get("/v1/jobs/unknown"), 404, "not_found", "unknown")
    assert_problem(client.get("/v1/jobs?state=lost"), 422, "field_invalid", "queued")
    assert_problem(client.get("/v1/root-causes/unknown"), 404, "not_found", "unknown")
