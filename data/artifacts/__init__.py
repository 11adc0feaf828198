"""The models that come with the project or were registered, and how a name becomes a model folder."""

from __future__ import annotations

from pathlib import Path

from data.artifacts.registry import Registry
from data.artifacts.shipped import shipped_models, shipped_versions
from models.core.errors import NotFoundError

__all__ = ["Registry", "resolve_model", "shipped_models", "shipped_versions"]


def resolve_model(
    task: str, name: str | None, *, sector: str = "generic", home: Path | None = None, preset: str = "fast"
) -> Path:
    """The folder of ``name`` or, without one, what is in use for ``task``.

    ``name`` is a folder, a task, ``task@version``, or a version of ``task``. Without ``name``, ``task.sector``
    goes before ``task``; ``preset`` chooses among shipped versions. With ``home`` (``VOC_HOME``) the registry counts: promoted versions go before the
    shipped ones; without it only shipped models are known.

    Raises ``NotFoundError`` naming what there is, ``ArtifactError`` where the version in use is gone.
    """
    if home is not None:
        return _registered(Registry(home, preset=preset), task, name, sector)
    shipped = shipped_models()
    for key in (name,) if name else (f"{task}.{sector}", task):
        if key in shipped:
            return shipped[key]
    if name and Path(name).is_dir():
        return Path(name)
    raise _unknown(list(shipped), name or task)


def _registered(registry: Registry, task: str, name: str | None, sector: str) -> Path:
    tasks = registry.tasks()
    if name is None or name in tasks:
        return registry.current(name or task, sector=sector)
    if Path(name).is_dir():
        return Path(name)
    of_task, at, version = name.rpartition("@")
    of_task = of_task if at else task
    if of_task not in tasks:
        raise _unknown(tasks, name)
    return registry.entry(of_task, version).folder


def _unknown(tasks: list[str], key: str) -> NotFoundError:
    listed = "、".join(tasks) or "（无）"
    return NotFoundError(
        what=f"模型（可用：{listed}；或给出模型文件夹）",
        what_en=f"model (there are: {', '.join(tasks)}; or give a model folder)",
        key=key,
    )
