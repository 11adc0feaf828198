"""Digests of the training rows, put into a model folder that was made without them."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from models.artifact.folder import MANIFEST, verify_folder
from models.artifact.manifest import FileEntry, Manifest
from models.artifact.seen_rows import ROWS, rows_file


def keep_rows(folder: Path, texts: Iterable[str]) -> Manifest:
    """The manifest of ``folder``, which then has ``rows.safetensors``; a folder that has one stays as it is.

    For a folder just fitted: the release gate refuses models that do not say what they learned from. Raises
    ``ArtifactError`` for a broken folder.
    """
    manifest = verify_folder(folder)
    if ROWS in manifest.files:
        return manifest
    body = rows_file(texts)
    entry = FileEntry(hashlib.sha256(body).hexdigest(), len(body))
    manifest = replace(manifest, files={**manifest.files, ROWS: entry})
    (folder / ROWS).write_bytes(body)
    part = folder / f".{MANIFEST}.part-{os.getpid()}"
    part.write_bytes(json.dumps(manifest.to_dict(), ensure_ascii=False, indent=1).encode())
    part.replace(folder / MANIFEST)
    return manifest
