"""Model folders on disk: written once, verified at every load, safe formats only.

A folder holds ``manifest.json``, ``weights.safetensors``, ``card.md`` and nothing that is not named in the
manifest. Nothing in it is ever executed: JSON and safetensors carry data only.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as dump_tensors

from models.artifact.manifest import FileEntry, Manifest
from models.core.errors import ArtifactError

MANIFEST = "manifest.json"
WEIGHTS = "weights.safetensors"
CARD = "card.md"
SAFE_SUFFIXES = (".json", ".safetensors", ".npz", ".md", ".txt", ".svg", ".onnx")


def check_empty(folder: Path) -> None:
    """Raises ``ArtifactError`` where ``folder`` has something in it: ask before a long training, not after."""
    if folder.exists() and any(folder.iterdir()):
        raise ArtifactError(
            name=str(folder), reason="目标文件夹非空，请换一个 --out", reason_en="the folder is not empty"
        )


def save_folder(
    folder: Path,
    manifest: Manifest,
    arrays: Mapping[str, NDArray[Any]],
    *,
    card: str,
    extra: Mapping[str, bytes] | None = None,
) -> Manifest:
    """Write a model folder in one step (a temporary folder, then a rename) and return the full manifest.

    ``extra`` are further files by name, with one of ``SAFE_SUFFIXES``. Raises ``ArtifactError`` if ``folder`` exists and is not empty: a version is never written over.
    """
    check_empty(folder)
    contents = {
        WEIGHTS: dump_tensors({key: np.ascontiguousarray(value) for key, value in arrays.items()}),
        CARD: card.encode(),
        **(extra or {}),
    }
    files = {name: FileEntry(_digest(body), len(body)) for name, body in contents.items()}
    manifest = replace(manifest, files=files)
    contents[MANIFEST] = json.dumps(manifest.to_dict(), ensure_ascii=False, indent=1).encode()
    _write_at_once(folder, contents)
    return manifest


def load_manifest(folder: Path) -> Manifest:
    """Read and check ``manifest.json`` alone. Raises ``ArtifactError``."""
    path = folder / MANIFEST
    try:
        values = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise ArtifactError(
            name=str(folder),
            reason="找不到 manifest.json，这不是模型文件夹",
            reason_en="there is no manifest.json; this is not a model folder",
        ) from error
    except (OSError, ValueError) as error:
        raise ArtifactError(
            name=str(folder), reason="manifest.json 无法读取", reason_en="manifest.json cannot be read"
        ) from error
    return Manifest.from_dict(values, name=str(folder))


def verify_folder(folder: Path) -> Manifest:
    """Check every file against its digest; no other file may lie there. Raises ``ArtifactError``."""
    manifest = load_manifest(folder)
    for name, entry in manifest.files.items():
        _checked_bytes(folder, name, entry)
    foreign = sorted({path.name for path in folder.iterdir()} - {*manifest.files, MANIFEST})
    if foreign:
        raise ArtifactError(
            name=manifest.name,
            reason=f"含有清单之外的文件：{'、'.join(foreign)}",
            reason_en=f"files that the manifest does not name: {', '.join(foreign)}",
        )
    return manifest


def load_folder(folder: Path) -> tuple[Manifest, dict[str, NDArray[Any]]]:
    """Manifest and arrays of a verified folder. Raises ``ArtifactError``."""
    manifest = verify_folder(folder)
    body = _checked_bytes(folder, WEIGHTS, manifest.files[WEIGHTS])
    try:
        return manifest, load_tensors(body)
    except (SafetensorError, ValueError) as error:
        raise ArtifactError(
            name=manifest.name, reason="权重文件损坏", reason_en="the weights file is damaged"
        ) from error


def unknown_component(manifest: Manifest) -> ArtifactError:
    """For a folder that a newer release made."""
    return ArtifactError(
        name=manifest.name,
        reason=f"未知的组件 {manifest.component}，请升级本服务",
        reason_en=f"unknown component {manifest.component}; upgrade this service",
    )


def incomplete(manifest: Manifest, error: Exception) -> ArtifactError:
    """For a folder whose files are whole, but not what its component needs."""
    return ArtifactError(
        name=manifest.name,
        reason="模型文件不完整，请重新获取",
        reason_en=f"the model is incomplete ({error}); fetch it again",
    )


def _checked_bytes(folder: Path, name: str, entry: FileEntry) -> bytes:
    path = folder / name
    if Path(name).name != name or not name.endswith(SAFE_SUFFIXES) or path.is_symlink():
        raise ArtifactError(
            name=str(folder), reason=f"不允许的文件 {name}", reason_en=f"file {name} is not allowed"
        )
    try:
        body = path.read_bytes()
    except OSError as error:
        raise ArtifactError(
            name=str(folder), reason=f"缺少文件 {name}", reason_en=f"file {name} is missing"
        ) from error
    if len(body) != entry.n_bytes or _digest(body) != entry.sha256:
        raise ArtifactError(
            name=str(folder),
            reason=f"文件 {name} 与清单的摘要不符，可能被改动，请重新获取",
            reason_en=f"file {name} does not match its digest; it was changed, fetch it again",
        )
    return body


def _write_at_once(folder: Path, contents: Mapping[str, bytes]) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = folder.parent / f".{folder.name}.part-{os.getpid()}"
    part.mkdir()
    try:
        for name, body in contents.items():
            (part / name).write_bytes(body)
        if folder.exists():
            folder.rmdir()
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
