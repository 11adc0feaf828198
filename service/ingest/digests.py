"""Keyed digests: what was sent, and customer numbers, without keeping either."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from models.core.errors import StorageError
from service.settings import Settings

_KEY_BYTES = 32
_KEY_FILE = "secret.key"


@dataclass(frozen=True, slots=True)
class Digests:
    """HMAC-SHA-256 under the installation's key, so that a short number cannot be guessed from its digest."""

    key: bytes

    def content(self, body: bytes) -> str:
        return hmac.digest(self.key, b"content:" + body, hashlib.sha256).hex()

    def customer(self, customer_id: str) -> str:
        """The same customer gives the same key in every channel."""
        return hmac.digest(self.key, b"customer:" + customer_id.encode(), hashlib.sha256).hex()[:32]

    def identifier(self, value: str) -> str:
        return "h-" + hmac.digest(self.key, b"id:" + value.encode(), hashlib.sha256).hex()[:32]


def load_digests(settings: Settings) -> Digests:
    """From ``VOC_SECRET_KEY`` or the key file in ``VOC_HOME``, which is made at first use (mode 600).

    Raises ``StorageError`` where the file can be neither read nor made.
    """
    given = settings.secret_key.get_secret_value()
    if given:
        return Digests(hashlib.sha256(given.encode()).digest())
    path = settings.home / _KEY_FILE
    try:
        return Digests(_read_or_make(path))
    except OSError as error:
        raise StorageError(
            reason=f"密钥文件 {path} 无法读写（{error.strerror}）",
            reason_en=f"the key file {path} cannot be read or made ({error.strerror})",
        ) from error


def _read_or_make(path: Path) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = bytes.fromhex(path.read_text().strip() or "00")
        if len(key) == _KEY_BYTES:
            return key
        raise OSError(0, "the file is damaged") from None
    key = secrets.token_bytes(_KEY_BYTES)
    with os.fdopen(handle, "w") as file:
        file.write(key.hex())
    return key
