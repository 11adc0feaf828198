"""Webhooks: the signature of the specification, and what is tried again."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator

import pytest
from pydantic import SecretStr
from receiving import Hook, hook_server

from models.core.errors import DeliveryError
from service.delivery.receivers import Receiver
from service.delivery.signing import event_id, read_keys, sign
from service.delivery.webhook import Event, make_event, post_event

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
EVENT = make_event(
    "msg_1", "review.created", "2024-04-01T00:00:00+00:00", {"month": "2024-03", "要点": "降价"}
)


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hook]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with hook_server() as found:
        yield found


def receiver_of(hook: Hook) -> Receiver:
    return Receiver("webhook", f"{hook.url}/hush?token=hush", "hook")


def verified(headers: dict[str, str], body: bytes, secret: str) -> bool:
    """As the specification tells a receiver to do it, independent of the code that signs."""
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mac = hmac.new(base64.b64decode(secret[len("whsec_") :]), content, hashlib.sha256)
    expected = "v1," + base64.b64encode(mac.digest()).decode()
    return any(hmac.compare_digest(expected, given) for given in headers["webhook-signature"].split(" "))


def test_the_signature_is_that_of_the_published_vector() -> None:
    keys = read_keys(SecretStr(SECRET))
    signature = sign(keys, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_while_keys_are_exchanged_both_sign() -> None:
    other = "whsec_" + base64.b64encode(b"n" * 32).decode()
    signature = sign(read_keys(SecretStr(f"{other}, {SECRET}")), "msg_1", 1, b"{}")
    for secret in (other, SECRET):
        headers = {"webhook-id": "msg_1", "webhook-timestamp": "1", "webhook-signature": signature}
        assert verified(headers, b"{}", secret)


def test_the_id_is_that_of_the_revision_and_holds_no_full_stop() -> None:
    assert event_id("a", "2024-03", 1, "f") == event_id("a", "2024-03", 1, "f")
    others = [
        event_id("b", "2024-03", 1, "f"),
        event_id("a", "2024-04", 1, "f"),
        event_id("a", "2024-03", 2, "g"),
    ]
    assert len({event_id("a", "2024-03", 1, "f"), *others}) == 4
    assert "." not in event_id("a.b", "2024-03", 1, "f")


def test_a_receiver_can_verify_what_comes(hook: Hook) -> None:
    post_event(EVENT, receiver_of(hook), read_keys(SecretStr(SECRET)), clock=lambda: 1711929600.9)
    headers, body, path = hook.posts[0]
    assert verified(headers, body, SECRET)
    assert not verified(headers, body + b" ", SECRET)
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == ("msg_1", "1711929600")
    assert headers["content-type"] == "application/json" and path == "/hush?token=hush"
    assert json.loads(body) == {
        "type": "review.created",
        "timestamp": "2024-04-01T00:00:00+00:00",
        "data": {"month": "2024-03", "要点": "降价"},
    }


def test_a_fault_is_tried_again_with_the_same_id_and_a_new_time(hook: Hook) -> None:
    hook.answers = [(500, {}), (429, {"Retry-After": "7"})]
    slept: list[float] = []
    times = iter((100.0, 200.0, 300.0))
    post_event(
        EVENT,
        receiver_of(hook),
        read_keys(SecretStr(SECRET)),
        clock=lambda: next(times),
        waits=(1, 2, 3),
        sleep=slept.append,
    )
    assert slept == [1, 7]
    assert [headers["webhook-timestamp"] for headers, _, _ in hook.posts] == ["100", "200", "300"]
    assert {headers["webhook-id"] for headers, _, _ in hook.posts} == {"msg_1"}
    assert all(verified(headers, body, SECRET) for headers, body, _ in hook.posts)


def test_attempts_end_and_the_last_answer_is_told(hook: Hook) -> None:
    hook.answers = [(500, {}), (502, {}), (503, {})]
    with pytest.raises(DeliveryError) as caught:
        post_event(EVENT, receiver_of(hook), (b"k" * 32,), waits=(1, 1), sleep=lambda _: None)
    assert len(hook.posts) == 3
    assert "HTTP 503" in caught.value.message("zh")


@pytest.mark.parametrize("status", [301, 307, 308])
def test_no_redirect_is_followed(hook: Hook, status: int) -> None:
    hook.answers = [(status, {"Location": f"{hook.url}/elsewhere"})]
    with pytest.raises(DeliveryError) as caught:
        post_event(EVENT, receiver_of(hook), (b"k" * 32,), sleep=lambda _: None)
    assert len(hook.posts) == 1
    assert "重定向" in caught.value.message("zh")


@pytest.mark.parametrize("status", [400, 401, 404, 410])
def test_a_refusal_is_not_repeated_and_shows_no_address(hook: Hook, status: int) -> None:
    hook.answers = [(status, {})]
    with pytest.raises(DeliveryError) as caught:
        post_event(EVENT, receiver_of(hook), (b"k" * 32,), sleep=lambda _: None)
    assert len(hook.posts) == 1
    assert "hush" not in caught.value.message("zh") + caught.value.message("en")


def test_nobody_there_is_tried_again_and_then_told_without_the_address(hook: Hook) -> None:
    slept: list[float] = []
    nowhere = Receiver("webhook", "http://127.0.0.1:1/hush", "hook")
    with pytest.raises(DeliveryError) as caught:
        post_event(Event("msg_1", b"{}"), nowhere, (b"k" * 32,), waits=(1, 2), sleep=slept.append)
    assert slept == [1, 2]
    assert "ConnectionRefusedError" in caught.value.message("zh")
    assert "hush" not in caught.value.message("zh") + caught.value.message("en")
