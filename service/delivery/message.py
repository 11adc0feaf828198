"""The e-mail of a review: findings as text and HTML, files attached as long as they fit."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from models.core.month import Month
from service.delivery.parcel import Parcel

TYPES: Mapping[str, tuple[str, str]] = {
    "html": ("text", "html"),
    "json": ("application", "json"),
    "pdf": ("application", "pdf"),
    "xlsx": ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "docx": ("application", "vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "pptx": ("application", "vnd.openxmlformats-officedocument.presentationml.presentation"),
}
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Attached:
    """Formats with their bytes that go along, and a sentence for each that does not."""

    files: Mapping[str, tuple[str, bytes]]
    notes: tuple[str, ...]


def review_message(parcel: Parcel, *, sender: str, to: str, now: datetime, max_bytes: int) -> EmailMessage:
    """The message for ``to``; its ``Message-ID`` is the same whenever this revision goes to this address.

    Args:
        sender: ``name <address>`` or an address.
        max_bytes: Most attachments together, as sent (base64). What does not fit is named in the text.
    """
    attached = attach(parcel, max_bytes)
    context = _context(parcel, attached)
    message = new_message(_subject(parcel), sender=sender, to=to, now=now, key=parcel.event_id)
    message.set_content(_environment().get_template("message.txt").render(context))
    message.add_alternative(_environment().get_template("message.html").render(context), subtype="html")
    for kind, (name, content) in attached.files.items():
        maintype, subtype = TYPES.get(kind, ("application", "octet-stream"))
        message.add_attachment(content, maintype=maintype, subtype=subtype, filename=name)
    return message


def trial_message(*, sender: str, to: str, now: datetime, key: str, language: str) -> EmailMessage:
    """What ``voc schedule test`` sends."""
    english = language.startswith("en")
    subject = "Test of the monthly review" if english else "客户之声月报：测试邮件"
    body = (
        "The monthly review will reach you at this address. This message is a test."
        if english
        else "这是一封测试邮件：月度评审将发到这个邮箱。无需回复。"
    )
    message = new_message(subject, sender=sender, to=to, now=now, key=key)
    message.set_content(body)
    return message


def new_message(subject: str, *, sender: str, to: str, now: datetime, key: str) -> EmailMessage:
    """Headers of an automatic message (RFC 3834), identified by ``key`` and ``to``."""
    name, address = parseaddr(sender)
    message = EmailMessage(policy=SMTP)
    message["Subject"] = subject
    message["From"] = Address(display_name=name, addr_spec=address)
    message["To"] = Address(addr_spec=to)
    message["Date"] = format_datetime(now)
    digest = hashlib.sha256(f"{key}\0{to}".encode()).hexdigest()[:40]
    message["Message-ID"] = f"<{digest}@{address.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    return message


def attach(parcel: Parcel, max_bytes: int) -> Attached:
    """The files in their order, each as long as there is room for it."""
    english = parcel.language.startswith("en")
    files: dict[str, tuple[str, bytes]] = {}
    notes = [
        f"{kind}: not made. {why}" if english else f"{kind} 未生成：{why}"
        for kind, why in parcel.made.not_made.items()
    ]
    room = max_bytes
    for kind, path in parcel.made.files.items():
        size = encoded_size(path.stat().st_size)
        if size <= room:
            files[kind] = (path.name, path.read_bytes())
            room -= size
        else:
            notes.append(_too_large(parcel, kind, size, max_bytes))
    return Attached(files, tuple(notes))


def encoded_size(n_bytes: int) -> int:
    """Bytes of a file as sent: base64 in lines of 76 characters (RFC 2045 section 6.8)."""
    characters = -(-n_bytes // 3) * 4
    return characters + -(-characters // 76) * 2


def _too_large(parcel: Parcel, kind: str, size: int, max_bytes: int) -> str:
    has, room = f"{size / _MIB:.1f} MiB", f"{max_bytes / _MIB:.1f} MiB"
    link = parcel.link(kind) if parcel.public_url else ""
    if parcel.language.startswith("en"):
        way = f"fetch it at {link}" if link else "ask whoever runs this service for it"
        return f"{kind}: not attached, it has {has} and one e-mail holds {room} of attachments; {way}"
    way = f"请在此下载：{link}" if link else "请向管理员索取"
    return f"{kind} 未附上：大小 {has}，一封邮件的附件最多 {room}；{way}"


def _subject(parcel: Parcel) -> str:
    month, revision = Month.parse(parcel.record.month), parcel.record.revision
    if parcel.language.startswith("en"):
        again = f", revision {revision}" if revision > 1 else ""
        return f"Voice of the customer, {month}{again} ({parcel.tenant})"
    again = f"（第 {revision} 版）" if revision > 1 else ""
    return f"客户之声月报 {month.year}年{month.number}月{again} · {parcel.tenant}"


def _context(parcel: Parcel, attached: Attached) -> dict[str, Any]:
    return {
        "english": parcel.language.startswith("en"),
        "subject": _subject(parcel),
        "headline": parcel.headline(),
        "findings": parcel.findings(),
        "links": _links(parcel, tuple(parcel.made.files)),
        "attached": [name for name, _ in attached.files.values()],
        "notes": attached.notes,
        "revision": parcel.record.revision,
        "fingerprint": parcel.record.fingerprint[:12],
    }


def _links(parcel: Parcel, kinds: Sequence[str]) -> list[tuple[str, str]]:
    return [(kind, parcel.link(kind)) for kind in kinds] if parcel.public_url else []


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=jinja2.select_autoescape(enabled_extensions=("html",), default=False),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
