"""A Hugging Face encoder in torch, as fits train it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from transformers import BertModel
from transformers.utils import logging


def load_bert(folder: Path, **options: Any) -> Any:
    """The ``BertModel`` of ``folder`` without pooling, word embeddings frozen; ``options`` are those of its configuration."""
    logging.disable_progress_bar()
    model = BertModel.from_pretrained(
        folder, add_pooling_layer=False, attention_probs_dropout_prob=0.0, **options
    )
    model.embeddings.word_embeddings.weight.requires_grad_(False)
    return model
