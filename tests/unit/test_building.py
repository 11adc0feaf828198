"""Which model serves a task."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.core.errors import NotFoundError
from service.building import build_analyzer, choose_version, load_task_model, task_keys
from service.settings import Settings


def settings(home: Path, **values: str) -> Settings:
    return Settings(home=home, _env_file=None, **values)  # type: ignore[arg-type]


def test_the_sectors_own_model_goes_before_the_general_one(tmp_path: Path) -> None:
    own = settings(tmp_path, sector="automotive")
    assert task_keys(own, "category") == ("category.automotive", "category")
    assert task_keys(own, "category.retail") == ("category.retail",)
    assert load_task_model(own, "category")[0].task == "category.automotive"


def test_a_sector_without_a_model_labels_by_rules(tmp_path: Path) -> None:
    own = settings(tmp_path, sector="bank")
    with pytest.raises(NotFoundError):
        choose_version(own, "category")
    assert build_analyzer(own).versions["category"].startswith("rules.bank@")


def test_the_same_parts_are_put_together_once_and_reading_writes_nothing(tmp_path: Path) -> None:
    one, other = settings(tmp_path / "a"), settings(tmp_path / "b")
    assert build_analyzer(one) is build_analyzer(other)
    assert list(tmp_path.iterdir()) == []
