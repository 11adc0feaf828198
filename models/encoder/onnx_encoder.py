"""A sentence encoder served by ONNX Runtime from an encoder folder."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.core.errors import ArtifactError, MissingExtraError
from models.encoder.batches import Window, batched_by_length, padded, split_windows
from models.encoder.folder import (
    GRAPH,
    TOKENIZER,
    EncoderManifest,
    load_encoder_manifest,
    read_encoder_file,
)

EXTRA = "encoder"
DECIMALS = 5
"""Vectors are rounded so that the last bits of a processor decide nothing."""
_CHUNK_TEXTS = 2048


class OnnxEncoder:
    """Encodes texts with the graph of an encoder folder; files are read and verified at first use.

    Each token is quantised by itself and each window runs in one thread, so a vector depends neither on
    the other texts of a call nor on ``threads`` (0: one per core that this process may use).
    """

    def __init__(self, folder: Path, *, threads: int = 0) -> None:
        self.folder = Path(folder)
        self.threads = threads

    @cached_property
    def manifest(self) -> EncoderManifest:
        return load_encoder_manifest(self.folder)

    @property
    def name(self) -> str:
        return self.manifest.name

    @property
    def dim(self) -> int:
        return self.manifest.dim

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """``(n_texts, dim)``, rows of length 1, or 0 for a blank text. Long texts by windows, not by cutting.

        Raises ``ArtifactError`` where the folder is damaged, ``MissingExtraError`` without ONNX Runtime.
        """
        pooled = self.pooled(texts)
        lengths = np.linalg.norm(pooled, axis=1, keepdims=True)
        unit = pooled / np.where(lengths > 1e-9, lengths, 1.0)
        return np.round(unit, DECIMALS).astype(np.float32)

    def pooled(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Mean of the last layer over the tokens of each text, not scaled: what heads are fitted on.

        ``(n_texts, dim)``; zero for a blank text.
        """
        found = np.zeros((len(texts), self.dim), dtype=np.float32)
        filled = [at for at, text in enumerate(texts) if text.strip()]
        for start in range(0, len(filled), _CHUNK_TEXTS):
            chunk = filled[start : start + _CHUNK_TEXTS]
            found[chunk] = self._pooled_chunk([texts[at] for at in chunk])
        return found

    def _pooled_chunk(self, texts: Sequence[str]) -> NDArray[np.float64]:
        windows = split_windows(self.token_ids(texts), self.manifest.max_tokens)
        sums = np.zeros((len(texts), self.dim))
        weights = np.zeros((len(texts), 1))
        batches = [[windows[i] for i in batch] for batch in batched_by_length([len(w.ids) for w in windows])]
        for batch, means in zip(batches, self._run_all(batches), strict=True):
            for window, mean in zip(batch, means, strict=True):
                sums[window.text] += window.weight * mean.astype(np.float64)
                weights[window.text] += window.weight
        return sums / weights

    def _run_all(self, batches: list[list[Window]]) -> list[NDArray[np.float32]]:
        if self._n_threads == 1 or len(batches) == 1:
            return [self._run(batch) for batch in batches]
        with ThreadPoolExecutor(self._n_threads) as pool:
            return list(pool.map(self._run, batches))

    def _run(self, batch: list[Window]) -> NDArray[np.float32]:
        ids, mask = padded([window.ids for window in batch], self._pad)
        (means,) = self._session.run(["pooled"], {"input_ids": ids, "attention_mask": mask})
        return np.asarray(means, dtype=np.float32)

    def token_ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Ids of each whole text with the prefix in front and the marks around it."""
        prefix = self.manifest.prefix
        # A lone surrogate is no UTF-8; it becomes a question mark.
        clean = [prefix + text.encode("utf-8", "replace").decode() for text in texts]
        return [encoding.ids for encoding in self._tokenizer.encode_batch_fast(clean)]

    @property
    def _n_threads(self) -> int:
        if self.threads > 0:
            return self.threads
        affinity = getattr(os, "sched_getaffinity", None)
        return len(affinity(0)) if affinity else os.cpu_count() or 1

    @cached_property
    def _pad(self) -> int:
        return int(self.manifest.parameters["pad_id"])

    @cached_property
    def _tokenizer(self) -> Any:
        try:
            from tokenizers import Tokenizer
        except ImportError as error:
            raise MissingExtraError(package="tokenizers", extra=EXTRA) from error
        body = read_encoder_file(self.folder, self.manifest, TOKENIZER)
        try:
            tokenizer = Tokenizer.from_buffer(body)
        except Exception as error:
            raise self._unreadable(TOKENIZER) from error
        tokenizer.no_padding()
        tokenizer.no_truncation()
        # "</s>" written by a customer is text, not an end mark.
        tokenizer.encode_special_tokens = True
        return tokenizer

    @cached_property
    def _session(self) -> Any:
        try:
            import onnxruntime as ort
        except ImportError as error:
            raise MissingExtraError(package="onnxruntime", extra=EXTRA) from error
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # One thread even for one text, and no further fusing of operators: see the decision record.
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
        body = read_encoder_file(self.folder, self.manifest, GRAPH)
        try:
            return ort.InferenceSession(body, options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise self._unreadable(GRAPH) from error

    def _unreadable(self, name: str) -> ArtifactError:
        return ArtifactError(
            name=str(self.folder),
            reason=f"{name} 无法载入，请升级 onnxruntime 和 tokenizers 或重新导入",
            reason_en=f"{name} cannot be loaded; upgrade onnxruntime and tokenizers or import it again",
        )
