"""Traditional to simplified script, decided per sentence, with hybrids tolerated.

Evidence is counted on characters that belong to one script alone. A character that both scripts use
(``并``, ``里``, ``后``, ``台``) is evidence of nothing, and neither is ``於``, which stands in much
simplified text. The conversion changes the script only, never the vocabulary (軟體 -> 软体, not 软件).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Literal

import opencc

from models.text.align import AlignedText, Edit

Script = Literal["hans", "hant", "mixed"]

MIXED_RATIO = 0.15
"""Share of the rarer script from which a text counts as mixed."""

_CONFIG = "tw2s"
_MAX_DIFF_CHARS = 2000
_STRAY = "於後"
_SENTENCE = re.compile("[^。！？!?\n\x00\ud800-\udfff]+")


@dataclass(frozen=True, slots=True)
class _Tables:
    """Character classes of the two scripts, computed from opencc's own dictionary."""

    certain: re.Pattern[str]
    convertible: re.Pattern[str]
    traditional: re.Pattern[str]
    simplified: re.Pattern[str]
    safe: dict[int, str]
    every: dict[int, str]


@lru_cache(maxsize=1)
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC(_CONFIG)


@lru_cache(maxsize=1)
def _tables() -> _Tables:
    chars = [chr(code) for code in range(0x3400, 0xA000)]
    to_hans = _converter().convert("\n".join(chars)).split("\n")
    to_hant = opencc.OpenCC("s2t").convert("\n".join(chars)).split("\n")
    every = {a: b for a, b in zip(chars, to_hans, strict=True) if a != b}
    safe = {a: b for a, b in every.items() if a in _STRAY or not _encodes(a, "gb2312")}
    simplified = [a for a, b in zip(chars, to_hant, strict=True) if a != b and a not in every]
    return _Tables(
        certain=re.compile(f"[{''.join(safe)}]"),
        convertible=re.compile(f"[{''.join(every)}著]"),
        traditional=re.compile(f"[{''.join(c for c in safe if c not in _STRAY)}]"),
        simplified=re.compile(f"[{''.join(c for c in simplified if not _encodes(c, 'big5'))}]"),
        safe={ord(a): b for a, b in safe.items()},
        every={ord(a): b for a, b in every.items()},
    )


def _encodes(char: str, codec: str) -> bool:
    try:
        char.encode(codec)
    except UnicodeEncodeError:
        return False
    return True


def detect_script(text: str) -> Script:
    """The script of a text: ``hans`` also where nothing tells them apart."""
    tables = _tables()
    if not tables.traditional.search(text):
        return "hans"
    n_hant = len(tables.traditional.findall(text))
    n_hans = len(tables.simplified.findall(text))
    rarer = min(n_hant, n_hans)
    if n_hant == n_hans or (rarer >= 2 and rarer / (n_hant + n_hans) > MIXED_RATIO):
        return "mixed"
    return "hant" if n_hant > n_hans else "hans"


def fold_script(text: str) -> str:
    """The text with each traditional character replaced by its simplified one, position by position.

    For matching only: without the context a few characters come out wrong (乾隆 -> 干隆).
    """
    tables = _tables()
    return text.translate(tables.every) if tables.convertible.search(text) else text


def simplify(text: AlignedText) -> AlignedText:
    """The text in simplified script. Returns the same object where there is nothing to convert."""
    tables = _tables()
    if not tables.certain.search(text.text):
        return text
    prior = detect_script(text.text)
    edits: list[Edit] = []
    for found in _SENTENCE.finditer(text.text):
        sentence = found[0]
        if tables.convertible.search(sentence):
            edits += difference_edits(sentence, _convert(sentence, prior), found.start())
    return text.apply(edits)


def _convert(sentence: str, prior: Script) -> str:
    """A sentence of simplified text loses stray traditional characters only; 乾隆 and 瞭望 stay."""
    tables = _tables()
    n_hant = len(tables.traditional.findall(sentence))
    n_hans = len(tables.simplified.findall(sentence))
    if n_hant > n_hans or (n_hant == n_hans and (n_hant or prior == "hant")):
        return _converter().convert(sentence)
    return sentence.translate(tables.safe)


def difference_edits(before: str, after: str, offset: int = 0) -> list[Edit]:
    """Edits that turn ``before`` into ``after``; equal lengths map position by position."""
    if before == after:
        return []
    if len(before) == len(after):
        return [
            Edit(offset + i, offset + i + 1, b)
            for i, (a, b) in enumerate(zip(before, after, strict=True))
            if a != b
        ]
    if max(len(before), len(after)) > _MAX_DIFF_CHARS:
        return [Edit(offset, offset + len(before), after)]
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    return [
        Edit(offset + i1, offset + i2, after[j1:j2])
        for tag, i1, i2, j1, j2 in matcher.get_opcodes()
        if tag != "equal"
    ]
