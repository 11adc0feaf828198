"""``voc schedule``: a stored month made and sent, once to each, whatever happens in between."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from command_line import Voc, caller
from receiving import Hook, MailBox, hook_server, mail_box

from models.core.errors import DeliveryError
from models.core.month import Month
from service.cli.main import run
from service.cli.options import opened
from service.database import deliveries, reviews
from service.database.engine import Database
from service.delivery.calendar import Timetable
from service.delivery.parcel import MadeFiles, Parcel
from service.delivery.receivers import Receiver
from service.delivery.running import missed_month, render_again, send_month
from service.settings import load_settings

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
COMPLAINTS = ("空调不制冷，修了三次还没修好", "刹车异响，一踩就吱吱响", "提车才一个月就降价两万")
NOW = datetime(2024, 4, 1, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def stored_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Path], None]]:
    """Copies a home with two ingested months and one review into a folder."""
    folder = tmp_path_factory.mktemp("stored")
    patch, rows = pytest.MonkeyPatch(), []
    for name, value in (("HOME", folder / "home"), ("SECTOR", "generic"), ("LANGUAGE", "zh")):
        patch.setenv(f"VOC_{name}", str(value))
    patch.chdir(folder)
    for n in range(36):
        row = {"external_id": f"k-{n}", "text": f"{COMPLAINTS[n % 3]}，第{n}次来电。"}
        rows.append({**row, "occurred_at": f"2024-{2 + n % 2:02d}-{n % 28 + 1:02d}T10:00:00+08:00"})
    (folder / "calls.jsonl").write_bytes(b"\n".join(map(orjson.dumps, rows)))
    assert run(["ingest", str(folder / "calls.jsonl")]) == 0
    assert run(["review", "2024-03", "--formats", "json"]) == 0
    patch.undo()
    yield lambda home: shutil.copytree(folder / "home", home)


@pytest.fixture
def voc(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    stored_home: Callable[[Path], None],
) -> Voc:
    for name in load_settings().__class__.model_fields:
        monkeypatch.delenv(f"VOC_{name.upper()}", raising=False)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("VOC_REVIEW_FORMATS", "html,json")
    stored_home(tmp_path / "home")
    return caller(tmp_path, monkeypatch, capsys)


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch) -> Iterator[MailBox]:
    with mail_box() as found:
        for name, value in (
            ("SMTP_HOST", "127.0.0.1"),
            ("SMTP_PORT", str(found.port)),
            ("SMTP_SECURITY", "none"),
            ("SMTP_FROM", "voc@x.cn"),
            ("REVIEW_TO", "a@x.cn, b@x.cn"),
        ):
            monkeypatch.setenv(f"VOC_{name}", value)
        yield found


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hook]:
    with hook_server() as found:
        monkeypatch.setenv("VOC_REVIEW_WEBHOOKS", f"{found.url}/hush")
        monkeypatch.setenv("VOC_WEBHOOK_ALLOW_HTTP", "true")
        monkeypatch.setenv("VOC_WEBHOOK_SECRET", SECRET)
        yield found


def states(out: dict[str, list[dict[str, str]]]) -> list[str]:
    return [receiver["state"] for receiver in out["receivers"]]


def test_a_month_goes_to_everybody_once(voc: Voc, box: MailBox, hook: Hook) -> None:
    code, out, err = voc("schedule", "run", "--month", "2024-03", "--json")
    assert (code, states(out), err) == (0, ["sent", "sent", "sent"], "")
    assert (out["month"], out["revision"], out["is_resent"]) == ("2024-03", 1, False)
    assert sorted(str(found["To"]) for found in box.messages) == ["a@x.cn", "b@x.cn"]
    names = [part.get_filename() for part in box.messages[0].iter_attachments()]
    assert names == ["voc-review-2024-03.html", "voc-review-2024-03.json"]
    [(headers, body, _)] = hook.posts
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mac = hmac.new(base64.b64decode(SECRET[6:]), content, hashlib.sha256).digest()
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(mac).decode()}"
    assert json.loads(body)["data"]["fingerprint"] == out["fingerprint"]
    assert json.loads(body)["data"]["n_transcripts"] == 18
    code, out, _ = voc("schedule", "run", "--month", "2024-03", "--json")
    assert (code, states(out), out["revision"]) == (0, ["already_sent"] * 3, 1)
    assert (len(box.messages), len(hook.posts)) == (2, 1)


def test_what_failed_is_sent_on_and_who_has_it_gets_it_no_second_time(
    voc: Voc, box: MailBox, hook: Hook
) -> None:
    hook.answers = [(400, {})]
    box.answers = ["250 taken", "554 full"]
    code, out, err = voc("schedule", "run", "--month", "2024-03")
    assert code == 1 and "已发送  a@x.cn" in out
    assert "未能送达 b@x.cn" in err and "HTTP 400" in err and "补发" in err
    assert "hush" not in out + err
    code, out, _ = voc("schedule", "run", "--month", "2024-03", "--json")
    assert (code, states(out), out["is_resent"]) == (0, ["already_sent", "sent", "sent"], True)
    assert len({headers["webhook-id"] for headers, _, _ in hook.posts}) == 1
    assert hook.posts[0][1] == hook.posts[1][1]
    assert [str(found["To"]) for found in box.messages] == ["a@x.cn", "b@x.cn"]
    _, out, _ = voc("schedule", "show", "--json")
    assert [(item["state"], item["n_runs"]) for item in out["deliveries"]] == [
        ("sent", 1),
        ("sent", 2),
        ("sent", 2),
    ]


def test_a_passing_fault_is_tried_again_within_the_run_and_logged_beside_the_answer(
    voc: Voc, hook: Hook
) -> None:
    hook.answers = [(500, {})]
    code, out, err = voc("schedule", "run", "--month", "2024-03", "--json")
    assert (code, states(out), len(hook.posts)) == (0, ["sent"], 2)
    assert len({headers["webhook-id"] for headers, _, _ in hook.posts}) == 1
    assert "HTTP 500" in err and "hush" not in err


def test_a_running_schedule_tells_its_next_run_and_leaves_when_it_is_asked_to(voc: Voc, hook: Hook) -> None:
    command = [sys.executable, "-m", "service", "schedule", "run"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        code = process.wait(60)
    assert (code, hook.posts) == (0, [])
    assert re.match(r"下次运行：\d{4}-\d\d-01 08:00，评审 \d{4}-\d\d", first)


def test_new_numbers_are_a_new_revision_and_are_sent(voc: Voc, box: MailBox, tmp_path: Path) -> None:
    voc("schedule", "run", "--month", "2024-03")
    late = {"external_id": "late", "text": "漏油严重，没人处理", "occurred_at": "2024-03-09T10:00:00+08:00"}
    (tmp_path / "late.jsonl").write_bytes(orjson.dumps(late))
    assert voc("ingest", "late.jsonl")[0] == 0
    code, out, _ = voc("schedule", "run", "--month", "2024-03", "--json")
    assert (code, out["revision"], states(out)) == (0, 2, ["sent", "sent"])
    assert "第 2 版" in box.messages[-1]["Subject"]


def test_one_who_is_added_later_gets_the_revision_that_the_others_have(
    voc: Voc, box: MailBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    voc("schedule", "run", "--month", "2024-03")
    monkeypatch.setenv("VOC_REVIEW_TO", "a@x.cn, b@x.cn, c@x.cn")
    code, out, _ = voc("schedule", "run", "--month", "2024-03", "--json")
    assert (code, states(out)) == (0, ["already_sent", "already_sent", "sent"])


def test_a_month_without_transcripts_is_told_with_those_there_are(voc: Voc, box: MailBox) -> None:
    code, _, err = voc("schedule", "run", "--month", "2023-01")
    assert code == 2 and "2024-03" in err and box.messages == []
    code, _, err = voc("schedule", "run", "--once")
    assert code == 2 and "没有已入库的记录" in err


@pytest.mark.parametrize("command", [("run", "--once"), ("run",), ("test",)])
def test_without_receivers_the_settings_are_named(voc: Voc, command: tuple[str, ...]) -> None:
    code, out, err = voc("schedule", *command)
    assert (code, out) == (2, "")
    assert "VOC_REVIEW_TO" in err and "VOC_REVIEW_WEBHOOKS" in err


def test_wrong_settings_end_with_2_before_anything_is_made(
    voc: Voc, hook: Hook, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VOC_WEBHOOK_ALLOW_HTTP", "false")
    assert voc("schedule", "run", "--once")[0] == 2
    monkeypatch.setenv("VOC_WEBHOOK_ALLOW_HTTP", "true")
    monkeypatch.setenv("VOC_WEBHOOK_SECRET", "whsec_short")
    code, _, err = voc("schedule", "run", "--month", "2024-03")
    assert code == 2 and "VOC_WEBHOOK_SECRET" in err and "short" not in err
    monkeypatch.setenv("VOC_REVIEW_DAY", "32")
    code, _, err = voc("schedule", "show")
    assert code == 2 and "VOC_REVIEW_DAY" in err
    assert hook.posts == []


def test_a_test_reaches_everybody_and_says_who_did_not_get_it(voc: Voc, box: MailBox, hook: Hook) -> None:
    hook.answers = [(404, {})]
    code, out, err = voc("schedule", "test")
    assert code == 1 and out.count("已发送") == 2 and "HTTP 404" in err
    code, out, _ = voc("schedule", "test", "--json")
    assert (code, states(out)) == (0, ["sent"] * 3)
    assert json.loads(hook.posts[-1][1])["type"] == "review.test"
    assert "测试" in box.messages[0]["Subject"]


def test_what_is_shown_holds_no_secret(
    voc: Voc, box: MailBox, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOC_SMTP_USER", "voc")
    monkeypatch.setenv("VOC_SMTP_PASSWORD", "hush")
    code, text, err = voc("schedule", "show")
    assert code == 0 and "a@x.cn" in text and "08:00" in text
    _, out, _ = voc("schedule", "show", "--json")
    assert len(out["runs"]) == 3 and out["formats"] == ["html", "json"]
    assert out["runs"][0]["at"].endswith("+08:00")
    for said in (text, err, json.dumps(out)):
        assert "hush" not in said and SECRET not in said


class Town:
    """Receivers that note what they got; ``dies`` ends the process after one of them has it."""

    def __init__(self) -> None:
        self.got: list[tuple[str, str]] = []
        self.dies = False

    def send(self, parcel: Parcel, receiver: Receiver, now: datetime) -> None:
        self.got.append((receiver.id, parcel.event_id))
        if self.dies:
            raise KeyboardInterrupt


def test_a_death_between_sending_and_noting_sends_again_with_the_same_id(voc: Voc) -> None:
    town, settings, at = Town(), load_settings(), [NOW]
    people = (Receiver("email", "a@x.cn", "a@x.cn"), Receiver("email", "b@x.cn", "b@x.cn"))

    def send_now(database: Database) -> list[str]:
        sent = send_month(
            settings,
            database,
            Month(2024, 3),
            people,
            build=lambda month: (1, MadeFiles()),
            ways={"email": town.send},
            clock=lambda: at[0],
        )
        return [outcome.state for outcome in sent.outcomes]

    with opened(settings) as database:
        town.dies = True
        with pytest.raises(KeyboardInterrupt):
            send_now(database)
        town.dies = False
        assert send_now(database) == ["busy", "sent"]
        at[0] += deliveries.STALE_AFTER
        assert send_now(database) == ["sent", "already_sent"]
        assert send_now(database) == ["already_sent", "already_sent"]
    assert [name for name, _ in town.got] == ["a@x.cn", "b@x.cn", "a@x.cn"]
    assert len({event for _, event in town.got}) == 1


def test_of_two_processes_one_sends(database: Database) -> None:
    place = ("t", "2024-03", 1, "a@x.cn")
    with database.begin() as connection:
        deliveries.plan_deliveries(connection, *place[:3], [("email", "a@x.cn")], NOW)
        deliveries.plan_deliveries(connection, *place[:3], [("email", "a@x.cn")], NOW)
        assert deliveries.claim_delivery(connection, *place, NOW)
        assert not deliveries.claim_delivery(connection, *place, NOW + timedelta(minutes=9))
        deliveries.close_delivery(connection, *place, NOW, error="full")
        assert deliveries.claim_delivery(connection, *place, NOW)
        deliveries.close_delivery(connection, *place, NOW)
        deliveries.close_delivery(connection, *place, NOW, error="a late failure of another try")
        assert not deliveries.claim_delivery(connection, *place, NOW + timedelta(days=9))
        [found] = deliveries.list_deliveries(connection, "t")
        assert (found.state, found.n_runs, found.error, found.changed_at) == ("sent", 2, None, NOW)
        assert deliveries.list_deliveries(connection, "other") == []


def test_a_run_that_was_missed_is_made_up_but_not_by_a_new_installation(database: Database) -> None:
    table, now = Timetable(1, 8, load_settings().zone), NOW + timedelta(days=3)
    people = [Receiver("email", "a@x.cn", "a@x.cn")]
    assert missed_month(database, "t", table, people, now) is None
    with database.begin() as connection:
        deliveries.plan_deliveries(connection, "t", "2024-02", 1, [("email", "a@x.cn")], NOW)
    assert missed_month(database, "t", table, people, now) == Month(2024, 3)
    with database.begin() as connection:
        deliveries.plan_deliveries(connection, "t", "2024-03", 1, [("email", "a@x.cn")], NOW)
        deliveries.close_delivery(connection, "t", "2024-03", 1, "a@x.cn", NOW)
    assert missed_month(database, "t", table, people, now) is None


def test_a_stored_revision_is_drawn_again_with_what_cannot_be_made_named(
    voc: Voc, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(load_settings()) as database, database.read() as connection:
        record = reviews.get_review(connection, "default", "2024-03")
    made = render_again(load_settings(), record)
    assert list(made.files) == ["html", "json"] and made.not_made == {}
    assert orjson.loads(made.files["json"].read_bytes())["fingerprint"] == record.fingerprint


@pytest.mark.parametrize(
    ("error", "kept"),
    [
        (DeliveryError(receiver="a@x.cn", reason="满了", reason_en="full"), "满了"),
        (RuntimeError("客户张三的原话"), "内部错误（RuntimeError），见日志"),
    ],
)
def test_a_failure_keeps_its_reason_and_lets_the_others_through(
    voc: Voc, error: Exception, kept: str
) -> None:
    def fail(parcel: Parcel, receiver: Receiver, now: datetime) -> None:
        raise error

    town, settings = Town(), load_settings()
    people = (Receiver("email", "a@x.cn", "a@x.cn"), Receiver("webhook", "https://h", "h"))
    with opened(settings) as database:
        sent = send_month(
            settings,
            database,
            Month(2024, 3),
            people,
            build=lambda month: (1, MadeFiles()),
            ways={"email": fail, "webhook": town.send},
            clock=lambda: NOW,
        )
        with database.read() as connection:
            found = deliveries.list_deliveries(connection, "default")
    assert [outcome.state for outcome in sent.outcomes] == ["failed", "sent"]
    assert [(item.kind, item.state, item.error) for item in found] == [
        ("email", "failed", kept),
        ("webhook", "sent", None),
    ]
