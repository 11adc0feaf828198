"""Webhooks after Standard Webhooks 1.0.0: a signed JSON body, sent until a 2xx answers. No redirect is followed."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any

import orjson

from models.core.errors import DeliveryError
from service.delivery.receivers import Receiver
from service.delivery.retrying import WAITS_SECONDS, TryAgainError, with_retries
from service.delivery.signing import sign

TIMEOUT_SECONDS = 20.0
"""The specification recommends 15 to 30."""
_PASSING = frozenset({408, 425, 429})
_MAX_ANSWER_BYTES = 65536


@dataclass(frozen=True, slots=True)
class Event:
    """``id`` stays the same over all attempts; ``body`` are the very bytes that are signed and sent."""

    id: str
    body: bytes


def make_event(event_id: str, kind: str, timestamp: str, data: Mapping[str, Any]) -> Event:
    """An event of the payload structure that the specification recommends."""
    return Event(event_id, orjson.dumps({"type": kind, "timestamp": timestamp, "data": data}))


def post_event(
    event: Event,
    receiver: Receiver,
    keys: Sequence[bytes],
    *,
    clock: Callable[[], float] = time.time,
    waits: Sequence[float] = WAITS_SECONDS,
    sleep: Callable[[float], None] = time.sleep,
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> None:
    """POST ``event`` to ``receiver``, each attempt with its own time and signature.

    No answer, 408, 425, 429 and 5xx are tried again after ``waits`` seconds, or ``Retry-After`` if that is longer;
    any other answer but 2xx is final for this run. Raises ``DeliveryError``.
    """

    opener = urllib.request.build_opener(_NoRedirects)

    def attempt() -> None:
        timestamp = int(clock())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "voc-service",
            "webhook-id": event.id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(keys, event.id, timestamp, event.body),
        }
        request = urllib.request.Request(receiver.address, event.body, headers, method="POST")  # noqa: S310
        try:
            with opener.open(request, timeout=timeout_seconds) as response:
                response.read(_MAX_ANSWER_BYTES)
        except urllib.error.HTTPError as answer:
            answer.close()
            raise _answered(receiver, answer.code, answer.headers.get("Retry-After", "")) from None
        except (OSError, HTTPException, ValueError) as problem:
            raise TryAgainError(_unreachable(receiver, problem)) from None

    with_retries(attempt, waits=waits, sleep=sleep)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the review to an address that nobody configured."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _answered(receiver: Receiver, code: int, retry_after: str) -> Exception:
    hint, hint_en = "", ""
    if 300 <= code < 400:
        hint, hint_en = "，不跟随重定向，请在 VOC_REVIEW_WEBHOOKS 填写新网址", "; redirects are not followed"
    elif code == 410:
        hint, hint_en = "，对方不再接收，请从 VOC_REVIEW_WEBHOOKS 移除", "; it wants no more, remove it"
    elif code in (401, 403):
        hint, hint_en = "，请核对双方的 VOC_WEBHOOK_SECRET", "; compare VOC_WEBHOOK_SECRET on both sides"
    error = DeliveryError(
        receiver=receiver.id,
        reason=f"对方答复 HTTP {code}{hint}",
        reason_en=f"it answered HTTP {code}{hint_en}",
    )
    if code >= 500 or code in _PASSING:
        return TryAgainError(error, float(retry_after) if retry_after.isdecimal() else 0.0)
    return error


def _unreachable(receiver: Receiver, problem: Exception) -> DeliveryError:
    """The message of ``problem`` is left out: it may hold the address."""
    reason = getattr(problem, "reason", None)
    kind = type(reason if isinstance(reason, Exception) else problem).__name__
    return DeliveryError(
        receiver=receiver.id,
        reason=f"无法连接（{kind}），请检查网址和网络",
        reason_en=f"no connection ({kind}); check the address and the network",
    )
