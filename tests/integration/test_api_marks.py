"""Marks through the API: stored with a transcript, searched by, and the lines of trends, changes and comparison."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from api_service import assert_problem, post, service
from sqlalchemy import delete
from starlette.testclient import TestClient

from models.core.month import Month
from models.review.queries import Queries, mark_field
from service.database.schema import transcript_mark

WASHED = "洗车洗得很干净，非常满意，谢谢。"
CRASHED = "你们APP一直闪退，根本用不了，太差了。"
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """January: 8 of the washing. February: 6 of the washing and 9 of the app, over three stores."""
    with service(tmp_path_factory.mktemp("home")) as found:
        for month, text, n in (("01", WASHED, 8), ("02", WASHED, 6), ("02", CRASHED, 9)):
            for i in range(n):
                moment = f"2024-{month}-{i + 1:02d}T10:00:00+08:00"
                name = f"{month}{text[:3]}{i}"
                response = post(found, name, text=text, store=f"{i % 3}号店", occurred_at=moment)
                assert response.status_code == 201, response.text
        yield found


def got(client: TestClient, path: str, **query: Any) -> dict[str, Any]:
    response = client.get(path, params=query)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def texts(client: TestClient, mark: str, **query: Any) -> list[str]:
    items = got(client, "/v1/transcripts", mark=mark, limit=200, **query)["items"]
    return [item["text"] for item in items]


def test_a_search_finds_the_transcripts_of_a_mark(client: TestClient) -> None:
    assert texts(client, "touchpoint:app") == [CRASHED] * 9
    assert texts(client, "touchpoint") == [CRASHED] * 9
    assert texts(client, "step:washing", month="2024-02") == [WASHED] * 6
    assert texts(client, "survey:car_clean") == texts(client, "survey:car_clean.satisfied") == [WASHED] * 14
    assert texts(client, "survey:car_clean.dissatisfied") == []
    assert texts(client, "touchpoint:email") == []


def test_a_mark_is_paged_with_a_cursor(client: TestClient) -> None:
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = got(client, "/v1/transcripts", mark="touchpoint:app", limit=4, **cursor)
        seen += [item["external_id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == [f"02{CRASHED[:3]}{i}" for i in reversed(range(9))]


def test_an_unknown_kind_is_refused_with_those_that_there_are(client: TestClient) -> None:
    for path in ("/v1/transcripts", "/v1/trends/contacts", "/v1/comparison"):
        problem = assert_problem(
            client.get(path, params={"mark": "shoe:big"}), 422, "field_invalid", "shoe", "touchpoint"
        )
        assert problem["field"] == "mark"
    response = client.get("/v1/transcripts", params={"mark": "step:"}, headers=ENGLISH)
    assert_problem(response, 422, "field_invalid", "colon")


def test_a_link_of_the_review_opens_the_transcripts_of_a_mark(client: TestClient) -> None:
    queries = Queries(Month(2024, 2), ZoneInfo("Asia/Shanghai"))
    link = urlsplit(queries.transcripts(mark=mark_field("step", "washing")))
    query = {name: values[0] for name, values in parse_qs(link.query).items()}
    assert len(got(client, link.path, limit=200, **query)["items"]) == 6


def test_a_trend_by_touchpoint_counts_and_names(client: TestClient) -> None:
    query = {"by": "touchpoint", "from": "2024-01-01", "to": "2024-03-01"}
    body = got(client, "/v1/trends/contacts", **query)
    points = {(p["period"], p["value"]): p for p in body["points"]}
    assert points.keys() == {("2024-01", "app"), ("2024-02", "app")}
    february = points["2024-02", "app"]
    assert (february["n"], february["negative"], february["of"], february["rate"]) == (9, 9, 15, 0.6)
    assert february["low"] < 0.6 < february["high"]
    assert points["2024-01", "app"]["n"] == 0
    assert (february["label"], body["series"][0]["label"]) == ("APP", "APP")
    assert body["months_without_marks"] == []
    english = client.get("/v1/trends/contacts", params=query, headers=ENGLISH).json()
    assert english["series"][0]["label"].lower() == "app"
    csv = client.get("/v1/trends/contacts", params=query | {"format": "csv"}).text
    assert "2024-02,app,APP,9,9,15" in csv


def test_trends_by_other_marks_and_narrowed_by_one(client: TestClient) -> None:
    query = {"from": "2024-01-01", "to": "2024-03-01"}
    steps = got(client, "/v1/trends/negative_rate", by="step", **query)
    washing = {p["period"]: p for p in steps["points"] if p["value"] == "washing"}
    assert [(washing[m]["label"], washing[m]["n"], washing[m]["of"]) for m in sorted(washing)] == [
        ("清洗", 8, 8),
        ("清洗", 6, 6),
    ]
    survey = got(client, "/v1/trends/contacts", by="survey", **query)
    assert "车内外干净：满意" in {line["label"] for line in survey["series"]}
    by_store = got(client, "/v1/trends/contacts", by="store", mark="touchpoint:app", **query)
    assert {(p["period"], p["value"]): p["n"] for p in by_store["points"] if p["n"]} == {
        ("2024-02", f"{i}号店"): 3 for i in range(3)
    }


def test_changes_and_comparison_know_marks(client: TestClient) -> None:
    changes = got(client, "/v1/changes/2024-02", by="touchpoint")
    (line,) = [item for item in changes["items"] if item["value"] == "app"]
    assert (changes["measure"], line["label"]) == ("contacts", "APP")
    assert (line["raw"]["k_before"], line["raw"]["n_before"]) == (0, 8)
    assert (line["raw"]["k_now"], line["raw"]["n_now"]) == (9, 15)
    query = {"from": "2024-02-01", "to": "2024-03-01"}
    stores = got(client, "/v1/comparison", by="store", mark="touchpoint:app", measure="contacts", **query)
    assert [(item["k"], item["n"]) for item in stores["items"]] == [(3, 5)] * 3
    drivers = got(client, "/v1/drivers", by="touchpoint", **query)
    assert [(row["value"], row["label"]) for row in drivers["balance"]] == [("app", "APP")]


def test_months_analysed_before_there_were_marks_are_unknown_not_zero(client: TestClient) -> None:
    for i in range(3):
        post(client, f"old{i}", text=CRASHED, occurred_at=f"2023-11-0{i + 1}T10:00:00+08:00")
    old = [item["id"] for item in got(client, "/v1/transcripts", month="2023-11")["items"]]
    with client.app.state.voc.database.begin() as connection:  # type: ignore[attr-defined]
        connection.execute(delete(transcript_mark).where(transcript_mark.c.transcript_id.in_(old)))
    query = {"by": "touchpoint", "from": "2023-11-01", "to": "2024-03-01"}
    body = got(client, "/v1/trends/contacts", **query)
    assert body["months_without_marks"] == ["2023-11"]
    assert {p["period"] for p in body["points"]} == {"2024-01", "2024-02"}
    post(client, "december", text=WASHED, occurred_at="2023-12-01T10:00:00+08:00")
    response = client.get("/v1/changes/2023-12", params={"by": "touchpoint"})
    assert_problem(response, 422, "field_invalid", "2023-11", "重新分析")


def test_a_removed_transcript_leaves_the_trend(client: TestClient) -> None:
    post(client, "gone", text=CRASHED, occurred_at="2024-04-01T10:00:00+08:00")
    query = {"by": "touchpoint", "from": "2024-04-01", "to": "2024-05-01"}
    assert [p["n"] for p in got(client, "/v1/trends/contacts", **query)["points"]] == [1]
    (item,) = got(client, "/v1/transcripts", month="2024-04", mark="touchpoint:app")["items"]
    assert client.delete(f"/v1/transcripts/{item['id']}").status_code == 204
    assert got(client, "/v1/trends/contacts", **query)["points"] == []
