"""Minimal pairs of Chinese complaint language: what a sentiment model has to tell apart.

Each pair differs as little as can be and stands for one phenomenon (negation, irony, staff courtesy …) in one
trade. All sentences are written by hand for this project. Pairs marked ``held`` were written after the
component was there and are never fitted on; the others (``dev``) are. The score of the held ones at first sight is
the honest one (decision 0007); a new round of held pairs is due whenever their failures have been worked on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

_CASES = Path(__file__).parent / "cases"

LABELS = ("negative", "neutral", "positive")
DOMAINS = ("auto", "retail", "telecom", "bank", "hotel", "hotline", "food", "logistics")
PHENOMENA = (
    "negation",
    "double_negation",
    "degree",
    "contrast",
    "irony",
    "question",
    "courtesy",
    "solicited_praise",
    "playful",
    "idiom",
    "fact",
    "comparison",
    "conditional_wish",
    "resolved",
    "quantity",
    "fault",
    "demand",
    "mixed",
)


@dataclass(frozen=True, slots=True)
class Case:
    """A pair of texts. ``expect_a`` and ``expect_b`` are the labels that are right for each.

    ``a_below_b`` asks besides that the polarity P(positive) - P(negative) of ``a`` is below that of ``b``.
    """

    id: str
    phenomenon: str
    domain: str
    a: str
    b: str
    expect_a: tuple[str, ...]
    expect_b: tuple[str, ...]
    a_below_b: bool = False
    held: bool = False

    @property
    def split(self) -> Literal["dev", "held"]:
        return "held" if self.held else "dev"


def parse_case(values: Mapping[str, Any]) -> Case:
    """One line of a case file. Raises ``KeyError`` or ``TypeError`` where a field is missing or foreign."""
    labels = {name: tuple(values[name]) for name in ("expect_a", "expect_b")}
    return Case(**{**values, **labels})


@cache
def load_cases() -> tuple[Case, ...]:
    """All pairs, in the order of ``PHENOMENA`` and of their ids."""
    return tuple(
        parse_case(json.loads(line))
        for phenomenon in PHENOMENA
        for line in (_CASES / f"{phenomenon}.jsonl").read_text(encoding="utf-8").splitlines()
    )


@cache
def load_sentences() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Single hand-written texts with the labels that are right for them: for fitting, not for judging."""
    path = Path(__file__).parent / "sentences.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return tuple((row["text"], tuple(row["expect"])) for row in rows)
