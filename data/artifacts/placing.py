"""Model folders into the registry: safe names, one step, on the disk before they are seen."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from data.artifacts.alias import sync_folder
from models.artifact.folder import MANIFEST, load_manifest, verify_folder
from models.core.errors import ArtifactError

_NAME = re.compile(r"[^\W_][\w+-]*(?:\.[\w+-]+)*")
_MAX_NAME_CHARS = 120


def is_name(name: object) -> bool:
    """Whether ``name`` can be a folder of the registry."""
    return isinstance(name, str) and len(name) <= _MAX_NAME_CHARS and _NAME.fullmatch(name) is not None


def checked_name(name: str) -> str:
    """``name`` if it can be a folder of the registry: letters, digits, ``-``, ``_``, ``+``, dots inside.

    Raises ``ArtifactError`` for anything that could leave the registry or hide in it.
    """
    if not is_name(name):
        shown = str(name)[:40]
        raise ArtifactError(
            name=shown,
            reason="任务名和版本名只能由字母、数字、- _ + 和中间的点组成",
            reason_en="names of tasks and versions are letters, digits, - _ + and dots between them",
        )
    return name


def place_folder(source: Path, target: Path) -> None:
    """Copy a model folder to ``target`` by one rename; what was copied is checked again.

    The caller holds the lock. Raises ``ArtifactError`` and leaves nothing behind.
    """
    manifest = load_manifest(source)
    if target.exists() or target.is_symlink():
        raise ArtifactError(
            name=manifest.name,
            reason=f"{target} 已存在，但不是完好的模型文件夹，请移走它",
            reason_en=f"{target} exists and is no whole model folder; move it away",
        )
    part = target.parent / f".{target.name}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        for name in (*manifest.files, MANIFEST):
            _copy_synced(source / name, part / name)
        verify_folder(part)
        sync_folder(part)
        part.rename(target)
        sync_folder(target.parent)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def same_content(known: Path, offered: Path, *, name: str) -> None:
    """Raises ``ArtifactError`` where two folders of one version name differ in any byte."""
    verify_folder(known)
    if (known / MANIFEST).read_bytes() != (offered / MANIFEST).read_bytes():
        raise ArtifactError(
            name=name,
            reason="同名版本已登记，但内容不同；已登记的版本不会被改写，请重新训练得到新的版本名",
            reason_en="this version is registered with other content and is never written over; "
            "train again for a new version name",
        )


def _copy_synced(source: Path, target: Path) -> None:
    if Path(target.name).name != target.name or source.is_symlink() or not source.is_file():
        raise ArtifactError(
            name=str(source.parent),
            reason=f"不允许的文件 {source.name}",
            reason_en=f"file {source.name} is not allowed",
        )
    with source.open("rb") as read, target.open("xb") as written:
        shutil.copyfileobj(read, written)
        written.flush()
        os.fsync(written.fileno())
