"""What a call centre sends: a transcript of turns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Speaker(StrEnum):
    CUSTOMER = "customer"
    AGENT = "agent"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Turn:
    """What one speaker said without a break. ``start_ms`` counts from the start of the call."""

    speaker: Speaker
    text: str
    start_ms: int | None = None


TURN_BREAK = "\n"
"""Joins the turns of a transcript into its one text; offsets of a transcript count over that text."""


def join_turns(turns: Sequence[Turn]) -> str:
    """The one text of a transcript: what its offsets count over."""
    return TURN_BREAK.join(turn.text for turn in turns)


def turn_offsets(turns: Sequence[Turn]) -> list[tuple[int, int]]:
    """Half-open range of each turn in ``join_turns(turns)``."""
    offsets, at = [], 0
    for turn in turns:
        offsets.append((at, at + len(turn.text)))
        at += len(turn.text) + len(TURN_BREAK)
    return offsets


@dataclass(frozen=True, slots=True)
class Transcript:
    """One contact. ``occurred_at`` is aware. ``scores`` are survey answers sent along, by name."""

    turns: tuple[Turn, ...]
    occurred_at: datetime
    channel: str = "unknown"
    external_id: str | None = None
    customer_id: str | None = None
    agent_id: str | None = None
    product: str | None = None
    region: str | None = None
    segment: str | None = None
    store: str | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """All turns joined by ``TURN_BREAK``: the raw text that spans count over."""
        return join_turns(self.turns)
