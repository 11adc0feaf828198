"""Why a label: in ``/v1/analyze`` over the text as sent, for stored transcripts over the masked one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from api_service import COMPLAINT, assert_problem, bearer, make_key, post, service
from starlette.testclient import TestClient

PHONE = "13812345678"


@pytest.fixture
def client(database_url: str, tmp_path: Path) -> Iterator[TestClient]:
    with service(tmp_path, database_url=database_url) as found:
        yield found


def stored(client: TestClient, external_id: str, words: str) -> str:
    found: str = post(client, external_id, text=words).json()["id"]
    return found


def label(client: TestClient, transcript_id: str, task: str, value: Any, **more: Any) -> None:
    body = {"transcript_id": transcript_id, "task": task, "label": value, **more}
    assert client.post("/v1/labels", json=body).status_code == 201


def explanation(client: TestClient, transcript_id: str) -> dict[str, Any]:
    response = client.get(f"/v1/transcripts/{transcript_id}/explanation")
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_analysis_is_explained_only_where_asked_for_and_stays_the_same(client: TestClient) -> None:
    text = f"客户：我电话{PHONE}，空調不制冷，修了三次，太差了！"
    plain = client.post("/v1/analyze", json={"texts": [text, ""]}).json()["results"]
    asked = client.post("/v1/analyze", json={"texts": [text, ""], "explain": True}).json()["results"]
    why = asked[0].pop("explanation")
    assert asked == plain and "error" in asked[1]
    assert why["sentiment"]["label"] == plain[0]["sentiment"]["label"] == "negative"
    assert why["models"] == plain[0]["models"]
    clauses = [text[slice(*clause["span"])] for clause in why["sentiment"]["clauses"]]
    assert "太差了" in clauses
    rules = {item["id"]: item["rule"] for item in why["categories"] if item["source"] == "rule"}
    assert [text[slice(*span)] for span in rules["auto.electrical.cooling"]["spans"]] == ["空調不制冷"]
    assert client.post("/v1/analyze", json={"texts": [text], "explain": False}).json()["results"] == plain[:1]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_cannot_be_explained_is_refused(client: TestClient) -> None:
    wrong = client.post("/v1/analyze", json={"texts": ["好"], "explain": "yes"})
    assert_problem(wrong, 422, "field_invalid", "explain")
    assert client.post("/v1/analyze", json={"texts": ["好"] * 101}).status_code == 200
    assert_problem(
        client.post("/v1/analyze", json={"texts": ["好"] * 101, "explain": True}),
        413,
        "limit_exceeded",
        "100",
    )


def test_a_stored_transcript_has_its_reasons_and_the_nearest_labelled_ones(client: TestClient) -> None:
    asked = stored(client, "asked", f"我电话{PHONE}，{COMPLAINT}")
    near = stored(client, "near", "空调不制冷，修了两次都没修好。")
    far = stored(client, "far", "提车才一个月就降价，销售当初承诺不降价。")
    unlabelled = stored(client, "other", "空调还是不制冷，修了三次。")
    label(client, near, "sentiment", "negative", analyst="A-7")
    label(client, near, "category", "气囊和安全带")
    label(client, far, "sentiment", "neutral")
    label(client, asked, "sentiment", "positive", analyst="A-8")
    found = explanation(client, asked)
    text = client.get(f"/v1/transcripts/{asked}").json()["text"]
    assert (found["id"], found["sentiment"]["label"], found["is_current"]) == (asked, "negative", True)
    assert [item["labels"] for item in found["analyst"]] == [["positive"]], "what wins over the models"
    clauses = [text[slice(*clause["span"])] for clause in found["sentiment"]["clauses"]]
    assert clauses and all(clause and clause in COMPLAINT for clause in clauses)
    assert [item["id"] for item in found["nearest"]] == [near, far], "never itself, never unlabelled"
    assert unlabelled not in str(found)
    first = found["nearest"][0]
    assert first["external_id"] == client.get(f"/v1/transcripts/{near}").json()["external_id"]
    assert 0 < first["distance"] < found["nearest"][1]["distance"]
    given = {item["task"]: (item["analyst"], item["span"]) for item in first["labels"]}
    assert given == {"sentiment": ("A-7", None), "category": (None, None)}
    assert explanation(client, asked) == found
    assert PHONE not in str(found)


def test_labels_that_were_taken_back_or_removed_are_no_neighbours(client: TestClient) -> None:
    asked, back, gone = (stored(client, name, f"{COMPLAINT}{name}") for name in ("a", "b", "c"))
    label(client, back, "sentiment", "neutral")
    label(client, gone, "sentiment", "neutral")
    assert len(explanation(client, asked)["nearest"]) == 2
    label(client, back, "sentiment", None)
    assert client.delete(f"/v1/transcripts/{gone}").status_code == 204
    assert explanation(client, asked)["nearest"] == []


def test_an_unknown_transcript_and_that_of_another_tenant_are_not_found(client: TestClient) -> None:
    kept = stored(client, "a", COMPLAINT)
    assert_problem(client.get("/v1/transcripts/nowhere/explanation"), 404, "not_found", "nowhere")
    _, other = make_key(client, "read", tenant="other")
    answer = client.get(f"/v1/transcripts/{kept}/explanation", headers=bearer(other))
    assert_problem(answer, 404, "not_found")
    assert client.get(f"/v1/transcripts/{kept}/explanation").status_code == 401
