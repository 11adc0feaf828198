"""Root causes over HTTP: read, correct, take back."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from api_service import assert_problem, bearer, make_key, post, service
from starlette.testclient import TestClient

from models.rootcause.ledger.events import LedgerEvent
from service.building import build_encoder
from service.database import ledger, root_causes
from service.database.records import AssignmentRecord, MonthCause, RootCauseMonthRecord, RootCauseRecord
from service.rootcauses.editing import ensure_births
from service.rootcauses.owning import reown_month

SAID = {
    "rc-cold": ("空调不制冷", ["空调不制冷，开了也没用。", "空调一直吹热风。"]),
    "rc-smell": ("空调异味", ["空调有异味，一开就臭。", "出风口有发霉的味道。"]),
}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    """A service with two causes in 2024-03."""
    with service(tmp_path) as opened:
        store_causes(opened)
        yield opened


def store_causes(client: TestClient) -> None:
    state = client.app.state.voc  # type: ignore[attr-defined]
    causes, assigned = [], []
    for rank, (cause_id, (name, texts)) in enumerate(SAID.items(), 1):
        ids = [post(client, text=text).json()["id"] for text in texts]
        mine = [AssignmentRecord(i, cause_id, 0, len(t), 0.9) for i, t in zip(ids, texts, strict=True)]
        record = RootCauseRecord(cause_id, name, "new", "2024-03", {}, state.clock())
        quotes = [
            {"transcript_id": a.transcript_id, "start": 0, "end": a.end, "text": t}
            for a, t in zip(mine, texts, strict=True)
        ]
        row = RootCauseMonthRecord(cause_id, "2024-03", 2, 2, rank, {"keywords": [name], "exemplars": quotes})
        causes.append(MonthCause(record, row))
        assigned += mine
    with state.database.begin() as connection:
        root_causes.save_month(connection, "default", "2024-03", causes, assigned)
        ensure_births(connection, "default", state.clock())
        reown_month(connection, "default", "2024-03", build_encoder(state.settings))


def edit(
    client: TestClient, cause_id: str, verb: str, headers: dict[str, str] | None = None, **body: Any
) -> Any:
    return client.post(f"/v1/root-causes/{cause_id}:{verb}", json=body, headers=headers)


def month(client: TestClient, **wanted: Any) -> dict[str, dict[str, Any]]:
    items = client.get("/v1/root-causes", params={"month": "2024-03", **wanted}).json()["items"]
    return {item["id"]: item for item in items}


def test_a_rename_answers_the_newer_state_and_its_event(client: TestClient) -> None:
    before = client.get("/v1/root-causes/rc-cold").json()
    done = edit(
        client, "rc-cold", "rename", name="空调不凉", why="更贴切", seen_seq=before["changed_seq"]
    ).json()
    assert (done["event"]["kind"], done["event"]["by"], done["event"]["why"]) == ("rename", "local", "更贴切")
    (cause,) = done["items"]
    assert (cause["name"], cause["named_by"], cause["changed_seq"]) == (
        "空调不凉",
        "analyst",
        done["event"]["seq"],
    )
    assert client.get("/v1/root-causes/rc-cold").json() == cause
    assert month(client)["rc-cold"]["name"] == "空调不凉"


def test_merge_and_undo_show_in_months_lists_and_searches(client: TestClient) -> None:
    before = month(client)
    done = edit(client, "rc-cold", "merge", others=["rc-smell"]).json()
    assert {item["id"]: item["merged_into"] for item in done["items"]} == {
        "rc-cold": None,
        "rc-smell": "rc-cold",
    }
    assert {key: item["n_transcripts"] for key, item in month(client).items()} == {"rc-cold": 4}
    everything = month(client, all=True)
    assert (everything["rc-smell"]["state"], everything["rc-smell"]["merged_into"]) == ("merged", "rc-cold")
    found = client.get("/v1/transcripts", params={"root_cause": "rc-cold"}).json()["items"]
    assert len(found) == 4
    assert [item["id"] for item in client.get("/v1/root-causes").json()["items"]] == ["rc-cold"]
    edit(client, "rc-smell", "undo")
    after = month(client)
    for item in (*before.values(), *after.values()):
        item.pop("changed_seq")
    assert after == before


def test_a_split_makes_a_cause_with_its_own_clauses(client: TestClient) -> None:
    exemplar = month(client)["rc-smell"]["exemplars"][1]
    named = {key: exemplar[key] for key in ("transcript_id", "start", "end")}
    done = edit(client, "rc-smell", "split", name="出风口发霉", clauses=[named]).json()
    part = done["event"]["detail"]["part"]
    cause = client.get(f"/v1/root-causes/{part}").json()
    assert (cause["name"], cause["split_from"]) == ("出风口发霉", "rc-smell")
    assert [quote["text"] for quote in cause["evidence"]] == ["出风口有发霉的味道。"]
    assert not any("centroid" in key for key in done["event"]["detail"])


def test_retired_causes_are_left_out_until_asked_for_or_restored(client: TestClient) -> None:
    edit(client, "rc-cold", "retire")
    assert list(month(client)) == ["rc-smell"]
    assert month(client, all=True)["rc-cold"]["is_retired"] is True
    edit(client, "rc-cold", "restore")
    assert list(month(client)) == ["rc-cold", "rc-smell"]


def test_of_two_analysts_the_second_gets_409_with_the_newer_state(client: TestClient) -> None:
    _, secret = make_key(client, "analyst", "read")
    headers = bearer(secret)
    seen = client.get("/v1/root-causes/rc-cold", headers=headers).json()["changed_seq"]
    edit(client, "rc-cold", "rename", headers, name="空调不凉", seen_seq=seen)
    late = edit(client, "rc-cold", "rename", headers, name="冷气不足", seen_seq=seen)
    body = assert_problem(late, 409, "edit_conflict", "rc-cold")
    report = body["report"]
    assert (report["cause"]["name"], report["changed_by"]) == ("空调不凉", "test")
    assert report["changed_seq"] > seen and report["changed_at"]
    again = edit(client, "rc-cold", "rename", headers, name="冷气不足", seen_seq=report["changed_seq"])
    assert again.json()["items"][0]["name"] == "冷气不足"


def test_of_edits_at_once_one_wins(client: TestClient) -> None:
    seen = client.get("/v1/root-causes/rc-cold").json()["changed_seq"]

    def rename(name: str) -> int:
        return int(edit(client, "rc-cold", "rename", name=name, seen_seq=seen).status_code)

    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(pool.map(rename, ["名称甲", "名称乙", "名称丙", "名称丁"]))
    assert statuses == [200, 409, 409, 409]


def test_the_same_key_and_body_count_once(client: TestClient) -> None:
    key = {"Idempotency-Key": "k-1"}
    first = edit(client, "rc-cold", "rename", key, name="空调不凉")
    again = edit(client, "rc-cold", "rename", key, name="空调不凉")
    assert (again.status_code, again.content) == (200, first.content)
    assert_problem(edit(client, "rc-smell", "rename", key, name="空调不凉"), 409, "idempotency_conflict")
    events = client.get("/v1/root-causes/rc-cold/events").json()["items"]
    assert [event["kind"] for event in events] == ["birth", "rename"]


def test_events_come_in_pages_and_by_cause(client: TestClient) -> None:
    edit(client, "rc-cold", "retire", why="已解决")
    edit(client, "rc-cold", "restore")
    first = client.get("/v1/root-causes/events", params={"limit": 3}).json()
    second = client.get("/v1/root-causes/events", params={"cursor": first["next_cursor"]}).json()
    assert [e["seq"] for e in (*first["items"], *second["items"])] == [1, 2, 3, 4]
    assert (first["items"][2]["why"], second["next_cursor"]) == ("已解决", None)
    own = client.get("/v1/root-causes/rc-smell/events").json()["items"]
    assert [event["kind"] for event in own] == ["birth"]
    assert_problem(client.get("/v1/root-causes/events", params={"cursor": "x"}), 400, "cursor_invalid")
    assert_problem(client.get("/v1/root-causes/rc-none/events"), 404, "not_found")


def test_bad_edits_are_answered_in_the_language_asked_for_and_change_nothing(client: TestClient) -> None:
    before = month(client)
    edited = [
        ("rc-cold", "merge", {"others": ["rc-cold"]}, 422, "input_invalid", "cannot be merged with itself"),
        ("rc-cold", "merge", {"others": "rc-smell"}, 422, "field_invalid", "others"),
        ("rc-cold", "rename", {"name": " "}, 422, "input_invalid", "40"),
        ("rc-cold", "rename", {"name": "空调异味"}, 422, "input_invalid", "rc-smell"),
        ("rc-cold", "rename", {"nmae": "x"}, 422, "field_invalid", "nmae"),
        ("rc-cold", "split", {"name": "新"}, 422, "input_invalid", "both sides"),
        ("rc-cold", "split", {"name": "新", "clauses": [{}]}, 422, "field_invalid", "clauses"),
        ("rc-cold", "undo", {"seq": 1}, 422, "input_invalid", "system"),
        ("rc-cold", "undo", {"seq": 77}, 404, "not_found", "77"),
        ("rc-none", "retire", {}, 404, "not_found", "rc-none"),
        ("rc-cold", "restore", {}, 409, "edit_conflict", "not retired"),
        ("rc-cold", "retire", {"seen_seq": "1"}, 422, "field_invalid", "seen_seq"),
    ]
    for cause_id, verb, body, status, code, part in edited:
        assert_problem(edit(client, cause_id, verb, {"Accept-Language": "en"}, **body), status, code, part)
    assert month(client) == before


def test_a_reader_may_not_edit(client: TestClient) -> None:
    _, secret = make_key(client, "read")
    assert_problem(edit(client, "rc-cold", "retire", bearer(secret)), 403, "forbidden")


def test_a_month_tells_what_its_last_run_left_open(client: TestClient) -> None:
    params = {"month": "2024-03"}
    assert client.get("/v1/root-causes", params=params).json()["run"] is None
    state = client.app.state.voc  # type: ignore[attr-defined]
    with state.database.begin() as connection:
        for month_, left in (("2024-03", 1), ("2024-03", 4), ("2024-02", 9)):
            seq = ledger.read_state(connection, "default")[0].seq + 1
            payload = {
                "month": month_,
                "unassigned": {"generic": left},
                "farthest": [["t1", 0, 4, "rc-cold", 0.31]],
                "proposals": [{"kind": "merge", "causes": ["rc-cold", "rc-smell"], "born": []}],
            }
            event = LedgerEvent(seq, state.clock(), "month", "", "system", payload=payload)
            ledger.append_events(connection, "default", [event])
    run = client.get("/v1/root-causes", params=params).json()["run"]
    assert run["unassigned_clauses"] == {"generic": 4}
    assert run["farthest"] == [
        {"transcript_id": "t1", "start": 0, "end": 4, "nearest_id": "rc-cold", "score": 0.31}
    ]
    assert run["proposals"][0]["causes"] == ["rc-cold", "rc-smell"]
