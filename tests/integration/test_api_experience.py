"""Experience marks as a tool that posts texts sees them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from api_service import service
from starlette.testclient import TestClient

STORY = (
    "上个月给老人做寿，提前一周订了三十个人的席面，到店一问说没有我们的单子，订单丢了。一半的客人干等了一个小时才上菜，剩下的人又多等了"
    "二十分钟。酒水还拿错了，要的是果汁端来的是可乐。菜上来是凉的，鱼都烧老了。说好的甜点根本没有，桌上的花也是蔫的。"
)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with service(tmp_path) as found:
        yield found


@pytest.mark.parametrize("sector", ["generic", "automotive", "hotel"])
def test_the_restaurant_story_has_its_issues_and_both_waiting_times(tmp_path: Path, sector: str) -> None:
    with service(tmp_path, sector=sector) as client:
        analysis = client.post("/v1/analyze", json={"texts": [STORY]}).json()["results"][0]
    marks = analysis["experience"]["marks"]
    issues = {mark["value"] for mark in marks if mark["kind"] == "issue"}
    waits = {STORY[slice(*mark["span"])]: mark["amount"] for mark in marks if mark["kind"] == "wait"}
    assert len(issues) >= 5
    assert waits == {"一个小时": 60.0, "二十分钟": 20.0}
    broken = {STORY[slice(*m["span"])] for m in marks if m["kind"] == "promise" and m["value"] == "broken"}
    assert "甜点" in broken


def test_a_stored_transcript_tells_of_its_experience_over_the_masked_text(client: TestClient) -> None:
    posted = client.post(
        "/v1/transcripts",
        json={
            "external_id": "x1",
            "channel": "phone",
            "occurred_at": "2024-03-05T10:00:00+08:00",
            "turns": [
                {"speaker": "customer", "text": "我电话13800138000，等了一个半小时还没人管，我要打12315"},
                {"speaker": "agent", "text": "非常抱歉，我马上让经理给您回电话"},
            ],
        },
    ).json()
    marks = posted["analysis"]["experience"]["marks"]
    text = posted["analysis"]["masked_text"]
    said = {mark["kind"]: text[slice(*mark["span"])] for mark in marks}
    assert said["wait"] == "一个半小时"
    assert "12315" in said["exposure"]
    assert "13800138000" not in text
