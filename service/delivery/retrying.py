"""Trying again what may work the next time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import structlog

from models.core.errors import DeliveryError

WAITS_SECONDS = (2.0, 10.0, 30.0)
"""Between the attempts of one run; what still fails is sent again by the next run."""
MAX_WAIT_SECONDS = 120.0
_log = structlog.get_logger("voc.delivery")


class TryAgainError(Exception):
    """An attempt failed in a way that may pass. ``after_seconds`` is how long the receiver asks to wait."""

    def __init__(self, error: DeliveryError, after_seconds: float = 0.0) -> None:
        super().__init__(str(error))
        self.error = error
        self.after_seconds = after_seconds


def with_retries(
    attempt: Callable[[], None],
    *,
    waits: Sequence[float] = WAITS_SECONDS,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Run ``attempt`` until it works, once more for each of ``waits`` (seconds).

    Raises ``DeliveryError`` of the last attempt, or at once where ``attempt`` raises it itself.
    """
    for wait in (*waits, None):
        try:
            return attempt()
        except TryAgainError as failed:
            if wait is None:
                raise failed.error from failed
            pause = min(max(wait, failed.after_seconds), MAX_WAIT_SECONDS)
            _log.info("delivery attempt failed, trying again", reason=failed.error.reason_en, seconds=pause)
            sleep(pause)
    return None
