"""The key of the digests."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from models.core.errors import StorageError
from service.ingest.digests import load_digests
from service.settings import Settings


def settings(home: Path, secret: str = "") -> Settings:
    return Settings(home=home, secret_key=secret, _env_file=None)


def test_a_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    home = tmp_path / "new" / "home"
    first, second = load_digests(settings(home)), load_digests(settings(home))
    assert first == second
    assert stat.S_IMODE((home / "secret.key").stat().st_mode) == 0o600
    assert [path.name for path in home.iterdir()] == ["secret.key"]


def test_processes_that_start_at_once_get_the_same_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: load_digests(settings(tmp_path)).key, range(32)))
    assert len(keys) == 1


def test_a_given_key_needs_no_file(tmp_path: Path) -> None:
    assert load_digests(settings(tmp_path / "none", "geheim")) == load_digests(settings(tmp_path, "geheim"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", ["", "abcd", "no hex", "\xff"])
def test_a_damaged_key_is_never_replaced(tmp_path: Path, content: str) -> None:
    (tmp_path / "secret.key").write_text(content, encoding="latin-1")
    with pytest.raises(StorageError) as caught:
        load_digests(settings(tmp_path))
    assert "备份" in caught.value.message("zh")
    assert (tmp_path / "secret.key").read_text(encoding="latin-1") == content


def test_a_home_that_cannot_be_made_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="key file"):
        load_digests(settings(tmp_path / "file"))


def test_digests_differ_by_kind_key_and_value(tmp_path: Path) -> None:
    a, b = load_digests(settings(tmp_path, "a")), load_digests(settings(tmp_path, "b"))
    found = {a.customer("1"), a.customer("2"), a.identifier("1"), a.content(b"1"), b.customer("1")}
    assert len(found) == 5
    assert a.customer("1") == a.customer("1")
