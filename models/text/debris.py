"""Pinyin that a web page left in brackets behind a character: ``業(yè)`` -> ``業``.

Only a bracket directly behind a character, and only where the pinyin is a reading of that character, is
taken for debris. ``管理(CEM)``, ``(例如)`` and every other bracket stay.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from models.text.align import Edit
from models.text.script import fold_script

_LETTERS = "a-züāáǎàăēéěèĕīíǐìĭōóǒòŏūúǔùŭǖǘǚǜńňǹḿê\u0300\u0301\u0304\u0306\u0308\u030c"
_BRACKET = re.compile(rf"(?<=([\u3400-\u9fff]))[(（]([{_LETTERS}]{{1,9}})[)）]")
_TONES = {"\u0300", "\u0301", "\u0304", "\u0306", "\u030c"}


def debris_edits(text: str) -> list[Edit]:
    """Edits that remove the brackets; empty where there are none."""
    if "(" not in text and "（" not in text:
        return []
    return [Edit(*found.span(), "") for found in _BRACKET.finditer(text) if is_reading(found[2], found[1])]


def is_reading(pinyin: str, char: str) -> bool:
    """Whether ``pinyin``, with or without tone marks, is one of the readings of ``char``.

    A single letter without a tone mark, as in ``选项甲(a)``, is a label and never a reading.
    """
    parts = unicodedata.normalize("NFD", pinyin)
    plain = "".join(c for c in parts if c not in _TONES).replace("u\u0308", "v")
    if len(plain) < 2 and plain == parts:
        return False
    return plain in _readings(char)


@lru_cache(maxsize=4096)
def _readings(char: str) -> frozenset[str]:
    from pypinyin import Style, pinyin  # its phrase dictionary takes a while: only where a bracket asks

    found: set[str] = set()
    for form in {char, fold_script(char)}:
        for reading in pinyin(form, style=Style.NORMAL, heteronym=True, errors="ignore"):
            found.update(reading)
    return frozenset(found | {reading.replace("v", "u") for reading in found})
