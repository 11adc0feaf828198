"""The monthly review: one frozen snapshot of a month, built from rows, drawn by others."""

from models.review.facts import (
    CategoryRef,
    CauseFact,
    IntakeCounts,
    MonthFacts,
    PreviousMonth,
    Quote,
    TranscriptFact,
)
from models.review.snapshot import ReviewSnapshot, build_snapshot

__all__ = [
    "CategoryRef",
    "CauseFact",
    "IntakeCounts",
    "MonthFacts",
    "PreviousMonth",
    "Quote",
    "ReviewSnapshot",
    "TranscriptFact",
    "build_snapshot",
]
