"""A transcript made ready for the models: masked, repaired, cut into clauses with their speakers."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from models.analysis.values import PiiSpan
from models.core.transcript import TURN_BREAK, Speaker, Turn, join_turns, turn_offsets
from models.text.align import AlignedText
from models.text.pii import PiiMatch, find_pii, mask
from models.text.repair import Repaired, repair
from models.text.split import split_clauses


@dataclass(frozen=True, slots=True)
class PreparedClause:
    """``text`` is the repaired clause; ``start``/``end`` count over the masked text, ``view_start`` over the
    repaired one."""

    text: str
    start: int
    end: int
    view_start: int
    speaker: Speaker


@dataclass(frozen=True, slots=True)
class Prepared:
    """``masked`` maps the masked text to the raw one; ``repaired.text`` maps the repaired one to the masked.

    ``turns`` are ``(speaker, start, end)`` over the masked text. ``pii`` has offsets into the raw text.
    """

    masked: AlignedText
    turns: tuple[tuple[Speaker, int, int], ...]
    pii: tuple[PiiSpan, ...]
    repaired: Repaired
    clauses: tuple[PreparedClause, ...]

    @property
    def customer_text(self) -> str:
        """The customer's clauses with the marks between them: what whole-transcript models read.

        Clauses of different turns, or with more than marks between them, are joined by a comma.
        """
        view, at = self.repaired.text.text, 0
        parts: list[str] = []
        for clause in self.clauses:
            if clause.speaker is not Speaker.CUSTOMER:
                continue
            if parts:
                parts.append(_joint(view[at : clause.view_start]))
            parts.append(clause.text)
            at = clause.view_start + len(clause.text)
        ending = _MARKS.match(view, at) if parts else None
        return "".join(parts) + (ending.group() if ending else "")


_MARKS = re.compile("[，。！？；：、,.!?;:~～…]{1,3}")


def _joint(between: str) -> str:
    return between if _MARKS.fullmatch(between) else "，"


FindPii = Callable[[str], Sequence[PiiMatch]]


def prepare(turns: Sequence[Turn], *, find: FindPii = find_pii) -> Prepared:
    """Mask, repair and split one transcript. Deterministic; never raises on any text."""
    offsets, text = turn_offsets(turns), join_turns(turns)
    pii = [part for match in find(text) for part in _inside_turns(match, offsets)]
    return _prepared(mask(text, pii), _masked_turns(turns, offsets, pii), pii)


def prepare_masked(text: str, turns: Sequence[tuple[str, int, int]]) -> Prepared:
    """The same for a stored transcript, which is masked already; ``turns`` as ``(speaker, start, end)``."""
    known = [(Speaker(speaker), start, end) for speaker, start, end in turns]
    return _prepared(AlignedText.of(text), known, [])


def _prepared(
    masked: AlignedText, turns: Sequence[tuple[Speaker, int, int]], pii: Sequence[PiiMatch]
) -> Prepared:
    repaired = repair(masked.text, marks=False)
    view = repaired.text
    starts = [start for _, start, _ in turns]
    clauses = []
    for span in split_clauses(view.text):
        start, end = view.to_raw(span.start, span.end)
        speaker = turns[max(bisect_right(starts, start) - 1, 0)][0] if turns else Speaker.CUSTOMER
        clauses.append(PreparedClause(view.text[span.start : span.end], start, end, span.start, speaker))
    spans = tuple(PiiSpan(match.kind, match.start, match.end) for match in pii)
    return Prepared(masked, tuple(turns), spans, repaired, tuple(clauses))


def _inside_turns(match: PiiMatch, offsets: Sequence[tuple[int, int]]) -> list[PiiMatch]:
    """A match that runs over a turn's end becomes one match in each turn."""
    return [
        PiiMatch(match.kind, max(match.start, start), min(match.end, end))
        for start, end in offsets
        if match.start < end and match.end > start
    ]


def _masked_turns(
    turns: Sequence[Turn], offsets: Sequence[tuple[int, int]], pii: Sequence[PiiMatch]
) -> list[tuple[Speaker, int, int]]:
    """Turns over the masked text; each is as long as its own masking leaves it."""
    found: list[tuple[Speaker, int, int]] = []
    at = 0
    for turn, (start, end) in zip(turns, offsets, strict=True):
        inside = [PiiMatch(m.kind, m.start - start, m.end - start) for m in pii if start <= m.start < end]
        length = len(mask(turn.text, inside).text) if inside else end - start
        found.append((turn.speaker, at, at + length))
        at += length + len(TURN_BREAK)
    return found
