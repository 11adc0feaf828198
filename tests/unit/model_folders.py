"""Small model folders for tests of the registry and of the release gate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from models.artifact.folder import save_folder
from models.artifact.manifest import Manifest
from models.artifact.seen_rows import ROWS, rows_file
from models.classify.ngram_linear import NgramLinearClassifier, NgramParameters

NOW = datetime(2024, 3, 5, 9, 0, tzinfo=UTC)
GOOD = ("房间干净", "服务热情", "早餐丰富", "位置方便", "前台周到", "空调安静", "价格实惠", "环境舒适")
BAD = ("房间发霉", "服务冷漠", "早餐难吃", "位置偏僻", "前台推诿", "空调漏水", "价格离谱", "环境吵闹")


def reviews(n: int, *, start: int = 0) -> tuple[list[str], list[str]]:
    """``n`` different texts and their labels, half ``positive``; other ``start``, other texts."""
    texts, labels = [], []
    for i in range(start, start + n):
        words, label = (GOOD, "positive") if i % 2 else (BAD, "negative")
        texts.append(f"第{chr(0x4E00 + i)}{chr(0x5E00 + i)}次入住，{words[i % 8]}，{words[(i // 8) % 8]}")
        labels.append(label)
    return texts, labels


def empty_folder(path: Path, *, extra_files: Mapping[str, bytes] | None = None, **changes: Any) -> Path:
    """A whole folder whose weights say nothing; ``changes`` are fields of the manifest."""
    weights = {"w": np.arange(4, dtype=np.float32)}
    save_folder(path, _manifest(**changes), weights, card="# card", extra=extra_files)
    return path


def fitted_folder(
    path: Path, texts: Sequence[str], labels: Sequence[str], *, keep_rows: bool = True, **changes: Any
) -> Path:
    """A folder with an n-gram model fitted on ``texts``, and their digests unless ``keep_rows`` is off."""
    parameters = NgramParameters(min_df=1, max_features=2000)
    model = NgramLinearClassifier(parameters).fit(texts, labels)
    fields = {"component": model.name, "classes": model.classes_, "parameters": asdict(parameters)}
    extra = {ROWS: rows_file(texts)} if keep_rows else {}
    save_folder(path, _manifest(**{**fields, **changes}), model.to_files()[1], card="# card", extra=extra)
    return path


def _manifest(**changes: Any) -> Manifest:
    fields: dict[str, Any] = {
        "task": "sentiment",
        "version": "v1",
        "component": "classifier.ngram_linear.v1",
        "classes": ("negative", "positive"),
        "parameters": {},
        "data": {"n_rows": 2},
        "metrics": {"held_out_folds": {"n": 100, "accuracy": 0.9, "ece": 0.02}},
        "libraries": {},
        "created_at": NOW.isoformat(),
        "seed": 13,
        "files": {},
    }
    return Manifest(**{**fields, **changes})
