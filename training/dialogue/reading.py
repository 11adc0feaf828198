"""Labelled dialogues from JSON lines.

A line is ``{"id", "turns": [{"speaker", "text", "votes"?: {mark: count}}], "satisfaction"?, "accomplishment"?,
"effectiveness"?}``; speakers as in ``models.dialogue.turns``, marks as in ``models.dialogue.votes``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from models.core.errors import FileFormatError, RowError, VocError
from models.dialogue.ridge import Numbers
from models.dialogue.turns import Dialogue, read_dialogue
from models.dialogue.votes import block_shares

MARKS_OF_DIALOGUE = ("satisfaction", "accomplishment", "effectiveness")


@dataclass(frozen=True, slots=True)
class DialogueRecord:
    """``marks`` are the means in [-2, 2] of those of ``MARKS_OF_DIALOGUE`` that the row has; ``votes`` per turn."""

    id: str
    turns: tuple[tuple[str, str], ...]
    dialogue: Dialogue
    marks: Mapping[str, float]
    votes: tuple[Mapping[str, float], ...] | None

    @property
    def shares(self) -> Numbers | None:
        return None if self.votes is None else block_shares(self.dialogue, self.votes)


@dataclass(frozen=True, slots=True)
class DialogueTable:
    """``rejected`` are the rows that could not be read, each with its line."""

    records: tuple[DialogueRecord, ...]
    rejected: tuple[RowError, ...]


def load_dialogues(path: Path) -> DialogueTable:
    """All labelled dialogues of a JSON lines file. Raises ``FileFormatError``; bad rows are kept apart."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise FileFormatError(
            path=str(path), reason="文件不存在或无法打开", reason_en="it cannot be opened"
        ) from error
    records, rejected = [], []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            records.append(parse_record(orjson.loads(line), number))
        except (orjson.JSONDecodeError, VocError) as error:
            rejected.append(_row_error(number, error))
    return DialogueTable(tuple(records), tuple(rejected))


def parse_record(values: Any, line: int = 1) -> DialogueRecord:
    """One record. Raises ``RowError`` where turns are missing or a mark is outside [-2, 2]."""
    try:
        given = values["turns"]
        turns = tuple((str(turn["speaker"]), str(turn["text"] or "")) for turn in given)
        votes = tuple(turn["votes"] for turn in given) if all("votes" in turn for turn in given) else None
        marks = {name: float(values[name]) for name in MARKS_OF_DIALOGUE if values.get(name) is not None}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RowError(
            line=line,
            reason="应有 turns，每项含 speaker 和 text",
            reason_en="turns with speaker and text are needed",
        ) from error
    if any(not math.isfinite(mark) or abs(mark) > 2 for mark in marks.values()):
        raise RowError(line=line, reason="分数应在 -2 到 2 之间", reason_en="a mark is outside -2 to 2")
    return DialogueRecord(str(values.get("id", line)), turns, read_dialogue(turns), marks, votes)


def mark_matrix(records: Sequence[DialogueRecord]) -> Numbers:
    """``(n_records, n_marks)``: satisfaction, then the other marks that every record has."""
    names = [name for name in MARKS_OF_DIALOGUE if all(name in record.marks for record in records)]
    return np.array([[record.marks[name] for name in names] for record in records])


def _row_error(line: int, error: Exception) -> RowError:
    if isinstance(error, RowError):
        return error
    if isinstance(error, VocError):
        return RowError(line=line, reason=error.message("zh"), reason_en=error.message("en"))
    return RowError(line=line, reason="不是一行 JSON", reason_en="not a line of JSON")
