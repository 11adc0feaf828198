"""``POST /v1/transcripts:batch``: one line per line, in order; a bad line fails alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from api_service import COMPLAINT, assert_problem, service
from starlette.testclient import TestClient

PATH = "/v1/transcripts:batch"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with service(tmp_path_factory.mktemp("home"), max_batch_items=300) as found:
        yield found


def line(external_id: str, **fields: Any) -> bytes:
    return orjson.dumps({"external_id": external_id, "text": COMPLAINT, "product": "批"} | fields)


def send(client: TestClient, *lines: bytes, **headers: str) -> list[dict[str, Any]]:
    response = client.post(PATH, content=b"\n".join(lines), headers=headers)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("application/x-ndjson")
    return [orjson.loads(answer) for answer in response.content.splitlines()]


def test_each_line_is_answered_in_order_with_its_own_status(client: TestClient) -> None:
    answers = send(
        client,
        line("b-1"),
        b"{broken",
        line("b-2", turns=[{"speaker": "dog", "text": "x"}]),
        line("b-1"),
        line("b-1", text="别的内容，退款不到账"),
        line("b-3", text=" "),
        b'{"text": "\xff"}',
        line("b-4"),
    )
    assert [answer["status"] for answer in answers] == [201, 422, 422, 200, 409, 422, 422, 201]
    assert [answer["index"] for answer in answers] == list(range(8))
    codes = [answer["error"]["code"] if "error" in answer else None for answer in answers]
    assert codes[1:3] == ["field_invalid", "field_invalid"] and codes[4] == "content_conflict"
    assert answers[2]["error"]["field"] == "turns[0].speaker"
    assert answers[0]["id"] == answers[3]["id"] != answers[7]["id"]
    stored = {answer["external_id"] for answer in answers if answer["status"] in (200, 201)}
    assert stored == {"b-1", "b-4"}


def test_blank_lines_are_left_out_but_counted(client: TestClient) -> None:
    answers = send(client, b"", line("bl-1"), b"  \r", line("bl-2") + b"\r", b"")
    assert [(a["index"], a["line"], a["status"]) for a in answers] == [(0, 2, 201), (1, 4, 201)]


def test_many_lines_are_streamed_in_order_and_stored_once(client: TestClient) -> None:
    lines = [line(f"many-{i}", product="多", text=f"第{i}次投诉，空调不制冷") for i in range(150)]
    first, again = send(client, *lines), send(client, *lines)
    assert [answer["external_id"] for answer in first] == [f"many-{i}" for i in range(150)]
    assert {answer["status"] for answer in first} == {201}
    assert {answer["status"] for answer in again} == {200}
    page = client.get("/v1/transcripts", params={"product": "多", "limit": 200}).json()
    assert len(page["items"]) == 150


def test_a_key_makes_lines_without_an_id_repeatable(client: TestClient) -> None:
    lines = [orjson.dumps({"text": f"第{i}句投诉", "product": "键"}) for i in range(3)]
    first = send(client, *lines, **{"Idempotency-Key": "batch-1"})
    again = send(client, *lines, **{"Idempotency-Key": "batch-1"})
    other = send(client, lines[1], **{"Idempotency-Key": "batch-1"})
    assert [a["status"] for a in first + again] == [201] * 3 + [200] * 3
    assert [a["id"] for a in first] == [a["id"] for a in again]
    assert other[0]["status"] == 409 and other[0]["error"]["code"] == "idempotency_conflict"


def test_a_body_of_another_type_is_read_by_its_lines(client: TestClient) -> None:
    assert (
        send(client, b"\xef\xbb\xbf" + line("plain-1"), **{"Content-Type": "text/plain"})[0]["status"] == 201
    )


def test_an_array_in_place_of_lines_is_refused_line_by_line(client: TestClient) -> None:
    answers = send(client, b"[" + line("array-1") + b"]")
    assert answers[0]["error"]["field"] == "body"


def test_too_many_lines_and_no_line_at_all_are_refused_whole(client: TestClient) -> None:
    many = client.post(PATH, content=b"\n".join([b"{}"] * 301))
    assert_problem(many, 413, "limit_exceeded", "301", "300")
    assert_problem(client.post(PATH, content=b"\n \n"), 422, "field_invalid")
