"""``/v1/transcripts``: stored once, refused clearly, found, read, removed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from api_service import COMPLAINT, assert_problem, post, service
from starlette.testclient import TestClient


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with service(tmp_path_factory.mktemp("home"), max_body_bytes=200_000, max_text_chars=5_000) as found:
        yield found


def n_stored(client: TestClient, **wanted: str) -> int:
    return len(client.get("/v1/transcripts", params=wanted | {"limit": 200}).json()["items"])


def test_a_transcript_is_stored_once_and_never_overwritten(client: TestClient) -> None:
    first = post(client, "once-1")
    again = post(client, "once-1")
    other = post(client, "once-1", text="退款一直没到账。")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.headers["location"] == f"/v1/transcripts/{first.json()['id']}"
    assert_problem(other, 409, "content_conflict", "once-1")
    assert client.get(first.headers["location"]).json()["text"] == COMPLAINT


def test_the_answer_carries_the_whole_analysis_with_exact_spans(client: TestClient) -> None:
    body = post(client, "spans-1").json()
    analysis, text = body["analysis"], body["text"]
    assert {"language", "script", "tokens", "sentiment", "categories", "opinions", "pii", "models"} <= set(
        analysis
    )
    assert [text[t["start"] : t["end"]] for t in analysis["tokens"]] == [
        t["text"] for t in analysis["tokens"]
    ]
    assert analysis["categories"] and all(0 <= c["score"] <= 1 for c in analysis["categories"])
    spans = [span for c in analysis["categories"] for span in c["spans"]]
    assert spans and all(0 <= start < end <= len(text) for start, end in spans)


def test_personal_data_is_masked_in_all_that_comes_back(client: TestClient) -> None:
    number = "13812345678"
    response = post(
        client, "pii-1", text=f"我的电话是{number}，空调不制冷。", customer_id=number, agent_id=number
    )
    found = client.get("/v1/transcripts", params={"external_id": "pii-1"})
    assert response.status_code == 201
    assert number not in response.text and number not in found.text
    assert "[手机]" in response.json()["text"]


def test_an_idempotency_key_stores_a_transcript_without_an_id_once(client: TestClient) -> None:
    body = {"text": "第一次，空调不制冷", "product": "idem-a"}
    send = {"Idempotency-Key": "key-a"}
    first = client.post("/v1/transcripts", json=body, headers=send)
    again = client.post("/v1/transcripts", json=body, headers=send)
    other = client.post("/v1/transcripts", json=body | {"text": "别的内容"}, headers=send)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert_problem(other, 409, "idempotency_conflict", "key-a")
    assert n_stored(client, product="idem-a") == 1


def test_an_idempotency_key_with_another_external_id_is_refused(client: TestClient) -> None:
    send = {"Idempotency-Key": "key-b"}
    body = {"text": COMPLAINT, "product": "idem-b"}
    first = client.post("/v1/transcripts", json=body | {"external_id": "b1"}, headers=send)
    again = client.post("/v1/transcripts", json=body | {"external_id": "b1"}, headers=send)
    other = client.post("/v1/transcripts", json=body | {"external_id": "b2"}, headers=send)
    assert (first.status_code, again.status_code) == (201, 200)
    assert_problem(other, 409, "idempotency_conflict", "key-b")
    assert n_stored(client, product="idem-b") == 1


def test_without_an_id_the_content_and_time_tell_contacts_apart(client: TestClient) -> None:
    def send(**fields: Any) -> Any:
        return client.post("/v1/transcripts", json={"text": COMPLAINT, "product": "noid"} | fields)

    timed = {"occurred_at": "2024-03-05T10:00:00+08:00"}
    assert [send(**timed).status_code, send(**timed).status_code] == [201, 200]
    assert send(occurred_at="2024-03-05T10:00:01+08:00").status_code == 201
    assert [send().status_code, send().status_code] == [201, 201]
    assert n_stored(client, product="noid") == 4


def test_speaker_marks_in_a_text_become_turns(client: TestClient) -> None:
    text = "坐席：您好，请问有什么可以帮您？\n客户：空调不制冷。\n坐席：好的，给您登记。"
    body = post(client, "marks-1", text=text).json()
    assert [(t["speaker"], t["text"]) for t in body["turns"]] == [
        ("agent", "您好，请问有什么可以帮您？"),
        ("customer", "空调不制冷。"),
        ("agent", "好的，给您登记。"),
    ]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", "body"),
        (b"{", "body"),
        (b"[1, 2]", "body"),
        (b'"text"', "body"),
        (b'{"text": "\xff\xfe"}', "body"),
        (b'{"text": "\\ud800"}', "body"),
        (b'{"text": "abc\\u0000def"}', "text"),
        (b'{"turns": [{"speaker": "customer", "text": "a\\u0000"}]}', "turns[0].text"),
        (b'{"text": "abc", "product": "\\u0000"}', "product"),
        (b'{"a":' * 5_000, "body"),
        (b'{"text": "abc", "scores": ' + b"[" * 900 + b"]" * 900 + b"}", "scores"),
        (b'{"text": "abc", "scores": {"nps": "inf"}}', "scores"),
        (b'{"text": "abc", "scores": {"nps": 1e999}}', "body"),
        (b'{"turns": "abc"}', "turns"),
        (b'{"turns": {"a": 1}}', "turns"),
        (b'{"turns": [7]}', "turns[0]"),
        (b'{"turns": [{"speaker": "dog", "text": "abc"}]}', "turns[0].speaker"),
        (b'{"turns": [{"speaker": "customer", "text": "a", "start_ms": 1e300}]}', "turns[0].start_ms"),
        (b'{"turns": [{"speaker": "customer", "text": "a", "start_ms": "x"}]}', "turns[0].start_ms"),
        (b'{"text": "abc", "occurred_at": "2099-01-01T00:00:00+08:00"}', "occurred_at"),
        (b'{"text": "abc", "occurred_at": "9999-12-31T23:59:59-12:00"}', "occurred_at"),
        (b'{"text": "abc", "occurred_at": "0001-01-01T00:00:00+14:00"}', "occurred_at"),
        (b'{"text": "abc", "occurred_at": "yesterday"}', "occurred_at"),
        (b'{"text": "abc", "occurred_at": {"a": 1}}', "occurred_at"),
        (b'{"text": "abc", "external_id": "' + b"x" * 600 + b'"}', "external_id"),
    ],
)
def test_bad_input_is_refused_by_the_name_of_the_field(client: TestClient, body: bytes, field: str) -> None:
    problem = assert_problem(client.post("/v1/transcripts", content=body), 422, "field_invalid")
    assert problem["field"] == field


@pytest.mark.parametrize(
    "body", ['{"text": "  "}', "{}", '{"turns": []}', '{"turns": [{"speaker": "agent", "text": ""}]}']
)
def test_an_empty_transcript_is_refused(client: TestClient, body: str) -> None:
    assert_problem(client.post("/v1/transcripts", content=body), 422, "text_invalid", "为空")


def test_limits_are_answered_with_the_limit(client: TestClient) -> None:
    long_text = client.post("/v1/transcripts", json={"text": "长" * 5_001})
    assert_problem(long_text, 413, "limit_exceeded", "5001", "5000")
    big = client.post("/v1/transcripts", content=b"x" * 200_001)
    assert_problem(big, 413, "limit_exceeded", "200001", "200000")


@pytest.mark.parametrize("path", ["/v1/transcripts", "/v1/transcripts:batch", "/v1/analyze", "/v1/segment"])
def test_a_body_that_does_not_say_its_length_is_limited_too(client: TestClient, path: str) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(30):
            yield b"x" * 10_000

    assert_problem(client.post(path, content=chunks()), 413, "limit_exceeded", "200000")


def test_messages_come_in_the_language_that_is_asked_for(client: TestClient) -> None:
    chinese = client.post("/v1/transcripts", content=b"{")
    english = client.post("/v1/transcripts", content=b"{", headers={"Accept-Language": "en-GB,en"})
    assert "请求体" in client.post("/v1/transcripts", content=b"").json()["detail"]
    assert "字段" in chinese.json()["detail"]
    assert english.json()["detail"].startswith("Field body: not valid UTF-8 JSON")


def test_a_byte_order_mark_and_a_text_plain_body_are_read(client: TestClient) -> None:
    body = b"\xef\xbb\xbf" + orjson.dumps({"text": COMPLAINT, "external_id": "bom-1"})
    assert (
        client.post("/v1/transcripts", content=body, headers={"Content-Type": "text/plain"}).status_code
        == 201
    )


def test_a_removed_transcript_is_gone_and_leaves_the_trends_right(client: TestClient) -> None:
    def contacts() -> list[tuple[str, int]]:
        wanted = {"from": "2024-06-01", "to": "2024-07-01"}
        points = client.get("/v1/trends/contacts", params=wanted).json()["points"]
        return [(point["period"], point["n"]) for point in points]

    kept = post(client, "gone-1", occurred_at="2024-06-03T10:00:00+08:00").json()["id"]
    removed = post(client, "gone-2", occurred_at="2024-06-04T10:00:00+08:00").json()["id"]
    assert contacts() == [("2024-06", 2)]
    assert client.delete(f"/v1/transcripts/{removed}").status_code == 204
    assert contacts() == [("2024-06", 1)]
    assert_problem(client.get(f"/v1/transcripts/{removed}"), 404, "not_found", removed)
    assert_problem(client.delete(f"/v1/transcripts/{removed}"), 404, "not_found")
    assert client.get(f"/v1/transcripts/{kept}").status_code == 200
    assert post(client, "gone-2", occurred_at="2024-06-04T10:00:00+08:00").status_code == 201


def test_every_filter_narrows_the_search(client: TestClient) -> None:
    mine = {"product": "筛选S7", "region": "华东"}
    complaint = post(client, "f-1", channel="chat", **mine, occurred_at="2024-05-05T10:00:00+08:00").json()
    thanks = post(
        client, "f-2", text="服务很好，非常满意，谢谢。", **mine, occurred_at="2024-05-06T23:30:00+08:00"
    ).json()
    category = complaint["analysis"]["categories"][0]["id"]

    def found(**wanted: str) -> set[str]:
        query = {"product": "筛选S7"} | wanted
        response = client.get("/v1/transcripts", params=query)
        assert response.status_code == 200, response.text
        return {item["external_id"] for item in response.json()["items"]}

    assert found() == {"f-1", "f-2"}
    assert found(channel="chat") == {"f-1"}
    assert found(region="华东") == {"f-1", "f-2"} and found(region="华南") == set()
    assert found(external_id="f-2") == {"f-2"}
    assert found(sentiment=thanks["analysis"]["sentiment"]["label"]) >= {"f-2"}
    assert "f-1" in found(category=category)
    assert found(category="no.such.category") == set()
    assert found(month="2024-05") == {"f-1", "f-2"} and found(month="2024-04") == set()
    assert found(q="空调") == {"f-1"} and found(q="空调 满意") == set() and found(q="谢谢") == {"f-2"}
    assert found(**{"from": "2024-05-06"}) == {"f-2"}
    assert found(to="2024-05-06") == {"f-1"}
    assert found(**{"from": "2024-05-06T23:00:00+08:00", "to": "2024-05-06T16:00:00Z"}) == {"f-2"}
    assert found(root_cause="none") == set()


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"sentiment": "angry"}, 422, "field_invalid"),
        ({"month": "2024-13"}, 422, "month_invalid"),
        ({"from": "someday"}, 422, "field_invalid"),
        ({"limit": "0"}, 422, "field_invalid"),
        ({"limit": "1000"}, 422, "field_invalid"),
        ({"limit": "many"}, 422, "field_invalid"),
        ({"chanel": "phone"}, 422, "field_invalid"),
        ({"cursor": "nonsense"}, 400, "cursor_invalid"),
        ({"cursor": "W10"}, 400, "cursor_invalid"),
    ],
)
def test_wrong_queries_are_refused(client: TestClient, query: dict[str, str], status: int, code: str) -> None:
    assert_problem(client.get("/v1/transcripts", params=query), status, code)


def test_a_misspelt_filter_names_those_that_there_are(client: TestClient) -> None:
    problem = assert_problem(client.get("/v1/transcripts?chanel=phone"), 422, "field_invalid", "channel")
    assert problem["field"] == "chanel"


def test_paging_gives_each_record_once_while_new_ones_arrive(client: TestClient) -> None:
    start = datetime(2024, 2, 1, tzinfo=UTC)

    def add(name: str, minutes: int) -> str:
        moment = start + timedelta(minutes=minutes)
        return post(client, name, product="页", occurred_at=moment.isoformat()).json()["id"]

    before = {add(f"p-{i}", i // 2) for i in range(11)}  # pairs share a time
    seen: list[str] = []
    cursor: str | None = None
    pages = 0
    while cursor is not None or pages == 0:
        query = {"product": "页", "limit": "3"} | ({"cursor": cursor} if cursor else {})
        page = client.get("/v1/transcripts", params=query).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        add(f"late-{pages}", 3 if pages % 2 else 500)
        pages += 1
    assert len(seen) == len(set(seen))
    assert before <= set(seen)
    assert pages >= 4


def test_what_is_not_there_is_a_404_problem(client: TestClient) -> None:
    assert_problem(client.get("/v1/transcripts/unknown"), 404, "not_found", "unknown")
    assert_problem(client.get("/v1/nothing"), 404, "not_found", "/v1/nothing")
    refused = client.put("/v1/transcripts")
    assert_problem(refused, 405, "input_invalid")
    assert "POST" in refused.headers["allow"]
