"""What goes wrong behind the API: a poisonous item, a locked database, an unforeseen error. And what is logged."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest
from api_service import assert_problem, post, service
from starlette.testclient import TestClient

MARKER = "绝密客户原话"
NUMBER = "13812345678"


class PoisonedMaker:
    """A record maker that cannot analyse texts with the word 毒 in them, as a batch or alone."""

    def __init__(self, maker: Any) -> None:
        self._maker = maker
        self.batches: list[int] = []

    def make(self, transcripts: Sequence[Any], **rest: Any) -> Any:
        self.batches.append(len(transcripts))
        if any("毒" in transcript.text for transcript in transcripts):
            raise ArithmeticError(f"cannot analyse {[t.text for t in transcripts]}")
        return self._maker.make(transcripts, **rest)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._maker, name)


def poison(client: TestClient) -> PoisonedMaker:
    desk = client.app.state.voc.desk  # type: ignore[attr-defined]
    maker = PoisonedMaker(desk.maker)
    object.__setattr__(desk, "maker", maker)
    return maker


def log_lines(capfd: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """Everything that was written to either stream, which must be JSON lines."""
    out, err = capfd.readouterr()
    assert out == ""
    return [json.loads(line) for line in err.splitlines()]


def test_one_poisonous_item_of_a_micro_batch_fails_alone(tmp_path: Path) -> None:
    with service(tmp_path) as client:
        maker = poison(client)
        lines = [{"text": f"第{i}次投诉{'毒' if i == 5 else ''}", "external_id": f"p-{i}"} for i in range(16)]
        body = b"\n".join(orjson.dumps(line) for line in lines)
        response = client.post("/v1/transcripts:batch", content=body)
        answers = [orjson.loads(answer) for answer in response.content.splitlines()]
        assert maker.batches[0] == 16
        assert [a["status"] for a in answers] == [201] * 5 + [500] + [201] * 10
        assert answers[5]["error"]["code"] == "error"
        assert "毒" not in response.text
        assert len(client.get("/v1/transcripts").json()["items"]) == 15


def test_no_text_of_a_customer_is_ever_logged_even_when_things_break(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with service(tmp_path, raising=False, log_level="debug") as client:
        text = f"{MARKER}，我的电话是{NUMBER}"
        assert post(client, "l-1", text=text).status_code == 201
        assert post(client, "l-1", text=text + "。").status_code == 409
        client.post("/v1/transcripts", content=f'{{"text": "{MARKER}"'.encode())
        client.post("/v1/transcripts", json={"turns": [{"speaker": MARKER, "text": text}]})
        client.post("/v1/analyze", json={"texts": [text, "", 7]})
        client.get("/v1/transcripts", params={"q": MARKER, "customer": NUMBER})
        client.get("/v1/transcripts", params={"q": MARKER})
        client.get(f"/v1/{MARKER}/{NUMBER}")
        poison(client)
        broken = post(client, "l-2", text=text + "毒")
        client.post("/v1/transcripts:batch", content=orjson.dumps({"text": text + "毒"}))
        metrics = client.get("/metrics").text
    problem = assert_problem(broken, 500, "error")
    assert MARKER not in broken.text
    lines = log_lines(capfd)
    failed = [line for line in lines if line.get("exception") == "ArithmeticError"]
    assert failed, "the failure itself is logged, with its place"
    assert problem["request_id"] in {line.get("request_id") for line in failed}
    for place in (json.dumps(lines, ensure_ascii=False), metrics):
        assert MARKER not in place and NUMBER not in place and "绝密" not in place


def test_other_libraries_cannot_log_values_either(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    import logging

    with service(tmp_path):
        for name in ("uvicorn.error", "dbos", "sqlalchemy.pool", "anything"):
            try:
                raise ValueError(MARKER)
            except ValueError:
                logging.getLogger(name).exception("it failed with %s\n", MARKER)
        logging.getLogger("anything").error("it failed with %s", MARKER)
    lines = log_lines(capfd)
    assert {"uvicorn.error", "dbos", "sqlalchemy.pool", "anything"} <= {line["event"] for line in lines}
    assert MARKER not in json.dumps(lines, ensure_ascii=False)


def test_a_locked_database_is_a_503_and_the_same_request_then_succeeds_once(tmp_path: Path) -> None:
    with service(tmp_path, busy_timeout_seconds=0.1) as client:
        other = sqlite3.connect(tmp_path / "voc.sqlite3", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        refused = post(client, "locked-1")
        line = orjson.dumps({"text": "空调不制冷", "external_id": "locked-2"})
        in_batch = orjson.loads(client.post("/v1/transcripts:batch", content=line).content)
        other.execute("ROLLBACK")
        assert_problem(refused, 503, "storage_unavailable", "原样重发")
        assert int(refused.headers["retry-after"]) > 0
        assert (in_batch["status"], in_batch["error"]["code"]) == (503, "storage_unavailable")
        assert [post(client, "locked-1").status_code for _ in range(2)] == [201, 200]
        assert len(client.get("/v1/transcripts").json()["items"]) == 1
        points = client.get("/v1/trends/contacts?from=2024-03-01&to=2024-04-01").json()["points"]
        assert [point["n"] for point in points] == [1]
        other.close()


def test_a_database_that_is_gone_makes_the_service_unready(tmp_path: Path) -> None:
    with service(tmp_path) as client:
        assert client.get("/readyz").json()["status"] == "ready"
        state = client.app.state.voc  # type: ignore[attr-defined]
        state.database.close()
        for file in tmp_path.glob("voc.sqlite3*"):
            file.unlink()
        (tmp_path / "voc.sqlite3").mkdir()
        refused = client.get("/readyz")
        (tmp_path / "voc.sqlite3").rmdir()
        assert_problem(refused, 503, "storage_unavailable")
        assert client.get("/healthz").status_code == 200
