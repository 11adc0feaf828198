"""Durations and counts that a customer names: 等了1小时20分, 半个多月, 打了三次电话, 跑了两趟.

Numbers are arabic or Chinese (up to 万). 几 counts as 3, 两三 as its first, 多 and 来 add nothing: a stated
quantity is never made larger. 14年 with two or more digits is taken for a date. 半天 is taken as half a working day of 8 hours.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_HAN_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {
    "〇": 0,
    "两": 2,
    "俩": 2,
    "几": 3,
}
_HAN_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10_000}
_HAN_NUMBER = "[零〇一二两俩三四五六七八九十百千万几]"
_NUMBER = rf"(?:\d{{1,4}}(?:\.\d{{1,2}})?|{_HAN_NUMBER}{{1,8}})"
_SECONDS = {"秒": 1, "分": 60, "时": 3600, "天": 86_400, "周": 604_800, "月": 2_592_000, "年": 31_536_000}
_UNIT = (
    "(?P<unit>秒钟?|分钟|min(?:s|utes?)?(?![a-z])|个?多?(?:小时|钟头|星期|礼拜)|个钟|h(?:ours?|rs?)?(?![a-z])"
    r"|天(?!两头)|个?工作日|周(?!年|边|岁|[一二三四五六日天])|个多?月|(?<=个半)月"
    r"|年(?!级|代|\d|月|初|底|末|前|中))"
)
_DURATION = re.compile(
    r"(?<![第\d.:：点年月号])(?:(?P<half>大?半)(?=个|小时|天|年|分钟)"
    rf"|(?P<number>{_NUMBER})(?:[-~～到至](?:\d{{1,4}}|{_HAN_NUMBER}))?)"
    rf"[多来余]?(?P<extra>个半)? ?{_UNIT}(?P<plus>半)?",
    re.IGNORECASE,
)
_MINUTES_BEHIND = re.compile(rf"[零又]?(?P<number>{_NUMBER})(?:分钟?|min)", re.IGNORECASE)
_COUNT = re.compile(
    rf"(?<![第\d.])(?P<number>{_NUMBER}|[nN]|无数|多|好多|许多|数)[多来余]?(?P<unit>次|遍|趟|回(?![复答应来去家事])|通(?=电话)|个(?=电话|客服|部门|人工))"
)
_INDEFINITE = {"n": 5, "无数": 5, "多": 3, "好多": 5, "许多": 5, "数": 3}


@dataclass(frozen=True, slots=True)
class Duration:
    """``seconds`` of ``text[start:end]``; a month has 30 days, a year 365."""

    start: int
    end: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Count:
    """``value`` times ``unit`` (次, 遍, 趟, 回, 通, 个) at ``text[start:end]``."""

    start: int
    end: int
    value: float
    unit: str


def parse_number(text: str) -> float | None:
    """The value of an arabic or Chinese number, ``None`` where ``text`` is none: 两 2, 十二 12, 一百零五 105, 1.5.

    Of two neighbouring digits (三四) the first counts, as a lower bound; three or more are read in order (二〇一).
    """
    if re.fullmatch(r"[0-9]{1,12}(?:\.[0-9]{1,6})?", text):
        return float(text)
    if not text or any(char not in _HAN_DIGITS and char not in _HAN_UNITS for char in text):
        return None
    if all(char in _HAN_DIGITS for char in text):
        digits = [_HAN_DIGITS[char] for char in text]
        return float(digits[0] if len(digits) == 2 and digits[0] else int("".join(map(str, digits))))
    return float(_han_value(text))


def find_durations(text: str) -> tuple[Duration, ...]:
    """Durations from left to right; dates, clock times and ordinals (5点20分, 3月, 第3天) are none."""
    found: list[Duration] = []
    for match in _DURATION.finditer(text):
        seconds = _duration_seconds(match)
        end = match.end()
        if seconds is None or (found and match.start() < found[-1].end):
            continue
        behind = _MINUTES_BEHIND.match(text, end)
        if behind and _unit_seconds(match["unit"]) == _SECONDS["时"]:
            seconds += (parse_number(behind["number"]) or 0) * 60
            end = behind.end()
        found.append(Duration(match.start(), end, seconds))
    return tuple(found)


def find_counts(text: str) -> tuple[Count, ...]:
    """Counts from left to right; ordinals (第三次) and 一次 as "once" are left in for the reader to judge."""
    found = []
    for match in _COUNT.finditer(text):
        value = _INDEFINITE.get(match["number"].lower()) or parse_number(match["number"])
        if value:
            found.append(Count(match.start(), match.end(), float(value), match["unit"]))
    return tuple(found)


def _han_value(text: str) -> int:
    total = section = digit = 0
    for char in text:
        if char in _HAN_DIGITS:
            digit = digit if digit and _HAN_DIGITS[char] else _HAN_DIGITS[char]  # 三四十: the first
            continue
        unit = _HAN_UNITS[char]
        if unit == 10_000:
            total, section, digit = (total + section + digit) * unit, 0, 0
        else:
            section, digit = section + (digit or 1) * unit, 0
    if digit and len(text) > 1 and text[-2] in "百千万" and text[-1] != "几":
        digit *= _HAN_UNITS[text[-2]] // 10  # 三千五 is 3500
    return total + section + digit


def _duration_seconds(match: re.Match[str]) -> float | None:
    unit = _unit_seconds(match["unit"])
    if match["half"]:
        return 4 * 3600.0 if match["unit"] == "天" else unit / 2
    number = parse_number(match["number"])
    if not number:
        return None
    if match["unit"] == "年" and number >= 10 and match["number"].isdecimal():
        return None
    return (number + 0.5 * bool(match["extra"] or match["plus"])) * unit


def _unit_seconds(unit: str) -> float:
    name = unit.lower()
    if name.startswith("秒"):
        return _SECONDS["秒"]
    if name.startswith(("分", "min")):
        return _SECONDS["分"]
    if "时" in name or "钟" in name or name.startswith("h"):
        return _SECONDS["时"]
    if "星期" in name or "礼拜" in name or name.startswith("周"):
        return _SECONDS["周"]
    return _SECONDS["月" if "月" in name else "年" if "年" in name else "天"]
