"""The training job by itself: cut off and done again, and what preset ``best`` asks of its rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from data.artifacts import Registry
from models.core.errors import InputError
from training.jobs import train_job

NOW = datetime(2026, 11, 1, tzinfo=UTC)
BAD = ("空调不制冷", "太差了", "修了三次", "没人处理", "很失望", "坑人")
GOOD = ("很满意", "服务好", "谢谢", "非常快", "态度不错", "推荐")
CLASSES = ("negative", "positive")


def written(folder: Path, n: int) -> Path:
    """Rows as the service hands them over, every fifth held out."""
    lines = []
    for i in range(n):
        words, label = (BAD, "negative") if i % 2 else (GOOD, "positive")
        text = f"{words[i % 6]}，{words[(i // 6 + 1) % 6]}，第{i}次来电"
        lines.append(orjson.dumps({"text": text, "label": label, "held_out": i % 5 == 0}))
    path = folder / "rows.jsonl"
    folder.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\n".join(lines))
    return path


def train(rows: Path, home: Path, preset: str = "fast", **more: Any) -> dict[str, Any]:
    return train_job(rows=rows, home=home, task="sentiment", preset=preset, now=NOW, classes=CLASSES, **more)


class KilledError(BaseException):
    """Stands for the end of the process: no ``Exception``, so nothing handles it as a failure."""


def killed_at(share: float) -> Callable[[float, str], None]:
    def progress(done: float, what: str) -> None:
        if done >= share:
            raise KilledError

    return progress


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_a_run_that_was_cut_off_registers_nothing_and_is_done_by_the_next(
    tmp_path: Path, share: float
) -> None:
    rows = written(tmp_path / "job", 80)
    with pytest.raises(KilledError):
        train(rows, tmp_path, progress=killed_at(share))
    assert not (tmp_path / "artifacts").exists()
    made = train(rows, tmp_path)
    assert made["n_rows"] == 64
    assert [path.name for path in rows.parent.iterdir()] == ["rows.jsonl"], "no half-made model is left"
    assert Registry(tmp_path).entry("sentiment", made["version"]).name == made["model"]


def test_a_run_killed_between_registering_and_saying_so_registers_once(tmp_path: Path) -> None:
    rows = written(tmp_path / "job", 80)
    first, again = train(rows, tmp_path), train(rows, tmp_path)
    assert again["version"] == first["version"]
    registry = Registry(tmp_path)
    assert [e.version for e in registry.versions("sentiment") if not e.shipped] == [first["version"]]
    assert [change.kind for change in registry.history("sentiment")] == ["register"]


@pytest.mark.parametrize("n", [40, 150])
def test_best_refuses_too_few_rows_before_it_fits_anything(tmp_path: Path, n: int) -> None:
    seen: list[str] = []
    with pytest.raises(InputError, match='"preset": "fast"') as refused:
        train(written(tmp_path / "job", n), tmp_path, "best", progress=lambda _, what: seen.append(what))
    assert seen == []
    assert "继续标注" in refused.value.message("zh")
