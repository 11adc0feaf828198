"""A transcript as the experience components read it: turns and clauses over one text, with their polarity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from models.text.split import split_clauses

SpeakerName = Literal["customer", "agent", "system"]


@dataclass(frozen=True, slots=True)
class ToldTurn:
    """What one speaker said at ``[start, end)`` of the text. A turn of marks alone is empty."""

    speaker: SpeakerName
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ToldClause:
    """A clause at ``[start, start + len(text))``. ``polarity`` in [-1, 1]; 0.0 where nobody judged it (agents).

    ``category`` is the id of its complaint category, where it has one.
    """

    turn: int
    speaker: SpeakerName
    start: int
    text: str
    polarity: float = 0.0
    category: str | None = None

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class Told:
    """``clauses`` in order of place; ``turns`` of all speakers in order; offsets over ``text``."""

    text: str
    turns: tuple[ToldTurn, ...]
    clauses: tuple[ToldClause, ...]

    def of_turn(self, turn: int) -> list[ToldClause]:
        return [clause for clause in self.clauses if clause.turn == turn]

    def of_speaker(self, speaker: SpeakerName) -> list[ToldClause]:
        return [clause for clause in self.clauses if clause.speaker == speaker]


def told_from(turns: Sequence[tuple[str, str]], polarity: Sequence[Sequence[float]] = ()) -> Told:
    """A ``Told`` of plain ``(speaker, text)`` turns, cut at marks; for tests and gold dialogues.

    ``polarity`` gives the polarity of the clauses of each turn, in order, where known.
    """
    text = "\n".join(said for _, said in turns)
    clauses: list[ToldClause] = []
    found: list[ToldTurn] = []
    at = 0
    for number, (speaker, said) in enumerate(turns):
        name: SpeakerName = speaker if speaker in ("agent", "system") else "customer"  # type: ignore[assignment]
        known = polarity[number] if number < len(polarity) else ()
        found.append(ToldTurn(name, at, at + len(said)))
        for i, span in enumerate(split_clauses(said)):
            value = known[i] if i < len(known) else 0.0
            clauses.append(ToldClause(number, name, at + span.start, said[span.start : span.end], value))
        at += len(said) + 1
    return Told(text, tuple(found), tuple(clauses))
