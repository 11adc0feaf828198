"""Which texts a model was fitted on, as digests: ``rows.safetensors`` in the model folder.

The release gate compares them with the rows of a test file: a model that saw its test rows proves nothing.
A digest is the first 8 bytes of sha256 over the text without white space, so that line breaks and blanks
added by a spreadsheet do not hide a row. Stored are the first 5 of them, in rows of bytes: a text that was not among
100,000 fitted ones passes for one of them with odds of 1 in 11 million. The text itself cannot be read back. Older files hold
all 8, as whole numbers.
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
_N_BYTES = 5
_KEPT = np.uint64(8 * (8 - _N_BYTES))


def row_hash(text: str) -> int:
    """64-bit digest of ``text`` without white space, in [0, 2**64)."""
    squeezed = "".join(text.split()).encode("utf-8", "replace")
    return int.from_bytes(hashlib.sha256(squeezed).digest()[:8], "big")


def row_hashes(texts: Iterable[str]) -> NDArray[np.uint64]:
    """Digests of ``texts``, one per text and in their order, shape ``(n_texts,)``."""
    return np.fromiter((row_hash(text) for text in texts), dtype=np.uint64)


def rows_file(texts: Iterable[str]) -> bytes:
    """Content of ``rows.safetensors``: the digests of ``texts``, sorted, each once."""
    kept = np.unique(row_hashes(texts) >> _KEPT << _KEPT).astype(">u8")
    return dump_tensors({_ARRAY: np.ascontiguousarray(kept.view(np.uint8).reshape(-1, 8)[:, :_N_BYTES])})


def read_rows(folder: Path, manifest: Manifest) -> NDArray[np.uint64] | None:
    """Sorted digests of the fitted texts, shape ``(n_unique,)``, whole or with zeros for the bytes not kept; None for a model that keeps none.

    Raises ``ArtifactError`` when the file is absent, changed or not such a file.
    """
    entry = manifest.files.get(ROWS)
    if entry is None:
        return None
    try:
        body = (folder / ROWS).read_bytes()
        if hashlib.sha256(body).hexdigest() != entry.sha256:
            raise ValueError("digest")
        hashes = stored_digests(body)
        if hashes.dtype != np.uint64 or hashes.ndim != 1 or (hashes[1:] <= hashes[:-1]).any():
            raise ValueError("shape")
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise ArtifactError(
            name=manifest.name,
            reason=f"文件 {ROWS} 缺失或被改动，请重新获取",
            reason_en=f"file {ROWS} is missing or was changed; fetch it again",
        ) from error
    return hashes


def stored_digests(body: bytes) -> NDArray[np.uint64]:
    """What a ``rows.safetensors`` holds, the bits that were not stored zero; older files as they are.

    Raises ``SafetensorError`` or ``KeyError`` for another file.
    """
    stored = load_tensors(body)[_ARRAY]
    if stored.dtype == np.uint64:
        return stored  # type: ignore[return-value]
    padded = np.zeros((len(stored), 8), dtype=np.uint8)
    padded[:, :_N_BYTES] = stored
    return padded.view(">u8").reshape(-1).astype(np.uint64)


def seen_mask(texts: Iterable[str], fitted: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which of ``texts`` stand among the ``fitted`` digests, shape ``(n_texts,)``."""
    return seen_digests(row_hashes(texts), fitted)


def seen_digests(hashes: NDArray[np.uint64], fitted: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which of 64-bit ``hashes`` stand among the ``fitted`` ones by the bytes that are kept, shape ``(n,)``."""
    return np.isin(hashes >> _KEPT, fitted >> _KEPT)
