"""Ids that sort by the time they were made (UUID version 7, RFC 9562 section 5.7)."""

from __future__ import annotations

import secrets
import threading
import time

_COUNTER_MAX = 0xFFF
_lock = threading.Lock()
_last: list[int] = [0, 0]


def time_ordered_id(now_ms: int | None = None) -> str:
    """A UUIDv7 as 32 hex digits. Ids of one process increase, also within a millisecond.

    Args:
        now_ms: Milliseconds since 1970 UTC, for an id of a given time; the clock when left out.
    """
    if now_ms is not None:
        return _format(now_ms, secrets.randbits(12))
    with _lock:
        at = max(time.time_ns() // 1_000_000, _last[0])
        counter = _last[1] + 1 if at == _last[0] else secrets.randbits(11)
        if counter > _COUNTER_MAX:  # more than 2,048 in one millisecond: borrow the next one
            at, counter = at + 1, 0
        _last[:] = [at, counter]
    return _format(at, counter)


def _format(at_ms: int, counter: int) -> str:
    low = (0b10 << 62) | secrets.randbits(62)
    return f"{(at_ms << 80) | (0x7 << 76) | (counter << 64) | low:032x}"
