"""Frozen values as plain JSON: the same six decimals everywhere, ``None`` for what is not finite."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from typing import Any

_DECIMALS = 6


def to_plain(value: Any) -> Any:
    """Dataclasses as mappings, tuples and sets as lists, dates as ISO text."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(to_plain(item) for item in value)
    if isinstance(value, (list, tuple)):
        return [to_plain(item) for item in value]
    if isinstance(value, float):
        return round(value, _DECIMALS) + 0.0 if math.isfinite(value) else None
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, date) else value
