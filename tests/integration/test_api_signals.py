"""``/v1/signals`` and ``/v1/changes``: what begins inside a month, and what changed on the month before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from api_service import assert_problem, service
from many_records import at_day, month_of, put, put_causes
from starlette.testclient import TestClient


@pytest.fixture
def client(database_url: str, tmp_path: Path) -> Iterator[TestClient]:
    with service(tmp_path, database_url=database_url) as found:
        yield found


def got(client: TestClient, path: str, **query: Any) -> dict[str, Any]:
    response = client.get(path, params=query)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def days_from(first: date, n_days: int, burst_from: int = 10_000) -> Any:
    """Ten contacts a day: brakes every third day, and eight a day from ``burst_from`` on; seats every second."""
    for i in range(n_days):
        day = first + timedelta(days=i)
        for j in range(10):
            speaks = (["刹车"] if j < (8 if i >= burst_from else i % 3 == 0) else []) + (
                ["座椅"] if j == 9 and i % 2 else []
            )
            yield at_day(day, *speaks, negative=bool(speaks))


def test_a_burst_inside_the_month_is_a_signal_with_its_days_counts_and_transcripts(
    client: TestClient,
) -> None:
    first = date(2024, 1, 5)
    put(client, list(days_from(first, 70, burst_from=62)))  # from 2024-03-07 to 2024-03-14
    body = got(client, "/v1/signals")
    assert (body["day"], body["month"], body["status"]) == ("2024-03-14", "2024-03", "ok")
    assert (body["n_lines"], body["n_contacts"], body["n_history_days"]) == (2, 140, 56)
    (item,) = body["items"]
    assert (item["value"], item["level"], item["since"]) == ("刹车", "signal", "2024-03-07")
    n_days = (date.fromisoformat(item["strongest_day"]) - date(2024, 3, 6)).days
    assert n_days >= 7 and item["observed"] == 8 * n_days
    assert item["expected"] == pytest.approx(n_days / 3, abs=0.3)
    assert item["p_value"] <= item["q_value"] < 0.01 and item["alarm_day"] <= "2024-03-09"
    assert "根因" in body["root_causes"] and "/v1/reviews/2024-03" in body["root_causes"]
    linked = client.get(item["transcripts"] + "&limit=200").json()["items"]
    assert len(linked) == item["observed"]


def test_before_the_burst_and_without_one_nothing_is_listed(client: TestClient) -> None:
    put(client, list(days_from(date(2024, 1, 5), 70, burst_from=62)))
    assert got(client, "/v1/signals", day="2024-03-06")["items"] == []


def test_a_root_cause_that_bursts_is_listed_once_its_month_was_reviewed(client: TestClient) -> None:
    records = list(days_from(date(2024, 1, 5), 70, burst_from=62))
    put(client, records)
    for month in ("2024-01", "2024-02", "2024-03"):
        ids = [
            r.row.id
            for r in records
            if r.row.month == month and any(c.category_id == "刹车" for c in r.categories)
        ]
        put_causes(client, month, {"RC1": ids})
    body = got(client, "/v1/signals")
    found = {item["kind"]: item for item in body["items"]}
    assert body["root_causes"] == "scanned" and set(found) == {"category", "root_cause"}
    assert (found["root_cause"]["label"], found["root_cause"]["since"]) == ("根因RC1", "2024-03-07")
    linked = client.get(found["root_cause"]["transcripts"] + "&limit=200").json()["items"]
    assert len(linked) == found["root_cause"]["observed"] == found["category"]["observed"]


def test_too_little_history_an_empty_store_and_a_future_day_are_said(client: TestClient) -> None:
    assert got(client, "/v1/signals")["status"] == "no_contacts"
    put(client, list(days_from(date(2024, 2, 20), 20)))
    body = got(client, "/v1/signals")
    assert (body["status"], body["n_lines_tested"], body["items"]) == ("too_short", 0, [])
    assert_problem(client.get("/v1/signals?day=2999-01-01"), 422, "field_invalid", "还没有到")
    assert_problem(client.get("/v1/signals?day=today"), 422, "field_invalid")


def test_a_change_of_mix_alone_is_no_change_once_adjusted(client: TestClient) -> None:
    """Chats complain twice as often; only their share grows. Delivery really doubles."""
    for month, n_phone, n_chat, more in (("2024-01", 300, 100, 1), ("2024-02", 100, 300, 2)):
        put(
            client,
            list(
                month_of(
                    month, n_phone, {"刹车": n_phone // 10, "交付": more * n_phone // 10}, channel="phone"
                )
            ),
        )
        put(
            client,
            list(
                month_of(
                    month, n_chat, {"刹车": 3 * n_chat // 10, "交付": more * n_chat // 10}, channel="chat"
                )
            ),
        )
    body = got(client, "/v1/changes/2024-02")
    assert (body["before"], body["n_before"], body["n_now"]) == ("2024-01", 400, 400)
    lines = {item["value"]: item for item in body["items"]}
    brakes, delivery = lines["刹车"], lines["交付"]
    assert (brakes["raw"]["k_before"], brakes["raw"]["k_now"]) == (60, 100)
    assert brakes["raw"]["difference"]["low"] > 0
    assert brakes["adjusted"]["difference"]["estimate"] == pytest.approx(0, abs=1e-9)
    assert (brakes["signal"], delivery["signal"]) == ("none", "up")
    assert delivery["adjusted"]["difference"]["estimate"] == pytest.approx(0.1)
    assert "每千条多 100.0 条" in delivery["text"]
    assert body["adjusted_for"] == ["channel", "product", "region"]
    plain = got(client, "/v1/changes/2024-02", mix="")
    assert {item["value"]: item["signal"] for item in plain["items"]}["刹车"] == "up"


def test_attributes_that_leave_few_counterparts_are_not_adjusted_for(client: TestClient) -> None:
    for month in ("2024-01", "2024-02"):
        for i in range(20):
            put(client, list(month_of(month, 5, {"刹车": 1}, region=f"{month}-{i}")))
    body = got(client, "/v1/changes/2024-02")
    assert (body["adjusted_for"], body["not_adjusted_for"]) == (["channel", "product"], ["region"])
    assert (body["matched_before"], body["matched_now"]) == (1.0, 1.0)


def test_months_without_contacts_or_causes_and_future_ones_are_answered(client: TestClient) -> None:
    put(client, list(month_of("2024-02", 3, {"刹车": 1})))
    assert_problem(client.get("/v1/changes/2024-02"), 404, "not_found", "2024-01")
    put(client, list(month_of("2024-01", 3, {"刹车": 3})))
    three = got(client, "/v1/changes/2024-02")
    assert (three["n_now"], three["items"][0]["signal"]) == (3, "none")
    causes = client.get("/v1/changes/2024-02?by=root_cause")
    assert_problem(causes, 422, "field_invalid", "/v1/reviews/2024-01")
    assert_problem(client.get("/v1/changes/2999-01"), 422, "field_invalid")
    assert_problem(client.get("/v1/changes/2024-13"), 422, "month_invalid")
    assert_problem(client.get("/v1/changes/2024-02?mix=weather"), 422, "field_invalid", "channel")


def test_changes_of_root_causes_count_transcripts(client: TestClient) -> None:
    for month, k in (("2024-01", 10), ("2024-02", 60)):
        records = list(month_of(month, 200, {"刹车": k}))
        put(client, records)
        put_causes(client, month, {"RC1": [r.row.id for r in records[:k]]})
    body = got(client, "/v1/changes/2024-02", by="root_cause")
    (item,) = body["items"]
    assert (item["label"], item["signal"], body["measure"]) == ("根因RC1", "up", "contacts")
    assert (item["raw"]["k_before"], item["raw"]["k_now"]) == (10, 60)
    english = client.get("/v1/changes/2024-02?by=root_cause", headers={"Accept-Language": "en"}).json()
    assert "rose by" in english["items"][0]["text"]
