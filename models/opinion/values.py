"""What is found: an opinion, what it is about, and which way it goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from models.text.align import Span

Sign = Literal[-1, 0, 1]
SIGNS: tuple[Sign, ...] = (-1, 0, 1)
"""The order of the polarity columns of every model."""


@dataclass(frozen=True, slots=True)
class Triplet:
    """Labelled or predicted, half-open code points of the text; ``aspect`` is None where none is written."""

    aspect: Span | None
    opinion: Span
    polarity: Sign


@dataclass(frozen=True, slots=True)
class Opinion:
    """A triplet with ``score``: the calibrated probability, in [0, 1], that all of it is exactly right."""

    aspect: Span | None
    opinion: Span
    polarity: Sign
    score: float

    @property
    def triplet(self) -> Triplet:
        return Triplet(self.aspect, self.opinion, self.polarity)

    def to_dict(self, text: str) -> dict[str, Any]:
        """The fixed shape of results; ``aspect`` is empty where none is written, ``spans`` then has one span."""
        aspect = text[slice(*self.aspect)] if self.aspect else ""
        spans = [self.aspect, self.opinion] if self.aspect else [self.opinion]
        return {
            "aspect": aspect,
            "opinion": text[slice(*self.opinion)],
            "polarity": self.polarity,
            "score": round(self.score, 4),
            "spans": [list(span) for span in spans],
        }
