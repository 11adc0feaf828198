"""Words as people write them in YAML."""

from __future__ import annotations

from typing import Any


def word_of(value: Any) -> str:
    """The word that was written: YAML 1.1 reads a bare yes or no as a truth value."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
