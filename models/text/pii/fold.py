"""One spelling of a text for the rules to read, character for character with the raw text."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from models.text.pii.resources import load_words

SPOKEN = "零〇○洞一幺壹二两贰三叁四肆五伍六陆七柒拐八捌九玖勾"
"""Characters that are read out for digits, as they stand in folded text."""

_SPOKEN_VALUES = "00001112223344556677788999"
_SPOKEN_TABLE = str.maketrans(SPOKEN, _SPOKEN_VALUES)
_LAST_DIGIT_PLANE = 0x20000
_FREQUENT = {mark: chr(ord(mark) - 0xFEE0) for mark in "，？！：；（）"}
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff\ufe0e\ufe0f\u20e3"


@cache
def _fold_table() -> dict[int, str]:
    table: dict[int, str] = {}
    for pair in load_words("script.txt"):
        table[ord(pair[0])] = pair[1]
    for code in range(128, _LAST_DIGIT_PLANE):
        decimal = unicodedata.decimal(chr(code), None)
        if decimal is not None:
            table[code] = str(decimal)
    table.update({code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)})
    table.update({ord(char): "\u200b" for char in _INVISIBLE})
    table.update(dict.fromkeys((*range(9), 11, 12, *range(14, 32), 0x3000, 0xA0), " "))
    table.update({ord(char): "-" for char in "‐‑‒–—―−"})
    table.update({ord(char): "·" for char in "•‧・∙⋅"})
    return table


@cache
def _rare() -> re.Pattern[str]:
    """Any character of the table that is not one of the punctuation marks every text has."""
    codes = sorted(code for code in _fold_table() if code <= 0xFFFF and chr(code) not in _FREQUENT)
    return re.compile(
        "[" + "".join(re.escape(chr(code)) for code in codes) + "\U00010000-\U0001efff\U0001fbf0-\U0001fbf9]"
    )


def fold(raw: str) -> str:
    """``raw`` with full-width forms, other digits, and the traditional characters that rules name made plain.

    The length stays, so offsets are offsets into ``raw``. Spoken digits are left as they are.
    """
    text = raw
    for mark, plain in _FREQUENT.items():
        text = text.replace(mark, plain)
    return text.translate(_fold_table()) if _rare().search(text) else text


def read_digits(folded: str) -> str:
    """``folded`` with each spoken digit as an ASCII digit, of the same length."""
    return folded.translate(_SPOKEN_TABLE)
