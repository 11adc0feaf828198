"""What every component says: one thing, with the place in the text that shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from models.text.align import Span


@dataclass(frozen=True, slots=True)
class Mark:
    """``kind`` (``step``, ``promise`` …) and ``value`` (a node's id, a status …) at ``[start, end)``, in ``turn``.

    ``polarity`` in [-1, 1] is of the clause, ``amount`` in ``unit`` (``minutes``, ``yuan``, ``times``, ``score``)
    where one is told; ``other`` is a second place (what came of a promise); ``detail`` one more id.
    """

    kind: str
    value: str
    start: int
    end: int
    turn: int
    polarity: float = 0.0
    amount: float | None = None
    unit: str = ""
    other: Span | None = None
    detail: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Only what is there; places are two-element lists called ``span``."""
        plain: dict[str, Any] = {
            "kind": self.kind,
            "value": self.value,
            "span": [self.start, self.end],
            "turn": self.turn,
        }
        if self.polarity:
            plain["polarity"] = round(self.polarity, 3)
        if self.amount is not None:
            plain |= {"amount": self.amount, "unit": self.unit}
        if self.other is not None:
            plain["other"] = {"span": list(self.other)}
        if self.detail:
            plain["detail"] = self.detail
        return plain

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Mark:
        """What ``to_dict`` wrote."""
        other = plain.get("other")
        return cls(
            plain["kind"],
            plain["value"],
            plain["span"][0],
            plain["span"][1],
            turn=plain["turn"],
            polarity=plain.get("polarity", 0.0),
            amount=plain.get("amount"),
            unit=plain.get("unit", ""),
            other=Span(*other["span"]) if other else None,
            detail=plain.get("detail", ""),
        )
