"""What statements are made of: a clause with its place, and one thing that it states."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from models.text.align import Span

Kind = Literal["demand", "quantity", "cause_effect", "expectation"]


@dataclass(frozen=True, slots=True)
class ClauseText:
    """A clause of the customer: ``text`` stands at ``[start, end)`` of the transcript.

    ``turn`` numbers the turns: only clauses of one turn that follow each other are neighbours.
    """

    start: int
    end: int
    text: str
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that clause number ``clause`` states; ``text`` stands at ``[start, end)`` of the transcript.

    ``kind`` and ``sub_kind``: a ``demand`` (``refund``, ``apology`` …), a ``quantity`` (``waiting``,
    ``deadline``, ``duration``, ``times``, ``money``) with its ``value`` in ``unit`` (``minutes``, ``times``,
    ``yuan``), a ``cause_effect`` (the cause here, its effect at ``other``) or an ``expectation`` (what was
    promised here, what came at ``other``). ``is_open``: it may be more (两个多月, 几天, 上百次).
    """

    kind: Kind
    sub_kind: str
    clause: int
    start: int
    end: int
    text: str
    value: float | None = None
    unit: str = ""
    is_open: bool = False
    other: Span | None = None
    other_text: str = ""


def within(clause: ClauseText, number: int, kind: Kind, sub_kind: str, start: int, end: int) -> Statement:
    """A statement at ``[start, end)`` of the clause's own text."""
    return Statement(kind, sub_kind, number, clause.start + start, clause.start + end, clause.text[start:end])
