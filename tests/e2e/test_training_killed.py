"""A training over HTTP whose server is killed: done once after a restart, and nothing half-made is left."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from served import served

from data.artifacts import Registry
from models.artifact.folder import verify_folder

N_LABELS = 400
BAD = ("空调不制冷", "太差了", "修了三次", "没人处理", "很失望", "坑人")
GOOD = ("很满意", "服务好", "谢谢", "非常快", "态度不错", "推荐")


def post_labels(client: httpx.Client, n: int) -> None:
    lines, labels = [], []
    for i in range(n):
        words, label = (BAD, "negative") if i % 2 else (GOOD, "positive")
        text = f"{words[i % 6]}，{words[(i // 6 + 1) % 6]}，第{i}次来电说{words[(i // 2) % 6]}"
        lines.append(
            orjson.dumps({"text": text, "external_id": f"l-{i}", "occurred_at": "2024-03-05T10:00:00+08:00"})
        )
        labels.append(label)
    answer = client.post("/v1/transcripts:batch", content=b"\n".join(lines))
    ids = [orjson.loads(line)["id"] for line in answer.content.splitlines()]
    items = [
        {"transcript_id": id_, "task": "sentiment", "label": label}
        for id_, label in zip(ids, labels, strict=True)
    ]
    for at in range(0, n, 100):
        answers = client.post("/v1/labels", json=items[at : at + 100]).json()["items"]
        assert {answer["status"] for answer in answers} == {201}


def wait_for_job(client: httpx.Client, job_id: str, *states: str, progress: float = 0.0) -> dict[str, Any]:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        job: dict[str, Any] = client.get(f"/v1/jobs/{job_id}").json()
        if job["state"] in states and job["progress"] >= progress:
            return job
        assert job["state"] in ("queued", "running"), job
        time.sleep(0.005)
    raise AssertionError(f"job is {job['state']} at {job['progress']}")


@pytest.mark.timeout(400)  # two servers start, and the second waits until the first counts as dead
def test_a_training_whose_server_is_killed_is_done_once_after_a_restart(tmp_path: Path) -> None:
    with served(tmp_path) as server, server.client() as client:
        post_labels(client, N_LABELS)
        job_id = client.post("/v1/models/sentiment:train", json={"preset": "fast"}).json()["id"]
        before = wait_for_job(client, job_id, "running", progress=0.05)
        server.process.send_signal(signal.SIGKILL)
        server.process.wait(10)
    rows = tmp_path / "training" / job_id / "rows.jsonl"
    assert before["progress"] < 1 and rows.exists(), "it was killed in the middle"
    registry = Registry(tmp_path)
    assert [entry for entry in registry.versions("sentiment") if not entry.shipped] == []
    with served(tmp_path) as server, server.client() as client:
        job = wait_for_job(client, job_id, "done")
        assert [item["id"] for item in client.get("/v1/jobs?kind=train").json()["items"]] == [job_id]
        made = client.get("/v1/models/sentiment").json()
        own = [version["version"] for version in made["versions"] if not version["shipped"]]
        assert own == [job["result"]["version"]]
        assert [change["kind"] for change in made["history"]] == ["register"]
        assert list((tmp_path / "training").iterdir()) == [], "the rows and the work are gone"
        assert {path.name for path in (tmp_path / "artifacts" / "sentiment").iterdir()} == {
            own[0],
            "history.jsonl",
            ".lock",
        }
    verify_folder(registry.entry("sentiment", own[0]).folder)
