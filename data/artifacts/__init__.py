"""The models that come with the project, and how a name becomes a model folder."""

from __future__ import annotations

from pathlib import Path

from models.core.errors import NotFoundError

_ROOT = Path(__file__).parent


def shipped_models() -> dict[str, Path]:
    """Task to the folder of its newest shipped version, for example ``category.automotive``."""
    found = {}
    for task in sorted(path for path in _ROOT.iterdir() if path.is_dir() and not path.name.startswith("_")):
        versions = sorted(path for path in task.iterdir() if (path / "manifest.json").is_file())
        if versions:
            found[task.name] = versions[-1]
    return found


def resolve_model(task: str, name: str | None, *, sector: str = "generic") -> Path:
    """The folder of ``name`` (a folder, or a shipped task) or, without one, the default of ``task``.

    The default of ``category`` is the one of ``sector``. Raises ``NotFoundError`` naming what there is.
    """
    shipped = shipped_models()
    for key in (name,) if name else (f"{task}.{sector}", task):
        if key in shipped:
            return shipped[key]
    if name and Path(name).is_dir():
        return Path(name)
    listed = "、".join(shipped) or "（无）"
    raise NotFoundError(
        what=f"模型（可用：{listed}；或给出模型文件夹）",
        what_en=f"model (there are: {', '.join(shipped)}; or give a model folder)",
        key=name or task,
    )
