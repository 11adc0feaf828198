import hashlib
from dataclasses import replace

import numpy as np
import pytest
from model_folders import empty_folder, fitted_folder, reviews
from safetensors.numpy import save

from models.artifact.folder import load_manifest
from models.artifact.manifest import FileEntry
from models.artifact.seen_rows import ROWS, read_rows, row_hash, row_hashes, rows_file, seen_mask
from models.core.errors import ArtifactError


def test_white_space_does_not_hide_a_row_and_every_other_character_counts():
    assert row_hash("房间 很 脏\n") == row_hash("房间很脏") == row_hash("\u3000房间\t很脏")
    assert row_hash("房间很脏") != row_hash("房间很脏。")
    assert row_hash("WiFi差") != row_hash("wifi差")


def test_the_digest_is_the_first_8_bytes_of_sha256():
    assert f"{row_hash('abc'):016x}" == "ba7816bf8f01cfea"


def test_texts_that_are_no_utf8_have_a_digest_too():
    assert row_hash("坏\ud800的") == row_hash("坏 \ud800的")


def test_the_file_is_the_same_for_any_order_and_repeats():
    assert rows_file(["乙", "甲", "乙"]) == rows_file(["甲", "乙"])


def test_the_rows_of_a_model_folder_are_read_back_sorted(tmp_path):
    texts, labels = reviews(20)
    folder = fitted_folder(tmp_path / "m", texts, labels)
    rows = read_rows(folder, load_manifest(folder))
    assert rows is not None and rows.dtype == np.uint64
    kept = {int(digest) >> 24 << 24 for digest in row_hashes(texts)}
    assert rows.tolist() == sorted(kept)
    assert seen_mask([texts[3], "没见过", texts[0] + "\n"], rows).tolist() == [True, False, True]


def test_files_with_whole_digests_are_read_as_before(tmp_path):
    texts, labels = reviews(20)
    folder = fitted_folder(tmp_path / "m", texts, labels)
    body = save({"row_hashes": np.unique(row_hashes(texts))})
    manifest = load_manifest(folder)
    entry = FileEntry(hashlib.sha256(body).hexdigest(), len(body))
    (folder / ROWS).write_bytes(body)
    rows = read_rows(folder, replace(manifest, files={**manifest.files, ROWS: entry}))
    assert rows is not None and rows.tolist() == sorted(row_hashes(texts).tolist())
    assert seen_mask([texts[3], "没见过"], rows).tolist() == [True, False]


def test_a_model_without_rows_says_so(tmp_path):
    folder = empty_folder(tmp_path / "m")
    assert read_rows(folder, load_manifest(folder)) is None


def test_changed_or_missing_rows_are_refused(tmp_path):
    texts, labels = reviews(20)
    folder = fitted_folder(tmp_path / "m", texts, labels)
    manifest = load_manifest(folder)
    (folder / ROWS).write_bytes(rows_file(texts[:5]))
    with pytest.raises(ArtifactError, match="was changed"):
        read_rows(folder, manifest)
    (folder / ROWS).unlink()
    with pytest.raises(ArtifactError, match="missing"):
        read_rows(folder, manifest)


def test_no_texts_make_an_empty_file_that_nothing_stands_in():
    from safetensors.numpy import load

    assert load(rows_file([]))["row_hashes"].shape == (0, 5)
    assert not seen_mask(["甲"], np.empty(0, dtype=np.uint64)).any()
