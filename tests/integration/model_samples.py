"""Tiny sentiment models that answer differently, for tests of the model life."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from data.artifacts import Registry
from training.fit import FitRequest, fit_folder

NOW = datetime(2026, 11, 1, tzinfo=UTC)
BAD = ("空调不制冷", "太差了", "修了三次", "没人处理", "很失望", "坑人")
GOOD = ("很满意", "服务好", "谢谢", "非常快", "态度不错", "推荐")


def sentiment_rows(n: int = 60) -> tuple[list[str], list[str]]:
    """Distinct texts, half of them negative."""
    texts, labels = [], []
    for i in range(n):
        words, label = (BAD, "negative") if i % 2 else (GOOD, "positive")
        texts.append(f"{words[i % 6]}，{words[(i // 6 + 1) % 6]}，第{i}次来电说{words[(i // 2) % 6]}")
        labels.append(label)
    return texts, labels


def register_sentiment(home: Path, *, always: str | None = None, seed: int = 13) -> str:
    """Version of a registered model. ``always``: its answer to everything, ``negative`` or ``positive``."""
    texts, labels = sentiment_rows()
    if always is not None:
        other = {"negative": "positive", "positive": "negative"}[always]
        texts, labels = [*texts, "鑫龘靐"], [always] * len(labels) + [other]
    folder = home / "fitted" / f"{always}-{seed}"
    fit_folder(FitRequest(task="sentiment", now=NOW, seed=seed), texts, labels, folder)
    return Registry(home).register(folder).version
