"""Which texts a model was fitted on, as digests: ``rows.safetensors`` in the model folder.

The release gate compares them with the rows of a test file: a model that saw its test rows proves nothing.
A digest is the first 8 bytes of sha256 over the text without white space, so that line breaks and blanks
added by a spreadsheet do not hide a row. Two different texts of a million share one with odds of about
1 in 37 million; the text itself cannot be read back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as dump_tensors

from models.artifact.manifest import Manifest
from models.core.errors import ArtifactError

ROWS = "rows.safetensors"
_ARRAY = "row_hashes"


def row_hash(text: str) -> int:
    """64-bit digest of ``text`` without white space, in [0, 2**64)."""
    squeezed = "".join(text.split()).encode("utf-8", "replace")
    return int.from_bytes(hashlib.sha256(squeezed).digest()[:8], "big")


def row_hashes(texts: Iterable[str]) -> NDArray[np.uint64]:
    """Digests of ``texts``, one per text and in their order, shape ``(n_texts,)``."""
    return np.fromiter((row_hash(text) for text in texts), dtype=np.uint64)


def rows_file(texts: Iterable[str]) -> bytes:
    """Content of ``rows.safetensors``: the digests of ``texts``, sorted, each once."""
    return dump_tensors({_ARRAY: np.unique(row_hashes(texts))})


def read_rows(folder: Path, manifest: Manifest) -> NDArray[np.uint64] | None:
    """Sorted digests of the fitted texts, shape ``(n_unique,)``; None for a model that keeps none.

    Raises ``ArtifactError`` when the file is absent, changed or not such a file.
    """
    entry = manifest.files.get(ROWS)
    if entry is None:
        return None
    try:
        body = (folder / ROWS).read_bytes()
        if hashlib.sha256(body).hexdigest() != entry.sha256:
            raise ValueError("digest")
        hashes = load_tensors(body)[_ARRAY]
        if hashes.dtype != np.uint64 or hashes.ndim != 1 or (hashes[1:] <= hashes[:-1]).any():
            raise ValueError("shape")
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise ArtifactError(
            name=manifest.name,
            reason=f"文件 {ROWS} 缺失或被改动，请重新获取",
            reason_en=f"file {ROWS} is missing or was changed; fetch it again",
        ) from error
    return hashes


def seen_mask(texts: Iterable[str], fitted: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which of ``texts`` stand among the ``fitted`` digests, shape ``(n_texts,)``."""
    return np.isin(row_hashes(texts), fitted)
