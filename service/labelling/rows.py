"""Labelled rows for training, out of what analysts said: masked text only, written as JSON lines.

One row in five is held out by a digest of its text: it is never fitted on, whatever is trained when, so the
release gate always has rows that no candidate saw.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import orjson
from sqlalchemy import Connection

from models.analysis.prepare import prepare_masked
from models.artifact.seen_rows import row_hash
from models.core.errors import FieldError
from service.database import labels, transcript_queries
from service.database.labels import LabelRecord
from service.database.records import StoredTranscript

MIN_ROWS_PER_CLASS = 5
HELD_OUT_IN = 5
MIN_BEST_ROWS = 200
"""Training ``best`` keeps about a fifth of the rows aside to weigh its parts on, and needs 30 there."""
_CHUNK = 200


@dataclass(frozen=True, slots=True)
class LabelledRow:
    """``text`` is what a model would read: the customer's words, or the labelled span."""

    text: str
    label: str
    held_out: bool


def labelled_rows(connection: Connection, tenant: str, task: str) -> Iterator[LabelledRow]:
    """Every label in force of ``task``, oldest first; a transcript with two categories gives two rows."""
    waiting: list[LabelRecord] = []
    for record in labels.stream_in_force(connection, tenant, task):
        waiting.append(record)
        if len(waiting) == _CHUNK:
            yield from _rows(connection, tenant, waiting)
            waiting = []
    yield from _rows(connection, tenant, waiting)


def fit_classes(rows: Iterable[LabelledRow]) -> dict[str, int]:
    """Classes with enough rows to fit on, and how many. Raises ``FieldError`` for fewer than two."""
    counts = Counter(row.label for row in rows if not row.held_out)
    enough = {label: n for label, n in sorted(counts.items()) if n >= MIN_ROWS_PER_CLASS}
    if len(enough) < 2:
        found = "、".join(f"{label} {n} 条" for label, n in sorted(counts.items())) or "没有标注"
        raise FieldError(
            field="task",
            reason=f"标注不够训练：至少要有两类，每类 {MIN_ROWS_PER_CLASS} 条（另有五分之一留作检验）。"
            f"现有：{found}。请先用 POST /v1/labels 标注，GET /v1/labels/queue 给出先标什么",
            reason_en=f"too few labels: two classes with {MIN_ROWS_PER_CLASS} rows each are needed, beside "
            f"the fifth that is held out; there are: {dict(sorted(counts.items()))}. See POST /v1/labels",
        )
    return enough


def check_best(counts: Mapping[str, int]) -> None:
    """Raises ``FieldError`` for rows per class that the preset ``best`` cannot do with."""
    n = sum(counts.values())
    if n < MIN_BEST_ROWS:
        raise FieldError(
            field="preset",
            reason=f"best 至少要 {MIN_BEST_ROWS} 条可训练的标注，现有 {n} 条（另有五分之一留作检验）。"
            '请继续标注，或改用 {"preset": "fast"}',
            reason_en=f"best needs {MIN_BEST_ROWS} labels to fit on, there are {n} beside the fifth that is held "
            'out; label more, or send {"preset": "fast"}',
        )


def write_labelled(path: Path, rows: Iterable[LabelledRow]) -> int:
    """JSON lines of ``text``, ``label``, ``held_out``; returns how many. The file is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    n = 0
    with part.open("wb") as file:
        for row in rows:
            line = {"text": row.text, "label": row.label, "held_out": row.held_out}
            file.write(orjson.dumps(line) + b"\n")
            n += 1
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    return n


def _rows(connection: Connection, tenant: str, records: list[LabelRecord]) -> Iterator[LabelledRow]:
    ids = sorted({record.transcript_id for record in records})
    stored = transcript_queries.get_many(connection, tenant, ids) if ids else {}
    for record in records:
        text = _text(record, stored[record.transcript_id])
        for label in record.labels:
            if text.strip():
                yield LabelledRow(text, label, row_hash(text) % HELD_OUT_IN == 0)


def _text(record: LabelRecord, stored: StoredTranscript) -> str:
    if record.start is not None:
        return stored.row.text[record.start : record.end]
    turns = [(turn.speaker, turn.start, turn.end) for turn in stored.row.turns]
    return prepare_masked(stored.row.text, turns).customer_text
