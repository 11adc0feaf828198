"""``/v1/effects``, ``/v1/comparison`` and ``/v1/drivers`` on planted data, both databases."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from api_service import assert_problem, service
from many_records import at_day, month_of, put
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


def two_regions(client: TestClient, after_in_treated: int) -> None:
    """Six months; complaints are 30 of 100 in both regions, and from April on ``after_in_treated`` in 上海."""
    for i in range(6):
        month = f"2024-{i + 1:02d}"
        k = after_in_treated if i >= 3 else 30
        put(client, list(month_of(month, 100, {"刹车": k}, region="上海")))
        put(client, list(month_of(month, 100, {"刹车": 30}, region="成都")))


def test_an_action_that_works_is_proven_with_its_counts(client: TestClient) -> None:
    two_regions(client, 12)
    query = {"by": "category", "value": "刹车", "treated": "上海", "action": "2024-04-01"}
    body = got(client, "/v1/effects", **query)
    assert body["effect"]["estimate"] == pytest.approx(-0.18)
    assert body["effect"]["high"] < 0 and body["significant"] and body["p_value"] < 0.01
    treated, control = body["treated"], body["control"]
    assert [treated[name] for name in ("k_before", "n_before", "k_after", "n_after")] == [90, 300, 36, 300]
    assert control["units"] == {"成都": {"k_before": 90, "n_before": 300, "k_after": 90, "n_after": 300}}
    assert body["parallel_trends"]["verdict"] == "no_difference_seen" and body["warning"] is None
    assert body["verdict"].startswith("有效") and "180.0" in body["verdict"]
    english = client.get("/v1/effects", params=query, headers={"Accept-Language": "en"}).json()
    assert english["verdict"].startswith("it worked")


def test_an_action_without_effect_is_not_called_proven_useless(client: TestClient) -> None:
    two_regions(client, 30)
    body = got(client, "/v1/effects", treated="上海", action="2024-04-01")
    assert not body["significant"] and body["minimum_detectable"] > 0
    assert "没有看出效果" in body["verdict"]


def test_groups_that_moved_apart_before_are_no_proof(client: TestClient) -> None:
    for i, k in enumerate((10, 30, 50, 20, 20, 20)):
        month = f"2024-{i + 1:02d}"
        put(client, list(month_of(month, 100, {"刹车": k}, region="上海")))
        put(client, list(month_of(month, 100, {"刹车": 30}, region="成都")))
    body = got(client, "/v1/effects", treated="上海", action="2024-04-01")
    assert body["parallel_trends"]["verdict"] == "different"
    assert "不能算作" in body["verdict"] and body["warning"]


def test_wrong_questions_about_effects_say_what_to_do(client: TestClient) -> None:
    two_regions(client, 12)
    base = {"treated": "上海", "action": "2024-04-01"}
    for query, part in (
        (base | {"treated": "拉萨"}, "上海"),
        (base | {"by": "category"}, "value"),
        (base | {"by": "category", "value": "座椅"}, "刹车"),
        (base | {"control": "上海"}, "同时"),
        (base | {"action": "2999-01-01"}, "还没有到"),
        (base | {"action": "2024-07-01", "months": 1}, "行动前后"),
        (base | {"measure": "contacts"}, "negatives"),
        ({"treated": "上海"}, "缺少"),
    ):
        assert_problem(client.get("/v1/effects", params=query), 422, "field_invalid", part)


def test_small_units_are_shrunk_and_luck_is_called_luck(client: TestClient) -> None:
    for i in range(12):
        put(client, list(month_of("2024-02", 100, {"刹车": 60 if i == 0 else 20}, agent_id=f"A{i:02d}")))
    put(client, list(month_of("2024-02", 2, {"刹车": 2}, agent_id="A99")))
    put(client, list(month_of("2024-02", 5, {}, agent_id=None)))
    body = got(client, "/v1/comparison", **{"from": "2024-02-01", "to": "2024-03-01"})
    items = {item["name"]: item for item in body["items"]}
    assert (body["n_units"], body["n_contacts_without_unit"], body["differ"]) == (13, 5, True)
    assert (items["A00"]["k"], items["A00"]["n"], items["A00"]["place"]) == (60, 100, "far_above")
    assert body["items"][0]["name"] == "A00"
    small = items["A99"]
    assert small["raw"]["estimate"] == 1.0 > small["shrunk"]["estimate"] and small["place"] == "within"
    of_category = got(client, "/v1/comparison", category="刹车", **{"from": "2024-02-01", "to": "2024-03-01"})
    assert of_category["items"][0]["k"] == 60


def test_stores_stand_side_by_side(client: TestClient) -> None:
    for name, n_negative in (("城东店", 60), ("城西店", 20), ("城南店", 20)):
        put(client, list(month_of("2024-02", 100, {"刹车": n_negative}, store=name)))
    window = {"from": "2024-02-01", "to": "2024-03-01"}
    body = got(client, "/v1/comparison", by="store", **window)
    assert next((item["name"], item["k"]) for item in body["items"]) == ("城东店", 60)
    trend = got(client, "/v1/trends/negatives", by="store", **window)
    assert {series["value"] for series in trend["series"]} >= {"城东店", "城西店"}


def test_comparisons_that_cannot_be_made_are_refused(client: TestClient) -> None:
    put(client, list(month_of("2024-02", 10, {"刹车": 2}, region="上海")))
    window = {"from": "2024-02-01", "to": "2024-03-01"}
    assert_problem(client.get("/v1/comparison", params=window | {"by": "store"}), 422, "field_invalid", "个")
    assert_problem(
        client.get("/v1/comparison", params=window | {"by": "region"}), 422, "field_invalid", "1 个"
    )
    assert_problem(
        client.get("/v1/comparison", params=window | {"category": "座椅"}), 404, "not_found", "座椅"
    )
    assert_problem(client.get("/v1/comparison?from=2020-01-01&to=2020-02-01"), 404, "not_found")
    assert_problem(client.get("/v1/comparison?from=2024-03-01&to=2024-02-01"), 422, "field_invalid")


def rated(seed: int, n: int, *, scored: bool = True, **row: Any) -> Iterator[Any]:
    """Brakes take 1.5 points, wifi nothing; half the contacts speak of each."""
    rng = random.Random(seed)
    for i in range(n):
        topics = [name for name in ("刹车", "无线网") if rng.random() < 0.5]
        score = 4 - 1.5 * ("刹车" in topics) + rng.choice([-0.5, 0, 0.5])
        fields = {"scores": {"satisfaction": score}} if scored else {}
        day = date(2024, 2, 1) + timedelta(days=i % 28)
        negative = "刹车" in topics if rng.random() < 0.8 else rng.random() < 0.5
        yield at_day(day, *topics, negative=negative, customer_key=f"C{i}", **fields, **row)


def test_what_lowers_the_score_is_found_with_its_size(client: TestClient) -> None:
    put(client, list(rated(1, 300)))
    body = got(client, "/v1/drivers", **{"from": "2024-02-01", "to": "2024-03-01"})
    assert (body["source"], body["n_rated"], body["enough"]) == ("survey", 300, True)
    brakes, wifi = body["items"]
    assert brakes["value"] == "刹车" and brakes["effect"]["low"] < -1.5 < brakes["effect"]["high"]
    assert brakes["importance"]["estimate"] > 0.9 and brakes["quadrant"] == "fix_first"
    assert wifi["quadrant"] == "unclear" or abs(wifi["effect"]["estimate"]) < 0.3
    assert brakes["kano"] is not None and brakes["n_praise"] + brakes["n_complaint"] == brakes["n"]


def test_few_scores_and_none_are_said_and_the_balance_is_given(client: TestClient) -> None:
    put(client, list(rated(2, 200, scored=False)))
    body = got(client, "/v1/drivers", **{"from": "2024-02-01", "to": "2024-03-01"})
    assert (body["source"], body["n_rated"], body["items"]) == ("none", 0, [])
    assert {row["value"] for row in body["balance"]} == {"刹车", "无线网"}
    put(client, list(rated(3, 12, segment="vip")))
    few = got(client, "/v1/drivers", segment="vip", **{"from": "2024-02-01", "to": "2024-03-01"})
    assert (few["source"], few["n_rated"], few["enough"]) == ("survey", 12, False)
    missing = client.get("/v1/drivers", params={"segment": "nobody"})
    assert_problem(missing, 404, "not_found")
    assert_problem(client.get("/v1/drivers?by=weather"), 422, "field_invalid", "category_group", "touchpoint")
