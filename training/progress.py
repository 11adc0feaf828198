"""Progress of long work on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable

import click

_CLEARED = 24
"""Blanks that cover what a longer line before left behind."""


def show_progress(work: str) -> Callable[[float, str], None]:
    """Prints ``work``, the share done and the step into one line of a terminal; nothing elsewhere."""

    def show(done: float, what: str) -> None:
        if sys.stderr.isatty():
            click.echo(f"\r{work} {done:4.0%} {what}{' ' * _CLEARED}", err=True, nl=done >= 1)

    return show
