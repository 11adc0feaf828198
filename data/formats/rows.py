"""One row of a file, whatever the file was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models.core.errors import RowError


@dataclass(frozen=True, slots=True)
class Row:
    """``line`` is 1-based, a header being line 1; ``values`` is ``None`` where ``error`` says why."""

    line: int
    values: Mapping[str, Any] | None
    error: RowError | None = None
