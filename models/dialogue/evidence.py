"""Named evidence in a customer's words, with spans, and how several pieces make one score.

These scores have no gold data: they are sums of what is listed as evidence and claim no more. Independent
pieces add up as ``1 - (1 - w1)(1 - w2)...`` (noisy-or, Pearl 1988), so a score stays in [0, 1] and each piece
can only raise it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Evidence:
    """``kind`` names the rule; ``start`` and ``end`` count over the joined text; ``weight`` is in [0, 1].

    ``amount`` is a number that was read, in seconds for a wait and in times for a repeat.
    """

    kind: str
    start: int
    end: int
    weight: float
    amount: float | None = None

    def to_dict(self) -> dict[str, Any]:
        values: dict[str, Any] = {
            "kind": self.kind,
            "span": [self.start, self.end],
            "weight": round(self.weight, 3),
        }
        return values if self.amount is None else {**values, "amount": self.amount}


def together(evidence: Iterable[Evidence]) -> float:
    """The score of all ``evidence``, in [0, 1]; 0 without any. Overlapping pieces count once, the heaviest."""
    kept: list[Evidence] = []
    for piece in sorted(evidence, key=lambda e: (-e.weight, e.start, e.end)):
        if all(piece.end <= other.start or piece.start >= other.end for other in kept):
            kept.append(piece)
    return round(1 - math.prod(1 - piece.weight for piece in kept), 4)
