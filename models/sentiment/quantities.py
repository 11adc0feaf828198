"""How long was waited, how often was called: a complaint or praise by its number."""

from __future__ import annotations

import re

from models.sentiment.lexicon import NUMBER, TIME_UNIT

_QUANTITY = re.compile(f"({NUMBER})(?:多|几|来)?个?半?多?({TIME_UNIT})")
_COUNT = re.compile(f"({NUMBER})(?:多|几|来)?(?:次|趟|遍|回|个|通|家|轮|手|人)")
_SHORT = re.compile("不到|只|就")
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2, "几": 3, "数": 3, "半": 0.5}
_POWERS = {"十": 10, "百": 100, "千": 1000}
_MINUTES = {"秒": 1 / 60, "分": 1, "小": 60, "钟": 60, "天": 1440, "周": 10080, "星": 10080, "礼": 10080}
_LONG_MINUTES = 30
_BRIEF_MINUTES = 15


def number_value(text: str) -> float:
    """The value of Arabic or Chinese figures below ten thousand; 十几 is 12 at least."""
    ascii_digits = text.translate(str.maketrans("０１２３４５６７８９", "0123456789"))
    if ascii_digits[0].isdigit():
        return float(ascii_digits)
    total, digit = 0.0, 0.0
    for character in text:
        if character in _POWERS:
            total += (digit or 1) * _POWERS[character]
            digit = 0
        else:
            digit = _DIGITS.get(character, 0)
    return total + digit


def wait_strength(text: str) -> float:
    """Below 0 for a long wait, above 0 for a short one that is said to be short, 0 where nothing follows."""
    found = _QUANTITY.search(text)
    if found is None:
        return 0.0
    unit = found.group(2).removeprefix("个")
    minutes = number_value(found.group(1)) * _MINUTES.get(unit[0], 43200)
    if _SHORT.search(text) and minutes <= 1440:
        return 1.2
    if minutes <= _BRIEF_MINUTES:
        return 0.4
    return -1.5 if minutes >= _LONG_MINUTES else 0.0


def times_strength(text: str) -> float:
    """Below 0 where something had to be done again and again."""
    found = _COUNT.search(text)
    return -1.2 if found and number_value(found.group(1)) >= 2 else 0.0
