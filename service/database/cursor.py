"""Where a page of a list ended, as an opaque word: base64 of a JSON list of a time and an id."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime

import orjson

from models.core.errors import CursorError


def encode_cursor(moment: datetime, record_id: str) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([moment.isoformat(), record_id])).decode().rstrip("=")


def decode_cursor(cursor: str) -> tuple[datetime, str]:
    """Raises ``CursorError`` for anything that ``encode_cursor`` did not make."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        moment, record_id = orjson.loads(raw)
        at = datetime.fromisoformat(moment)
    except (binascii.Error, ValueError, TypeError) as error:
        raise CursorError(cursor=cursor) from error
    if at.tzinfo is None or not isinstance(record_id, str):
        raise CursorError(cursor=cursor)
    return at, record_id
