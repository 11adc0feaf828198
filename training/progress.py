"""Progress of long work on a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import click

Progress = Callable[[float, str], None]
"""Takes the share done, in [0, 1], and the step."""
_CLEARED = 24
"""Blanks that cover what a longer line before left behind."""
_QUIET_SECONDS = 60.0
"""Between two lines where there is no terminal: a log of an hour's work has some, that of a minute's none."""


def show_progress(work: str) -> Progress:
    """Prints ``work``, the share done and the step: into one line of a terminal, elsewhere a line a minute."""
    last = time.monotonic()

    def show(done: float, what: str) -> None:
        nonlocal last
        told, now = f"{work} {done:4.0%} {what}", time.monotonic()
        if sys.stderr.isatty():
            click.echo(f"\r{told}{' ' * _CLEARED}", err=True, nl=done >= 1)
        elif now - last >= _QUIET_SECONDS:
            last = now
            click.echo(told, err=True)

    return show


def part_of(progress: Progress | None, start: float, end: float, name: str = "") -> Progress | None:
    """What tells ``progress`` of work that is its part from ``start`` to ``end``, with the part's ``name`` before each step."""
    if progress is None:
        return None
    before = f"{name}，" if name else ""
    return lambda done, said: progress(start + done * (end - start), before + said)
