"""E-mail to a server on this machine: encryption, login, refusals, retries, and what the message holds."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import orjson
import pytest
from pydantic import SecretStr
from receiving import MailBox, certificate, mail_box

from models.core.errors import DeliveryError
from models.review import MonthFacts, ReviewSnapshot, build_snapshot
from service.database.records import ReviewRecord
from service.delivery.message import encoded_size, review_message, trial_message
from service.delivery.parcel import MadeFiles, Parcel, review_event
from service.delivery.smtp import MailServer, send_message

NOW = datetime(2024, 4, 1, 8, tzinfo=UTC)
ROOM = 1 << 20


def _demo() -> Callable[..., MonthFacts]:
    path = Path(__file__).parents[1] / "review_demo.py"
    spec = importlib.util.spec_from_file_location("review_demo", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.demo_facts


@pytest.fixture(scope="module")
def snapshot() -> ReviewSnapshot:
    return build_snapshot(_demo()())


def parcel(snapshot: ReviewSnapshot, made: MadeFiles | None = None, **options: Any) -> Parcel:
    record = ReviewRecord(snapshot.month, options.pop("revision", 1), b"", snapshot.fingerprint, NOW)
    return Parcel("default", record, snapshot, made or MadeFiles(), **options)


def message(made: Parcel, to: str = "a@x.cn", max_bytes: int = ROOM) -> EmailMessage:
    return review_message(made, sender="客户之声 <voc@x.cn>", to=to, now=NOW, max_bytes=max_bytes)


def trial(to: str = "a@x.cn") -> EmailMessage:
    return trial_message(sender="voc@x.cn", to=to, now=NOW, key="k", language="zh")


def text_of(found: EmailMessage, kind: str) -> str:
    part = found.get_body((kind,))
    assert part is not None
    return str(part.get_content())


@pytest.fixture
def box() -> Iterator[MailBox]:
    with mail_box() as found:
        yield found


def plain(box: MailBox) -> MailServer:
    return MailServer("127.0.0.1", box.port, "none")


def test_the_findings_and_files_of_a_review_arrive(
    box: MailBox, snapshot: ReviewSnapshot, tmp_path: Path
) -> None:
    file = tmp_path / "voc-review-2024-03.xlsx"
    file.write_bytes(bytes(range(256)) * 40)
    made = parcel(snapshot, MadeFiles({"xlsx": file}, {"pdf": "缺少 Pango"}))
    send_message(plain(box), message(made))
    found = box.messages[0]
    month = snapshot.month
    assert found["Subject"] == f"客户之声月报 {int(month[:4])}年{int(month[5:])}月 · default"
    assert found["From"].addresses[0].display_name == "客户之声"
    assert found["Auto-Submitted"] == "auto-generated"
    assert len(made.findings()) >= 3
    for kind in ("plain", "html"):
        body = text_of(found, kind)
        for finding, sure in made.findings():
            assert finding in body and sure in body
        assert "pdf 未生成：缺少 Pango" in body and snapshot.fingerprint[:12] in body
    [attachment] = found.iter_attachments()
    assert attachment.get_filename() == "voc-review-2024-03.xlsx"
    assert attachment.get_content_type().endswith("spreadsheetml.sheet")
    assert attachment.get_content() == file.read_bytes()
    assert all(len(line) <= 1000 for line in box.raw[0].split(b"\r\n"))


def test_texts_are_escaped_in_html(snapshot: ReviewSnapshot) -> None:
    evil = replace(
        snapshot.findings[0], zh="<script>alert(1)</script>{{ 7*7 }}", figures={}, names={}, basis=None
    )
    body = text_of(message(parcel(replace(snapshot, findings=(evil,)))), "html")
    assert "<script>" not in body and "&lt;script&gt;" in body and "{{ 7*7 }}" in body


def test_what_is_too_large_is_named_with_its_size_and_the_rest_goes_along(
    snapshot: ReviewSnapshot, tmp_path: Path
) -> None:
    files = {}
    for kind, size in (("pdf", 300_000), ("html", 900_000), ("xlsx", 300_000)):
        files[kind] = tmp_path / f"r.{kind}"
        files[kind].write_bytes(b"x" * size)
    found = message(parcel(snapshot, MadeFiles(files), public_url="https://voc.example"))
    assert [part.get_filename() for part in found.iter_attachments()] == ["r.pdf", "r.xlsx"]
    assert "html 未附上：大小 1.2 MiB，一封邮件的附件最多 1.0 MiB" in text_of(found, "plain")
    assert f"https://voc.example/v1/reviews/{snapshot.month}.html" in text_of(found, "plain")
    assert len(found.as_bytes()) < ROOM + 40_000


@pytest.mark.parametrize("n_bytes", [0, 1, 56, 57, 58, 1000, 12345])
def test_the_size_of_an_attachment_is_what_it_takes_in_the_message(n_bytes: int) -> None:
    carrier = EmailMessage()
    carrier.set_content(b"x" * n_bytes, maintype="application", subtype="pdf")
    body = carrier.as_bytes(policy=carrier.policy.clone(linesep="\r\n")).split(b"\r\n\r\n", 1)[1]
    assert encoded_size(n_bytes) >= len(body) >= encoded_size(n_bytes) - 2


def test_a_message_keeps_its_id_and_another_receiver_or_revision_has_its_own(
    snapshot: ReviewSnapshot,
) -> None:
    first = message(parcel(snapshot))["Message-ID"]
    assert message(parcel(snapshot))["Message-ID"] == first
    assert first.endswith("@x.cn>")
    assert message(parcel(snapshot), to="b@x.cn")["Message-ID"] != first
    second = message(parcel(snapshot, revision=2))
    assert second["Message-ID"] != first and "第 2 版" in second["Subject"]


def test_the_webhook_of_a_review_is_the_same_bytes_each_time_and_small(snapshot: ReviewSnapshot) -> None:
    event = review_event(parcel(snapshot, public_url="https://voc.example"))
    assert event == review_event(parcel(snapshot, public_url="https://voc.example"))
    sent = orjson.loads(event.body)
    assert (sent["type"], sent["data"]["month"]) == ("review.created", snapshot.month)
    assert sent["data"]["fingerprint"] == snapshot.fingerprint
    assert sent["data"]["findings"][0]["text"] and sent["data"]["findings"][0]["how_sure"]
    assert sent["data"]["links"]["html"] == f"https://voc.example/v1/reviews/{snapshot.month}.html"
    assert len(event.body) < 20_000


def test_an_english_service_writes_english(snapshot: ReviewSnapshot) -> None:
    found = message(parcel(snapshot, language="en"))
    assert found["Subject"].startswith("Voice of the customer")
    assert "How sure:" in text_of(found, "plain") and "本月" not in text_of(found, "plain")


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_login_goes_over_an_encrypted_connection(security: str, tmp_path: Path) -> None:
    ours, theirs = certificate(tmp_path)
    with mail_box(tls=ours, implicit=security == "tls", password="s3cret") as box:
        server = MailServer("127.0.0.1", box.port, security, "voc", SecretStr("s3cret"), tls=theirs)
        send_message(server, trial())
    assert (box.over_tls, box.logins, len(box.messages)) == ([True], ["voc"], 1)


def test_a_certificate_of_nobody_known_is_refused_at_once(tmp_path: Path) -> None:
    ours, _ = certificate(tmp_path)
    slept: list[float] = []
    with mail_box(tls=ours) as box, pytest.raises(DeliveryError) as caught:
        send_message(MailServer("127.0.0.1", box.port), trial(), sleep=slept.append)
    assert (box.messages, slept) == ([], [])
    assert "证书无法验证" in caught.value.message("zh")


def test_nothing_falls_back_to_clear_text(box: MailBox) -> None:
    server = MailServer("127.0.0.1", box.port, "starttls", "voc", SecretStr("hush"))
    with pytest.raises(DeliveryError) as caught:
        send_message(server, trial(), sleep=lambda _: None)
    assert (box.logins, box.messages) == ([], [])
    assert "VOC_SMTP_SECURITY" in caught.value.message("zh")


def test_a_wrong_password_is_told_once_and_never_shown(caplog: pytest.LogCaptureFixture) -> None:
    with mail_box(password="right") as box, pytest.raises(DeliveryError) as caught:
        server = MailServer("127.0.0.1", box.port, "none", "voc", SecretStr("hush"))
        send_message(server, trial(), sleep=lambda _: None)
    assert box.logins == ["voc"]
    assert "VOC_SMTP_PASSWORD" in caught.value.message("zh")
    assert "hush" not in repr(caught.value) + repr(server) + caplog.text


def test_what_may_pass_is_tried_again_with_the_same_message(box: MailBox) -> None:
    box.answers = ["451 try later", "421 busy"]
    slept: list[float] = []
    send_message(plain(box), trial(), waits=(1, 2, 3), sleep=slept.append)
    assert (slept, len(box.messages)) == ([1, 2], 1)


def test_a_lost_answer_leads_to_a_second_copy_with_the_same_id(box: MailBox) -> None:
    box.answers = ["250 hang up"]
    send_message(plain(box), trial(), waits=(1,), sleep=lambda _: None)
    assert len(box.messages) == 2
    assert len({found["Message-ID"] for found in box.messages}) == 1


@pytest.mark.parametrize(("to", "answer"), [("nobody@x.cn", "250 taken"), ("a@x.cn", "554 spam")])
def test_a_refusal_for_good_is_not_repeated(box: MailBox, to: str, answer: str) -> None:
    box.answers = [answer]
    slept: list[float] = []
    with pytest.raises(DeliveryError) as caught:
        send_message(plain(box), trial(to), sleep=slept.append)
    assert (slept, box.messages) == ([], [])
    assert ("550" in caught.value.message("zh")) == (to == "nobody@x.cn")


def test_a_server_that_is_not_there_is_named_with_the_settings_to_check() -> None:
    with pytest.raises(DeliveryError) as caught:
        send_message(MailServer("127.0.0.1", 1, "none"), trial(), waits=(1,), sleep=lambda _: None)
    assert "127.0.0.1:1" in caught.value.message("zh") and "VOC_SMTP_HOST" in caught.value.message("zh")
