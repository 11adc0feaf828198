"""Reads labelled dialogues (form: ``tests/gold/README.md``) and checks them while it does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.packs.loader import pack_names, read_yaml
from models.core.errors import InputError
from models.core.words import word_of

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
    """The answer of a survey item."""
    return word_of(row["answer"])


def load_labelled(path: Path = ROOT) -> list[LabelledDialogue]:
    """All dialogues of a file, or of a folder with ``<sector>.yaml`` and ``<sector>/*.yaml``, in the order of their files.

    Raises ``InputError`` naming file and dialogue where a quote does not stand in its turn, an id comes twice, no sector is
    named, or there are no dialogues.
    """
    found = [dialogue for file in _files(path) for dialogue in read_file(file, _sector_of(file))]
    if not found:
        raise _wrong(str(path), "没有对话", "there are no dialogues")
    seen: set[str] = set()
    for dialogue in found:
        if dialogue.id in seen:
            raise _wrong(dialogue.id, "编号重复", "its id comes twice")
        seen.add(dialogue.id)
    return found


def _files(path: Path) -> list[Path]:
    files = [path] if path.is_file() else [*sorted(path.glob("*.yaml")), *sorted(path.glob("*/*.yaml"))]
    if not files:
        raise _wrong(str(path), "没有 .yaml 文件", "there is no .yaml file")
    return files


def _sector_of(file: Path) -> str:
    """The sector pack that a file, or else its folder, is named after."""
    sectors = pack_names()
    found = next((name for name in (file.stem, file.resolve().parent.name) if name in sectors), None)
    if found is None:
        raise _wrong(
            str(file),
            f"文件或它所在的文件夹应以行业命名：{'、'.join(sectors)}",
            f"name the file or its folder after a sector: {', '.join(sectors)}",
        )
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
