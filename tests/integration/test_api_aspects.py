"""Aspects over HTTP: with the detail ``full`` alone, of texts and of what is stored."""

from __future__ import annotations

from pathlib import Path

from api_service import post, service

TEXT = "客户：电话13800138000，油耗太高了，百公里十二个油。坐席：抱歉"


def test_the_full_detail_names_the_subjects_spoken_of(tmp_path: Path) -> None:
    with service(tmp_path, detail="full") as client:
        found = client.post("/v1/analyze", json={"texts": [TEXT, "你好"]}).json()["results"]
        aspect = next(a for a in found[0]["aspects"] if a["aspect"] == "油耗")
        assert set(aspect) == {"aspect", "polarity", "score", "spans"}
        assert "油耗太高了" in [TEXT[start:end] for start, end in aspect["spans"]]
        assert found[1]["aspects"] == []
        version = found[0]["models"]["aspect"]
        assert version == client.get("/v1/models").json()["in_use"]["aspect"]
        stored = post(client, text="油耗太高了，百公里十二个油").json()["analysis"]
        assert [a["aspect"] for a in stored["aspects"]] == ["油耗"]
        assert stored["models"]["aspect"] == version


def test_labels_alone_name_none(tmp_path: Path) -> None:
    with service(tmp_path) as client:
        found = client.post("/v1/analyze", json={"texts": [TEXT]}).json()["results"][0]
        stored = post(client, text="油耗太高了").json()["analysis"]
        for analysis in (found, stored):
            assert "aspects" not in analysis and "aspect" not in analysis["models"]
