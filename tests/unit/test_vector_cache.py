"""Vectors kept on disk: the same bits, each text encoded once, never a reason to fail."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from models.rootcause.vectors import HashEncoder, Vectors
from service.vector_cache import CachedEncoder


class Counting:
    name = "counting.v1"

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.encoded += texts
        return HashEncoder(16).encode(texts)


TEXTS = ["空调不制冷", "账单多扣费", "空调不制冷", "", "快递没送到"]


def test_each_text_is_encoded_once_and_the_vectors_are_the_same_bits(tmp_path: Path) -> None:
    inner = Counting()
    first = CachedEncoder(inner, tmp_path / "cache" / "v.sqlite3", max_vectors=100).encode(TEXTS)
    assert sorted(inner.encoded) == sorted(set(TEXTS))
    again = CachedEncoder(inner, tmp_path / "cache" / "v.sqlite3", max_vectors=100).encode(TEXTS[::-1])
    assert len(inner.encoded) == len(set(TEXTS))
    assert np.array_equal(first, Counting().encode(TEXTS))
    assert np.array_equal(again, first[::-1])
    assert first.dtype == again.dtype == np.float32


def test_nothing_to_encode_has_the_shape_of_the_encoder(tmp_path: Path) -> None:
    assert CachedEncoder(Counting(), tmp_path / "v.sqlite3", max_vectors=9).encode([]).shape == (0, 16)


def test_the_oldest_vectors_go_first(tmp_path: Path) -> None:
    inner = Counting()
    cached = CachedEncoder(inner, tmp_path / "v.sqlite3", max_vectors=2)
    for text in ("一", "二", "三"):
        cached.encode([text])
    cached.encode(["二", "三"])
    assert inner.encoded == ["一", "二", "三"]
    cached.encode(["一"])
    assert inner.encoded == ["一", "二", "三", "一"]


def test_a_broken_or_unwritable_file_only_costs_time(tmp_path: Path) -> None:
    (tmp_path / "v.sqlite3").write_bytes(b"no database" * 100)
    (tmp_path / "file").write_text("x")
    for path in (tmp_path / "v.sqlite3", tmp_path / "file" / "v.sqlite3"):
        cached = CachedEncoder(Counting(), path, max_vectors=9)
        assert np.array_equal(cached.encode(TEXTS), Counting().encode(TEXTS))


def test_the_file_holds_no_text(tmp_path: Path) -> None:
    CachedEncoder(Counting(), tmp_path / "v.sqlite3", max_vectors=9).encode(["客户张三的空调不制冷"])
    held = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert "空调".encode() not in held
    assert "张三".encode() not in held
