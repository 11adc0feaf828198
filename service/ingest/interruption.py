"""Ctrl-C between two steps of the work, not in the middle of one."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def whole_step() -> Iterator[None]:
    """Let a Ctrl-C that comes inside wait until the end, so that what was done is also counted.

    A second one is not held back. Outside the main thread, where signals do not arrive, this does nothing.
    """
    before = signal.getsignal(signal.SIGINT)
    if before is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    held_back = False

    def hold_back(_signal: int, _frame: object) -> None:
        nonlocal held_back
        held_back = not held_back
        if not held_back:
            signal.signal(signal.SIGINT, before)
            signal.raise_signal(signal.SIGINT)

    signal.signal(signal.SIGINT, hold_back)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if held_back:
            signal.raise_signal(signal.SIGINT)
