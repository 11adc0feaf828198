"""Keyed digests: what was sent, and customer numbers, without keeping either."""

from __future__ import annotations

import contextlib
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

    Raises ``StorageError`` where the file can be neither read nor made, or is damaged.
    """
    given = settings.secret_key.get_secret_value()
    if given:
        return Digests(hashlib.sha256(given.encode()).digest())
    path = settings.home / _KEY_FILE
    try:
        if not path.exists():
            _make(path)
        return Digests(_read(path))
    except OSError as error:
        raise StorageError(
            reason=f"密钥文件 {path} 无法读写（{error.strerror}），请检查 VOC_HOME 的权限和磁盘空间",
            reason_en=f"the key file {path} cannot be read or made ({error.strerror})",
        ) from error


def _make(path: Path) -> None:
    """Whole or not at all; of several processes that make it at once, the first one's key counts."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(_KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(part, path)
    finally:
        part.unlink(missing_ok=True)


def _read(path: Path) -> bytes:
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise StorageError(
            reason=f"密钥文件 {path} 已损坏，请从备份恢复；若没有备份，删除它会使已入库的客户与新记录不再对应",
            reason_en=f"the key file {path} is damaged; restore it from a backup. Without it, stored customers "
            "and new records can no longer be matched",
        )
    return key
