"""Checkpoints of a training run: a killed run goes on where it stood, with the same result."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models.core.errors import ArtifactError

_STATE = "checkpoint.safetensors"
EVERY_SECONDS = 60.0
"""At most this much work is lost by a kill."""
_NEVER = float("-inf")


class Checkpoint:
    """Keeps the newest state of the run ``key`` in ``folder``; ``key`` names data, settings and seed.

    Tensors lie in safetensors, the rest in its header: nothing is ever executed when it is read. The first
    state is kept after the first step: a full disk or a folder without rights shows at once, not a minute later.
    """

    def __init__(self, folder: Path, key: str, *, every_seconds: float | None = None) -> None:
        self._path = folder / _STATE
        self._key = key
        self._every_seconds = EVERY_SECONDS if every_seconds is None else every_seconds
        self._saved_at = _NEVER

    def restore(self, state: Mapping[str, Any]) -> int:
        """Load what is there into ``state`` and return the step to go on with, 0 without a checkpoint.

        Raises ``ArtifactError`` if it belongs to another run or is damaged.
        """
        if not self._path.exists():
            return 0
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(self._path, framework="pt") as file:
                header = file.metadata()
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except (SafetensorError, OSError) as error:
            raise self._unusable("检查点损坏", "the checkpoint is damaged") from error
        if header.get("key") != self._key:
            raise self._unusable(
                "检查点属于另一次训练（数据、参数或种子不同）", "the checkpoint is of other data or settings"
            )
        for name, part in state.items():
            part.load_state_dict(_joined(name, tensors, json.loads(header[name])))
        return int(header["step"])

    def save_if_due(self, step: int, state: Mapping[str, Any]) -> None:
        if time.monotonic() - self._saved_at >= self._every_seconds:
            self.save(step, state)

    def save(self, step: int, state: Mapping[str, Any]) -> None:
        """Write the state after ``step`` steps in one rename."""
        from safetensors.torch import save_file

        tensors: dict[str, Any] = {}
        header = {"key": self._key, "step": str(step)}
        for name, part in state.items():
            header[name] = json.dumps(_parted(name, part.state_dict(), tensors))
        self._path.parent.mkdir(parents=True, exist_ok=True)
        part_path = self._path.with_name(f".{_STATE}.{os.getpid()}")
        save_file(tensors, part_path, metadata=header)
        part_path.replace(self._path)
        self._saved_at = time.monotonic()

    def remove(self) -> None:
        self._path.unlink(missing_ok=True)

    def _unusable(self, reason: str, reason_en: str) -> ArtifactError:
        return ArtifactError(
            name=str(self._path),
            reason=f"{reason}；请删除它或换一个 --out",
            reason_en=f"{reason_en}; delete it or choose another --out",
        )


def _parted(path: str, value: Any, tensors: dict[str, Any]) -> Any:
    """``value`` as JSON, its tensors put into ``tensors`` under their paths. Keys keep their kind."""
    if hasattr(value, "detach"):
        tensors[path] = value.detach().contiguous().clone()
        return {"tensor": path}
    if isinstance(value, Mapping):
        return {"items": [[key, _parted(f"{path}/{key}", item, tensors)] for key, item in value.items()]}
    if isinstance(value, list | tuple):
        return {"list": [_parted(f"{path}/{i}", item, tensors) for i, item in enumerate(value)]}
    return {"value": value}


def _joined(path: str, tensors: Mapping[str, Any], value: Any) -> Any:
    if "tensor" in value:
        return tensors[value["tensor"]]
    if "items" in value:
        return {key: _joined(path, tensors, item) for key, item in value["items"]}
    if "list" in value:
        return [_joined(path, tensors, item) for item in value["list"]]
    return value["value"]
