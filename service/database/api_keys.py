"""API keys. The secret is shown once, when the key is made; the database has its SHA-256 alone.

A key carries 256 random bits, so a plain digest cannot be searched back and needs no salt.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, exists, insert, or_, select, update

from models.core.errors import FieldError, NotFoundError
from service.database.ids import time_ordered_id
from service.database.records import SCOPES, ApiKeyRecord
from service.database.schema import api_key

_COLUMNS = tuple(api_key.c[name] for name in ApiKeyRecord.__slots__)
_SECRET_BYTES = 32
_PREFIX_CHARS = 10
_USE_GRAIN = timedelta(minutes=1)


def create_key(
    connection: Connection, tenant: str, name: str, scopes: Sequence[str], now: datetime
) -> tuple[ApiKeyRecord, str]:
    """Make a key. Returns its record and the secret to hand out, such as ``voc_…`` (47 characters).

    Raises ``FieldError`` for no scope or an unknown one.
    """
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise FieldError(
            field="scopes",
            reason=f"只能从 {'、'.join(SCOPES)} 中选择，至少一个",
            reason_en=f"choose at least one of {', '.join(SCOPES)}",
        )
    presented = f"voc_{secrets.token_urlsafe(_SECRET_BYTES)}"
    kept = tuple(scope for scope in SCOPES if scope in scopes)
    record = ApiKeyRecord(time_ordered_id(), tenant, name, presented[:_PREFIX_CHARS], kept, now)
    values = {column: getattr(record, column) for column in ApiKeyRecord.__slots__}
    connection.execute(insert(api_key).values(**values, key_hash=_digest(presented)))
    return record, presented


def find_key(connection: Connection, presented: str) -> ApiKeyRecord | None:
    """The key that a request presents, unless it is unknown or revoked. The key names the tenant."""
    wanted = (api_key.c.key_hash == _digest(presented), api_key.c.revoked_at.is_(None))
    row = connection.execute(select(*_COLUMNS).where(*wanted)).first()
    return _record(row) if row else None


def list_keys(connection: Connection, tenant: str) -> list[ApiKeyRecord]:
    """All keys of a tenant, revoked ones too, oldest first."""
    query = select(*_COLUMNS).where(api_key.c.tenant == tenant).order_by(api_key.c.created_at, api_key.c.id)
    return [_record(row) for row in connection.execute(query)]


def has_keys(connection: Connection) -> bool:
    """Whether any tenant has a key that is not revoked."""
    return bool(connection.execute(select(exists().where(api_key.c.revoked_at.is_(None)))).scalar())


def revoke_key(connection: Connection, tenant: str, key_id: str, now: datetime) -> ApiKeyRecord:
    """End a key for good; a second time changes nothing. Raises ``NotFoundError``."""
    wanted = (api_key.c.tenant == tenant, api_key.c.id == key_id)
    connection.execute(update(api_key).where(*wanted, api_key.c.revoked_at.is_(None)).values(revoked_at=now))
    row = connection.execute(select(*_COLUMNS).where(*wanted)).first()
    if row is None:
        raise NotFoundError(what="密钥", what_en="key", key=key_id)
    return _record(row)


def touch_key(connection: Connection, key: ApiKeyRecord, now: datetime) -> bool:
    """Note that a key was used, to the minute. Returns whether anything was written.

    Ask ``needs_touch`` first: a request within the same minute then needs no writing transaction.
    """
    stale = or_(api_key.c.last_used_at.is_(None), api_key.c.last_used_at <= now - _USE_GRAIN)
    wanted = (api_key.c.tenant == key.tenant, api_key.c.id == key.id, stale)
    return connection.execute(update(api_key).where(*wanted).values(last_used_at=now)).rowcount == 1


def needs_touch(key: ApiKeyRecord, now: datetime) -> bool:
    return key.last_used_at is None or key.last_used_at <= now - _USE_GRAIN


def _digest(presented: str) -> str:
    return hashlib.sha256(presented.encode("utf-8", "surrogatepass")).hexdigest()


def _record(row: object) -> ApiKeyRecord:
    values = {name: getattr(row, name) for name in ApiKeyRecord.__slots__}
    return ApiKeyRecord(**(values | {"scopes": tuple(values["scopes"])}))
