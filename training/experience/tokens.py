"""Dialogues as a sentence encoder reads them: one row of tokens each, and where the pieces of the talk network stand in it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import torch

from models.experience.talk_page import TalkPiece
from training.experience.lessons import Lesson
from training.experience.network import TokenRows

MAX_TOKENS = 480
"""Of a row."""
_LEAST_TOKENS = 40
"""A turn is not begun where fewer fit."""
_MARKS: Mapping[bool, str] = {False: "客:", True: "服:"}
"""Who speaks, by whether it is an agent."""
_STEP = 16
"""Rows are padded to a multiple of it: few shapes, whose memory is used again."""


@dataclass(frozen=True)
class DialogueTokens:
    """``rows`` of ids, a long dialogue in several; ``places`` (row, start, end) of each piece."""

    rows: list[list[int]]
    places: list[tuple[int, int, int]]


class DialogueTokenizer:
    """``folder`` has ``tokenizer.json`` and ``config.json`` of an encoder of the XLM-R family."""

    def __init__(self, folder: Path) -> None:
        from tokenizers import Tokenizer

        self._tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        config = json.loads((folder / "config.json").read_text("utf-8"))
        self._most = min(MAX_TOKENS, int(config["max_position_embeddings"]))
        known = self._tokenizer.get_vocab()
        self._begin, self._end, self._pad = known["<s>"], known["</s>"], known["<pad>"]
        self._marks = {agent: self._encoded(mark).ids for agent, mark in _MARKS.items()}
        self._read: dict[int, tuple[Lesson, DialogueTokens]] = {}

    def rows(self, lessons: Sequence[Lesson]) -> TokenRows:
        """Of a batch of lessons with pieces. What was read once is kept."""
        read = [self._known(lesson) for lesson in lessons]
        rows = [row for own in read for row in own.rows]
        longest = -(-max(map(len, rows)) // _STEP) * _STEP
        ids = torch.full((len(rows), longest), self._pad)
        mask = torch.zeros(len(rows), longest, dtype=torch.long)
        for number, row in enumerate(rows):
            ids[number, : len(row)] = torch.tensor(row)
            mask[number, : len(row)] = 1
        places, first = [], 0
        for own in read:
            places += [(first + row, start, end) for row, start, end in own.places]
            first += len(own.rows)
        return TokenRows(ids, mask, torch.tensor(places))

    def _known(self, lesson: Lesson) -> DialogueTokens:
        if id(lesson) not in self._read:
            self._read[id(lesson)] = lesson, self.read(lesson)
        return self._read[id(lesson)][1]

    def read(self, lesson: Lesson) -> DialogueTokens:
        """A piece that the tokenizer leaves nothing of stands at the beginning of the first row."""
        rows = [[self._begin]]
        places: dict[int, tuple[int, int, int]] = {}
        numbered = list(enumerate(lesson.page.pieces))
        for _, group in groupby(numbered, key=lambda one: one[1].turn):
            own = list(group)
            self._add_turn(lesson, own, bool(lesson.page.agent[own[0][0]]), rows, places)
        found = [places.get(number, (0, 0, 1)) for number, _ in numbered]
        return DialogueTokens([[*row, self._end] for row in rows], found)

    def _add_turn(
        self,
        lesson: Lesson,
        pieces: Sequence[tuple[int, TalkPiece]],
        agent: bool,
        rows: list[list[int]],
        places: dict[int, tuple[int, int, int]],
    ) -> None:
        """A turn that is longer than the row goes on in the next one."""
        begin = pieces[0][1].start
        read = self._encoded(lesson.told.text[begin : pieces[-1][1].end])
        mark, at = self._marks[agent], 0
        while at < len(read.ids):
            room = self._most - len(rows[-1]) - len(mark) - 1
            if room < min(_LEAST_TOKENS, len(read.ids) - at):
                rows.append([self._begin])
                continue
            n = min(room, len(read.ids) - at)
            shift = len(rows[-1]) + len(mark) - at
            rows[-1] += [*mark, *read.ids[at : at + n]]
            for number, piece in pieces:
                inside = [
                    k
                    for k in range(at, at + n)
                    if read.offsets[k][0] + begin < piece.end and read.offsets[k][1] + begin > piece.start
                ]
                if inside:
                    places.setdefault(number, (len(rows) - 1, inside[0] + shift, inside[-1] + shift + 1))
            at += n

    def _encoded(self, text: str) -> Any:
        return self._tokenizer.encode(text, add_special_tokens=False)
