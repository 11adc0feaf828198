"""Exemplars: real clauses at the centre of a cause, from different voices and not all alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.rootcause.units import Unit
from models.rootcause.vectors import Vectors

MIN_CHARS, MAX_CHARS = 8, 40
TOO_ALIKE = 0.97


@dataclass(frozen=True, slots=True)
class Exemplar:
    """A quote: ``start`` and ``end`` are half-open code points in the masked text of the transcript."""

    transcript_id: str
    start: int
    end: int
    text: str

    def to_dict(self) -> dict[str, Any]:
        return {"transcript_id": self.transcript_id, "start": self.start, "end": self.end, "text": self.text}

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> Exemplar:
        return cls(str(value["transcript_id"]), int(value["start"]), int(value["end"]), str(value["text"]))


def choose_exemplars(
    units: Sequence[Unit], vectors: Vectors, nearness: NDArray[np.floating], *, name: str = "", n: int = 5
) -> tuple[Exemplar, ...]:
    """Up to ``n`` medoids of a cause.

    ``vectors`` is ``(len(units), dim)``, ``nearness`` ``(len(units),)``. Nearness counts first, then a length a
    reader takes in at a glance and the name standing in the quote. Each comes from another voice; a quote
    nearly the same as a chosen one is taken only when nothing else is left.
    """
    cosines = np.round(nearness, 4)
    merit = [float(c) - _awkward(u, name) for c, u in zip(cosines, units, strict=True)]
    order = sorted(range(len(units)), key=lambda i: (-round(merit[i], 5), units[i].key))
    chosen: list[int] = []
    for diverse in (True, False):
        for i in order:
            if len(chosen) == n:
                break
            if i not in chosen and _fits(i, chosen, units, vectors, diverse):
                chosen.append(i)
    return tuple(Exemplar(*units[i].key) for i in chosen)


def _awkward(unit: Unit, name: str) -> float:
    length = len(unit.text)
    penalty = 0.15 if not MIN_CHARS <= length <= MAX_CHARS else 0.0
    return penalty + (0.0 if _says(unit.text, name) else 0.1)


def _says(text: str, name: str) -> bool:
    """Whether the characters of ``name`` stand in ``text`` in their order, others between or not."""
    rest = iter(text)
    return all(char in rest for char in name)


def _fits(i: int, chosen: Sequence[int], units: Sequence[Unit], vectors: Vectors, diverse: bool) -> bool:
    if any(
        units[i].voice_id == units[j].voice_id or units[i].transcript_id == units[j].transcript_id
        for j in chosen
    ):
        return False
    if not diverse:
        return True
    return all(units[i].text != units[j].text and vectors[i] @ vectors[j] < TOO_ALIKE for j in chosen)
