"""Who gets the review, read from the settings. What is wrong there is said before anything is sent."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parseaddr
from typing import Literal
from urllib.parse import urlsplit

from models.core.errors import SetupError
from service.delivery.signing import read_keys
from service.settings import Settings

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")
_COMMAS = re.compile(r"[,，;；]")
_SEPARATORS = re.compile(r"[,，\s]+")
_DIGEST_CHARS = 12


@dataclass(frozen=True, slots=True)
class Receiver:
    """``id`` names it in the log and on the screen: of a webhook the host and a digest, since its path may be secret."""

    kind: Literal["email", "webhook"]
    address: str
    id: str

    def __repr__(self) -> str:
        return f"Receiver({self.id!r})"


def read_receivers(settings: Settings) -> tuple[Receiver, ...]:
    """All receivers, each once, e-mail first. Raises ``SetupError`` naming the setting that is wrong."""
    found = [*_mail_receivers(settings), *_webhook_receivers(settings)]
    if any(receiver.kind == "email" for receiver in found):
        check_mail(settings)
    if any(receiver.kind == "webhook" for receiver in found):
        read_keys(settings.webhook_secret)
    return tuple({receiver.id: receiver for receiver in found}.values())


def need_receivers(settings: Settings) -> tuple[Receiver, ...]:
    """As ``read_receivers``; none at all is wrong, too."""
    found = read_receivers(settings)
    if not found:
        raise SetupError(
            reason="没有接收人。请设置 VOC_REVIEW_TO（邮箱）或 VOC_REVIEW_WEBHOOKS（网址），多个用逗号分隔",
            reason_en="nobody receives the review; set VOC_REVIEW_TO (e-mail) or VOC_REVIEW_WEBHOOKS (addresses)",
        )
    return found


def check_mail(settings: Settings) -> None:
    """Raises ``SetupError`` where no e-mail could be sent with ``settings``."""
    if not settings.smtp_host:
        raise _wrong("VOC_SMTP_HOST", "未设置，无法发送邮件", "is not set: no e-mail can be sent")
    if not _ADDRESS.fullmatch(sender_address(settings)):
        raise _wrong(
            "VOC_SMTP_FROM", "应为发件邮箱，如 voc@example.com", "must be an address, voc@example.com"
        )
    has_password = bool(settings.smtp_password.get_secret_value())
    if has_password and not settings.smtp_user:
        raise _wrong("VOC_SMTP_USER", "设置了密码但没有用户名", "is not set, but a password is")
    if settings.smtp_user and not has_password:
        raise _wrong("VOC_SMTP_PASSWORD", "设置了用户名但没有密码", "is not set, but a user is")
    if not (settings.smtp_user + settings.smtp_password.get_secret_value()).isascii():
        reason = "用户名和密码只能含 ASCII 字符；中文密码请换成授权码"
        raise _wrong("VOC_SMTP_PASSWORD", reason, "and VOC_SMTP_USER can hold ASCII characters alone")
    if has_password and settings.smtp_security == "none" and not _is_loopback(settings.smtp_host):
        raise _wrong(
            "VOC_SMTP_SECURITY",
            "为 none 时密码会以明文发出，请改为 starttls 或 tls，或去掉用户名和密码",
            "none would send the password in the clear; use starttls or tls, or no login",
        )


def sender_address(settings: Settings) -> str:
    """The bare address that sends."""
    return parseaddr(settings.smtp_from or settings.smtp_user)[1]


def _mail_receivers(settings: Settings) -> Iterator[Receiver]:
    for entry in filter(str.strip, _COMMAS.split(settings.review_to)):
        address = parseaddr(entry)[1]
        if not _ADDRESS.fullmatch(address):
            shown = entry.strip()
            raise _wrong("VOC_REVIEW_TO", f"「{shown}」不是邮箱地址", f"{shown!r} is not an e-mail address")
        yield Receiver("email", address, address)


def _webhook_receivers(settings: Settings) -> Iterator[Receiver]:
    for url in filter(None, _SEPARATORS.split(settings.review_webhooks)):
        try:
            parts = urlsplit(url)
            host, port, name = parts.hostname, parts.port, "VOC_REVIEW_WEBHOOKS"
        except ValueError:
            host, port, name = None, None, "VOC_REVIEW_WEBHOOKS"
        if not host or parts.scheme not in ("https", "http") or not url.isascii():
            raise _wrong(
                name, "有一项不是网址，请写成 https://主机/路径", "holds what is no https:// address"
            )
        if parts.username is not None:
            raise _wrong(name, "网址中不能带用户名和密码", "must not hold a user or password")
        if parts.scheme == "http" and not settings.webhook_allow_http:
            raise _wrong(
                name,
                f"{host} 用的是 http://，内容会以明文发出；请改用 https://，确需如此请设置 VOC_WEBHOOK_ALLOW_HTTP=true",
                f"goes to {host} by http://, in the clear; use https://, or set VOC_WEBHOOK_ALLOW_HTTP=true",
            )
        digest = hashlib.sha256(url.encode()).hexdigest()[:_DIGEST_CHARS]
        shown = f"[{host}]" if ":" in host else host
        yield Receiver("webhook", url, f"{parts.scheme}://{shown}{f':{port}' if port else ''}/…#{digest}")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _wrong(name: str, reason: str, reason_en: str) -> SetupError:
    return SetupError(
        reason=f"{name}：{reason}（见 docs/settings.md）",
        reason_en=f"{name} {reason_en} (see docs/settings.md)",
    )
