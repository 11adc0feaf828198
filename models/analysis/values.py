"""What the analysis of one text or transcript says. ``to_dict`` gives the shape that is fixed for users."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from models.text.align import Span

Polarity = Literal["negative", "neutral", "positive"]
Source = Literal["model", "rule", "analyst"]


@dataclass(frozen=True, slots=True)
class Token:
    text: str
    start: int
    end: int
    pos: str | None = None


@dataclass(frozen=True, slots=True)
class Sentiment:
    """``score`` is the calibrated probability of ``label``; ``polarity`` in [-1, 1], ``intensity`` in [0, 1]."""

    label: Polarity
    score: float
    polarity: float
    intensity: float
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class CategoryLabel:
    """A node of the taxonomy, ``path`` in Chinese names from the root, ``id`` stable."""

    id: str
    path: tuple[str, ...]
    score: float
    source: Source
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause of one turn. ``speaker`` is customer, agent or system."""

    start: int
    end: int
    speaker: str
    sentiment: Polarity
    polarity: float
    score: float
    category: str | None = None


@dataclass(frozen=True, slots=True)
class PiiSpan:
    kind: str
    start: int
    end: int


class ExperienceReader(Protocol):
    """Reads experience off prepared transcripts (``models.experience.labelling``)."""

    version: str

    def label(
        self, prepared: Sequence[Any], judged: Sequence[Sequence[Clause]]
    ) -> list[Mapping[str, Any]]: ...


@dataclass(frozen=True, slots=True)
class Analysis:
    """All offsets are half-open code points into the text that was analysed."""

    script: Literal["hans", "hant", "mixed"]
    sentiment: Sentiment
    categories: tuple[CategoryLabel, ...]
    clauses: tuple[Clause, ...]
    pii: tuple[PiiSpan, ...]
    masked_text: str
    models: Mapping[str, str]
    tokens: tuple[Token, ...] = ()
    language: str = "zh"
    opinions: tuple[Mapping[str, Any], ...] = field(default=())
    aspects: tuple[Mapping[str, Any], ...] | None = None
    """The sector's subjects that are spoken of; ``None`` where no model looked for them."""
    dialogue: Mapping[str, Any] | None = None
    """Satisfaction, the turn that states the problem, the goal, emotion and effort, as in ``DialogueScores``."""
    experience: Mapping[str, Any] | None = None
    """Journey steps, promises, survey items, moments …, as in ``models.experience``; ``None`` where not looked for."""

    def to_dict(self) -> dict[str, Any]:
        return {
            "language": self.language,
            "script": self.script,
            "tokens": [
                {"text": t.text, "start": t.start, "end": t.end, **({"pos": t.pos} if t.pos else {})}
                for t in self.tokens
            ],
            "sentiment": {
                "label": self.sentiment.label,
                "score": round(self.sentiment.score, 4),
                "polarity": round(self.sentiment.polarity, 4),
                "intensity": round(self.sentiment.intensity, 4),
                "spans": [list(span) for span in self.sentiment.spans],
            },
            "categories": [
                {
                    "id": c.id,
                    "path": list(c.path),
                    "score": round(c.score, 4),
                    "source": c.source,
                    "spans": [list(span) for span in c.spans],
                }
                for c in self.categories
            ],
            "opinions": [dict(opinion) for opinion in self.opinions],
            **({"aspects": [dict(a) for a in self.aspects]} if self.aspects is not None else {}),
            **({"dialogue": dict(self.dialogue)} if self.dialogue else {}),
            **({"experience": dict(self.experience)} if self.experience else {}),
            "clauses": [
                {
                    "start": c.start,
                    "end": c.end,
                    "speaker": c.speaker,
                    "sentiment": c.sentiment,
                    "polarity": round(c.polarity, 4),
                    "score": round(c.score, 4),
                    **({"category": c.category} if c.category else {}),
                }
                for c in self.clauses
            ],
            "pii": [{"kind": p.kind, "start": p.start, "end": p.end} for p in self.pii],
            "masked_text": self.masked_text,
            "models": dict(self.models),
        }


_PLAIN = (str, int, float)


def with_spans(value: Any, moved: Callable[[int, int], Span]) -> Any:
    """``value`` with every ``span`` and every one of ``spans``, at any depth, moved by ``moved``."""
    if value is None or isinstance(value, _PLAIN):  # The most by far, and cheap to tell.
        return value
    if isinstance(value, Mapping):
        return {
            key: list(moved(*item))
            if key == "span" and item
            else [list(moved(*span)) for span in item]
            if key == "spans"
            else item
            if isinstance(item, _PLAIN)
            else with_spans(item, moved)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [with_spans(item, moved) for item in value]
    return value
