"""The labelled files that models are compared on: fitted on ``train.csv``, measured on ``test.csv``."""

from __future__ import annotations

import csv
import os
import random
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Task:
    """``kind`` is the training task; several text columns are joined by 。; ``top`` asks for top-n accuracy too."""

    name: str
    kind: str
    folder: str
    text_columns: tuple[str, ...]
    label_column: str
    top: int | None = None


@dataclass(frozen=True, slots=True)
class Split:
    """Texts and labels of one file."""

    texts: list[str]
    labels: list[str]

    def drawn(self, max_rows: int | None, seed: int) -> Split:
        """At most ``max_rows`` rows, drawn by ``seed``; all of them for None."""
        if max_rows is None or len(self.texts) <= max_rows:
            return self
        chosen = sorted(random.Random(seed).sample(range(len(self.texts)), max_rows))
        return Split([self.texts[i] for i in chosen], [self.labels[i] for i in chosen])


TASKS = (
    Task("hotel", "sentiment", "sentiment_hotel", ("text",), "label"),
    Task("shopping_sentiment", "sentiment", "shopping", ("text",), "sentiment"),
    Task("shopping_category", "category", "shopping", ("text",), "category"),
    Task("citizen", "category", "citizen_messages", ("title", "text"), "label"),
    Task("car", "category", "car_complaints", ("text",), "problem", top=3),
)


def shared_data() -> Path:
    """Folder of the public data: ``VOC_SHARED_DATA``, or ``../shared/data`` beside the repository."""
    return Path(os.environ.get("VOC_SHARED_DATA") or Path(__file__).parents[2] / "shared" / "data")


def read_split(task: Task, split: str) -> Split:
    """Rows of ``train`` or ``test`` that have a label."""
    path = shared_data() / task.folder / f"{split}.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row[task.label_column]]
    texts = ["。".join(row[column] for column in task.text_columns) for row in rows]
    return Split(texts, [row[task.label_column] for row in rows])
