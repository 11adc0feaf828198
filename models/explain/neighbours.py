"""The nearest labelled cases of a text: ids, labels and distances, never the texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from models.classify.ngrams import ngram_keys
from models.core.errors import ArtifactError, InputError

MAX_CASES = 50_000
HASHED_DIM = 1024
_BATCH = 512
_ID_BYTES = 64


class CaseEncoder(Protocol):
    """Texts to rows of length 1. ``name`` carries a version: two encoders of one name share a space."""

    @property
    def name(self) -> str: ...

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]: ...


class Neighbour(NamedTuple):
    """``distance`` is 1 - cosine, in [0, 2]."""

    case_id: str
    label: str
    distance: float


class HashedNgrams:
    """Character 1-2-grams hashed with a sign to ``dim`` columns (Weinberger et al. 2009): nothing to fit."""

    def __init__(self, dim: int = HASHED_DIM) -> None:
        self.dim = dim
        self.name = f"ngrams.hash.v1-{dim}"

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = np.zeros((len(texts), self.dim), dtype=np.float32)
        if not texts:
            return rows
        keys, of_row = ngram_keys(texts)
        mixed = (keys.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(20)
        column = (mixed % np.uint64(self.dim)).astype(np.int64)
        sign = np.where((mixed >> np.uint64(40)) & np.uint64(1), 1.0, -1.0)
        # Two-character n-grams say more than single characters, which stand in nearly every text.
        weight = np.where(keys < 1 << 21, 0.3, 1.0)
        np.add.at(rows, (of_row, column), sign * weight)
        return _unit(rows)


@dataclass(frozen=True)
class NeighbourIndex:
    """Labelled cases as half-precision vectors. ``ids`` and ``labels`` in the order of ``vectors``' rows."""

    encoder_name: str
    ids: tuple[str, ...]
    labels: tuple[str, ...]
    vectors: NDArray[np.float16]

    @classmethod
    def build(
        cls,
        encoder: CaseEncoder,
        cases: Sequence[tuple[str, str, str]],
        *,
        max_cases: int = MAX_CASES,
        seed: int = 13,
    ) -> NeighbourIndex:
        """From triples of id, text and label, sorted by id; of too many, the same share of each label is drawn.

        Raises ``InputError`` for an id that is given twice or is longer than 64 bytes.
        """
        cases = sorted(cases)
        if len({case_id for case_id, _, _ in cases}) < len(cases):
            raise InputError(reason="案例编号重复", reason_en="a case id is given twice")
        if any(len(case_id.encode()) > _ID_BYTES for case_id, _, _ in cases):
            raise InputError(
                reason=f"案例编号超过 {_ID_BYTES} 字节", reason_en=f"a case id has over {_ID_BYTES} bytes"
            )
        kept = _drawn([label for _, _, label in cases], max_cases, seed)
        chosen = [cases[i] for i in kept]
        vectors = [
            encoder.encode([text for _, text, _ in chosen[i : i + _BATCH]]).astype(np.float16)
            for i in range(0, len(chosen), _BATCH)
        ]
        return cls(
            encoder.name,
            tuple(case_id for case_id, _, _ in chosen),
            tuple(label for _, _, label in chosen),
            np.concatenate(vectors) if vectors else np.zeros((0, 0), dtype=np.float16),
        )

    def nearest(
        self, encoder: CaseEncoder, texts: Sequence[str], *, k: int = 3, without: Sequence[str] = ()
    ) -> list[list[Neighbour]]:
        """The ``k`` nearest cases of each text, nearest first, ties by id; ``without`` names ids to pass over.

        Raises ``ArtifactError`` for another encoder than the one the index was made with.
        """
        if encoder.name != self.encoder_name:
            raise ArtifactError(
                name=encoder.name,
                reason=f"案例索引使用编码器 {self.encoder_name}，请换用同一个编码器或重建索引",
                reason_en=f"the index was made with {self.encoder_name}; use that encoder or build it again",
            )
        passed = set(without)
        rows = np.array([i for i, case_id in enumerate(self.ids) if case_id not in passed], dtype=np.int64)
        found: list[list[Neighbour]] = []
        for at in range(0, len(texts), _BATCH):
            wanted = _unit(encoder.encode(texts[at : at + _BATCH]))
            found += [self._ranked(vector, rows, k) for vector in wanted]
        return found

    def _ranked(self, vector: NDArray[np.float32], rows: NDArray[np.int64], k: int) -> list[Neighbour]:
        if not len(rows) or k < 1:
            return []
        cosines = np.concatenate(
            [self.vectors[rows[i : i + 8192]].astype(np.float32) @ vector for i in range(0, len(rows), 8192)]
        )
        distances = np.round(1.0 - cosines.astype(np.float64), 3)
        near = np.argsort(distances, kind="stable")[:k]
        return [
            Neighbour(self.ids[rows[i]], self.labels[rows[i]], max(0.0, float(distances[i]))) for i in near
        ]

    def to_files(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """JSON-safe values and arrays; ids are UTF-8 bytes padded with zeros."""
        names = sorted(set(self.labels))
        ids = np.zeros((len(self.ids), _ID_BYTES), dtype=np.uint8)
        for row, case_id in enumerate(self.ids):
            body = case_id.encode()
            ids[row, : len(body)] = np.frombuffer(body, dtype=np.uint8)
        values = {"encoder": self.encoder_name, "labels": names}
        numbers = np.array([names.index(label) for label in self.labels], dtype=np.int32)
        return values, {"case_ids": ids, "case_labels": numbers, "case_vectors": self.vectors}

    @classmethod
    def from_files(cls, values: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> NeighbourIndex:
        names = values["labels"]
        return cls(
            values["encoder"],
            tuple(row.tobytes().rstrip(b"\0").decode() for row in arrays["case_ids"]),
            tuple(names[number] for number in arrays["case_labels"]),
            arrays["case_vectors"],
        )


def _drawn(labels: Sequence[str], limit: int, seed: int) -> list[int]:
    """Row numbers in order, at most ``limit``, each label by its share (at least one where that fits)."""
    if len(labels) <= limit:
        return list(range(len(labels)))
    order = np.random.default_rng(seed).permutation(len(labels)).tolist()
    of_label: dict[str, list[int]] = {}
    for row in order:
        of_label.setdefault(labels[row], []).append(row)
    share = limit / len(labels)
    kept = [row for rows in of_label.values() for row in rows[: max(1, int(len(rows) * share))]]
    return sorted(kept[:limit])


def _unit(rows: NDArray[Any]) -> NDArray[np.float32]:
    rows = np.asarray(rows, dtype=np.float32)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 1e-9, lengths, 1.0), dtype=np.float32)
