"""A month's causes with what their customers state, from the stored text to the page."""

from __future__ import annotations

import time
from pathlib import Path

from api_service import post, service

SAID = (
    "空调不制冷，等了三天没人处理，要求退款",
    "空调一直不制冷，等了5天，我要求退款并道歉",
    "空调坏了不制冷，修了三次，必须给我退款",
    "刹车异响，一踩就吱吱响，多收了我500元，要求赔偿",
    "刹车异响很严重，花了800元没修好，要求赔偿",
    "刹车一踩就异响，要求赔偿损失",
)


def test_a_month_tells_demands_and_quantities_with_places_in_the_text(tmp_path: Path) -> None:
    with service(tmp_path) as client:
        for i in range(24):
            text = f"{SAID[i % 6]}，我是第{chr(0x4E00 + 37 * i)}{chr(0x5200 + 91 * i)}位车主。"
            post(client, f"r-{i}", text=text, occurred_at=f"2024-03-{i % 28 + 1:02d}T10:00:00+08:00")
        job = client.post("/v1/reviews/2024-03").json()["id"]
        until = time.monotonic() + 60
        while client.get(f"/v1/jobs/{job}").json()["state"] not in ("done", "failed"):
            assert time.monotonic() < until
            time.sleep(0.02)
        items = client.get("/v1/root-causes?month=2024-03").json()["items"]
        shown = [client.get(f"/v1/root-causes/{item['id']}").json()["months"][0]["stated"] for item in items]
        rows = [row for stated in shown for row in (*stated["demands"], *stated["quantities"])]
        assert {"refund", "compensation"} <= {row["kind"] for row in rows}
        assert {"waiting", "money"} & {row["kind"] for row in rows}
        for row in rows:
            for quote in row["examples"]:
                text = client.get(f"/v1/transcripts/{quote['transcript_id']}").json()["text"]
                assert text[quote["start"] : quote["end"]] == quote["text"]
        page = client.get("/v1/reviews/2024-03.html").text
        review = client.get("/v1/reviews/2024-03.json").json()
    assert "客户要求" in page and "退款退货" in page
    assert any(cause.get("demands") for cause in review["causes"])
