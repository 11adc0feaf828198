"""``/v1/trends``: counts, rates with intervals, signals, and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest
from api_service import assert_problem, post, service
from starlette.testclient import TestClient

BAD, GOOD = "空调不制冷，修了三次还没修好，我要投诉你们。", "服务很好，非常满意，谢谢你们。"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """January: 20 phone calls, 2 bad. February: 20 phone calls, 16 bad, and 5 chats of which 1 is bad."""
    with service(tmp_path_factory.mktemp("home")) as found:
        for month, channel, n, n_bad in (
            ("01", "phone", 20, 2),
            ("02", "phone", 20, 16),
            ("02", "chat", 5, 1),
        ):
            for i in range(n):
                moment = f"2024-{month}-{i + 1:02d}T10:00:00+08:00"
                text = BAD if i < n_bad else GOOD
                response = post(found, f"{month}{channel}{i}", text=text, channel=channel, occurred_at=moment)
                label = response.json()["analysis"]["sentiment"]["label"]
                assert (label == "negative") == (text == BAD), (label, text)
        yield found


def series(client: TestClient, measure: str = "contacts", **query: str) -> dict[str, Any]:
    response = client.get(f"/v1/trends/{measure}", params={"from": "2024-01-01", "to": "2024-03-01"} | query)
    assert response.status_code == 200, response.text
    return response.json()


def test_counts_per_month_and_channel(client: TestClient) -> None:
    body = series(client, by="channel")
    found = {(p["period"], p["value"]): (p["n"], p["negative"], p["of"]) for p in body["points"]}
    assert body["periods"] == ["2024-01", "2024-02"]
    assert found == {
        ("2024-01", "phone"): (20, 2, 20),
        ("2024-01", "chat"): (0, 0, 20),
        ("2024-02", "phone"): (20, 16, 25),
        ("2024-02", "chat"): (5, 1, 25),
    }


def test_rates_stand_inside_their_interval_and_two_months_are_too_few_to_judge(client: TestClient) -> None:
    body = series(client, "negative_rate")
    january, february = body["points"]
    assert (january["rate"], february["rate"]) == (0.1, 0.68)
    assert january["per_1000"] == 100.0
    for point in (january, february):
        assert 0 <= point["low"] < point["rate"] < point["high"] <= 1
    assert (january["signal"], february["signal"]) == ("none", "none")
    (line,) = body["series"]
    assert (line["verdict"], line["latest"]["tested"]) == ("too_short", False)
    assert "历史太短" in line["verdict_text"]


def test_nothing_is_signalled_where_nothing_changed(client: TestClient) -> None:
    points = series(client, "contacts", grain="week", to="2024-01-22")["points"]
    assert {point["signal"] for point in points} == {"none"}


def test_grains_cover_the_same_transcripts(client: TestClient) -> None:
    for grain in ("day", "week", "month"):
        assert sum(point["n"] for point in series(client, grain=grain)["points"]) == 45
    assert len(series(client, grain="day")["periods"]) == 60


def test_filters_narrow_a_series(client: TestClient) -> None:
    assert sum(point["n"] for point in series(client, channel="chat")["points"]) == 5
    assert series(client, channel="fax")["points"] == []
    category = series(client, by="category")["points"][0]["value"]
    assert sum(point["n"] for point in series(client, category=category)["points"]) > 0


def test_csv_says_the_same_as_json_and_opens_in_a_spreadsheet(client: TestClient) -> None:
    query = {"from": "2024-01-01", "to": "2024-03-01", "by": "channel", "format": "csv"}
    response = client.get("/v1/trends/contacts", params=query)
    assert response.headers["content-type"].startswith("text/csv")
    assert response.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    points = series(client, by="channel")["points"]
    assert [(r["period"], r["value"], r["n"]) for r in rows] == [
        (p["period"], p["value"], str(p["n"])) for p in points
    ]
    assert set(rows[0]) == set(points[0])


def test_a_wrong_dimension_is_answered_with_those_that_there_are(client: TestClient) -> None:
    problem = assert_problem(
        client.get("/v1/trends/contacts?by=weather"),
        422,
        "field_invalid",
        "channel",
        "category",
        "root_cause",
    )
    assert problem["field"] == "by"
    assert_problem(client.get("/v1/trends/sunshine"), 422, "field_invalid", "contacts", "negative_rate")


@pytest.mark.parametrize(
    "query",
    [
        "from=2024-03-01&to=2024-02-01",
        "from=2024-02-01&to=2024-02-01",
        "from=0001-01-01",
        "to=0001-01-01",
        "from=2024-13-01",
        "from=2024-01-01T10:00:00Z",
        "grain=year",
        "format=pdf",
        "months=3",
        "forecast=-1",
        "forecast=25",
    ],
)
def test_wrong_queries_are_refused(client: TestClient, query: str) -> None:
    assert_problem(client.get(f"/v1/trends/contacts?{query}"), 422, "field_invalid")
