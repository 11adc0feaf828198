"""One spelling of a text for the rules to read, character for character with the raw text."""

from __future__ import annotations

import sys
import unicodedata
from functools import cache

from models.text.pii.resources import load_words

SPOKEN = "零〇○洞一幺壹二两贰三叁四肆五伍六陆七柒拐八捌九玖勾"
"""Characters that are read out for digits, as they stand in folded text."""

_SPOKEN_VALUES = "00001112223344556677788999"
_SPOKEN_TABLE = str.maketrans(SPOKEN, _SPOKEN_VALUES)
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff\ufe0e\ufe0f\u20e3"


@cache
def _fold_table() -> dict[int, str]:
    table: dict[int, str] = {}
    for pair in load_words("script.txt"):
        table[ord(pair[0])] = pair[1]
    for code in range(128, sys.maxunicode + 1):
        decimal = unicodedata.decimal(chr(code), None)
        if decimal is not None:
            table[code] = str(decimal)
    table.update({code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)})
    table.update({ord(char): "\u200b" for char in _INVISIBLE})
    table.update(dict.fromkeys((*range(9), 11, 12, *range(14, 32), 0x3000, 0xA0), " "))
    table.update({ord(char): "-" for char in "‐‑‒–—―−"})
    table.update({ord(char): "·" for char in "•‧・∙⋅"})
    return table


def fold(raw: str) -> str:
    """``raw`` with full-width forms, other digits, and the traditional characters that rules name made plain.

    The length stays, so offsets are offsets into ``raw``. Spoken digits are left as they are.
    """
    return raw.translate(_fold_table())


def read_digits(folded: str) -> str:
    """``folded`` with each spoken digit as an ASCII digit, of the same length."""
    return folded.translate(_SPOKEN_TABLE)
