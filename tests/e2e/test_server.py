"""A real server: many callers at once, callers that leave, a server that leaves, and who may reach it."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from served import Served, environment, served

COMPLAINT = "空调不制冷，修了三次还没修好，我要投诉你们。"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("home")) as found:
        yield found


def body_of(external_id: str, **fields: Any) -> dict[str, Any]:
    return {
        "external_id": external_id,
        "text": COMPLAINT,
        "occurred_at": "2024-03-05T10:00:00+08:00",
    } | fields


def post_all(urls: list[str], bodies: list[dict[str, Any]]) -> list[httpx.Response]:
    """All at once, spread over ``urls``."""

    async def main() -> list[httpx.Response]:
        async with httpx.AsyncClient(timeout=60.0, limits=httpx.Limits(max_connections=100)) as client:
            posts = (
                client.post(f"{urls[at % len(urls)]}/v1/transcripts", json=body)
                for at, body in enumerate(bodies)
            )
            return await asyncio.gather(*posts)

    return asyncio.run(main())


def test_fifty_posts_of_one_id_at_once_store_it_once(server: Served) -> None:
    answers = post_all([server.url], [body_of("same-1", product="并发")] * 50)
    assert Counter(answer.status_code for answer in answers) == {201: 1, 200: 49}
    assert len({answer.json()["id"] for answer in answers}) == 1
    with server.client() as client:
        assert len(client.get("/v1/transcripts", params={"product": "并发"}).json()["items"]) == 1


def test_fifty_different_posts_at_once_each_get_their_own_answer(server: Served) -> None:
    bodies = [body_of(f"own-{i}", text=f"第{i}次投诉，空调不制冷") for i in range(50)]
    answers = post_all([server.url], bodies)
    assert {answer.status_code for answer in answers} == {201}
    for body, answer in zip(bodies, answers, strict=True):
        assert (answer.json()["external_id"], answer.json()["text"]) == (body["external_id"], body["text"])


def test_callers_that_leave_take_nothing_from_the_others(server: Served) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    raw = json.dumps(body_of("left-1")).encode()
    head = f"POST /v1/transcripts HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(raw)}\r\n\r\n".encode()
    for sent in (head, head + raw[:20], head + raw) * 5:
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(sent)
    answers = post_all([server.url], [body_of(f"stay-{i}") for i in range(20)])
    assert {answer.status_code for answer in answers} == {201}
    assert "request failed" not in server.log.read_text()


def test_a_large_body_is_refused_with_a_problem(server: Served) -> None:
    with server.client() as client:
        answer = client.post("/v1/transcripts", content=b"x" * (10 * 1024 * 1024 + 1))
        assert answer.status_code == 413
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == "limit_exceeded"
        assert client.get("/healthz").status_code == 200


def test_the_reference_is_served_without_the_internet(server: Served) -> None:
    with server.client() as client:
        page = client.get("/docs")
        assert page.headers["content-type"].startswith("text/html")
        assert "/v1/transcripts:batch" in page.text
        assert not re.search(r"https?://", page.text)
        assert client.get("/openapi.json").json()["openapi"].startswith("3.1")


def test_metrics_count_routes_and_show_no_text(server: Served) -> None:
    with server.client() as client:
        client.post("/v1/transcripts", json=body_of("metrics-1", text="绝密客户原话"))
        client.request("BREW", "/v1/transcripts/绝密")
        metrics = client.get("/metrics").text
    assert 'route="/v1/transcripts",status="201"' in metrics
    assert "绝密" not in metrics and "metrics-1" not in metrics and "BREW" not in metrics


def test_two_servers_on_one_database_store_each_id_once(tmp_path: Path) -> None:
    with served(tmp_path) as one, served(tmp_path) as two:
        bodies = [body_of(f"two-{i // 4}") for i in range(40)]
        answers = post_all([one.url, two.url], bodies)
        assert Counter(answer.status_code for answer in answers) == {201: 10, 200: 30}
        with two.client() as client:
            assert len(client.get("/v1/transcripts").json()["items"]) == 10


def test_a_server_told_to_leave_finishes_what_it_has(tmp_path: Path) -> None:
    answers: list[httpx.Response] = []
    with served(tmp_path) as server:
        bodies = [body_of(f"late-{i}", text=COMPLAINT * 40) for i in range(30)]
        posting = threading.Thread(target=lambda: answers.extend(post_all([server.url], bodies)))
        posting.start()
        until = time.monotonic() + 20
        while "/v1/transcripts" not in server.log.read_text() and time.monotonic() < until:
            time.sleep(0.01)
        server.process.send_signal(signal.SIGTERM)
        posting.join(30)
        assert server.process.wait(30) in (0, -signal.SIGTERM)
    assert {answer.status_code for answer in answers} == {201}
    with served(tmp_path) as server, server.client() as client:
        found = client.get("/v1/transcripts", params={"limit": 200}).json()["items"]
    assert {item["id"] for item in found} == {answer.json()["id"] for answer in answers}


def test_a_server_that_others_could_reach_refuses_to_start_without_a_key(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "service", "serve", "--host", "0.0.0.0", "--port", "0"]
    refused = subprocess.run(
        command,
        env=environment(tmp_path),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert refused.returncode == 2
    assert "voc keys create" in refused.stderr and refused.stdout == ""


def test_with_a_key_it_starts_and_asks_for_it(tmp_path: Path) -> None:
    create = [sys.executable, "-m", "service", "keys", "create", "test", "--scope", "read", "--json"]
    made = subprocess.run(
        create,
        env=environment(tmp_path),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    secret = json.loads(made.stdout)["key"]
    with served(tmp_path, host="0.0.0.0") as server, server.client() as client:
        assert client.get("/v1/transcripts").status_code == 401
        assert client.get("/v1/transcripts", headers={"X-API-Key": secret}).status_code == 200
        assert secret not in server.log.read_text()
