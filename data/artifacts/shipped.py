"""The model folders that come with the project: ``data/artifacts/<task>/<version>/``."""

from __future__ import annotations

from pathlib import Path

_ROOT = Path(__file__).parent


def shipped_versions() -> dict[str, dict[str, Path]]:
    """Task to its shipped versions (the newest last) and their folders."""
    found = {}
    for task in sorted(
        path for path in _ROOT.iterdir() if path.is_dir() and not path.name.startswith(("_", "."))
    ):
        versions = sorted(path for path in task.iterdir() if (path / "manifest.json").is_file())
        if versions:
            found[task.name] = {path.name: path for path in versions}
    return found


def shipped_models() -> dict[str, Path]:
    """Task to the folder of its newest shipped version, for example ``category.automotive``."""
    return {task: list(versions.values())[-1] for task, versions in shipped_versions().items()}
