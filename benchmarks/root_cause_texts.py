"""Public texts for measuring root causes, masked, repaired and cut into words as ``voc cluster`` does."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.models_tasks import shared_data
from models.analysis.pipeline import Analyzer
from models.text.pii import find_pii, mask
from models.text.repair import repair

MIN_CHARS = 15
MIN_ROWS_OF_A_TYPE = 15


@dataclass(frozen=True, slots=True)
class Prepared:
    """Texts, their words without punctuation, and what each row is said to be (empty where nothing is)."""

    texts: tuple[str, ...]
    words: tuple[tuple[str, ...], ...]
    labels: tuple[str, ...]


def prepare(rows: list[tuple[str, str]], analyzer: Analyzer) -> Prepared:
    """``rows`` are (text, label)."""
    texts = tuple(repair(mask(text, find_pii(text)).text).text.text for text, _ in rows)
    words = tuple(
        tuple(word for word in analyzer.segmenter.words(text) if any(char.isalnum() for char in word))
        for text in texts
    )
    return Prepared(texts, words, tuple(label for _, label in rows))


def read_rows(*names: str) -> Iterator[dict[str, str]]:
    """Rows of the CSV files ``names`` below the shared data's folder."""
    for name in names:
        with (shared_data() / name).open(encoding="utf-8-sig", newline="") as file:
            yield from csv.DictReader(file)


def car_complaints() -> list[tuple[str, str]]:
    """(text, problem type) of the rows that the protocol asks for."""
    rows = [
        (row["text"], row["problem_type"])
        for row in read_rows("car_complaints/train.csv", "car_complaints/test.csv")
        if len(row["text"]) >= MIN_CHARS and row["problem_type"] not in ("", "其他")
    ]
    counts = Counter(label for _, label in rows)
    return [(text, label) for text, label in rows if counts[label] >= MIN_ROWS_OF_A_TYPE]


def shopping_negatives() -> list[tuple[str, str]]:
    """(text, category) of the negative reviews of the test file."""
    rows = read_rows("shopping/test.csv")
    return [(row["text"], row["category"]) for row in rows if row["sentiment"] == "negative"]
