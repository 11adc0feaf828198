"""Labelled utterances: single turns with all journey steps and survey items that they tell of, and nothing else.

Written ones lie beside the dialogues, ``<sector>/<letter>-u<number>.txt``, one a line::

    c | 约的九点，九点四十才有人搭理我 | 预约管理 接待 预约服务=yes 等待时间=dissatisfied
    a | 机油机滤加工时一共四百六 | 估价 估算费用=yes
    c | 我那天是请假去的 | -

``c`` is a customer, ``a`` an agent. The example sentences of the packs tell the same, of steps or of items.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from data.dialogues.loading import ROOT, LabelledDialogue
from data.packs.experience import load_experience
from data.packs.loader import read_yaml
from models.core.errors import InputError

_PACKS = ROOT.parent / "packs"
_SPEAKERS = {"c": "customer", "a": "agent"}
_ANSWERS: Mapping[str, bool | str] = {
    "yes": True,
    "no": False,
    **{name: name for name in ("satisfied", "neutral", "dissatisfied")},
}
_N_FIELDS = 3
_NOTHING = "-"
STEPS, SURVEY = "steps", "survey"


def load_utterances(folder: Path = ROOT) -> list[LabelledDialogue]:
    """All of ``folder/<sector>/*.txt``, in the order of their files. Raises ``InputError`` naming file and line."""
    return [
        utterance
        for path in sorted(folder.glob("*/*.txt"))
        for utterance in read_utterances(path, path.parent.name)
    ]


def known_utterances(sectors: Iterable[str]) -> list[LabelledDialogue]:
    """The written ones, and those of the packs of ``sectors``."""
    return [*load_utterances(), *(one for sector in sectors for one in pack_utterances(sector))]


def read_utterances(path: Path, sector: str) -> Iterator[LabelledDialogue]:
    """The utterances of one file. Raises ``InputError``."""
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        fields = [field.strip() for field in line.split(" | ")]
        if len(fields) != _N_FIELDS or fields[0] not in _SPEAKERS or not fields[1]:
            raise _wrong(
                path,
                number,
                "每行应为：c 或 a | 文本 | 标注",
                "each line is: c or a | text | what it tells of",
            )
        yield _utterance(f"{sector}-{path.stem}-{number}", sector, fields, (path, number))


def pack_utterances(sector: str) -> list[LabelledDialogue]:
    """The example sentences that the packs of ``sector`` have for steps and for answers to survey items.

    All as said by a customer: a pack does not tell who says a sentence.
    """
    found = []
    for node in read_yaml(_PACKS / sector / "experience" / "step.yaml", sector)["nodes"]:
        for text in _lines(node.get("sentences")):
            found.append(
                _single(sector, ("customer", text), (STEPS,), {STEPS: [_row(text, step=node["zh"])]})
            )
    for item in load_experience(sector).facets[SURVEY].nodes:
        for answer, said in (item.options.get("sentences") or {}).items():
            known = (
                answer if isinstance(answer, bool) else _ANSWERS[answer]
            )  # YAML reads yes and no as truth values.
            for text in _lines(said):
                row = _row(text, item=item.zh, answer=known)
                found.append(_single(sector, ("customer", text), (SURVEY,), {SURVEY: [row]}))
    return found


def _utterance(name: str, sector: str, fields: Sequence[str], place: tuple[Path, int]) -> LabelledDialogue:
    speaker, text, told = fields
    marks: dict[str, list[dict[str, Any]]] = {STEPS: [], SURVEY: []}
    for mark in told.split() if told != _NOTHING else ():
        item, has_answer, answer = mark.partition("=")
        if not has_answer:
            marks[STEPS].append(_row(text, step=item))
        elif answer in _ANSWERS:
            marks[SURVEY].append(_row(text, item=item, answer=_ANSWERS[answer]))
        else:
            raise _wrong(
                *place,
                f"答案 {answer} 不在 {'、'.join(_ANSWERS)} 之中",
                f"{answer} is none of {', '.join(_ANSWERS)}",
            )
    return _single(sector, (_SPEAKERS[speaker], text), (STEPS, SURVEY), marks, name)


def _single(
    sector: str,
    turn: tuple[str, str],
    kinds: tuple[str, ...],
    marks: Mapping[str, Any],
    name: str = "",
) -> LabelledDialogue:
    return LabelledDialogue(name or f"{sector}-pack", sector, (turn,), marks, kinds)


def _row(text: str, **named: Any) -> dict[str, Any]:
    return {"turn": 0, "quote": text, **named}


def _lines(text: Any) -> Iterator[str]:
    return (line.strip() for line in str(text or "").splitlines() if line.strip())


def _wrong(path: Path, number: int, reason: str, reason_en: str) -> InputError:
    place = f"{path.parent.name}/{path.name}:{number}"
    return InputError(reason=f"{place}：{reason}", reason_en=f"{place}: {reason_en}")
