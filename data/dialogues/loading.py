"""Reads labelled dialogues (form: ``tests/gold/README.md``) and checks them while it does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.packs.loader import read_yaml
from models.core.errors import InputError

ROOT = Path(__file__).parent
LISTS = (
    "steps",
    "touchpoints",
    "promises",
    "expectations",
    "survey",
    "waits",
    "demands",
    "churn",
    "exposure",
)
NAMED = {
    "step": ("steps", "step"),
    "touchpoint": ("touchpoints", "touchpoint"),
    "demand": ("demands", "kind"),
    "churn": ("churn", "reason"),
    "exposure": ("exposure", "to"),
}
"""Of kinds whose marks name a node in a turn: their list, and the field that has the name."""
_YES_OR_NO = {True: "yes", False: "no"}
_SPEAKERS = ("customer", "agent")
_SECOND_PLACES = ("outcome", "experience")


@dataclass(frozen=True, slots=True)
class LabelledDialogue:
    """``turns`` are (speaker, text); ``marks`` has one list per kind, as in the file. ``sector`` names the pack. A reader
    looked for marks of ``kinds`` alone: of other lists it is not known whether the talk has any."""

    id: str
    sector: str
    turns: tuple[tuple[str, str], ...]
    marks: Mapping[str, Any]
    kinds: tuple[str, ...] = LISTS

    @property
    def text(self) -> str:
        """The turns joined by line breaks: what ``span`` counts over."""
        return "\n".join(said for _, said in self.turns)

    def span(self, place: Mapping[str, Any]) -> tuple[int, int]:
        """Where a quote stands in ``text``. Raises ``ValueError`` where it does not."""
        before = sum(len(text) + 1 for _, text in self.turns[: place["turn"]])
        start = before + self.turns[place["turn"]][1].index(place["quote"])
        return start, start + len(place["quote"])


def answer_of(row: Mapping[str, Any]) -> str:
    """The answer of a survey item; YAML reads yes and no as true and false."""
    answer = row["answer"]
    return _YES_OR_NO[answer] if isinstance(answer, bool) else str(answer)


def load_labelled(folder: Path = ROOT) -> list[LabelledDialogue]:
    """All dialogues of ``folder/<sector>/*.yaml``, in the order of their files.

    Raises ``InputError`` naming file and dialogue where a quote does not stand in its turn or an id comes twice.
    """
    found = [
        dialogue for path in sorted(folder.glob("*/*.yaml")) for dialogue in read_file(path, path.parent.name)
    ]
    seen: set[str] = set()
    for dialogue in found:
        if dialogue.id in seen:
            raise _wrong(dialogue.id, "编号重复", "its id comes twice")
        seen.add(dialogue.id)
    return found


def read_file(path: Path, sector: str) -> Iterator[LabelledDialogue]:
    """The dialogues of one file. Raises ``InputError``."""
    for number, plain in enumerate(read_yaml(path, sector) or (), start=1):
        dialogue = _dialogue(plain, sector, f"{path.name} {number}")
        for place in _places(plain):
            _check(dialogue, place)
        yield dialogue


def _dialogue(plain: Any, sector: str, where: str) -> LabelledDialogue:
    try:
        turns = tuple(next(iter(turn.items())) for turn in plain["turns"])
        name = str(plain["id"])
    except (KeyError, TypeError, AttributeError, StopIteration) as error:
        raise _wrong(
            where,
            "每段对话需要 id 和 turns，每轮为 customer: 或 agent: 加文本",
            "a dialogue needs id and turns, each turn customer: or agent: with a text",
        ) from error
    if any(speaker not in _SPEAKERS or not isinstance(said, str) for speaker, said in turns):
        raise _wrong(name, "每轮应为 customer 或 agent 加文本", "each turn is customer or agent with a text")
    return LabelledDialogue(name, sector, turns, plain)


def _places(plain: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    for name in LISTS:
        for row in plain.get(name) or ():
            yield row
            yield from (row[second] for second in _SECOND_PLACES if row.get(second))


def _check(dialogue: LabelledDialogue, place: Mapping[str, Any]) -> None:
    try:
        dialogue.span(place)
    except (ValueError, IndexError, KeyError, TypeError) as error:
        raise _wrong(
            dialogue.id, f"引文不在所说的那一轮：{dict(place)}", f"a quote is not in its turn: {dict(place)}"
        ) from error


def _wrong(name: str, reason: str, reason_en: str) -> InputError:
    return InputError(reason=f"{name}：{reason}", reason_en=f"{name}: {reason_en}")
