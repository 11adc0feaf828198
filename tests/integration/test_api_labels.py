"""``/v1/labels``: corrections count at once and everywhere, and the queue asks for the rest; on both databases."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from api_service import assert_problem, bearer, make_key, post, service
from sqlalchemy import text
from starlette.testclient import TestClient

from service.database import labels
from service.database.rollup import recompute_rollup, rollup_counts

AIRBAG = "气囊和安全带"


@pytest.fixture
def client(database_url: str, tmp_path: Path) -> Iterator[TestClient]:
    with service(tmp_path, database_url=database_url) as found:
        yield found


def stored(client: TestClient, external_id: str = "c-1", **fields: Any) -> str:
    response = post(client, external_id, **fields)
    assert response.status_code == 201, response.text
    found: str = response.json()["id"]
    return found


def analysis_of(client: TestClient, transcript_id: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/v1/transcripts/{transcript_id}").json()["analysis"]
    return found


def label(client: TestClient, transcript_id: str, task: str, value: Any, **more: Any) -> Any:
    return client.post(
        "/v1/labels", json={"transcript_id": transcript_id, "task": task, "label": value, **more}
    )


def counts_are_right(client: TestClient) -> None:
    with client.app.state.voc.database.begin() as connection:  # type: ignore[attr-defined]
        kept = rollup_counts(connection, "default")
        recompute_rollup(connection, "default")
        assert kept == rollup_counts(connection, "default")


def test_a_corrected_sentiment_shows_in_reads_search_trends_and_counts(client: TestClient) -> None:
    transcript_id = stored(client)
    before = analysis_of(client, transcript_id)
    assert before["sentiment"]["label"] == "negative"
    answer = label(client, transcript_id, "sentiment", "positive", analyst="李工", note="反话")
    assert answer.status_code == 201
    body = answer.json()
    assert (body["labels"], body["sentiment"]["source"]) == (["positive"], "analyst")
    assert body["before"]["labels"] == ["negative"]
    after = analysis_of(client, transcript_id)
    assert (after["sentiment"]["label"], after["sentiment"]["score"]) == ("positive", 1.0)
    assert after["machine"]["sentiment"] == before["sentiment"]
    assert after["categories"] == before["categories"]
    found = client.get("/v1/transcripts?sentiment=positive").json()["items"]
    assert [item["id"] for item in found] == [transcript_id]
    query = {"from": "2024-03-01", "to": "2024-04-01", "grain": "month"}
    points = client.get("/v1/trends/negative_rate", params=query).json()["points"]
    assert [point["negative"] for point in points] == [0]
    counts_are_right(client)


def test_a_corrected_category_replaces_the_models_and_the_latest_wins(client: TestClient) -> None:
    transcript_id = stored(client)
    first = label(client, transcript_id, "category", AIRBAG).json()
    assert [item["source"] for item in first["categories"]] == ["analyst"]
    second = label(client, transcript_id, "category", ["售后与维修/维修质量", "attitude"]).json()
    shown = analysis_of(client, transcript_id)["categories"]
    assert [item["id"] for item in shown] == second["labels"]
    assert {item["source"] for item in shown} == {"analyst"} and len(shown) == 2
    found = client.get("/v1/transcripts", params={"category": first["labels"][0]}).json()["items"]
    assert found == []
    history = client.get("/v1/labels", params={"transcript_id": transcript_id}).json()["items"]
    assert [item["in_force"] for item in history] == [True, False]
    counts_are_right(client)


def test_a_label_that_is_taken_back_leaves_what_the_models_said(client: TestClient) -> None:
    transcript_id = stored(client)
    before = analysis_of(client, transcript_id)
    label(client, transcript_id, "sentiment", "neutral")
    label(client, transcript_id, "category", AIRBAG)
    label(client, transcript_id, "sentiment", "positive", clause=0)
    for more in ({"task": "sentiment"}, {"task": "category"}, {"task": "sentiment", "clause": 0}):
        assert label(client, transcript_id, value=None, **more).status_code == 201
    assert analysis_of(client, transcript_id) == before
    assert client.get("/v1/labels?in_force=true").json()["items"] == []
    assert len(client.get("/v1/labels").json()["items"]) == 6
    counts_are_right(client)


def test_a_label_of_a_clause_corrects_that_clause_and_joins_the_categories(client: TestClient) -> None:
    transcript_id = stored(client)
    before = analysis_of(client, transcript_id)
    first = before["clauses"][0]
    span = [first["start"], first["end"]]
    answer = label(client, transcript_id, "category", AIRBAG, span=span).json()
    after = analysis_of(client, transcript_id)
    assert after["clauses"][0]["category"] == answer["labels"][0] != first.get("category")
    assert after["clauses"][1:] == before["clauses"][1:]
    assert after["categories"][0]["spans"] == [span]
    assert after["categories"][1:] == before["categories"]


def test_each_item_of_a_list_is_answered_and_a_bad_one_fails_no_other(client: TestClient) -> None:
    transcript_id = stored(client)
    good = {"transcript_id": transcript_id, "task": "sentiment", "label": "负面"}
    items = [
        good,
        {**good, "transcript_id": "nowhere"},
        {**good, "task": "category", "label": "气囊安全带"},
        {**good, "label": "angry"},
        {**good, "task": "weather"},
        {**good, "span": [5, 2]},
        {**good, "span": [0, 100_000]},
        {**good, "clause": 99},
        {**good, "colour": "red"},
        "no object",
        {**good, "label": "neutral"},
    ]
    response = client.post("/v1/labels", json=items)
    assert response.status_code == 200
    answers = response.json()["items"]
    assert [a["status"] for a in answers] == [201, 404] + [422] * 8 + [201]
    assert AIRBAG in answers[2]["error"]["detail"], "the nearest known name is said"
    fields = [a["error"].get("field") for a in answers[2:10]]
    assert fields == ["label", "label", "task", "span", "span", "clause", "colour", "body"]
    assert analysis_of(client, transcript_id)["sentiment"]["label"] == "neutral"
    assert_problem(client.post("/v1/labels", json=items[1]), 404, "not_found", "nowhere")
    assert_problem(client.post("/v1/labels", json=[]), 422, "field_invalid")


def test_the_same_key_counts_once_and_belongs_to_one_body(client: TestClient) -> None:
    transcript_id = stored(client)
    send = {"Idempotency-Key": "k-1"}
    body = {"transcript_id": transcript_id, "task": "sentiment", "label": "positive"}
    first = client.post("/v1/labels", json=body, headers=send)
    again = client.post("/v1/labels", json=body, headers=send)
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert len(client.get("/v1/labels").json()["items"]) == 1
    other = client.post("/v1/labels", json={**body, "label": "neutral"}, headers=send)
    assert_problem(other, 409, "idempotency_conflict", "k-1")


def test_the_list_is_paged_newest_first(client: TestClient) -> None:
    transcript_id = stored(client)
    made = [
        label(client, transcript_id, "sentiment", value).json()["id"]
        for value in ("positive", "neutral", "negative", "positive", "neutral")
    ]
    seen: list[str] = []
    cursor: str | None = None
    while cursor is not None or not seen:
        query = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = client.get("/v1/labels", params=query).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert seen == made[::-1]
    assert_problem(client.get("/v1/labels?cursor=nonsense"), 400, "cursor_invalid")


def test_what_an_analyst_writes_is_masked_before_it_is_stored(client: TestClient) -> None:
    transcript_id = stored(client)
    number = "13812345678"
    answer = label(client, transcript_id, "sentiment", "neutral", note=f"已回电{number}", analyst=number)
    assert number not in answer.text and "[手机]" in answer.json()["note"]
    keyed = {"Idempotency-Key": "masked"}
    bad = [
        {"transcript_id": number, "task": "category", "label": number},
        {"transcript_id": transcript_id, "task": "category", "label": f"类别{number}"},
    ]
    assert number not in client.post("/v1/labels", json=bad, headers=keyed).text
    with client.app.state.voc.database.read() as connection:  # type: ignore[attr-defined]
        rows = [
            row
            for table in ("analyst_label", "idempotency", "analysis")
            for row in connection.execute(text(f"SELECT * FROM {table}"))
        ]
    assert not any(number in str(row) for row in rows)


def test_labels_go_with_their_transcript_and_stay_with_their_tenant(client: TestClient) -> None:
    kept, gone = stored(client, "a"), stored(client, "b")
    label(client, kept, "sentiment", "neutral")
    label(client, gone, "sentiment", "neutral")
    _, other = make_key(client, "analyst", "read", tenant="other")
    _, own = make_key(client, "admin")
    foreign = {"transcript_id": kept, "task": "sentiment", "label": "positive"}
    assert_problem(client.post("/v1/labels", json=foreign, headers=bearer(other)), 404, "not_found")
    assert client.get("/v1/labels", headers=bearer(other)).json()["items"] == []
    assert client.delete(f"/v1/transcripts/{gone}", headers=bearer(own)).status_code == 204
    listed = client.get("/v1/labels", headers=bearer(own)).json()["items"]
    assert [item["transcript_id"] for item in listed] == [kept]


def test_only_an_analyst_may_label(client: TestClient) -> None:
    _, reader = make_key(client, "read")
    body = {"transcript_id": "x", "task": "sentiment", "label": "neutral"}
    assert_problem(client.post("/v1/labels", json=body, headers=bearer(reader)), 403, "forbidden")


def test_the_labels_in_force_of_many_transcripts_are_read_at_once(client: TestClient) -> None:
    one, other = stored(client, "a"), stored(client, "b")
    label(client, one, "sentiment", "neutral")
    label(client, one, "sentiment", "positive")
    label(client, one, "category", AIRBAG)
    label(client, one, "category", None)
    label(client, other, "category", AIRBAG)
    with client.app.state.voc.database.read() as connection:  # type: ignore[attr-defined]
        found = labels.labels_of(connection, "default", [one, other])
    assert [(r.transcript_id, r.task) for r in found] == [(one, "sentiment"), (other, "category")]
    assert found[0].labels == ("positive",)


def test_analysts_who_label_the_same_transcripts_at_once_do_not_block_each_other(client: TestClient) -> None:
    ids = [stored(client, f"t-{i}") for i in range(6)]
    statuses: list[int] = []

    def send(order: list[str], value: str) -> None:
        for _ in range(5):
            items = [{"transcript_id": id_, "task": "sentiment", "label": value} for id_ in order]
            answer = client.post("/v1/labels", json=items)
            statuses.extend(item["status"] for item in answer.json()["items"])

    threads = [
        threading.Thread(target=send, args=(order, value))
        for order, value in ((ids, "positive"), (ids[::-1], "neutral"), (ids, "negative"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [201] * 90
    in_force = client.get("/v1/labels?in_force=true&limit=200").json()["items"]
    assert sorted(item["transcript_id"] for item in in_force) == sorted(ids)
    for item in in_force:
        shown = analysis_of(client, item["transcript_id"])["sentiment"]["label"]
        assert [shown] == item["labels"]
    counts_are_right(client)


def test_the_queue_asks_the_least_certain_first_and_never_what_is_labelled(client: TestClient) -> None:
    texts = (
        "空调不制冷，修了三次还没修好。",
        "还行吧，等了半天，态度倒是可以。",
        "非常满意，谢谢你们。",
        "你好，我想问一下保养要多少钱。",
        "刹车异响，店里不给处理，太差了。",
    )
    ids = [
        stored(client, f"q-{i}", text=words, channel=("phone", "chat")[i % 2])
        for i, words in enumerate(texts)
    ]
    body = client.get("/v1/labels/queue?task=sentiment&n=10").json()
    asked = body["items"]
    assert {item["transcript_id"] for item in asked} == set(ids)
    certain = [item["certainty"] for item in asked]
    assert certain == sorted(certain)
    assert all("判为" in item["why"] for item in asked)
    assert client.get("/v1/labels/queue?task=sentiment&n=10").json() == body
    first = asked[0]["transcript_id"]
    label(client, first, "sentiment", "neutral")
    again = client.get("/v1/labels/queue?task=sentiment&n=10").json()["items"]
    assert [item["transcript_id"] for item in again] == [item["transcript_id"] for item in asked[1:]]
    label(client, first, "sentiment", None)
    assert len(client.get("/v1/labels/queue?n=10").json()["items"]) == 5, "taken back, so asked again"
    category = client.get("/v1/labels/queue?task=category&n=10").json()["items"]
    assert {item["transcript_id"] for item in category} == set(ids)


def test_a_diverse_queue_asks_for_other_texts_channels_and_once_per_text(client: TestClient) -> None:
    for i in range(6):
        stored(client, f"same-{i}", text="空调不制冷，修了三次还没修好，我要投诉你们。")
    other = stored(client, "other", text="提车才一个月就降价两万，销售当初承诺不降价。", channel="chat")
    for strategy in ("diverse", "uncertain"):
        found = client.get(f"/v1/labels/queue?task=category&n=5&strategy={strategy}").json()["items"]
        assert len(found) == 2, "near-duplicates are asked once"
        assert other in {item["transcript_id"] for item in found}


def test_a_queue_of_contradictions_says_what_contradicts(client: TestClient) -> None:
    stored(client, "plain", text="非常满意，谢谢你们。")
    mixed = stored(
        client, "mixed", text="服务态度很好，非常满意，谢谢。就是空调一直不制冷，太差了，坑人，再也不来了。"
    )
    found = client.get("/v1/labels/queue?strategy=disagree").json()["items"]
    assert [item["transcript_id"] for item in found] == [mixed]
    assert "相反" in found[0]["why"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_wrong_questions_to_the_queue_are_refused(client: TestClient) -> None:
    assert_problem(client.get("/v1/labels/queue?task=weather"), 422, "field_invalid", "sentiment")
    assert_problem(client.get("/v1/labels/queue?strategy=best"), 422, "field_invalid", "uncertain")
    assert_problem(client.get("/v1/labels/queue?n=0"), 422, "field_invalid")
