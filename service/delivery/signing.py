"""Signatures and ids of Standard Webhooks 1.0.0 (standardwebhooks.com), the symmetric scheme ``v1``."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Sequence

from pydantic import SecretStr

from models.core.errors import SetupError

PREFIX = "whsec_"
MIN_KEY_BYTES, MAX_KEY_BYTES = 24, 64
"""The specification: at least 192 bits, at most 512."""


def read_keys(secret: SecretStr) -> tuple[bytes, ...]:
    """The signing keys, the first being the newest. Raises ``SetupError``, which never shows a key."""
    texts = re.split(r"[,\s]+", secret.get_secret_value().strip(", \t\n"))
    keys = tuple(_key(text) for text in texts if text)
    if not keys:
        raise _wrong("未设置，无法给 webhook 签名", "is not set: webhooks cannot be signed")
    return keys


def sign(keys: Sequence[bytes], message_id: str, timestamp: int, body: bytes) -> str:
    """The header ``webhook-signature``: base64 of HMAC-SHA256 over ``id.timestamp.body``, one per key."""
    content = b".".join((message_id.encode(), str(timestamp).encode(), body))
    digests = (hmac.new(key, content, hashlib.sha256).digest() for key in keys)
    return " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)


def event_id(tenant: str, month: str, revision: int, fingerprint: str) -> str:
    """The id of a review's event, the same for every attempt and every receiver; it holds no full stop.

    The fingerprint belongs to the revision and keeps two installations with the same tenant name apart.
    """
    named = "\0".join((tenant, month, str(revision), fingerprint))
    return f"msg_{hashlib.sha256(named.encode()).hexdigest()[:32]}"


def _key(text: str) -> bytes:
    try:
        key = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not text.startswith(PREFIX) or not MIN_KEY_BYTES <= len(key) <= MAX_KEY_BYTES:
        raise _wrong(
            f"应为 {PREFIX} 加 {MIN_KEY_BYTES} 到 {MAX_KEY_BYTES} 个随机字节的 base64，"
            '可这样生成：echo "whsec_$(openssl rand -base64 32)"',
            f"must be {PREFIX} and the base64 of {MIN_KEY_BYTES} to {MAX_KEY_BYTES} random bytes;"
            ' make one with: echo "whsec_$(openssl rand -base64 32)"',
        )
    return key


def _wrong(reason: str, reason_en: str) -> SetupError:
    return SetupError(reason=f"VOC_WEBHOOK_SECRET：{reason}", reason_en=f"VOC_WEBHOOK_SECRET {reason_en}")
