"""A review survives ``kill -9`` of the serving process, on both databases."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

sys.path.append(str(Path(__file__).parents[1] / "e2e"))
from served import served

COMPLAINTS = (
    "空调不制冷，修了三次还没修好",
    "空调一直不制冷，送店检查没查出原因",
    "刹车异响，一踩就吱吱响，店里不给处理",
    "提车才一个月就降价两万，太坑人了",
    "变速箱顿挫，低速换挡很明显",
)


def wait_for_job(client: httpx.Client, job_id: str, *states: str, within: float = 90.0) -> dict[str, Any]:
    until = time.monotonic() + within
    while time.monotonic() < until:
        job: dict[str, Any] = client.get(f"/v1/jobs/{job_id}").json()
        if job["state"] in states:
            return job
        time.sleep(0.01)
    raise AssertionError(f"job is {job['state']}, not {states}, after {within} s")


@pytest.mark.timeout(240)
def test_a_killed_review_is_finished_after_a_restart(database_url: str, tmp_path: Path) -> None:
    lines = [
        orjson.dumps(
            {
                "external_id": f"k-{i}",
                "text": f"{COMPLAINTS[i % 5]}，第{i}次来电。",
                "occurred_at": f"2024-03-{i % 28 + 1:02d}T10:00:00+08:00",
            }
        )
        for i in range(400)
    ]
    with served(tmp_path, database_url=database_url) as server, server.client() as client:
        stored = client.post("/v1/transcripts:batch", content=b"\n".join(lines))
        assert stored.content.count(b'"status":201') == 400
        job_id = client.post("/v1/reviews/2024-03").json()["id"]
        wait_for_job(client, job_id, "running")
        server.process.send_signal(signal.SIGKILL)
        server.process.wait(10)
    with served(tmp_path, database_url=database_url) as server, server.client() as client:
        job = wait_for_job(client, job_id, "done", "failed")
        assert (job["state"], job["result"]["n_transcripts"]) == ("done", 400)
        assert job["result"]["revision"] == 1
        assert "<html" in client.get("/v1/reviews/2024-03.html").text
        assert len(client.get("/v1/jobs").json()["items"]) == 1
