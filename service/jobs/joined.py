"""Work of another package that joins by name: training is never imported here."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any

from models.core.errors import SetupError

GROUP = "voc.jobs"


def load_joined(name: str) -> Callable[..., dict[str, Any]]:
    """The function that joined as ``name``. Raises ``SetupError`` where none did."""
    found = next(iter(entry_points(group=GROUP, name=name)), None)
    if found is None:
        raise SetupError(
            reason=f"没有安装任务 {name}，请重新安装：pip install .",
            reason_en=f"no job named {name} is installed; install again: pip install .",
        )
    work: Callable[..., dict[str, Any]] = found.load()
    return work
