"""Promotions and rollbacks reach a running service at once, without an error or a mixed answer."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from api_service import COMPLAINT, post, service
from model_samples import NOW, register_sentiment
from starlette.testclient import TestClient

from data.artifacts import Registry, shipped_models
from data.formats.transcripts import Transcript
from models.core.transcript import Speaker, Turn
from service.ingest.workers import make_records
from service.serving import RETRY_SECONDS, LiveAnalyzer
from service.settings import Settings

PRAISE = "非常满意，谢谢你们。"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with service(tmp_path) as found:
        yield found


def analyzed(client: TestClient, *texts: str) -> list[dict[str, Any]]:
    response = client.post("/v1/analyze", json={"texts": list(texts)})
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json()["results"]
    return found


def put_in_use(home: Path, version: str) -> None:
    Registry(home).promote("sentiment", version, by="test", why="test", now=NOW)


def test_a_promotion_and_a_rollback_reach_the_running_service(client: TestClient, tmp_path: Path) -> None:
    shipped = analyzed(client, PRAISE)[0]
    bad = register_sentiment(tmp_path, always="negative")
    put_in_use(tmp_path, bad)
    found = analyzed(client, PRAISE)[0]
    assert (found["models"]["sentiment"], found["sentiment"]["label"]) == (f"sentiment@{bad}", "negative")
    assert client.get("/readyz").json()["models"]["sentiment"] == f"sentiment@{bad}"
    Registry(tmp_path).rollback("sentiment", by="test", why="back", now=NOW)
    assert analyzed(client, PRAISE)[0] == shipped


def test_a_promoted_talk_model_reads_the_next_transcript(client: TestClient, tmp_path: Path) -> None:
    before = analyzed(client, COMPLAINT)[0]["models"]["talk"]
    shipped = shipped_models()["experience"]
    own = tmp_path / "own"
    shutil.copytree(shipped, own)
    manifest = json.loads((own / "manifest.json").read_text("utf-8"))
    manifest["version"] = "20240301-0wn"
    (own / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    Registry(tmp_path).register(own, by="test", now=NOW)
    Registry(tmp_path).promote("experience", "20240301-0wn", by="test", why="test", now=NOW)
    assert analyzed(client, COMPLAINT)[0]["models"]["talk"] == "experience@20240301-0wn" != before
    Registry(tmp_path).rollback("experience", by="test", why="back", now=NOW)
    assert analyzed(client, COMPLAINT)[0]["models"]["talk"] == before


def test_while_versions_change_every_answer_is_of_one_version(client: TestClient, tmp_path: Path) -> None:
    """Several clients post all the time; each version answers everything with a label of its own."""
    labels = {
        f"sentiment@{register_sentiment(tmp_path, always=always)}": always
        for always in ("negative", "positive")
    }
    versions = [name.partition("@")[2] for name in labels]
    put_in_use(tmp_path, versions[0])
    analyzed(client, PRAISE)
    done, seen, wrong = threading.Event(), [], []

    def check(analysis: dict[str, Any]) -> None:
        name = analysis["models"]["sentiment"]
        seen.append(name)
        if analysis["sentiment"]["label"] != labels.get(name):
            wrong.append((name, analysis["sentiment"]["label"]))

    def ask(number: int) -> None:
        i = 0
        while not done.is_set():
            i += 1
            try:
                answers = analyzed(client, PRAISE, COMPLAINT, f"第{i}次来电，很满意")
                if len({a["models"]["sentiment"] for a in answers}) != 1:
                    wrong.append(("mixed", answers))
                stored = post(client, f"s-{number}-{i}", text=f"{COMPLAINT}第{number}人第{i}次")
                for answer in (*answers, stored.json()["analysis"]):
                    check(answer)
            except Exception as error:
                wrong.append(("failed", repr(error)))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    registry = Registry(tmp_path)
    for turn in range(12):
        if turn % 3 == 2:
            registry.rollback("sentiment", by="test", why="back", now=NOW)
        else:
            current = registry.alias("sentiment").current
            put_in_use(tmp_path, next(version for version in versions if version != current))
        n_before = len(seen)
        while len(seen) < n_before + 6 and not wrong:
            done.wait(0.01)
    done.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert set(seen) == set(labels), "both versions were seen at work"


def test_a_tampered_version_leaves_the_old_one_at_work_and_is_told(
    client: TestClient, tmp_path: Path
) -> None:
    good, bad = (register_sentiment(tmp_path, always=always) for always in ("positive", "negative"))
    put_in_use(tmp_path, good)
    analyzed(client, PRAISE)
    put_in_use(tmp_path, bad)
    weights = tmp_path / "artifacts" / "sentiment" / bad / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"?")
    assert analyzed(client, COMPLAINT)[0]["models"]["sentiment"] == f"sentiment@{good}"
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert [item["code"] for item in ready.json()["trouble"]] == ["artifact_invalid"]
    assert post(client, "t-1").status_code == 201
    Registry(tmp_path).rollback("sentiment", by="test", why="broken", now=NOW)
    assert "trouble" not in client.get("/readyz").json()
    assert analyzed(client, COMPLAINT)[0]["models"]["sentiment"] == f"sentiment@{good}"


def test_a_service_starts_on_the_shipped_model_where_the_promoted_one_is_broken(tmp_path: Path) -> None:
    version = register_sentiment(tmp_path, always="negative")
    put_in_use(tmp_path, version)
    (tmp_path / "artifacts" / "sentiment" / version / "weights.safetensors").write_bytes(b"?")
    with service(tmp_path) as client:
        assert analyzed(client, PRAISE)[0]["sentiment"]["label"] == "positive"
        assert client.get("/readyz").json()["trouble"][0]["role"] == "current"


def test_an_alias_that_cannot_be_read_changes_nothing(client: TestClient, tmp_path: Path) -> None:
    version = register_sentiment(tmp_path, always="negative")
    put_in_use(tmp_path, version)
    analyzed(client, PRAISE)
    (tmp_path / "artifacts" / "sentiment" / "alias.json").write_bytes(b"{")
    assert analyzed(client, PRAISE)[0]["models"]["sentiment"] == f"sentiment@{version}"
    assert client.get("/readyz").json()["trouble"]


def test_a_version_that_could_not_be_loaded_is_tried_again_after_a_while(tmp_path: Path) -> None:
    now = [0.0]
    version = register_sentiment(tmp_path, always="negative")
    live = LiveAnalyzer(Settings(home=tmp_path, _env_file=None), clock=lambda: now[0])
    put_in_use(tmp_path, version)
    weights = tmp_path / "artifacts" / "sentiment" / version / "weights.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(b"?")
    assert live.served().trouble
    weights.write_bytes(whole)
    assert live.served().trouble, "not at every batch"
    now[0] += RETRY_SECONDS
    assert not live.served().trouble
    assert live.versions["sentiment"] == f"sentiment@{version}"


def test_worker_processes_of_an_ingest_follow_a_promotion(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, _env_file=None)
    version = register_sentiment(tmp_path, always="negative")
    turns = (Turn(Speaker.CUSTOMER, PRAISE),)
    batch = [Transcript(turns=turns, occurred_at=datetime(2024, 3, 1, tzinfo=UTC), channel="phone")]

    def batches() -> Iterator[list[Transcript]]:
        yield batch
        put_in_use(tmp_path, version)
        for _ in range(30):
            yield batch

    made = [
        record for _, records in make_records(settings, batches(), now=NOW, processes=2) for record in records
    ]
    stamps = [record.analysis.models["sentiment"] for record in made]  # type: ignore[union-attr]
    assert stamps[-1] == f"sentiment@{version}"
    tones = {r.analysis.models["sentiment"]: r.analysis.sentiment for r in made}  # type: ignore[union-attr]
    assert tones[f"sentiment@{version}"] == "negative"
