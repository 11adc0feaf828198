"""``/v1/models``: correct labels, train, compare, promote, roll back, all over HTTP; on both databases."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest
from api_service import assert_problem, bearer, make_key, post, service
from model_samples import register_sentiment, sentiment_rows
from starlette.testclient import TestClient

from data.artifacts import Registry


@pytest.fixture
def client(database_url: str, tmp_path: Path) -> Iterator[TestClient]:
    with service(tmp_path, database_url=database_url) as found:
        yield found


def ended(client: TestClient, job_id: str, *, within: float = 120.0) -> dict[str, Any]:
    until = time.monotonic() + within
    while time.monotonic() < until:
        job: dict[str, Any] = client.get(f"/v1/jobs/{job_id}").json()
        if job["state"] not in ("queued", "running"):
            return job
        time.sleep(0.1)
    raise AssertionError(f"job still {job['state']} after {within} s")


def stored(client: TestClient, texts: Sequence[str]) -> list[str]:
    """Ids of ``texts``, each stored as a transcript."""
    lines = [
        orjson.dumps({"text": text, "occurred_at": "2024-03-05T10:00:00+08:00", "external_id": f"l-{i}"})
        for i, text in enumerate(texts)
    ]
    answer = client.post("/v1/transcripts:batch", content=b"\n".join(lines))
    return [orjson.loads(line)["id"] for line in answer.content.splitlines()]


def labelled(client: TestClient, n: int) -> None:
    """Store ``n`` transcripts and correct each."""
    texts, labels = sentiment_rows(n)
    items = [
        {"transcript_id": id_, "task": "sentiment", "label": label}
        for id_, label in zip(stored(client, texts), labels, strict=True)
    ]
    answers = client.post("/v1/labels", json=items).json()["items"]
    assert {answer["status"] for answer in answers} == {201}


def test_labels_are_trained_on_and_the_candidate_waits_for_its_promotion(
    client: TestClient, tmp_path: Path
) -> None:
    before = client.get("/v1/models/sentiment").json()
    labelled(client, 80)
    started = client.post("/v1/models/sentiment:train", json={"preset": "fast"})
    assert started.status_code == 202
    assert started.headers["location"] == f"/v1/jobs/{started.json()['id']}"
    job = ended(client, started.json()["id"])
    assert job["state"] == "done", job["error"]
    made = job["result"]
    assert made["task"] == "sentiment" and 40 < made["n_rows"] < 80, "a part is held out"
    after = client.get("/v1/models/sentiment").json()
    assert (after["current"], after["generation"]) == (before["current"], before["generation"])
    names = {version["version"]: version for version in after["versions"]}
    candidate = names[made["version"]]
    assert not candidate["in_use"] and not candidate["current"] and not candidate["shipped"]
    assert candidate["metrics"]["held_out_folds"]["accuracy"] > 0.8
    assert list((tmp_path / "training").iterdir()) == [], "the handed-over rows are gone"
    again = ended(client, client.post("/v1/models/sentiment:train").json()["id"])
    assert (again["state"], again["result"]["version"]) == ("done", made["version"])


def test_a_refused_promotion_answers_with_the_report_and_force_needs_a_reason(
    client: TestClient, tmp_path: Path
) -> None:
    labelled(client, 40)
    before = client.get("/v1/models").json()["in_use"]
    version = register_sentiment(tmp_path, always="negative")
    call = "/v1/models/sentiment:promote"
    refused = assert_problem(client.post(call, json={"version": version}), 409, "release_refused", version)
    assert refused["report"]["passed"] is False
    assert {check["name"] for check in refused["report"]["checks"]} >= {"files", "comparison", "behaviour"}
    assert client.get("/v1/models").json()["in_use"] == before
    assert_problem(client.post(call, json={"version": version, "force": True}), 422, "field_invalid", "force")
    forced = client.post(call, json={"version": version, "force": True, "why": "试验", "by": "李工"})
    assert forced.status_code == 200, forced.text
    assert forced.json()["forced"] and forced.json()["serving"]["sentiment"] == f"sentiment@{version}"
    assert post(client, "new", text="非常满意").json()["analysis"]["sentiment"]["label"] == "negative"
    kinds = [change["kind"] for change in client.get("/v1/models/sentiment").json()["history"]]
    assert kinds[:2] == ["promote", "refuse"]
    back = client.post("/v1/models/sentiment:rollback", json={"why": "不合适"})
    assert back.status_code == 200
    assert back.json()["serving"] == before
    assert_problem(client.post("/v1/models/sentiment:rollback"), 404, "not_found", "sentiment")


def test_a_shadow_decides_nothing_and_its_differences_are_counted_and_listed(
    client: TestClient, tmp_path: Path
) -> None:
    version = register_sentiment(tmp_path, always="negative")
    answer = client.post("/v1/models/sentiment:shadow", json={"version": f"sentiment@{version}"})
    assert answer.json()["shadow"] == version
    praised = post(client, "p", text="非常满意，谢谢你们。").json()
    assert praised["analysis"]["sentiment"]["label"] == "positive"
    post(client, "c", text="空调不制冷，太差了，没人处理。")
    post(client, "c", text="空调不制冷，太差了，没人处理。")  # there already: not counted twice
    body = client.get("/v1/models/sentiment/differences").json()
    assert [(c["shadow"], c["n"], c["n_different"]) for c in body["counts"]] == [
        (f"sentiment@{version}", 2, 1)
    ]
    assert [item["transcript_id"] for item in body["items"]] == [praised["id"]]
    assert (body["items"][0]["current"]["label"], body["items"][0]["shadow"]["label"]) == (
        "positive",
        "negative",
    )
    asked = client.get("/v1/labels/queue?task=sentiment&strategy=disagree").json()["items"]
    assert asked[0]["transcript_id"] == praised["id"] and "影子" in asked[0]["why"]
    listed = client.get("/v1/models").json()["items"]
    assert [item["version"] for item in listed if item["shadow"]] == [version]
    assert not any(item["in_use"] for item in listed if item["shadow"])
    client.post("/v1/models/sentiment:shadow", json={"version": None})
    post(client, "later", text="很满意")
    assert client.get("/v1/models/sentiment/differences").json()["counts"] == body["counts"]
    client.delete(f"/v1/transcripts/{praised['id']}")
    assert client.get("/v1/models/sentiment/differences").json()["items"] == []


def test_too_few_labels_are_refused_at_once_with_what_there_is(client: TestClient) -> None:
    none = assert_problem(client.post("/v1/models/sentiment:train"), 422, "field_invalid", "没有标注")
    assert "/v1/labels/queue" in none["detail"]
    labelled(client, 4)
    assert_problem(client.post("/v1/models/sentiment:train"), 422, "field_invalid", "至少要有两类")
    assert client.get("/v1/jobs?kind=train").json()["items"] == []


def test_categories_of_analysts_become_a_model_of_the_sector(client: TestClient, tmp_path: Path) -> None:
    paths = ("售后与维修/维修质量", "价格与费用")
    texts = ("空调修了三次还没修好", "收费太贵乱收费")
    ids = stored(client, [f"{texts[i % 2]}，第{i}次来电反映" for i in range(40)])
    items = [{"transcript_id": id_, "task": "category", "label": paths[i % 2]} for i, id_ in enumerate(ids)]
    client.post("/v1/labels", json=items)
    job = ended(client, client.post("/v1/models/category:train").json()["id"])
    assert job["state"] == "done", job["error"]
    assert job["result"]["task"] == "category.automotive"
    version = job["result"]["version"]
    forced = client.post(
        "/v1/models/category:promote", json={"version": version, "force": True, "why": "试用自己的类别"}
    )
    assert forced.status_code == 200, forced.text
    analysis = client.post("/v1/analyze", json={"texts": ["收费太贵乱收费"]}).json()["results"][0]
    assert analysis["models"]["category"] == f"category.automotive@{version}"
    assert analysis["categories"][0]["path"] == ["价格与费用"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_key_gives_one_training_and_belongs_to_its_task(client: TestClient) -> None:
    labelled(client, 40)
    send = {"Idempotency-Key": "once"}
    first = client.post("/v1/models/sentiment:train", headers=send)
    again = client.post("/v1/models/sentiment:train", headers=send)
    assert first.json()["id"] == again.json()["id"]
    other = client.post("/v1/models/sentiment:train", headers=send, json={"preset": "best"})
    assert_problem(other, 409, "idempotency_conflict", "once")
    assert ended(client, first.json()["id"])["state"] == "done"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_best_needs_more_labels_and_says_so_at_once(client: TestClient) -> None:
    labelled(client, 60)
    best = client.post("/v1/models/sentiment:train", json={"preset": "best"})
    refused = assert_problem(best, 422, "field_invalid", "best 至少要 200 条", "fast")
    assert refused["field"] == "preset"
    assert_problem(
        client.post("/v1/models/sentiment:train", json={"preset": "great"}), 422, "field_invalid", "best"
    )
    assert client.get("/v1/jobs?kind=train").json()["items"] == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_best_without_torch_says_what_to_install(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    labelled(client, 280)
    monkeypatch.setitem(sys.modules, "torch", None)
    best = client.post("/v1/models/sentiment:train", json={"preset": "best"})
    assert_problem(best, 501, "extra_missing", "torch", "[train]")
    assert client.get("/v1/jobs?kind=train").json()["items"] == []
    fast = client.post("/v1/models/sentiment:train", json={"preset": "fast"})
    assert ended(client, fast.json()["id"])["state"] == "done"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_training_that_waits_or_runs_is_asked_for_once(client: TestClient) -> None:
    labelled(client, 40)
    ids = [client.post("/v1/models/sentiment:train").json()["id"] for _ in range(3)]
    assert len(set(ids)) == 1
    assert ended(client, ids[0])["state"] == "done"
    later = client.post("/v1/models/sentiment:train").json()["id"]
    assert later != ids[0], "the labels may have changed since"
    assert ended(client, later)["state"] == "done"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_not_there_and_what_is_wrong_is_refused(client: TestClient, tmp_path: Path) -> None:
    assert_problem(client.get("/v1/models/weather"), 404, "not_found", "sentiment")
    assert_problem(client.post("/v1/models/weather:train"), 422, "field_invalid", "sentiment")
    assert_problem(client.post("/v1/models/aspect:train"), 422, "field_invalid", "voc train")
    promote = "/v1/models/sentiment:promote"
    assert_problem(client.post(promote, json={"version": "nowhere"}), 404, "not_found", "nowhere")
    assert_problem(client.post(promote, json={}), 422, "field_invalid", "version")
    assert_problem(client.post(promote, json={"version": "x", "colour": 1}), 422, "field_invalid", "colour")
    assert_problem(client.post("/v1/models/sentiment:shadow", json={}), 422, "field_invalid", "version")
    wrong = client.get("/v1/models/sentiment/differences?cursor=nonsense")
    assert_problem(wrong, 400, "cursor_invalid")
    _, reader = make_key(client, "read")
    for verb in ("train", "promote", "rollback", "shadow"):
        answer = client.post(f"/v1/models/sentiment:{verb}", headers=bearer(reader), json={})
        assert_problem(answer, 403, "forbidden")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_tampered_candidate_is_refused_even_by_force(client: TestClient, tmp_path: Path) -> None:
    version = register_sentiment(tmp_path, always="negative")
    weights = tmp_path / "artifacts" / "sentiment" / version / "weights.safetensors"
    weights.write_bytes(weights.read_bytes() + b"?")
    body = {"version": version, "force": True, "why": "试验"}
    refused = client.post("/v1/models/sentiment:promote", json=body)
    assert_problem(refused, 409, "release_refused", "weights.safetensors")
    assert Registry(tmp_path).generation("sentiment") == 0


def test_the_list_shows_what_serves(client: TestClient) -> None:
    body = client.get("/v1/models").json()
    used = {item["name"] for item in body["items"] if item["in_use"]}
    assert used == {
        body["in_use"][task]
        for task in ("sentiment", "category", "opinion", "satisfaction", "problem", "talk")
    }
    assert {task["task"] for task in body["tasks"]} >= {"sentiment", "category.automotive"}
    assert client.get("/v1/models/category").json()["task"] == "category.automotive"
