"""The model folders that come with the project: ``data/artifacts/<task>/<version>/``."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from models.artifact.folder import load_manifest
from models.artifact.manifest import Manifest

_FAST_COMPONENTS = ("classifier.ngram_", "aspect.ngram_", "dialogue.", "opinion.", "experience.")
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
    """Task, for example ``category.automotive``, to the folder of its default: the newest of preset ``fast``."""
    return {
        task: versions[default]
        for task, versions in shipped_versions().items()
        if (default := shipped_default(task)) is not None
    }


def shipped_default(task: str, preset: str = "fast") -> str | None:
    """The shipped version that serves ``task`` where none was promoted: the newest of ``preset``.

    The newest of all where none has that preset; None where nothing is shipped.
    """
    versions = shipped_versions().get(task, {})
    wanted = [name for name, folder in versions.items() if preset_of(_manifest(folder)) == preset]
    found = wanted or list(versions)
    return found[-1] if found else None


def preset_of(manifest: Manifest) -> str:
    """``fast`` or ``best``: as the manifest says, else by its component."""
    stated = manifest.notes.get("preset") or manifest.parameters.get("preset")
    return str(stated) if stated else "fast" if manifest.component.startswith(_FAST_COMPONENTS) else "best"


@lru_cache(maxsize=64)
def _manifest(folder: Path) -> Manifest:
    return load_manifest(folder)
