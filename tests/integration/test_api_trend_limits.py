"""``/v1/trends``: control limits, alarms, signals over all lines, change points, forecasts; both databases."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from api_service import service
from many_records import at_day, month_of, put, put_causes
from starlette.testclient import TestClient

MONTHS = [f"2023-{m:02d}" for m in range(3, 13)] + ["2024-01", "2024-02"]
RANGE = {"from": "2023-03-01", "to": "2024-03-01"}


@pytest.fixture
def client(database_url: str, tmp_path: Path) -> Iterator[TestClient]:
    with service(tmp_path, database_url=database_url) as found:
        yield found


def steady_then(client: TestClient, last: int) -> None:
    """Eleven months with 12 of 80 on brakes and 8 on seats, then ``last`` on brakes."""
    records = [
        one
        for i, month in enumerate(MONTHS)
        for one in month_of(month, 80, {"刹车": last if i == 11 else 11 + i % 3, "座椅": 7 + i % 3})
    ]
    put(client, records)


def asked(client: TestClient, measure: str = "contacts", **query: Any) -> dict[str, Any]:
    response = client.get(f"/v1/trends/{measure}", params=RANGE | query)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def test_a_rise_alarms_beyond_limits_made_by_the_months_before(client: TestClient) -> None:
    steady_then(client, 50)
    body = asked(client, by="category", forecast=2)
    points = {(p["period"], p["value"]): p for p in body["points"]}
    last = points["2024-02", "刹车"]
    assert (last["n"], last["of"], last["signal"], last["alarm"]) == (50, 80, "up", True)
    assert last["charted"] == last["rate"] > last["upper_limit"] > last["centre"] > last["lower_limit"]
    assert "n1" in last["patterns"] and last["p_value"] <= last["q_value"] < 0.05
    assert last["expected"] == pytest.approx(12, abs=1)
    quiet = points["2024-02", "座椅"]
    assert (quiet["signal"], quiet["alarm"]) == ("none", False)
    lines = {line["value"]: line for line in body["series"]}
    assert lines["刹车"]["latest"]["signal"] == "up"
    assert (lines["刹车"]["verdict"], lines["刹车"]["reasons"][0]["code"]) == (
        "provisional",
        "too_few_points",
    )
    assert lines["座椅"]["seasonality"] == {
        "status": "too_short",
        "p_value": None,
        "months_needed": 12,
        "factors": [],
    }
    ahead = lines["座椅"]["forecast"]
    assert [p["period"] for p in ahead["points"]] == ["2024-03", "2024-04"]
    assert all(p["low"] <= p["expected"] <= p["high"] for p in ahead["points"])
    assert ahead["assumed_exposure"] == 80


def test_a_value_that_vanishes_is_a_point_and_a_signal(client: TestClient) -> None:
    steady_then(client, 0)
    points = {(p["period"], p["value"]): p for p in asked(client, by="category")["points"]}
    assert (points["2024-02", "刹车"]["n"], points["2024-02", "刹车"]["signal"]) == (0, "down")


def test_a_month_that_is_not_over_raises_no_alarm_and_sets_no_limits(client: TestClient) -> None:
    steady_then(client, 12)
    put(client, [at_day(date(2024, 3, 1), "刹车") for _ in range(40)])
    client.app.state.voc.clock = lambda: datetime(2024, 3, 1, 12, tzinfo=UTC)  # type: ignore[attr-defined]
    body = asked(client, by="category", to="2024-04-01")
    before = asked(client, by="category")
    points = {(p["period"], p["value"]): p for p in body["points"]}
    running = points["2024-03", "刹车"]
    assert (running["rate"], running["is_partial"]) == (1.0, True)
    assert (running["alarm"], running["signal"], running["p_value"]) == (False, "none", None)
    assert points["2024-02", "刹车"] in before["points"]
    assert body["series"][0]["latest"]["period"] == "2024-02"


def test_months_without_root_causes_are_named_and_count_as_unknown_not_as_none(client: TestClient) -> None:
    for i, month in enumerate(MONTHS):
        records = list(month_of(month, 60, {"刹车": 12}))
        put(client, records)
        if i != 5:
            put_causes(client, month, {"RC1": [record.row.id for record in records[: 9 + i % 3]]})
    body = asked(client, by="root_cause")
    assert body["months_without_root_causes"] == [MONTHS[5]]
    counts = {p["period"]: (p["n"], p["of"]) for p in body["points"]}
    assert MONTHS[5] not in counts and counts[MONTHS[0]] == (9, 60)
    assert body["series"][0]["label"] == "根因RC1"
    assert not any(p["alarm"] or p["signal"] != "none" for p in body["points"])
    daily = asked(client, by="root_cause", grain="day")
    assert sum(p["n"] for p in daily["points"]) == sum(n for n, _ in counts.values())


def test_a_lasting_change_is_dated_and_begins_a_phase(client: TestClient) -> None:
    months = [str(MONTHS[0][:4]) + f"-{m:02d}" for m in range(1, 13)] + [
        f"2024-{m:02d}" for m in range(1, 13)
    ]
    put(
        client,
        [r for i, m in enumerate(months) for r in month_of(m, 70, {"交付": (6 if i < 12 else 24) + i % 2})],
    )
    body = asked(client, by="category", **{"from": "2023-01-01", "to": "2025-01-01"})
    (line,) = body["series"]
    assert [change["period"] for change in line["change_points"]] == ["2024-01"]
    assert (line["change_points"][0]["before"], line["change_points"][0]["after"]) == (
        pytest.approx(0.093, abs=0.01),
        pytest.approx(0.35, abs=0.01),
    )
    points = {p["period"]: p for p in body["points"]}
    assert (points["2023-12"]["phase"], points["2024-01"]["phase"]) == (0, 1)
    assert points["2024-01"]["alarm"] and points["2024-01"]["signal"] == "up"
    assert not points["2024-12"]["alarm"] and line["seasonality"]["status"] == "tested"


def test_contacts_in_all_are_judged_per_day_of_what_is_stored(client: TestClient) -> None:
    put(client, [at_day(date(2024, 1, 1) + timedelta(days=i)) for i in range(60) for _ in range(3)])
    body = asked(client, grain="day", **{"from": "2023-12-01", "to": "2024-03-15"})
    assert body["series"][0]["unit"] == "contacts_per_day"
    assert {p["charted"] for p in body["points"]} == {3.0}
    assert not any(p["alarm"] for p in body["points"])


def test_csv_has_the_columns_of_json(client: TestClient) -> None:
    steady_then(client, 50)
    response = client.get("/v1/trends/contacts", params=RANGE | {"by": "category", "format": "csv"})
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    points = asked(client, by="category")["points"]
    assert [(r["period"], r["value"], float(r["upper_limit"]), r["alarm"], r["patterns"]) for r in rows] == [
        (p["period"], p["value"], p["upper_limit"], str(p["alarm"]), " ".join(p["patterns"])) for p in points
    ]


def test_words_come_in_the_language_asked_for(client: TestClient) -> None:
    steady_then(client, 12)
    english = client.get(
        "/v1/trends/contacts", params=RANGE | {"by": "category"}, headers={"Accept-Language": "en"}
    ).json()
    assert "provisional" in english["series"][0]["verdict_text"]
    assert "暂定" in asked(client, by="category")["series"][0]["verdict_text"]


def test_an_empty_store_is_answered_without_lines(client: TestClient) -> None:
    body = asked(client, by="category", forecast=3)
    assert (body["series"], body["points"]) == ([], [])
    assert asked(client)["points"] == []
