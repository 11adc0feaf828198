"""Progress of long work on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable

import click

Progress = Callable[[float, str], None]
"""Takes the share done, in [0, 1], and the step."""
_CLEARED = 24
"""Blanks that cover what a longer line before left behind."""


def show_progress(work: str) -> Progress:
    """Prints ``work``, the share done and the step into one line of a terminal; nothing elsewhere."""

    def show(done: float, what: str) -> None:
        if sys.stderr.isatty():
            click.echo(f"\r{work} {done:4.0%} {what}{' ' * _CLEARED}", err=True, nl=done >= 1)

    return show


def part_of(progress: Progress | None, start: float, end: float) -> Progress | None:
    """What tells ``progress`` of work that is its part from ``start`` to ``end``."""
    if progress is None:
        return None
    return lambda done, said: progress(start + done * (end - start), said)
